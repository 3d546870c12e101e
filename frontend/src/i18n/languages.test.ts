import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { locale } from '../lib/format';
import { LANGUAGES } from '.';

type Messages = Record<string, string>;

const CODES = Object.keys(LANGUAGES);
const FORM = /_(zero|one|two|few|many|other)$/;
const read = (file: string) => readFileSync(path.resolve(import.meta.dirname, file), 'utf8');
const FOLDERS = ['.', 'admin', 'board', 'judge', 'keys', 'me', 'owner', 'setup', 'vote'];
const files: Record<string, Messages> = Object.fromEntries(
  CODES.map((code) => [code, Object.assign({}, ...FOLDERS.map((folder) => flat(JSON.parse(read(`${folder}/${code}.json`)) as object))) as Messages]),
);
const en = files.en ?? {};
const others = CODES.filter((code) => code !== 'en').map((code) => [code, files[code] ?? {}] as const);

/** The messages without their forms: two forms of one count are one message. */
const stems = (messages: Messages) => [...new Set(Object.keys(messages).map((key) => key.replace(FORM, '')))].sort();

test.each(others)('%s has every message and no other', (_, messages) => expect(stems(messages)).toEqual(stems(en)));

test.each(CODES)('%s has the forms of a count that the language asks for, and no other', (code) => {
  const { pluralCategories } = new Intl.PluralRules(code).resolvedOptions();
  const forms = new Map<string, string[]>();
  for (const key of Object.keys(files[code] ?? {})) {
    const form = FORM.exec(key)?.[1];
    if (form) forms.set(key.replace(FORM, ''), [...(forms.get(key.replace(FORM, '')) ?? []), form].sort());
  }
  expect(forms.size).toBeGreaterThan(5);
  expect([...forms].filter(([, found]) => found.join() !== [...pluralCategories].sort().join())).toEqual([]);
});

test.each(others)('%s takes the same values as English; only a form for one number may leave the number out', (code, messages) => {
  const wrong = Object.entries(messages).filter(([key, text]) => {
    const [stem, form] = [key.replace(FORM, ''), FORM.exec(key)?.[1]];
    const expected = values(en[key] ?? en[`${stem}_other`] ?? en[stem] ?? '');
    const spoken = form !== undefined && oneNumber(code, form);
    const [found, given] = spoken ? [without(values(text)), without(expected)] : [values(text), expected];
    return form === 'zero' ? found.some((each) => !given.includes(each)) : found.join() !== given.join();
  });
  expect(wrong).toEqual([]);
});

test.each(others)('%s is translated: what is left as in English is a name', (code, messages) => {
  const same = Object.entries(messages).filter(([key, text]) => en[key] === text && /[a-z]{3}/.test(text.replace(/\{\{[^}]*\}\}/g, '')));
  const NAMES = /^(?:Pairwise Arena|Bradley–Terry|Plackett–Luce|Glicko-2)$/;
  const ALIKE = ['board.dimension', 'board.words.position', 'board.words.tau', 'board.words.lam', 'board.words.lambda', 'board.words.bootstrap', 'board.words.sandwich', 'board.words.votes', 'board.methodLine', 'board.votes_one', 'board.votes_other', 'board.multi.votes_one', 'board.multi.votes_other', 'board.columns.votes', 'owner.columns.votes', 'vote.title', 'board.words.max_t', 'arenas.dimensions'];
  expect(same.filter(([key, text]) => !NAMES.test(text) && !(code === 'fr' && ALIKE.includes(key)))).toEqual([]);
});

test('the script before the first paint knows the same languages', () => {
  const known = /var known = \[([^\]]*)\]/.exec(read('../../public/before-paint.js'))?.[1];
  expect(known?.match(/\w+/g)).toEqual(CODES);
});

test.each([...CODES, 'en-GB'])('numbers of %s have the digits of everything beside them', (code) =>
  expect(new Intl.NumberFormat(locale(code)).format(1234567890).replace(/\D/g, '')).toBe('1234567890'));

/** The values that a message takes, with how they are written: `count, number`. */
function values(text: string): string[] {
  return Array.from(text.matchAll(/\{\{([^}]*)\}\}/g), (match) => match[1] ?? '').sort();
}

function without(found: string[]): string[] {
  return found.filter((each) => !each.startsWith('count,'));
}

/** Whether a form is used for one number only, as the Arabic dual, so that words can say it: 0 to 200 are tried. */
function oneNumber(code: string, form: string): boolean {
  const rules = new Intl.PluralRules(code);
  return Array.from({ length: 200 }, (_, count) => count).filter((count) => rules.select(count) === form).length === 1;
}

function flat(tree: object, above = ''): Messages {
  return Object.assign({}, ...Object.entries(tree).map(([name, value]) => (typeof value === 'string' ? { [above + name]: value } : flat(value as object, `${above}${name}.`)))) as Messages;
}
