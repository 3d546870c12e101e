import { useSearchParams } from 'wouter';
import type { BoardQuery } from '../../api/queries';
import { parseSort, type Sort, sortText } from '../../lib/sort';

const FILTERS = ['dimension', 'voters', 'method', 'ties', 'both_bad', 'category', 'language'] as const;
export type Filter = (typeof FILTERS)[number];
export type View = 'one' | 'all';

export interface BoardAddress {
  query: BoardQuery;
  view: View;
  sort: Sort;
  setFilter: (name: Filter, value: string) => void;
  setView: (view: View) => void;
  setSort: (sort: Sort) => void;
  clear: () => void;
}

/** What the page shows stands in its address and nowhere else, so that sharing, reloading and Back agree with it. */
export function useBoardAddress(): BoardAddress {
  const [params, setParams] = useSearchParams();
  const query: BoardQuery = {};
  for (const name of FILTERS) {
    const value = params.get(name);
    if (value) query[name] = value;
  }
  const set = (name: string, value: string | null) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  return {
    query,
    view: params.get('view') === 'all' ? 'all' : 'one',
    sort: parseSort(params.get('sort')),
    setFilter: set,
    setView: (view) => set('view', view === 'all' ? view : null),
    setSort: (sort) => set('sort', sortText(sort)),
    clear: () => setParams((old) => (old.get('view') ? { view: old.get('view') ?? '' } : {})),
  };
}
