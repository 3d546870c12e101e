import { useTranslation } from 'react-i18next';
import type { UploadReport } from '../../api/types';
import { list, number } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';

const COUNTS = ['lines', 'matched', 'new', 'replacing', 'unchanged', 'rejected', 'self_naming', 'naming'] as const;

/** What a dry run found: counts, each bad line, each line that tells whose it is, and what is missing. */
export function Found({ report }: { report: UploadReport }) {
  const { t, i18n } = useTranslation();
  const missing = report.prompts - report.answered;
  return (
    <div className="found">
      <p className="notice notice-warn">{t('owner.nothingStored')}</p>
      <dl className="facts-list">
        {COUNTS.map((each) => <div key={each} data-count={each}><dt>{t(`owner.counts.${each}`)}</dt><dd>{number(report[each], i18n.language)}</dd></div>)}
        <div data-count="missing"><dt>{t('owner.counts.missing')}</dt><dd>{number(missing, i18n.language)}</dd></div>
      </dl>
      {report.problems.length > 0 && (
        <Lines title={t('owner.problems', { shown: report.problems.length, all: report.rejected })} name="problems" what={t('owner.problem')}
          rows={report.problems.map((each) => ({ line: each.line, prompt: each.prompt_id, kind: t(`owner.codes.${each.code}`), text: each.problem }))} />
      )}
      {report.leaks.length > 0 && (
        <Lines title={t('owner.leaks', { shown: report.leaks.length, all: report.self_naming + report.naming })} name="leaks" what={t('owner.words')}
          rows={report.leaks.map((each) => ({ line: each.line, prompt: each.prompt_id, kind: t(`owner.kinds.${each.kind}`), text: each.words }))} />
      )}
      {missing > 0 && (
        <details>
          <summary>{t('owner.missing', { shown: report.missing.length, all: missing })}</summary>
          <p>{list(report.missing, i18n.language, i18n.dir())}</p>
        </details>
      )}
    </div>
  );
}

interface Row {
  line: number;
  prompt: string | null;
  kind: string;
  text: string;
}

function Lines({ title, name, what, rows }: { title: string; name: string; what: string; rows: Row[] }) {
  const { t, i18n } = useTranslation();
  return (
    <Scroller label={title} className="board-table">
      <table data-table={name}>
        <caption>{title}</caption>
        <thead><tr><th scope="col">{t('owner.line')}</th><th scope="col">{t('owner.prompt')}</th><th scope="col">{t('owner.kind')}</th><th scope="col">{what}</th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.line} data-line={row.line}>
              <th scope="row">{number(row.line, i18n.language)}</th>
              <td><Name of={row.prompt ?? ''} /></td>
              <td>{row.kind}</td>
              <td><Name of={row.text} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
