import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { archiveJudge, kindsQuery } from '../../api/admin';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { registeredQuery } from '../../api/runs';
import type { Judge } from '../../api/types';
import { problemText, readable } from '../../i18n/told';
import { dateTime } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';
import { AdminFrame } from './AdminFrame';
import { RegisterJudge } from './RegisterJudge';

/** The judges that an arena can send, and the form that registers one. */
export default function JudgesPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  return (
    <AdminFrame title={arena.data ? t('register.titleIn', { arena: arena.data.title }) : t('admin.parts.judges')}>
      <Judges arena={slug} />
      <Register arena={slug} />
    </AdminFrame>
  );
}

function Judges({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const judges = useQuery(registeredQuery(arena));
  if (judges.isPending) return <Loading />;
  if (judges.isError) return <ProblemNotice problem={asProblem(judges.error)} retry={() => void judges.refetch()} />;
  if (judges.data.items.length === 0) return <p>{t('run.noJudge.title')}</p>;
  return <Listed arena={arena} judges={judges.data.items} />;
}

function Listed({ arena, judges }: { arena: string; judges: Judge[] }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const archive = useMutation({ mutationFn: (judge: string) => archiveJudge(arena, judge), onSuccess: () => client.invalidateQueries({ queryKey: registeredQuery(arena).queryKey }) });
  return (
    <>
      {archive.isError && <p role="alert" className="alert">{problemText(asProblem(archive.error), t) || t('problem.offline.text')}</p>}
      <Scroller label={t('admin.parts.judges')} className="board-table">
        <table>
          <caption className="sr-only">{t('admin.parts.judges')}</caption>
          <thead><tr>{(['name', 'model', 'protocol', 'provider', 'dimensions', 'made', 'archive'] as const).map((each) => <th key={each} scope="col">{t(`register.${each}`)}</th>)}</tr></thead>
          <tbody>
            {judges.map((judge) => (
              <tr key={judge.name} data-judge={judge.name}>
                <th scope="row"><Link href={`/arenas/${encodeURIComponent(arena)}/judges/${encodeURIComponent(judge.name)}`}><Name of={`${judge.name}@${judge.version}`} /></Link></th>
                <td><Name of={judge.model} /></td>
                <td>{readable(judge.protocol)}<small><code>{judge.wording_hash?.slice(0, 12)}</code></small></td>
                <td>{readable(judge.settings?.provider ?? '')}</td>
                <td>{judge.dimensions.length === 0 ? t('register.all') : <Name of={judge.dimensions.join(', ')} />}</td>
                <td>{dateTime(judge.created_at, i18n.language)}</td>
                <td><button type="button" aria-label={`${t('register.archive')}: ${judge.name}`} aria-disabled={archive.isPending} onClick={() => !archive.isPending && archive.mutate(judge.name)}>{t('register.archive')}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </>
  );
}

function Register({ arena }: { arena: string }) {
  const kinds = useQuery(kindsQuery(arena));
  if (kinds.isPending) return <Loading />;
  if (kinds.isError) return <ProblemNotice problem={asProblem(kinds.error)} retry={() => void kinds.refetch()} />;
  return <RegisterJudge arena={arena} {...kinds.data} />;
}
