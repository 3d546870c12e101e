import { useSearchParams } from 'wouter';
import type { JudgeQuery } from '../../api/queries';

const FILTERS = ['dimension', 'category', 'language', 'against'] as const;
export type Filter = (typeof FILTERS)[number];
export type Filters = Omit<JudgeQuery, 'judge'>;
export const MOST_COMPARED = 4;

export interface JudgeAddress {
  filters: Filters;
  /** Those to compare, in the order in which they were chosen; empty for the first of all. */
  judges: string[];
  /** The filters as the address has them, to be carried to another page. */
  search: string;
  setFilter: (name: Filter, value: string) => void;
  setJudges: (judges: string[]) => void;
  clear: () => void;
}

/** What the page shows stands in its address and nowhere else, so that sharing, reloading and Back agree with it. */
export function useJudgeAddress(): JudgeAddress {
  const [params, setParams] = useSearchParams();
  const filters: Filters = {};
  for (const name of FILTERS) {
    const value = params.get(name);
    if (value) filters[name] = value;
  }
  const text = new URLSearchParams(filters).toString();
  return {
    filters,
    judges: params.getAll('judge').slice(0, MOST_COMPARED),
    search: text && `?${text}`,
    setFilter: (name, value) =>
      setParams((old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      }),
    setJudges: (judges) =>
      setParams((old) => {
        const next = new URLSearchParams(old);
        next.delete('judge');
        for (const judge of judges) next.append('judge', judge);
        return next;
      }),
    clear: () => setParams((old) => old.getAll('judge').map((judge) => ['judge', judge])),
  };
}
