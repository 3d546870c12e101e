import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Report } from '../../api/types';
import { number } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';
import { Figure } from './figures';
import { promptsText, versionsText } from './versions';

interface Props {
  arena: string;
  search: string;
  reports: Report[];
}

interface Line {
  name: string;
  label: string;
  cell: (report: Report) => ReactNode;
}

/** Judges across, what matters of each down; the same votes of people for all. */
export function Compared({ arena, search, reports }: Props) {
  const { t } = useTranslation();
  const lines = useLines();
  if (reports.length === 0) return null;
  return (
    <Scroller label={t('judge.compared')} className="board-table compared">
      <table>
        <caption>{t('judge.compared')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('judge.measure')}</th>
            {reports.map(({ judge }) => (
              <th key={judge} scope="col" data-judge={judge}>
                <Link href={`/arenas/${encodeURIComponent(arena)}/judges/${encodeURIComponent(judge)}${search}`}><bdi>{judge}</bdi></Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.name} data-line={line.name}>
              <th scope="row">{line.label}</th>
              {reports.map((report) => <td key={report.judge}>{line.cell(report)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function useLines(): Line[] {
  const { t, i18n } = useTranslation();
  const own = (report: Report) => report.ranks.filter((row) => row.own_family);
  return [
    { name: 'verdict', label: t('judge.verdict'), cell: ({ verdict }) => <span className={`badge verdict-${verdict.trust}`}>{t(`judge.verdicts.${verdict.trust}.short`)}</span> },
    { name: 'version', label: t('judge.facts.versions'), cell: (report) => versionsText(report, t, i18n.language) },
    { name: 'prompt', label: t('judge.facts.prompt'), cell: (report) => promptsText(report, t) },
    { name: 'items', label: t('judge.facts.items'), cell: ({ battles }) => number(battles, i18n.language) },
    { name: 'agreement', label: t('judge.measures.agreement'), cell: ({ votes }) => <Figure measure={votes.agreement} kind="share" counted={false} /> },
    { name: 'agreement_people', label: t('judge.agreementOfPeople'), cell: ({ ceiling }) => <Figure measure={ceiling.agreement} kind="share" counted={false} /> },
    { name: 'kappa', label: t('judge.measures.cohen_kappa'), cell: ({ votes }) => <Figure measure={votes.cohen_kappa} kind="number" counted={false} /> },
    { name: 'kappa_people', label: t('judge.kappaOfPeople'), cell: ({ ceiling }) => <Figure measure={ceiling.cohen_kappa} kind="number" counted={false} /> },
    { name: 'spearman', label: t('judge.measures.spearman'), cell: ({ ranking }) => <Figure measure={ranking.spearman} kind="number" counted={false} /> },
    { name: 'kendall', label: t('judge.measures.kendall_tau_b'), cell: ({ ranking }) => <Figure measure={ranking.kendall_tau_b} kind="number" counted={false} /> },
    { name: 'first', label: t('judge.position.both'), cell: ({ biases }) => <Figure measure={biases.position.first_share} kind="share" counted={false} /> },
    { name: 'flips', label: t('judge.position.flipRate'), cell: ({ biases }) => <Figure measure={biases.position.flip_rate} kind="share" counted={false} /> },
    { name: 'ece', label: t('judge.measures.ece'), cell: ({ calibration }) => <Figure measure={calibration.ece} kind="number" counted={false} /> },
    {
      name: 'own',
      label: t('judge.ownFamily'),
      cell: (report) => own(report).length === 0 ? t('judge.noOwn') : own(report).map((row) => {
        const bias = report.biases.model_bias.models.find((each) => each.model === row.model)?.bias;
        return <span key={row.model} className="own"><bdi>{row.name}</bdi> {bias && <Figure measure={bias} kind="share" counted={false} />}</span>;
      }),
    },
  ];
}
