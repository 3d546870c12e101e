import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ratersQuery } from '../../api/admin';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { dateTime, number, percent } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';
import { AdminFrame } from './AdminFrame';

const COLUMNS = ['who', 'votes', 'counted', 'aside', 'left', 'equal', 'seconds', 'last'] as const;

/** Who votes, how much and how: a click leads to the votes themselves. */
export default function RatersPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  return <AdminFrame title={arena.data ? t('raters.titleIn', { arena: arena.data.title }) : t('admin.parts.raters')}><Raters arena={slug} /></AdminFrame>;
}

function Raters({ arena }: { arena: string }) {
  const { t, i18n } = useTranslation();
  const raters = useInfiniteQuery(ratersQuery(arena));
  if (raters.isPending) return <Loading />;
  if (raters.isError) return <ProblemNotice problem={asProblem(raters.error)} retry={() => void raters.refetch()} />;
  const rows = raters.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return <p>{t('raters.none')}</p>;
  const count = (value: number | null, digits = 0) => number(value, i18n.language, digits);
  return (
    <>
      <p className="lead">{t('raters.lead')}</p>
      <Scroller label={t('admin.parts.raters')} className="board-table">
        <table>
          <caption className="sr-only">{t('admin.parts.raters')}</caption>
          <thead><tr>{COLUMNS.map((each) => <th key={each} scope="col">{t(`raters.${each}`)}</th>)}</tr></thead>
          <tbody>
            {rows.map((rater) => (
              <tr key={rater.id} data-rater={rater.id}>
                <th scope="row"><Link href={`/arenas/${encodeURIComponent(arena)}/admin/votes?rater=${rater.id}`}><Name of={rater.name} /></Link></th>
                <td>{count(rater.votes)}</td>
                <td>{count(rater.states.counted ?? 0)}</td>
                <td>{count(rater.states.set_aside ?? 0)}</td>
                <td>{percent(rater.left, i18n.language)}</td>
                <td>{percent(rater.equal, i18n.language)}</td>
                <td>{count(rater.seconds, 1)}</td>
                <td>{dateTime(rater.last_at, i18n.language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {raters.hasNextPage && <p className="actions"><button type="button" onClick={() => void raters.fetchNextPage()}>{t('raters.more')}</button></p>}
    </>
  );
}
