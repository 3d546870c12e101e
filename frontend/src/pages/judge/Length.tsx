import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Measure, Report } from '../../api/types';
import { Curve, type CurvePoint } from '../../charts/Curve';
import { percent } from '../../lib/format';
import { readable } from '../../i18n/told';
import { amount, FiguresTable, Why } from './figures';
import { Section } from './Section';

type Band = Report['factors']['length'][number];

/** Does length move the judge more than it moves people? And what else does? */
export function Length({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const { factors } = report;
  const bands = factors.length;
  return (
    <Section id="length" title={t('judge.length.title')} lead={t('judge.length.lead')}>
      {factors.undefined !== null ? <p><Why text={factors.undefined} /></p> : (
        <>
          <div className="pair">
            <Plot bands={bands} />
            <FiguresTable
              caption={t('judge.length.table')}
              level={bands.find((band) => band.judge.level !== null)?.judge.level ?? null}
              heads={[t('judge.length.x'), t('judge.people'), t('judge.judge')]}
              lines={bands.map((band) => ({ name: String(band.lower), label: bandName(band, t, i18n.language), kind: 'share', figures: [band.human, band.judge] }))}
            />
          </div>
          <FiguresTable
            caption={t('judge.length.factors')}
            heads={[t('judge.length.property'), t('judge.people'), t('judge.judge')]}
            lines={factors.properties.map((each) => ({ name: each.property, label: propertyName(each.property, t), kind: 'number', figures: [each.human.tau, each.judge.tau] }))}
          />
        </>
      )}
    </Section>
  );
}

function Plot({ bands }: { bands: Band[] }) {
  const { t, i18n } = useTranslation();
  const place = (index: number) => (index + 0.5) / bands.length;
  const points = (side: 'human' | 'judge'): CurvePoint[] =>
    bands.flatMap((band, index) => {
      const { value, lower, upper, n } = band[side];
      return value === null ? [] : [{ key: String(band.lower), x: place(index) + (side === 'judge' ? 0.012 : -0.012), y: value, lower, upper, n }];
    });
  const widest = bands.at(-1);
  const said = (measure: Measure | undefined) => amount(measure?.value ?? null, 'share', i18n.language);
  return (
    <Curve
      title={t('judge.length.plot')}
      note={t('judge.length.note')}
      summary={t('judge.length.summary', { human: said(widest?.human), judge: said(widest?.judge) })}
      xLabel={t('judge.length.x')}
      yLabel={t('judge.length.y')}
      ticks={bands.map((band, index) => ({ at: place(index), label: bandName(band, t, i18n.language) }))}
      ideal={{ label: t('judge.length.half'), from: 0.5, to: 0.5 }}
      language={i18n.language}
      lines={[{ key: 'judge', label: t('judge.judge'), points: points('judge') }, { key: 'human', label: t('judge.people'), points: points('human') }]}
    />
  );
}

const PROPERTIES = ['length', 'headers', 'list_items', 'bold', 'code_blocks', 'refusals', 'hedges', 'lix'] as const;

function propertyName(property: string, t: TFunction): string {
  const known = PROPERTIES.find((each) => each === property);
  return known ? t(`judge.length.properties.${known}`) : readable(property);
}

function bandName(band: Band, t: TFunction, language: string): string {
  return t('judge.length.band', { low: percent(band.lower, language), high: percent(band.upper, language) });
}
