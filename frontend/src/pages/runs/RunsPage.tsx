import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { registeredQuery, runsQuery } from '../../api/runs';
import { dateTime, number } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';
import { Loading, Notice, ProblemNotice } from '../../ui/Status';
import { AdminFrame } from '../admin/AdminFrame';
import { NewRun } from './NewRun';
import { money } from './words';
import './runs.css';

/** What judges were sent to do in an arena, and the form that sends one. */
export default function RunsPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  const title = arena.data ? t('run.listOf', { arena: arena.data.title }) : t('admin.parts.runs');
  return (
    <AdminFrame title={title}>
      <Runs arena={slug} />
      <Start arena={slug} />
    </AdminFrame>
  );
}

function Runs({ arena }: { arena: string }) {
  const { t, i18n } = useTranslation();
  const runs = useInfiniteQuery(runsQuery(arena));
  if (runs.isPending) return <Loading />;
  if (runs.isError) return <ProblemNotice problem={asProblem(runs.error)} retry={() => void runs.refetch()} />;
  const rows = runs.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return <p>{t('run.none')}</p>;
  const count = (value: number) => number(value, i18n.language);
  return (
    <>
      <Scroller label={t('admin.parts.runs')} className="board-table">
        <table>
          <caption className="sr-only">{t('admin.parts.runs')}</caption>
          <thead>
            <tr>
              {(['judge', 'state', 'judged', 'votes', 'failed', 'cost', 'begun'] as const).map((each) => <th key={each} scope="col">{t(`run.columns.${each}`)}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((run) => (
              <tr key={run.id} data-run={run.id}>
                <th scope="row"><Link href={`/arenas/${encodeURIComponent(arena)}/runs/${run.id}`}><Name of={`${run.judge.name}@${run.judge.version}`} /></Link></th>
                <td>{t(`run.states.${run.state}`)}</td>
                <td>{t('run.ofAll', { ended: run.ended, all: run.judgments })}</td>
                <td>{count(run.votes)}</td>
                <td>{count(run.failed)}</td>
                <td>{money(run.micros, i18n.language)}</td>
                <td>{dateTime(run.created_at, i18n.language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {runs.hasNextPage && <p className="actions"><button type="button" onClick={() => void runs.fetchNextPage()}>{t('run.more')}</button></p>}
    </>
  );
}

function Start({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const judges = useQuery(registeredQuery(arena));
  if (judges.isPending) return <Loading />;
  if (judges.isError) return <ProblemNotice problem={asProblem(judges.error)} retry={() => void judges.refetch()} />;
  if (judges.data.items.length === 0) return <Notice title={t('run.noJudge.title')}><p>{t('run.noJudge.text')}</p></Notice>;
  return <NewRun arena={arena} judges={judges.data.items} />;
}
