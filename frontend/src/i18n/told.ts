/** What the server says, in the page's language where it says it by a code, and else in the server's own words. */
import type { TFunction } from 'i18next';
import i18n from '.';
import type { Problem } from '../api/problem';
import { isolated } from '../lib/format';
import type en from './en.json';

type Messages = typeof en;

export function problemText(problem: Problem, t: TFunction): string {
  const key = `problem.known.${problem.slug}` as const;
  return known(key) ? t(key) : isolated(problem.detail, i18n.dir());
}

/** Why a vote does not count. */
export function whyNotText(code: string | null, sentence: string | null, t: TFunction): string {
  const key = `vote.whyNot.${code}` as const;
  return known(key) ? t(key) : isolated(sentence ?? '', i18n.dir());
}

/** Why a board or a row has no ranking, or what to know about it. `about` is the model that a remark names. */
export function remarkText(codes: string[], sentence: string | null, t: TFunction, about = ''): string {
  const keys: string[] = codes.map((code) => `board.remarks.${code}`);
  return keys.length > 0 && keys.every(known) ? keys.map((key) => t(key, { about })).join(t('board.remarkJoint')) : isolated(sentence ?? '', i18n.dir());
}

/** A word of a registry: a setting, one of its choices, an effect. One without a name here is shown as it is called. */
export function wordText(word: string, t: TFunction): string {
  const [, base = word, number = ''] = /^(.*?)(\d*)$/.exec(word) ?? [];
  const key = `board.words.${base}` as const;
  return known(key) ? t(key) + number : readable(word);
}

/** What a setting is set to: a word of the registry, or what somebody typed, as it is. */
export function valueText(value: string, t: TFunction): string {
  const key = `board.words.${value}` as const;
  return known(key) ? t(key) : isolated(value, i18n.dir());
}

/** style_controlled is shown as “Style controlled”. */
export function readable(word: string): string {
  const text = word.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Codes come from the server, which may be newer than this page. */
type Known =
  | `problem.known.${keyof Messages['problem']['known']}`
  | `vote.whyNot.${keyof Messages['vote']['whyNot']}`
  | `board.remarks.${keyof Messages['board']['remarks']}`
  | `board.words.${keyof Messages['board']['words']}`;

function known(key: string): key is Known {
  return i18n.exists(key);
}
