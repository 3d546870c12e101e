import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { arenasQuery } from '../../api/queries';
import type { Arena } from '../../api/types';
import { list } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Loading, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { NoArenas } from './NoArenas';

export default function ArenasPage() {
  const { t } = useTranslation();
  const heading = usePage(t('arenas.title'));
  const arenas = useQuery(arenasQuery);
  return (
    <main id="content">
      <h1 ref={heading} tabIndex={-1}>{t('arenas.title')}</h1>
      <p className="lead">{t('arenas.lead')}</p>
      {arenas.isPending && <Loading />}
      {arenas.isError && <ProblemNotice problem={asProblem(arenas.error)} retry={() => void arenas.refetch()} />}
      {arenas.data && (arenas.data.items.length > 0 ? <Cards arenas={arenas.data.items} /> : <NoArenas />)}
    </main>
  );
}

function Cards({ arenas }: { arenas: Arena[] }) {
  return (
    <ul className="cards">
      {arenas.map((arena) => <li key={arena.slug}><Card arena={arena} /></li>)}
    </ul>
  );
}

function Card({ arena }: { arena: Arena }) {
  const { t, i18n } = useTranslation();
  const { prompts, models, votes } = arena.counts;
  const address = `/arenas/${encodeURIComponent(arena.slug)}`;
  const dimensions = arena.dimensions.filter((each) => !each.archived).map((each) => each.title);
  const counted = (['human', 'judges', 'simulated'] as const).filter((group) => group === 'human' || votes[group] > 0);
  return (
    <article className="card">
      <h2><Name of={arena.title} /></h2>
      {!arena.public && <p className="badge">{t('arenas.private')}</p>}
      {arena.description && <p dir="auto">{arena.description}</p>}
      <ul className="facts">
        <li>{t('arenas.prompts', { count: prompts })}</li>
        <li>{t('arenas.models', { count: models })}</li>
        {counted.map((group) => <li key={group}>{t(`arenas.${group}`, { count: votes[group] })}</li>)}
      </ul>
      {dimensions.length > 0 && <p className="quiet">{t('arenas.dimensions', { list: list(dimensions, i18n.language, i18n.dir()) })}</p>}
      <p className="actions">
        <Link href={`${address}/vote`} className="button primary" aria-label={t('arenas.voteIn', { arena: arena.title })}>
          {t('arenas.vote')}
        </Link>
        <Link href={`${address}/leaderboard`} className="button" aria-label={t('arenas.leaderboardOf', { arena: arena.title })}>
          {t('arenas.leaderboard')}
        </Link>
      </p>
    </article>
  );
}
