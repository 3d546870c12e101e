import { useTranslation } from 'react-i18next';
import type { Report } from '../../api/types';
import { number, percent } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';
import { FiguresTable, type Line } from './figures';
import { Section } from './Section';

const SHARES = ['agreement', 'agreement_no_ties'] as const;
const COEFFICIENTS = ['cohen_kappa', 'cohen_kappa_no_ties', 'scott_pi', 'gwet_ac1'] as const;

/** How often it says what people say, beside how often people say what people say on the same items. */
export function Agreement({ report }: { report: Report }) {
  const { t } = useTranslation();
  const { votes, ceiling, plurality } = report;
  const lines: Line[] = [
    ...SHARES.map((name) => ({ name, label: t(`judge.measures.${name}`), kind: 'share' as const, figures: [votes[name], ceiling[name], plurality[name]] })),
    ...COEFFICIENTS.map((name) => ({ name, label: t(`judge.measures.${name}`), kind: 'number' as const, figures: [votes[name], ceiling[name], plurality[name]] })),
    { name: 'krippendorff_alpha', label: t('judge.measures.krippendorff_alpha'), kind: 'number', figures: [votes.krippendorff_alpha, ceiling.krippendorff_alpha, null] },
  ];
  return (
    <Section id="agreement" title={t('judge.agreement.title')} lead={t('judge.agreement.lead')}>
      <FiguresTable
        caption={t('judge.agreement.caption')}
        level={votes.agreement.level}
        heads={[t('judge.measure'), t('judge.agreement.judge'), t('judge.agreement.people'), t('judge.agreement.most')]}
        lines={lines}
      />
      <Confusion report={report} />
    </Section>
  );
}

/** The API's order is first, second, tie; people read A, tie, B. */
const ORDER = [0, 2, 1];
const LABELS = ['a', 'tie', 'b'] as const;

function Confusion({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const { confusion } = report.plurality.as_shown;
  const rows = ORDER.map((row) => ORDER.map((column) => confusion[row]?.[column] ?? 0));
  const total = rows.flat().reduce((sum, cell) => sum + cell, 0);
  if (total === 0) return null;
  return (
    <Scroller label={t('judge.confusion.caption')} className="board-table confusion">
      <table>
        <caption>{t('judge.confusion.caption')}<small>{t('judge.confusion.text', { n: number(total, i18n.language) })}</small></caption>
        <thead>
          <tr>
            <th scope="col">{t('judge.confusion.corner')}</th>
            {LABELS.map((label) => <th key={label} scope="col">{t(`judge.labels.${label}`)}</th>)}
            <th scope="col">{t('judge.confusion.sum')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => {
            const sum = cells.reduce((one, other) => one + other, 0);
            return (
              <tr key={LABELS[row]} data-label={LABELS[row]}>
                <th scope="row">{t(`judge.labels.${LABELS[row] ?? 'tie'}`)}</th>
                {cells.map((cell, column) => (
                  <td key={column} className={`number ${row === column ? 'agreed' : ''}`} data-count={cell}>
                    {number(cell, i18n.language)}
                    <small>{sum > 0 ? percent(cell / sum, i18n.language) : t('judge.confusion.empty')}</small>
                  </td>
                ))}
                <td className="number" data-sum={sum}>{number(sum, i18n.language)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroller>
  );
}
