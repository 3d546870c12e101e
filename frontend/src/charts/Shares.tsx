import { percent } from '../lib/format';
import { Chart } from './Chart';
import { linear, type Scale } from './scale';

export interface Share {
  key: string;
  label: string;
  value: number;
  lower: number | null;
  upper: number | null;
}

interface Props {
  title: string;
  summary: string;
  note: string;
  /** Said at the line at one half. */
  half: string;
  language: string;
  rows: Share[];
}

const ROW = 40;
const [LEFT, RIGHT, AXIS] = [10, 20, 28];

/** Shares with their intervals from 0 to 100 %, and a line at one half. */
export function Shares({ title, summary, note, half, language, rows }: Props) {
  const bottom = rows.length * ROW;
  return (
    <Chart title={title} summary={summary} note={note} level={3} height={() => bottom + AXIS}>
      {(width) => {
        const x = linear([0, 1], [LEFT, width - RIGHT]);
        return (
          <>
            <g className="axis">
              {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
                <g key={tick} className={tick === 0.5 ? 'half' : ''}>
                  <line x1={x(tick)} x2={x(tick)} y1={0} y2={bottom}>{tick === 0.5 && <title>{half}</title>}</line>
                  <text x={x(tick)} y={bottom + 18} textAnchor={tick === 1 ? 'end' : tick === 0 ? 'start' : 'middle'}>{percent(tick, language)}</text>
                </g>
              ))}
            </g>
            {rows.map((row, index) => <Row key={row.key} row={row} top={index * ROW} x={x} />)}
          </>
        );
      }}
    </Chart>
  );
}

function Row({ row, top, x }: { row: Share; top: number; x: Scale }) {
  const y = top + 28;
  return (
    <g className="share" data-key={row.key} data-value={row.value} data-lower={row.lower ?? ''} data-upper={row.upper ?? ''}>
      <text x={LEFT} y={top + 14}>{row.label}</text>
      {row.lower !== null && row.upper !== null && (
        <>
          <line className="interval" x1={x(row.lower)} x2={x(row.upper)} y1={y} y2={y} />
          {[row.lower, row.upper].map((end, index) => <line key={index} className="end" x1={x(end)} x2={x(end)} y1={y - 5} y2={y + 5} />)}
        </>
      )}
      <circle cx={x(row.value)} cy={y} r={4.5} />
    </g>
  );
}
