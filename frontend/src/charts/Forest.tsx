import { useTranslation } from 'react-i18next';
import type { Row } from '../api/types';
import { number, plain } from '../lib/format';
import { Chart } from './Chart';
import { linear, type Scale } from './scale';

interface Props {
  title: string;
  /** What the rows are about, read out before the numbers. */
  caption: string;
  /** The rows of the table, in its order. All are on one scale, so they must be comparable. */
  rows: Row[];
}

/** A row that can be drawn. */
interface ForestRow {
  model: string;
  name: string;
  rating: number;
  /** An end that the votes leave open is null: a model that never lost has no upper one. */
  lower: number | null;
  upper: number | null;
  preliminary: boolean;
}

const ROW = 40;
const AXIS = 28;
const [LEFT, RIGHT] = [10, 14];

/** Ratings with their intervals, one row a model: low on the left in every language, as on every axis of numbers. Rows without a rating stand in the table only. */
export function Forest({ title, caption, rows: given }: Props) {
  const { t, i18n } = useTranslation();
  const rows = forestRows(given);
  if (rows.length === 0) return null;
  const best = rows.reduce((one, other) => (other.rating > one.rating ? other : one));
  const summary = t('board.forestSummary', { count: rows.length, best: best.name, rating: number(best.rating, i18n.language) });
  const bottom = rows.length * ROW;
  return (
    <Chart title={title} note={t('board.forestNote')} summary={`${caption}. ${summary}`} height={() => bottom + AXIS}>
      {(width) => {
        const x = linear(domain(rows), [LEFT, width - RIGHT]);
        return (
          <>
            <Axis x={x} bottom={bottom} ticks={Math.max(2, Math.floor(width / 90))} language={i18n.language} />
            {rows.map((row, index) => <Whisker key={row.model} row={row} top={index * ROW} x={x} width={width} />)}
          </>
        );
      }}
    </Chart>
  );
}

function Whisker({ row, top, x, width }: { row: ForestRow; top: number; x: Scale; width: number }) {
  const { i18n } = useTranslation();
  const y = top + 28;
  const [start, anchor] = i18n.dir() === 'rtl' ? ([width - RIGHT, 'end'] as const) : ([LEFT, 'start'] as const);
  return (
    <g className={`whisker ${row.preliminary ? 'preliminary' : ''}`} data-model={row.model} data-rating={row.rating} data-lower={row.lower ?? ''} data-upper={row.upper ?? ''}>
      <text x={start} y={top + 14} textAnchor={anchor}>{plain(row.name)}</text>
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

function forestRows(rows: Row[]): ForestRow[] {
  return rows.flatMap(({ model, name, rating, rating_lower: lower, rating_upper: upper, preliminary }) =>
    rating === null ? [] : [{ model, name, rating, lower, upper, preliminary }],
  );
}

/** Some air at both ends, and never an empty span. */
function domain(rows: ForestRow[]): [number, number] {
  const low = Math.min(...rows.map((row) => row.lower ?? row.rating));
  const high = Math.max(...rows.map((row) => row.upper ?? row.rating));
  const air = Math.max((high - low) * 0.05, 1);
  return [low - air, high + air];
}
