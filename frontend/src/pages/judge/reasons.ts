/** The rules of the verdict as sentences in the page's language; a rule that it does not know in the server's words. */
import type { TFunction } from 'i18next';
import i18n from '../../i18n';
import type en from '../../i18n/judge/en.json';
import type { Reason, Report } from '../../api/types';
import { locale } from '../../lib/format';
import { amount } from './figures';

export interface Sentence {
  text: string;
  /** Whether these are the server's own words, which are English. */
  told: boolean;
}

export function sentence(reason: Reason, report: Report, t: TFunction): Sentence {
  const [rule, state] = [reason.rule, stateOf(reason)];
  const key = `judge.rules.${rule}.${state}`;
  return isKnown(key) ? { text: t(key, valuesOf(reason, report)), told: false } : { text: reason.sentence, told: true };
}

type Rules = (typeof en)['judge']['rules'];
type Known = { [Rule in keyof Rules]: `judge.rules.${Rule}.${keyof Rules[Rule] & string}` }[keyof Rules];

/** The server may be newer than this page. */
function isKnown(key: string): key is Known {
  return i18n.exists(key);
}

/** How a rule stands: what is not known and what has too little to go by have sentences of their own. */
function stateOf({ rule, allows, figure, threshold }: Reason): string {
  if (figure === null) return 'unknown';
  if (rule === 'agreement' && threshold === 0) return 'nothing';
  if (rule === 'ranking' && threshold !== null && threshold > 1) return 'toofew';
  return allows;
}

/** Every value that one of the sentences names. */
function valuesOf({ threshold }: Reason, report: Report) {
  const language = i18n.language;
  const { votes, ceiling, ranking, biases, plurality } = report;
  const plain = (value: number | null) => amount(value, 'number', language);
  const share = (value: number | null) => amount(value, 'share', language);
  const whole = (value: number | null) => new Intl.NumberFormat(locale(language), { maximumFractionDigits: 4 }).format(value ?? 0);
  return {
    items: whole(report.battles),
    least: whole(threshold),
    p: whole(plurality.guessing_p.value),
    low: plain(votes.cohen_kappa.lower),
    high: plain(votes.cohen_kappa.upper),
    kappa: plain(votes.cohen_kappa.value),
    people: plain(ceiling.cohen_kappa.value),
    limit: plain(threshold),
    first: share(biases.position.first_share.value),
    flips: share(biases.position.flip_rate.value),
    beyond: share(threshold),
    models: whole(ranking.models),
    rho: plain(ranking.spearman.value),
  };
}
