import { number } from '../lib/format';
import { Chart } from './Chart';
import { linear, type Scale } from './scale';

export interface ScatterPoint {
  key: string;
  label: string;
  /** Value, lower and upper end; an open end is null and runs to the edge. */
  x: Span;
  y: Span;
  /** Has its name beside it. */
  named: boolean;
  marked: boolean;
}
type Span = [value: number, lower: number | null, upper: number | null];

interface Props {
  title: string;
  summary: string;
  note: string;
  xLabel: string;
  yLabel: string;
  equal: string;
  language: string;
  points: ScatterPoint[];
}

const [LEFT, RIGHT, TOP, BOTTOM] = [52, 12, 10, 44];
const LARGEST = 460;
const LINE = 15;

/** Two values of each thing with both intervals, on one scale, and the line on which they are equal. */
export function Scatter({ title, summary, note, xLabel, yLabel, equal, language, points }: Props) {
  const domain = extent(points);
  return (
    <Chart title={title} summary={summary} note={note} level={3} height={(width) => Math.min(width, LARGEST)}>
      {(full, height) => {
        const width = Math.min(full, LARGEST);
        const x = linear(domain, [LEFT, width - RIGHT]);
        const y = linear(domain, [height - BOTTOM, TOP]);
        return (
          <>
            <Axes x={x} y={y} width={width} height={height} language={language} xLabel={xLabel} yLabel={yLabel} />
            <line className="equal" x1={x(domain[0])} y1={y(domain[0])} x2={x(domain[1])} y2={y(domain[1])}><title>{equal}</title></line>
            {points.map((point) => <Cross key={point.key} point={point} x={x} y={y} domain={domain} />)}
            <Names points={points} x={x} y={y} width={width} />
          </>
        );
      }}
    </Chart>
  );
}

function Axes({ x, y, width, height, language, xLabel, yLabel }: { x: Scale; y: Scale; width: number; height: number; language: string; xLabel: string; yLabel: string }) {
  return (
    <g className="axis">
      {x.ticks(Math.max(2, Math.floor(width / 90))).map((tick) => (
        <g key={tick}>
          <line x1={x(tick)} x2={x(tick)} y1={TOP} y2={height - BOTTOM} />
          <text x={x(tick)} y={height - BOTTOM + 16} textAnchor="middle">{number(tick, language)}</text>
          <line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
          <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">{number(tick, language)}</text>
        </g>
      ))}
      <text x={(LEFT + width - RIGHT) / 2} y={height - 6} textAnchor="middle">{xLabel}</text>
      <text transform={`translate(12 ${(TOP + height - BOTTOM) / 2}) rotate(-90)`} textAnchor="middle">{yLabel}</text>
    </g>
  );
}

function Cross({ point, x, y, domain: [low, high] }: { point: ScatterPoint; x: Scale; y: Scale; domain: [number, number] }) {
  const [across, up] = [point.x, point.y];
  return (
    <g className={`point ${point.marked ? 'marked' : ''}`} data-key={point.key} data-x={across[0]} data-y={up[0]}>
      <line className="interval" x1={x(across[1] ?? low)} x2={x(across[2] ?? high)} y1={y(up[0])} y2={y(up[0])} />
      <line className="interval" x1={x(across[0])} x2={x(across[0])} y1={y(up[1] ?? low)} y2={y(up[2] ?? high)} />
      {point.marked
        ? <rect x={x(across[0]) - 5} y={y(up[0]) - 5} width={10} height={10} transform={`rotate(45 ${x(across[0])} ${y(up[0])})`} />
        : <circle cx={x(across[0])} cy={y(up[0])} r={4.5} />}
    </g>
  );
}

/** Beside their points, and moved down where two would cover each other. */
function Names({ points, x, y, width }: { points: ScatterPoint[]; x: Scale; y: Scale; width: number }) {
  const named = points.filter((point) => point.named).sort((one, other) => y(one.y[0]) - y(other.y[0]));
  const last = { start: -LINE, end: -LINE };
  return named.map((point) => {
    const side = x(point.x[0]) > width * 0.6 ? 'end' : 'start';
    const top = Math.max(y(point.y[0]) - 8, last[side] + LINE);
    last[side] = top;
    return (
      <text key={point.key} className="name" x={x(point.x[0]) + (side === 'start' ? 8 : -8)} y={top} textAnchor={side}>{point.label}</text>
    );
  });
}

/** One scale for both, so that the line of equals is the diagonal. */
function extent(points: ScatterPoint[]): [number, number] {
  const ends = points.flatMap(({ x, y }) => [...x, ...y]).filter((end) => end !== null);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const air = Math.max((high - low) * 0.04, 1);
  return [low - air, high + air];
}
