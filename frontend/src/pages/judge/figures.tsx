import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Measure } from '../../api/types';
import { DASH, number, percent } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';

/** A share of 1 is shown in per cent, anything else as a number of so many digits. */
export type Kind = 'share' | 'number';

export function amount(value: number | null, kind: Kind, language: string): string {
  if (kind === 'share') return percent(value, language, 1);
  // A small p is not 0.
  const digits = value !== null && value !== 0 && Math.abs(value) < 0.005 ? 4 : 2;
  return number(value, language, digits);
}

export function limits(measure: Measure, kind: Kind, t: TFunction, language: string): string {
  if (measure.lower === null || measure.upper === null) return DASH;
  return t('board.limits', { low: amount(measure.lower, kind, language), high: amount(measure.upper, kind, language) });
}

/** Why there is no figure, in the server's words. */
export function Why({ text }: { text: string | null }) {
  const { t } = useTranslation();
  return <span className="why">{t('judge.notKnown')}<small lang="en" dir="ltr">{text}</small></span>;
}

interface FigureProps {
  measure: Measure;
  kind: Kind;
  /** Whether to say over how many. */
  counted?: boolean;
}

/** A figure with its limits, or the reason why there is none: never blank. */
export function Figure({ measure, kind, counted = true }: FigureProps) {
  const { t, i18n } = useTranslation();
  if (measure.value === null) return <Why text={measure.undefined} />;
  return (
    <span className="figure" data-value={measure.value} data-lower={measure.lower ?? ''} data-upper={measure.upper ?? ''} data-n={measure.n}>
      <bdi>{amount(measure.value, kind, i18n.language)}</bdi>
      {measure.lower !== null && <small><bdi>{limits(measure, kind, t, i18n.language)}</bdi></small>}
      {counted && <small>{t('judge.n', { n: measure.n })}</small>}
    </span>
  );
}

export interface Line {
  name: string;
  label: string;
  hint?: string;
  /** One for all figures, or one for each. */
  kind: Kind | readonly Kind[];
  /** One a column; null where the column has none. */
  figures: (Measure | null)[];
}

interface TableProps {
  caption: string;
  /** The first heads the lines, each other a column of figures. */
  heads: string[];
  lines: Line[];
  level?: number | null;
}

export function FiguresTable({ caption, heads, lines, level = null }: TableProps) {
  const { t, i18n } = useTranslation();
  return (
    <Scroller label={caption} className="board-table figures">
      <table>
        <caption>{caption}{level !== null && <small>{t('judge.level', { level: percent(level, i18n.language) })}</small>}</caption>
        <thead>
          <tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.name} data-line={line.name}>
              <th scope="row">{line.label}{line.hint && <small>{line.hint}</small>}</th>
              {line.figures.map((measure, index) => <td key={index} className="number">{measure ? <Figure measure={measure} kind={typeof line.kind === 'string' ? line.kind : (line.kind[index] ?? 'number')} /> : DASH}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
