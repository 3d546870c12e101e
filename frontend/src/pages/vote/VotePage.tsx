import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem, type Problem } from '../../api/problem';
import { arenaQuery, battleQuery } from '../../api/queries';
import type { Arena } from '../../api/types';
import { Loading, Notice, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { BattleView } from './BattleView';
import './vote.css';

export default function VotePage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  const title = arena.data ? t('vote.titleIn', { arena: arena.data.title }) : t('vote.title');
  const heading = usePage(title);
  return (
    <main id="content" className="wide">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        <Link href={`/arenas/${encodeURIComponent(slug)}/leaderboard`}>{t('board.title')}</Link>
      </div>
      {arena.isPending && <Loading />}
      {arena.isError && <ProblemNotice problem={asProblem(arena.error)} retry={() => void arena.refetch()} />}
      {arena.data && <Current arena={arena.data} />}
    </main>
  );
}

/** The battle being voted on. It is asked for after the arena, so that a new voter's cookie is there before it. */
function Current({ arena }: { arena: Arena }) {
  const battle = useQuery(battleQuery(arena.slug));
  const next = () => void battle.refetch();
  if (battle.isFetching) return <Loading />;
  if (battle.isError) return <NoBattle arena={arena} problem={asProblem(battle.error)} retry={next} />;
  if (!battle.data) return <Loading />;
  return <BattleView key={battle.data.id} battle={battle.data} modality={arena.modality} next={next} />;
}

function NoBattle({ arena, problem, retry }: { arena: Arena; problem: Problem; retry: () => void }) {
  const { t } = useTranslation();
  if (problem.slug === 'too-many-requests') {
    return (
      <Notice tone="warn" title={t('vote.slow.title')}>
        <p role="alert">{t('vote.slow.text')}</p>
        <button type="button" onClick={retry}>{t('site.retry')}</button>
      </Notice>
    );
  }
  if (problem.slug !== 'no-battle-left') return <ProblemNotice problem={problem} retry={retry} />;
  return (
    <Notice title={t('vote.none.title')}>
      <p role="status">{t('vote.none.text')}</p>
      <p className="actions">
        <Link className="button primary" href={`/arenas/${encodeURIComponent(arena.slug)}/leaderboard`}>{t('vote.reveal.leaderboard')}</Link>
        <button type="button" onClick={retry}>{t('site.retry')}</button>
      </p>
    </Notice>
  );
}
