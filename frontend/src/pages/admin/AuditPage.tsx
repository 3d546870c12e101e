import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { auditQuery } from '../../api/admin';
import { asProblem } from '../../api/problem';
import { dateTime } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';
import { AdminFrame } from './AdminFrame';

/** Who did what with a key or at the command line, newest first. */
export default function AuditPage() {
  const { t } = useTranslation();
  return <AdminFrame title={t('admin.parts.audit')}><Entries /></AdminFrame>;
}

function Entries() {
  const { t, i18n } = useTranslation();
  const entries = useInfiniteQuery(auditQuery);
  if (entries.isPending) return <Loading />;
  if (entries.isError) return <ProblemNotice problem={asProblem(entries.error)} retry={() => void entries.refetch()} />;
  return (
    <>
      <Scroller label={t('admin.parts.audit')} className="board-table">
        <table>
          <caption className="sr-only">{t('admin.parts.audit')}</caption>
          <thead><tr>{(['at', 'who', 'action', 'target', 'outcome', 'details'] as const).map((each) => <th key={each} scope="col">{t(`audit.${each}`)}</th>)}</tr></thead>
          <tbody>
            {entries.data.pages.flatMap((page) => page.items).map((entry, index) => (
              <tr key={index}>
                <th scope="row">{dateTime(entry.at, i18n.language)}</th>
                <td><Name of={entry.owner} />{entry.key && <small><code>pa_{entry.key}</code></small>}</td>
                <td><code>{entry.action}</code></td>
                <td><Name of={entry.target} /></td>
                <td><Name of={entry.outcome} /></td>
                <td><code>{JSON.stringify(entry.details)}</code></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {entries.hasNextPage && <p className="actions"><button type="button" onClick={() => void entries.fetchNextPage()}>{t('run.more')}</button></p>}
    </>
  );
}
