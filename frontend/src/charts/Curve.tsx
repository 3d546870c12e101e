import { percent } from '../lib/format';
import { Chart } from './Chart';
import { linear } from './scale';

export interface CurvePoint {
  key: string;
  /** Where it stands from 0 to 1, and what it says there. */
  x: number;
  y: number;
  lower?: number | null;
  upper?: number | null;
  n: number;
  hollow?: boolean;
}

export interface Line {
  key: string;
  label: string;
  points: CurvePoint[];
}

interface Props {
  title: string;
  summary: string;
  note: string;
  xLabel: string;
  yLabel: string;
  ticks: { at: number; label: string }[];
  /** From where to where a line goes that says: as it should be. */
  ideal: { label: string; from: number; to: number };
  /** How a point says how many it stands for; none where the table alone does. */
  count?: (n: number) => string;
  language: string;
  lines: Line[];
}

const [LEFT, RIGHT, TOP, BOTTOM] = [56, 14, 16, 44];
const HIGHEST = 340;

/** Shares against something else, one line for each side; a line breaks nowhere but where it has no point. */
export function Curve(props: Props) {
  const { title, summary, note, xLabel, yLabel, ticks, ideal, count, language, lines } = props;
  return (
    <Chart title={title} summary={summary} note={note} level={3} height={(width) => Math.min(Math.max(width * 0.7, 240), HIGHEST)}>
      {(full, height) => {
        const width = Math.min(full, 560);
        const x = linear([0, 1], [LEFT, width - RIGHT]);
        const y = linear([0, 1], [height - BOTTOM, TOP]);
        return (
          <>
            <g className="axis">
              {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
                <g key={tick}>
                  <line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
                  <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">{percent(tick, language)}</text>
                </g>
              ))}
              {ticks.map((tick) => <text key={tick.label} x={x(tick.at)} y={height - BOTTOM + 16} textAnchor={tick.at === 1 ? 'end' : 'middle'}>{tick.label}</text>)}
              <text x={(LEFT + width - RIGHT) / 2} y={height - 6} textAnchor="middle">{xLabel}</text>
              <text transform={`translate(12 ${(TOP + height - BOTTOM) / 2}) rotate(-90)`} textAnchor="middle">{yLabel}</text>
            </g>
            <line className="equal" x1={x(0)} x2={x(1)} y1={y(ideal.from)} y2={y(ideal.to)}><title>{ideal.label}</title></line>
            {lines.map((line, index) => (
              <g key={line.key} className={`curve curve-${index}`} data-key={line.key}>
                <polyline points={line.points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ')} />
                {line.points.map((point) => (
                  <g key={point.key} className={point.hollow ? 'dot hollow' : 'dot'} data-x={point.x} data-y={point.y} data-n={point.n}>
                    {point.lower != null && point.upper != null && <line className="interval" x1={x(point.x)} x2={x(point.x)} y1={y(point.lower)} y2={y(point.upper)} />}
                    {index === 0 ? <circle cx={x(point.x)} cy={y(point.y)} r={5} /> : <rect x={x(point.x) - 5} y={y(point.y) - 5} width={10} height={10} />}
                    {count && <text className="count" x={x(point.x)} y={y(point.y) - 10} textAnchor="middle">{count(point.n)}</text>}
                  </g>
                ))}
                <Name line={line} lines={lines} x={x} y={y} />
              </g>
            ))}
          </>
        );
      }}
    </Chart>
  );
}

/** At the end of its line, above it or below it, whichever side the other line is not on. */
function Name({ line, lines, x, y }: { line: Line; lines: Line[]; x: (value: number) => number; y: (value: number) => number }) {
  const last = line.points.at(-1);
  if (!last || lines.length < 2) return null;
  const others = lines.filter((each) => each !== line).flatMap((each) => each.points.slice(-1));
  const above = others.every((other) => other.y < last.y || (other.y === last.y && line === lines[0]));
  return <text className="name" x={x(last.x) - 10} y={y(last.y) + (above ? -10 : 18)} textAnchor="end">{line.label}</text>;
}
