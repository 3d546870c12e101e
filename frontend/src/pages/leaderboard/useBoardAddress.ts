import { useSearchParams } from 'wouter';
import type { BoardQuery } from '../../api/queries';
import { parseSort, type Sort, sortText } from '../../lib/sort';

const FILTERS = ['dimension', 'voters', 'method', 'ties', 'both_bad', 'category', 'language', 'since', 'until'] as const;
export const VIEWS = ['one', 'all', 'ties', 'style', 'pairs', 'compare', 'history'] as const;
export type Filter = (typeof FILTERS)[number];
export type Extra = 'cells' | 'one' | 'other' | 'models';
export type View = (typeof VIEWS)[number];

export interface BoardAddress {
  query: BoardQuery;
  view: View;
  sort: Sort;
  setFilter: (name: Filter, value: string) => void;
  /** A setting of the method; null takes the server's default. */
  setSetting: (name: string, value: string | null) => void;
  setView: (view: View) => void;
  setSort: (sort: Sort) => void;
  /** What one view alone knows. */
  extra: (name: Extra) => string | null;
  setExtra: (name: Extra, value: string | null) => void;
  setExtras: (values: Partial<Record<Extra, string>>) => void;
  clear: () => void;
}

/** What the page shows stands in its address and nowhere else, so that sharing, reloading and Back agree with it. */
export function useBoardAddress(): BoardAddress {
  const [params, setParams] = useSearchParams();
  const set = (name: string, value: string | null, also?: (next: URLSearchParams) => void) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set(name, value);
      else next.delete(name);
      also?.(next);
      return next;
    });
  return {
    query: queryOf(params),
    view: VIEWS.find((each) => each === params.get('view')) ?? 'one',
    sort: parseSort(params.get('sort')),
    // Another method has other settings: those of the last one would be refused.
    setFilter: (name, value) => set(name, value, (next) => name === 'method' && next.delete('set')),
    setSetting: (name, value) =>
      setParams((old) => {
        const next = new URLSearchParams(old);
        const others = next.getAll('set').filter((each) => !each.startsWith(`${name}=`));
        next.delete('set');
        for (const each of others) next.append('set', each);
        if (value !== null) next.append('set', `${name}=${value}`);
        return next;
      }),
    setView: (view) => set('view', view === 'one' ? null : view),
    setSort: (sort) => set('sort', sortText(sort)),
    extra: (name) => params.get(name),
    setExtra: (name, value) => set(name, value),
    setExtras: (values) =>
      setParams((old) => {
        const next = new URLSearchParams(old);
        for (const [name, value] of Object.entries(values)) next.set(name, value);
        return next;
      }),
    clear: () => setParams((old) => (old.get('view') ? { view: old.get('view') ?? '' } : {})),
  };
}

function queryOf(params: URLSearchParams): BoardQuery {
  const query: BoardQuery = {};
  for (const name of FILTERS) {
    const value = params.get(name);
    if (value) query[name] = value;
  }
  const settings = params.getAll('set');
  if (settings.length > 0) query.set = settings;
  return query;
}

/** The address of the same board at the API. */
export function searchOf(query: BoardQuery & { model?: string }): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) params.append(name, String(each));
  }
  return params.size > 0 ? `?${params}` : '';
}
