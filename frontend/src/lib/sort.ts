/** Sorting a board's rows: a total order, so that the same address always shows the same page. */
import type { Row } from '../api/types';

export type SortKey = 'rank' | 'name' | 'rating' | 'votes' | 'win_rate';
export interface Sort {
  key: SortKey;
  descending: boolean;
}

export const DEFAULT_SORT: Sort = { key: 'rank', descending: false };
const KEYS: readonly SortKey[] = ['rank', 'name', 'rating', 'votes', 'win_rate'];

/** `-votes` is votes, largest first; anything unknown is the board's own order. */
export function parseSort(text: string | null): Sort {
  const descending = text?.startsWith('-') ?? false;
  const key = KEYS.find((each) => each === text?.replace(/^-/, ''));
  return key ? { key, descending } : DEFAULT_SORT;
}

export function sortText(sort: Sort): string | null {
  if (sort.key === DEFAULT_SORT.key && sort.descending === DEFAULT_SORT.descending) return null;
  return (sort.descending ? '-' : '') + sort.key;
}

/** A second press on a header turns the order round; a first press starts with what people look for. */
export function pressed(sort: Sort, key: SortKey): Sort {
  if (sort.key === key) return { key, descending: !sort.descending };
  return { key, descending: key !== 'rank' && key !== 'name' };
}

/** Rows without a value come last in both directions; equal rows stay in the board's own order, as sorting is stable. */
export function sorted(rows: readonly Row[], sort: Sort): Row[] {
  const sign = sort.descending ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [left, right] = [value(one, sort.key), value(other, sort.key)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * compare(left, right);
  });
}

function value(row: Row, key: SortKey): string | number | null {
  return row[key];
}

function compare(left: string | number, right: string | number): number {
  if (typeof left === 'string' || typeof right === 'string') return String(left).localeCompare(String(right));
  return left - right;
}
