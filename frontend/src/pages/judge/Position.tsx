import { useTranslation } from 'react-i18next';
import type { Measure, Report } from '../../api/types';
import { type Share, Shares } from '../../charts/Shares';
import { amount, FiguresTable, type Line } from './figures';
import { Section } from './Section';

/** Does the side on which an answer stands move the judge? */
export function Position({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const { position } = report.biases;
  const measured: [string, string, Measure][] = [
    ['straight', t('judge.position.straight'), position.by_order[0]],
    ['turned', t('judge.position.turned'), position.by_order[1]],
    ['both', t('judge.position.both'), position.first_share],
    ['people', t('judge.position.people'), position.reference_first_share],
  ].filter((each): each is [string, string, Measure] => each[2] !== undefined);
  const rows: Share[] = measured.flatMap(([key, label, { value, lower, upper }]) => (value === null ? [] : [{ key, label, value, lower, upper }]));
  const said = amount(position.first_share.value, 'share', i18n.language);
  const flips: [string, string, Measure | null | undefined][] = [
    ['flip_rate', t('judge.position.flipRate'), position.flip_rate],
    ['prefers_first', t('judge.position.prefersFirst'), position.prefers_first],
    ['prefers_second', t('judge.position.prefersSecond'), position.prefers_second],
  ];
  const lines: Line[] = [...measured, ...flips].flatMap(([name, label, measure]) => (measure ? [{ name, label, kind: 'share' as const, figures: [measure] }] : []));
  return (
    <Section id="position" title={t('judge.position.title')} lead={t('judge.position.lead')}>
      <p className="counted"><span>{t('judge.position.flips', { flips: position.flips, n: position.flip_rate.n })}</span></p>
      <div className="pair">
        {rows.length > 0 && (
          <Shares
            title={t('judge.position.plot')}
            note={t('judge.position.note')}
            summary={t('judge.position.summary', { share: said, flips: position.flips, n: position.flip_rate.n })}
            half={t('judge.position.half')}
            language={i18n.language}
            rows={rows}
          />
        )}
        <FiguresTable caption={t('judge.position.table')} level={position.first_share.level} heads={[t('judge.measure'), t('judge.share')]} lines={lines} />
      </div>
    </Section>
  );
}
