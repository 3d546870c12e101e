import { expect, test } from 'vitest';
import { differences } from './words';

test('pieces of each side add up to its text, and mark what the other does not have', () => {
  const found = differences('The cat sat down.', 'The dog sat down there.');
  expect(found?.a.map((piece) => piece.text).join('')).toBe('The cat sat down.');
  expect(found?.b.map((piece) => piece.text).join('')).toBe('The dog sat down there.');
  expect(found?.a.filter((piece) => piece.own).map((piece) => piece.text)).toEqual(['cat']);
  expect(found?.b.filter((piece) => piece.own).map((piece) => piece.text.trim())).toEqual(['dog', 'there']);
});

test('equal texts have no mark, and so have an empty one and itself', () => {
  expect(differences('猫坐下了。', '猫坐下了。')?.a.some((piece) => piece.own)).toBe(false);
  expect(differences('', '')).toEqual({ a: [], b: [] });
});

test('texts that take too long are left alone', () => {
  const noise = (seed: number) => Array.from({ length: 60_000 }, (_, at) => ((at * seed) % 9973).toString(36)).join(' ');
  expect(differences(noise(7919), noise(104_729))).toBeNull();
});
