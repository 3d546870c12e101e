/** Words of a board's fields in the page's language; what the page does not know is shown as it is called. */
import type { TFunction } from 'i18next';
import { readable } from '../../i18n/told';

const GROUPS = ['human', 'judges', 'combined', 'simulated'] as const;
const METHODS = ['bradley_terry', 'davidson', 'rao_kupper', 'both_bad_aware', 'elo', 'live_elo', 'win_rate', 'rank_centrality', 'ranked_pairs', 'glicko2', 'plackett_luce', 'composite', 'prediction_powered', 'style_controlled'] as const;

export function votersName(voters: string, t: TFunction): string {
  const group = GROUPS.find((each) => each === voters);
  if (group) return t(`board.voterGroups.${group}`);
  if (voters.startsWith('judge:')) return t('board.voterGroups.judge', { name: voters.slice('judge:'.length) });
  return voters;
}

export function methodName(method: string, t: TFunction): string {
  const known = METHODS.find((each) => each === method);
  return known ? t(`board.methods.${known}`) : readable(method);
}

const TREATMENTS = ['half', 'both_bad_dropped', 'ties_dropped'] as const;

export function treatmentName(treatment: string, t: TFunction): string {
  const known = TREATMENTS.find((each) => each === treatment);
  return known ? t(`board.treatments.${known}`) : methodName(treatment, t);
}
