/** What a judge is told beside the form, typed as `name: value` lines. */
import type { JudgeRequest } from '../../api/types';

type Told = NonNullable<JudgeRequest['told']>;

export function pairsOf(text: string): Told['profile'] {
  return Object.fromEntries(linesOf(text));
}

/** `at_most_words: 100`, `ask: Is it polite?`, `no_bullets`; `| …` at the end says when it applies. */
export function constraintsOf(text: string): Told['constraints'] {
  return linesOf(text).map(([check, rest]) => {
    const [value = '', when = ''] = rest.split(' | ');
    const given = value.trim();
    return { check, value: given === '' ? null : /^-?\d+$/.test(given) ? Number(given) : given, when: when.trim(), extract: '' };
  });
}

function linesOf(text: string): [string, string][] {
  return text.split('\n').filter((line) => line.trim()).map((line) => {
    const [name = '', ...rest] = line.split(':');
    return [name.trim(), rest.join(':').trim()];
  });
}
