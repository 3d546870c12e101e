import type { TFunction } from 'i18next';
import type { Report } from '../../api/types';
import { day } from '../../lib/format';

const SHORT = 12;

/** Each version of the judge with how many votes it gave, and on which days. */
export function versionsText(report: Report, t: TFunction, language: string): string {
  return report.judge_versions
    .map((each) => {
      const [first, last] = [day(each.first_vote, language), day(each.last_vote, language)];
      const days = first === last ? first : t('board.limits', { low: first, high: last });
      return t('judge.facts.version', { version: each.version || t('judge.facts.unnamed'), votes: each.votes, days });
    })
    .join(' · ');
}

/** The hashes of the wordings that its runs had, short enough to compare by eye. */
export function promptsText(report: Report, t: TFunction): string {
  const hashes = [...new Set(report.judge_versions.flatMap((each) => each.prompt_hashes))];
  return hashes.length > 0 ? hashes.map((hash) => hash.slice(0, SHORT)).join(' · ') : t('judge.facts.noPrompt');
}
