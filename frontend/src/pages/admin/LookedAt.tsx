import { type InfiniteData, type QueryKey, useMutation, useQueryClient, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { type MouseEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { Name } from '../../ui/Name';
import { Refused } from '../../ui/Refused';
import { Loading, ProblemNotice } from '../../ui/Status';

type State = 'undecided' | 'published' | 'refused' | 'held' | 'released';
const KINDS = ['email', 'phone', 'bank_account', 'payment_card'] as const;

interface Decision {
  isPending: boolean;
  error: unknown;
  told: Exclude<State, 'undecided'> | undefined;
}

/** Decides of one item of a list. It leaves the list then, so the focus goes on to the next, or back to the heading. */
export function useDecision<Id, To extends Exclude<State, 'undecided'>>(list: QueryKey, decide: (id: Id, to: To) => Promise<unknown>) {
  const client = useQueryClient();
  const { mutate, isPending, error, data } = useMutation({
    mutationFn: async ({ id, to }: { id: Id; to: To; next: HTMLElement | null }) => {
      await decide(id, to);
      return to;
    },
    onSuccess: async (_to, { next }) => {
      next?.focus();
      await client.invalidateQueries({ queryKey: list });
    },
  });
  const take = (event: MouseEvent<HTMLButtonElement>, id: Id, to: To) => {
    const item = event.currentTarget.closest('li');
    const beside = item?.nextElementSibling ?? item?.previousElementSibling;
    const next = beside?.querySelector('h3') ?? item?.closest('section')?.querySelector('h2') ?? null;
    if (!isPending) mutate({ id, to, next });
  };
  return { isPending, error, told: data, take };
}

interface ChoiceProps<To> {
  states: readonly To[];
  state: To;
  onChoose: (state: To) => void;
}

export function StateChoice<To extends State>({ states, state, onChoose }: ChoiceProps<To>) {
  const { t } = useTranslation();
  const named = (each: State) => t(`lookedAt.states.${each}`);
  return (
    <div className="filters">
      <label className="field">
        <span>{t('lookedAt.show')}</span>
        <select value={state} onChange={(event) => onChoose(event.target.value as To)}>
          {states.map((each) => <option key={each} value={each}>{named(each)}</option>)}
        </select>
      </label>
    </div>
  );
}

interface ListProps<Item> {
  found: UseInfiniteQueryResult<InfiniteData<{ items: Item[] }>>;
  decision: Decision;
  none: string;
  children: (item: Item) => ReactNode;
}

/** The items of all pages that were fetched, what came of the last decision, and the way to more. */
export function LookedAtList<Item>({ found, decision, none, children }: ListProps<Item>) {
  const { t } = useTranslation();
  if (found.isPending) return <Loading />;
  if (found.isError) return <ProblemNotice problem={asProblem(found.error)} retry={() => void found.refetch()} />;
  const items = found.data.pages.flatMap((page) => page.items);
  return (
    <>
      <Refused error={decision.error} />
      <p role="status">{decision.told && t(`lookedAt.did.${decision.told}`)}</p>
      {items.length === 0 ? <p>{none}</p> : <ul className="looked-at">{items.map(children)}</ul>}
      {found.hasNextPage && <p className="actions"><button type="button" aria-disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t('lookedAt.more')}</button></p>}
    </>
  );
}

/** What personal data a text seems to hold, in words. */
export function Kinds({ of }: { of: string[] }) {
  const { t, i18n } = useTranslation();
  if (of.length === 0) return null;
  const words = of.map((kind) => {
    const known = KINDS.find((each) => each === kind);
    return known ? t(`lookedAt.kinds.${known}`) : kind;
  });
  return <p className="badge">{t('lookedAt.holds')} <Name of={new Intl.ListFormat(i18n.language).format(words)} /></p>;
}
