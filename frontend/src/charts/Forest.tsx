import { useTranslation } from 'react-i18next';
import type { Row } from '../api/types';
import { number } from '../lib/format';
import { Chart } from './Chart';
import { linear, type Scale } from './scale';

interface Props {
  /** The rows of the table, in its order, by group of comparable models. */
  groups: Row[][];
  caption: string;
}

/** A row that can be drawn. */
export interface ForestRow {
  model: string;
  name: string;
  rating: number;
  /** An end that the votes leave open is null: a model that never lost has no upper one. */
  lower: number | null;
  upper: number | null;
  preliminary: boolean;
  /** The group's number when it begins here and there are several. */
  begins: boolean;
}

const ROW = 40;
const GAP = 14;
const AXIS = 28;
const [LEFT, RIGHT] = [10, 14];

/** Ratings with their intervals, one row a model. Rows without a rating stand in the table only. */
export function Forest({ groups, caption }: Props) {
  const { t, i18n } = useTranslation();
  const rows = forestRows(groups);
  if (rows.length === 0) return null;
  const best = rows.reduce((one, other) => (other.rating > one.rating ? other : one));
  const summary = t('board.forestSummary', { count: rows.length, best: best.name, rating: number(best.rating, i18n.language) });
  const tops = placed(rows);
  const bottom = (tops.at(-1) ?? 0) + ROW;
  return (
    <Chart title={t('board.forest')} note={t('board.forestNote')} summary={`${caption}. ${summary}`} height={() => bottom + AXIS}>
      {(width) => {
        const x = linear(domain(rows), [LEFT, width - RIGHT]);
        return (
          <>
            <Axis x={x} bottom={bottom} ticks={Math.max(2, Math.floor(width / 90))} language={i18n.language} />
            {rows.map((row, index) => <Whisker key={row.model} row={row} top={tops[index] ?? 0} x={x} width={width} />)}
          </>
        );
      }}
    </Chart>
  );
}

function Whisker({ row, top, x, width }: { row: ForestRow; top: number; x: Scale; width: number }) {
  const y = top + 28;
  return (
    <g className={`whisker ${row.preliminary ? 'preliminary' : ''}`} data-model={row.model} data-rating={row.rating} data-lower={row.lower ?? ''} data-upper={row.upper ?? ''}>
      {row.begins && <line className="divider" x1={0} x2={width} y1={top - GAP / 2} y2={top - GAP / 2} />}
      <text x={LEFT} y={top + 14}>{row.name}</text>
      {(row.lower !== null || row.upper !== null) && (
        <line className="interval" x1={row.lower === null ? 0 : x(row.lower)} x2={row.upper === null ? width : x(row.upper)} y1={y} y2={y} />
      )}
      {[row.lower, row.upper].map((end, index) => end !== null && <line key={index} className="end" x1={x(end)} x2={x(end)} y1={y - 5} y2={y + 5} />)}
      <circle cx={x(row.rating)} cy={y} r={4.5} />
    </g>
  );
}

function Axis({ x, bottom, ticks, language }: { x: Scale; bottom: number; ticks: number; language: string }) {
  return (
    <g className="axis">
      {x.ticks(ticks).map((tick) => (
        <g key={tick}>
          <line x1={x(tick)} x2={x(tick)} y1={0} y2={bottom} />
          <text x={x(tick)} y={bottom + 18} textAnchor="middle">{number(tick, language)}</text>
        </g>
      ))}
    </g>
  );
}

export function forestRows(groups: Row[][]): ForestRow[] {
  return groups.flatMap((group, index) => {
    const rated = group.filter((row) => row.rating !== null);
    return rated.map((row, place) => ({
      model: row.model,
      name: row.name,
      rating: row.rating ?? 0,
      lower: row.rating_lower,
      upper: row.rating_upper,
      preliminary: row.preliminary,
      begins: index > 0 && place === 0,
    }));
  });
}

function placed(rows: ForestRow[]): number[] {
  let top = 0;
  return rows.map((row) => {
    if (row.begins) top += GAP;
    top += ROW;
    return top - ROW;
  });
}

/** Some air at both ends, and never an empty span. */
function domain(rows: ForestRow[]): [number, number] {
  const low = Math.min(...rows.map((row) => row.lower ?? row.rating));
  const high = Math.max(...rows.map((row) => row.upper ?? row.rating));
  const air = Math.max((high - low) * 0.05, 1);
  return [low - air, high + air];
}
