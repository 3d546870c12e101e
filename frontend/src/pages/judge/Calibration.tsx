import { useTranslation } from 'react-i18next';
import type { Report } from '../../api/types';
import { Curve } from '../../charts/Curve';
import { DASH, number, percent } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';
import { amount, FiguresTable, Why } from './figures';
import { Section } from './Section';

/** Below so many votes a bin proves little, and is drawn hollow. */
const FEW = 20;

/** Does it know when it is right? */
export function Calibration({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const { bins, ece, brier, auc, coverage } = report.calibration;
  return (
    <Section id="calibration" title={t('judge.calibration.title')} lead={t('judge.calibration.lead')}>
      {bins.length === 0 ? <p><Why text={ece.undefined} /></p> : (
        <>
          <div className="pair">
            <Plot report={report} />
            <Bins report={report} />
          </div>
          <FiguresTable
            caption={t('judge.calibration.figures')}
            level={ece.level}
            heads={[t('judge.measure'), t('judge.value')]}
            lines={[
              { name: 'ece', label: t('judge.measures.ece'), kind: 'number', figures: [ece] },
              { name: 'brier', label: t('judge.measures.brier'), kind: 'number', figures: [brier] },
              { name: 'auc', label: t('judge.measures.auc'), kind: 'number', figures: [auc] },
              ...coverage.map((each) => ({
                name: `coverage-${each.threshold}`,
                label: t('judge.calibration.coverage', { threshold: percent(each.threshold, i18n.language), share: percent(each.coverage, i18n.language) }),
                kind: 'share' as const,
                figures: [each.accuracy],
              })),
            ]}
          />
        </>
      )}
    </Section>
  );
}

function Plot({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const { bins, ece } = report.calibration;
  const points = bins.flatMap(({ lower, n, confidence, accuracy }) =>
    confidence === null || accuracy === null ? [] : [{ key: String(lower), x: confidence, y: accuracy, n, hollow: n < FEW }],
  );
  return (
    <Curve
      title={t('judge.calibration.plot')}
      note={t('judge.calibration.note', { few: FEW })}
      summary={t('judge.calibration.summary', { bins: points.length, ece: amount(ece.value, 'number', i18n.language) })}
      xLabel={t('judge.calibration.x')}
      yLabel={t('judge.calibration.y')}
      ticks={[0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: percent(at, i18n.language) }))}
      ideal={{ label: t('judge.calibration.ideal'), from: 0, to: 1 }}
      count={(n) => number(n, i18n.language)}
      language={i18n.language}
      lines={[{ key: 'judge', label: report.judge, points }]}
    />
  );
}

function Bins({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  return (
    <Scroller label={t('judge.calibration.bins')} className="board-table">
      <table>
        <caption>{t('judge.calibration.bins')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('judge.calibration.bin')}</th>
            <th scope="col">{t('judge.votes')}</th>
            <th scope="col">{t('judge.calibration.x')}</th>
            <th scope="col">{t('judge.calibration.y')}</th>
          </tr>
        </thead>
        <tbody>
          {report.calibration.bins.map((bin) => (
            <tr key={bin.lower} data-bin={bin.lower} data-n={bin.n}>
              <th scope="row">{t('board.limits', { low: percent(bin.lower, language), high: percent(bin.upper, language) })}</th>
              <td className="number">{number(bin.n, language)}</td>
              <td className="number">{bin.n === 0 ? DASH : percent(bin.confidence, language)}</td>
              <td className="number">{bin.n === 0 ? DASH : percent(bin.accuracy, language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
