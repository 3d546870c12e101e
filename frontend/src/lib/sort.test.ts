import { describe, expect, test } from 'vitest';
import { row } from '../testing';
import { DEFAULT_SORT, parseSort, pressed, sorted, sortText } from './sort';

const rows = [
  row({ model: 'a', name: 'Ash', rank: 1, votes: 5, rating: 1100 }),
  row({ model: 'b', name: 'elm', rank: 2, votes: 9, rating: 1000 }),
  row({ model: 'c', name: 'Oak', rank: 3, votes: 5, rating: 900 }),
  row({ model: 'd', name: 'Fir', rank: null, votes: 0, rating: null }),
];
const order = (text: string) => sorted(rows, parseSort(text)).map((each) => each.model).join('');

describe('sorting', () => {
  test('by each column, both ways; equal rows keep the board’s order; no value comes last', () => {
    expect(order('rank')).toBe('abcd');
    expect(order('-rank')).toBe('cbad');
    expect(order('votes')).toBe('dacb');
    expect(order('-votes')).toBe('bacd');
    expect(order('rating')).toBe('cbad');
    expect(order('-rating')).toBe('abcd');
    expect(order('name')).toBe('abdc');
  });

  test('the address round-trips, and unknown words are the default', () => {
    for (const text of ['-rank', 'name', '-name', 'votes', '-win_rate']) expect(sortText(parseSort(text))).toBe(text);
    for (const text of [null, '', 'rank', 'constructor', '-', '--votes']) expect(sortText(parseSort(text))).toBeNull();
  });

  test('a second press turns round', () => {
    expect(pressed(DEFAULT_SORT, 'votes')).toEqual({ key: 'votes', descending: true });
    expect(pressed({ key: 'votes', descending: true }, 'votes')).toEqual({ key: 'votes', descending: false });
    expect(pressed(DEFAULT_SORT, 'name')).toEqual({ key: 'name', descending: false });
  });

  test('the given rows stay as they were', () => {
    const before = [...rows];
    sorted(rows, parseSort('-votes'));
    expect(rows).toEqual(before);
  });
});
