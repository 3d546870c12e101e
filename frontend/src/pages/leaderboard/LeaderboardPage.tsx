import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { arenaQuery, boardQuery, boardsQuery, methodsQuery, treatmentsQuery } from '../../api/queries';
import type { Arena } from '../../api/types';
import { withMessages } from '../../i18n';
import { Loading, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { BoardView } from './BoardView';
import { DimensionsView } from './DimensionsView';
import { Filters } from './Filters';
import { MethodSettings } from './MethodSettings';
import { TiesView } from './TiesView';
import { type BoardAddress, useBoardAddress, VIEWS } from './useBoardAddress';
import '../../styles/data.css';
import './leaderboard.css';

const EmbedPage = lazy(() => import('../embed/EmbedPage'));

/** Views that most visitors never open. */
const Further = lazy(() => withMessages('board', import('./Further')));

/** The whole page, or the small board that other sites show in a frame. */
export default function LeaderboardPage({ arena, embedded = false }: { arena: string; embedded?: boolean }) {
  return embedded ? <Suspense fallback={<Loading />}><EmbedPage arena={arena} /></Suspense> : <Whole arena={arena} />;
}

function Whole({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  const address = useBoardAddress();
  const title = arena.data ? t('board.titleOf', { arena: arena.data.title }) : t('board.title');
  const heading = usePage(title);
  return (
    <main id="content" className="wide">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        <p className="actions">
          <Link href={`/arenas/${encodeURIComponent(slug)}/judges`} className="button">{t('board.judgesLink')}</Link>
          <Link href={`/arenas/${encodeURIComponent(slug)}/vote`} className="button">{t('arenas.vote')}</Link>
        </p>
      </div>
      {arena.isPending && <Loading />}
      {arena.isError && <ProblemNotice problem={asProblem(arena.error)} retry={() => void arena.refetch()} />}
      {arena.data && <Views address={address} />}
      {arena.data && <View arena={arena.data} address={address} />}
    </main>
  );
}

function Views({ address }: { address: BoardAddress }) {
  const { t } = useTranslation();
  return (
    <div className="segments" role="group" aria-label={t('board.views.label')}>
      {VIEWS.map((view) => (
        <button key={view} type="button" aria-pressed={address.view === view} onClick={() => address.setView(view)}>
          {t(`board.views.${view}`)}
        </button>
      ))}
    </div>
  );
}

function View({ arena, address }: { arena: Arena; address: BoardAddress }) {
  if (address.view === 'all') return <All arena={arena} address={address} />;
  if (address.view === 'ties') return <Ties arena={arena} address={address} />;
  if (address.view === 'one') return <One arena={arena} address={address} />;
  return <Suspense fallback={<Loading />}><Further view={address.view} arena={arena} address={address} /></Suspense>;
}

function One({ arena, address }: { arena: Arena; address: BoardAddress }) {
  const board = useQuery(boardQuery(arena.slug, address.query));
  const methods = useQuery(methodsQuery(arena.slug));
  if (board.isPending || methods.isPending) return <Loading />; // all at once, so that nothing is pushed aside
  return (
    <>
      <Filters arena={arena} board={board.data} methods={methods.data?.items ?? []} address={address} />
      {board.isError && <ProblemNotice problem={asProblem(board.error)} retry={() => void board.refetch()} />}
      {board.data && <MethodSettings board={board.data} methods={methods.data?.items ?? []} address={address} />}
      {board.data && !board.isError && (
        <div aria-busy={board.isPlaceholderData}><BoardView arena={arena} board={board.data} address={address} /></div>
      )}
    </>
  );
}

function All({ arena, address }: { arena: Arena; address: BoardAddress }) {
  const { dimension: _one, ...query } = address.query;
  const boards = useQuery(boardsQuery(arena.slug, query));
  const methods = useQuery(methodsQuery(arena.slug));
  const first = boards.data?.boards[0];
  if (boards.isPending || methods.isPending) return <Loading />; // all at once, so that nothing is pushed aside
  return (
    <>
      <Filters arena={arena} board={first} methods={methods.data?.items ?? []} address={address} />
      {boards.isError && <ProblemNotice problem={asProblem(boards.error)} retry={() => void boards.refetch()} />}
      {boards.data && !boards.isError && (
        <div aria-busy={boards.isPlaceholderData}><DimensionsView arena={arena} boards={boards.data} address={address} /></div>
      )}
    </>
  );
}

function Ties({ arena, address }: { arena: Arena; address: BoardAddress }) {
  // Here the method and how ties count are what is compared.
  const { method: _method, ties: _ties, both_bad: _bothBad, set: _set, ...query } = address.query;
  const treatments = useQuery(treatmentsQuery(arena.slug, query));
  const first = treatments.data?.items[0]?.board;
  if (treatments.isPending) return <Loading />; // all at once, so that nothing is pushed aside
  return (
    <>
      <Filters arena={arena} board={first} methods={[]} address={address} />
      {treatments.isError && <ProblemNotice problem={asProblem(treatments.error)} retry={() => void treatments.refetch()} />}
      {treatments.data && !treatments.isError && (
        <div aria-busy={treatments.isPlaceholderData}><TiesView arena={arena} treatments={treatments.data} address={address} /></div>
      )}
    </>
  );
}
