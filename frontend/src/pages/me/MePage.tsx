import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { meQuery, ownVotesQuery } from '../../api/queries';
import { dateTime } from '../../lib/format';
import { Loading, Notice, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import './me.css';
import { OwnVote } from './OwnVote';
import { YourData } from './YourData';

/** What a voter has said so far, and what is stored of them. */
export default function MePage() {
  const { t, i18n } = useTranslation();
  const heading = usePage(t('me.title'));
  const me = useQuery(meQuery);
  return (
    <main id="content">
      <h1 ref={heading} tabIndex={-1}>{t('me.title')}</h1>
      <p className="lead">{t('me.lead')}</p>
      {me.isPending && <Loading />}
      {me.isError && <ProblemNotice problem={asProblem(me.error)} retry={() => void me.refetch()} />}
      {me.data && (
        <>
          <p>{me.data.since ? t('me.since', { count: me.data.votes, since: dateTime(me.data.since, i18n.language) }) : t('me.nothing')}</p>
          <History />
          <YourData stored={me.data.since !== null} />
        </>
      )}
    </main>
  );
}

function History() {
  const { t } = useTranslation();
  const votes = useInfiniteQuery(ownVotesQuery);
  if (votes.isPending) return <Loading />;
  if (votes.isError) return <ProblemNotice problem={asProblem(votes.error)} retry={() => void votes.refetch()} />;
  const items = votes.data.pages.flatMap((page) => page.items);
  if (items.length === 0) {
    return (
      <Notice title={t('me.none.title')}>
        <p>{t('me.none.text')}</p>
        <p className="actions"><Link className="button primary" href="/">{t('me.none.arenas')}</Link></p>
      </Notice>
    );
  }
  return (
    <section aria-labelledby="history">
      <h2 id="history">{t('me.history')}</h2>
      <ol className="own-votes">{items.map((vote) => <li key={vote.battle}><OwnVote vote={vote} /></li>)}</ol>
      {votes.hasNextPage && (
        <button type="button" onClick={() => void votes.fetchNextPage()} aria-disabled={votes.isFetchingNextPage}>{t('me.more')}</button>
      )}
    </section>
  );
}
