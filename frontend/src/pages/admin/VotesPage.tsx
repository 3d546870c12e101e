import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearch } from 'wouter';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { type Action, votesQuery, type Which } from '../../api/review';
import type { Arena, VotesFilter } from '../../api/types';
import { Loading, ProblemNotice } from '../../ui/Status';
import { AdminFrame } from './AdminFrame';
import { DecisionDialog } from './DecisionDialog';
import { VotesTable } from './VotesTable';

const CHOICES = {
  state: ['counted', 'set_aside', 'withdrawn', 'superseded'],
  kind: ['human', 'judge', 'simulated'],
  verdict: ['a', 'b', 'tie', 'both_good', 'both_bad', 'abstain'],
} as const;
const WORDS = ['model', 'prompt', 'category', 'language', 'rater'] as const;

/** The votes of an arena: what fits the filters in the address, set aside with a reason or counted again. */
export default function VotesPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  const title = arena.data ? t('review.titleIn', { arena: arena.data.title }) : t('admin.parts.votes');
  const search = useSearch();
  const filter = Object.fromEntries(new URLSearchParams(search)) as VotesFilter;
  return (
    <AdminFrame title={title}>
      {arena.isError && <ProblemNotice problem={asProblem(arena.error)} retry={() => void arena.refetch()} />}
      {arena.data && <Filters key={search} arena={arena.data} filter={filter} />}
      <Votes key={`votes ${search}`} arena={slug} filter={filter} />
    </AdminFrame>
  );
}

function Filters({ arena, filter }: { arena: Arena; filter: VotesFilter }) {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '') as [string, string][];
    go(`?${new URLSearchParams(given)}`);
  };
  return (
    <form className="filters" onSubmit={submit}>
      {(['state', 'kind', 'verdict'] as const).map((name) => (
        <label key={name} className="field">
          <span>{t(`review.columns.${name}`)}</span>
          <select name={name} defaultValue={filter[name] ?? ''}>
            <option value="">{t('review.any')}</option>
            {CHOICES[name].map((value) => <option key={value} value={value}>{t(`review.words.${value}`)}</option>)}
          </select>
        </label>
      ))}
      <label className="field">
        <span>{t('review.columns.dimension')}</span>
        <select name="dimension" defaultValue={filter.dimension ?? ''}>
          <option value="">{t('review.any')}</option>
          {arena.dimensions.map((each) => <option key={each.slug} value={each.slug}>{each.title}</option>)}
        </select>
      </label>
      {WORDS.map((name) => (
        <label key={name} className="field"><span>{t(`review.columns.${name}`)}</span><input type={name === 'rater' ? 'number' : 'text'} min="1" name={name} defaultValue={filter[name] ?? ''} /></label>
      ))}
      <button type="submit">{t('review.filter')}</button>
    </form>
  );
}

function Votes({ arena, filter }: { arena: string; filter: VotesFilter }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [all, setAll] = useState(false);
  const [action, setAction] = useState<Action>();
  const [told, setTold] = useState('');
  const votes = useInfiniteQuery(votesQuery(arena, filter));
  if (votes.isPending) return <Loading />;
  if (votes.isError) return <ProblemNotice problem={asProblem(votes.error)} retry={() => void votes.refetch()} />;
  const rows = votes.data.pages.flatMap((page) => page.items);
  const which: Which = all ? { where: filter } : { votes: [...chosen] };
  const done = (taken: Action, count: number) => {
    setTold(t(`review.did.${taken}`, { count }));
    setAction(undefined);
    setChosen(new Set());
    setAll(false);
  };
  const ready = all || chosen.size > 0;
  return (
    <>
      <p role="status">{told}</p>
      {rows.length === 0 ? <p>{t('review.none')}</p> : <VotesTable rows={rows} chosen={chosen} choose={setChosen} />}
      <p className="actions">
        {votes.hasNextPage && <button type="button" onClick={() => void votes.fetchNextPage()}>{t('review.more')}</button>}
        <label className="check"><input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} /><span>{t('review.all')}</span></label>
        <span>{!all && t('review.chosen', { count: chosen.size })}</span>
        {(['set_aside', 'restore'] as const).map((each) => (
          <button key={each} type="button" disabled={!ready} onClick={() => setAction(each)}>{t(`review.actions.${each}`)}</button>
        ))}
      </p>
      {action && <DecisionDialog arena={arena} action={action} which={which} onDone={(count) => done(action, count)} onClose={() => setAction(undefined)} />}
    </>
  );
}
