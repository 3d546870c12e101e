import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import admin from './admin/en.json';
import board from './board/en.json';
import main from './en.json';
import judge from './judge/en.json';
import keys from './keys/en.json';
import me from './me/en.json';
import owner from './owner/en.json';
import setup from './setup/en.json';
import vote from './vote/en.json';

const en = { ...main, embed: board.embed, ...judge, ...me, ...admin, ...owner, ...setup, ...keys, board: { ...main.board, ...board.board, words: { ...main.board.words, ...admin.board.words } }, vote: { ...main.vote, ...vote.vote } };
const SOURCE = path.resolve(import.meta.dirname, '..');

/** `count` forms are one message. */
const messages = new Set(leaves(en).map((key) => key.replace(/_(?:zero|one|two|few|many|other)$/, '')));

test('every message that the code names exists, and every message is named', () => {
  const named = patterns();
  expect(named.length).toBeGreaterThan(100);
  const unknown = named.filter(({ pattern }) => ![...messages].some((key) => pattern.test(key)));
  expect(unknown.map(({ text }) => text)).toEqual([]);
  const unused = [...messages].filter((key) => !named.some(({ pattern }) => pattern.test(key)));
  expect(unused).toEqual([]);
});

test('every message has words', () => {
  expect(leaves(en).filter((key) => at(key).trim() === '')).toEqual([]);
});

/** Every string in the code that begins with a group of messages; `${…}` stands for any one part of a key. */
function patterns(): { text: string; pattern: RegExp }[] {
  const groups = Object.keys(en).join('|');
  const named = new RegExp(`['"\`]((?:${groups})\\.[\\w.\${}]+)['"\`]`, 'g');
  const texts = files(SOURCE).flatMap((file) => Array.from(readFileSync(file, 'utf8').matchAll(named), (match) => match[1] ?? ''));
  return [...new Set(texts)].map((text) => ({ text, pattern: new RegExp(`^${text.replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, '[^.]+')}$`) }));
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|schema\.d\.ts$/.test(name))
    .map((name) => path.join(folder, name));
}

function leaves(tree: object, above = ''): string[] {
  return Object.entries(tree).flatMap(([name, value]) => (typeof value === 'object' ? leaves(value as object, `${above}${name}.`) : [above + name]));
}

function at(key: string): string {
  return key.split('.').reduce<unknown>((tree, name) => (tree as Record<string, unknown>)[name], en) as string;
}
