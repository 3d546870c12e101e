import { dateTime, day, number } from '../lib/format';
import { Chart } from './Chart';
import { linear, type Scale } from './scale';

export interface Moment {
  /** Milliseconds since 1970. */
  at: number;
  rating: number;
  lower: number | null;
  upper: number | null;
}

export interface Course {
  key: string;
  name: string;
  /** Moments in their order, in pieces: between two pieces the model stood on no board, or on another scale. */
  pieces: Moment[][];
}

interface Props {
  title: string;
  summary: string;
  note: string;
  courses: Course[];
  language: string;
}

const [LEFT, TOP, BOTTOM] = [56, 12, 36];
const HEIGHT = 360;
const LINE = 16;
const LETTER = 7; // pixels, about

/** Ratings in time with bands for their intervals; a gap in what is known is a gap in the line. */
export function History({ title, summary, note, courses, language }: Props) {
  const moments = courses.flatMap(({ pieces }) => pieces.flat());
  if (moments.length === 0) return null;
  const times = moments.map(({ at }) => at);
  const span: [number, number] = [Math.min(...times), Math.max(...times)];
  const ends = moments.flatMap(({ rating, lower, upper }) => [lower ?? rating, upper ?? rating]);
  const air = Math.max((Math.max(...ends) - Math.min(...ends)) * 0.05, 1);
  const domain: [number, number] = [Math.min(...ends) - air, Math.max(...ends) + air];
  return (
    <Chart title={title} summary={summary} note={note} height={() => HEIGHT}>
      {(width, height) => {
        const right = Math.min(210, width * 0.34);
        const x = linear(span, [LEFT, width - right]);
        const y = linear(domain, [height - BOTTOM, TOP]);
        return (
          <>
            <g className="axis">
              {y.ticks(6).map((tick) => (
                <g key={tick}>
                  <line x1={LEFT} x2={width - right} y1={y(tick)} y2={y(tick)} />
                  <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">{number(tick, language)}</text>
                </g>
              ))}
              {dates(span, language).map(({ at, label, anchor }) => <text key={at} x={x(at)} y={height - 12} textAnchor={anchor}>{label}</text>)}
            </g>
            {courses.map((course, index) => <Line key={course.key} course={course} index={index} x={x} y={y} />)}
            <Names courses={courses} y={y} left={width - right + 8} letters={Math.floor((right - 8) / LETTER)} />
          </>
        );
      }}
    </Chart>
  );
}

function Line({ course, index, x, y }: { course: Course; index: number; x: Scale; y: Scale }) {
  return (
    <g className={`course course-${index}`} data-model={course.key}>
      {course.pieces.map((piece, at) => (
        <g key={at} className="piece">
          <path className="band" d={band(piece, x, y)} />
          <path className="line" d={path(piece.map((each) => [x(each.at), y(each.rating)]))} />
          {piece.length === 1 && piece[0] && <Alone moment={piece[0]} x={x} y={y} />}
        </g>
      ))}
    </g>
  );
}

/** A single moment is no line: its interval stands upright. */
function Alone({ moment, x, y }: { moment: Moment; x: Scale; y: Scale }) {
  const { at, rating, lower, upper } = moment;
  return (
    <>
      {lower !== null && upper !== null && <line className="line" x1={x(at)} x2={x(at)} y1={y(lower)} y2={y(upper)} />}
      <circle cx={x(at)} cy={y(rating)} r={4} />
    </>
  );
}

/** Each at the height where its line ends, moved down where two would cover each other. */
function Names({ courses, y, left, letters }: { courses: Course[]; y: Scale; left: number; letters: number }) {
  const ends = courses.flatMap((course, index) => {
    const last = course.pieces.at(-1)?.at(-1);
    return last ? [{ course, index, top: y(last.rating) }] : [];
  });
  let below = -LINE;
  return ends.sort((one, other) => one.top - other.top).map(({ course, index, top }) => {
    below = Math.max(top, below + LINE);
    return <text key={course.key} className={`name course-${index}`} x={left} y={below + 4}><title>{course.name}</title>{shortened(course.name, letters)}</text>;
  });
}

function shortened(name: string, letters: number): string {
  const all = [...name];
  return all.length <= letters ? name : `${all.slice(0, letters - 1).join('')}…`;
}

function path(points: [number, number][]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

function band(piece: Moment[], x: Scale, y: Scale): string {
  const known = piece.filter(({ lower, upper }) => lower !== null && upper !== null);
  if (known.length < 2) return '';
  const upper = known.map((each): [number, number] => [x(each.at), y(each.upper ?? each.rating)]);
  const lower = known.map((each): [number, number] => [x(each.at), y(each.lower ?? each.rating)]).reverse();
  return `${path([...upper, ...lower])}Z`;
}

/** The first and the last moment: by day, or to the minute where both are of one day. */
function dates([first, last]: [number, number], language: string) {
  const iso = (at: number) => new Date(at).toISOString();
  const sameDay = iso(first).slice(0, 10) === iso(last).slice(0, 10);
  const shown = (at: number) => (sameDay ? dateTime(iso(at), language) : day(iso(at).slice(0, 10), language));
  if (first === last) return [{ at: first, label: shown(first), anchor: 'middle' as const }];
  return [{ at: first, label: shown(first), anchor: 'start' as const }, { at: last, label: shown(last), anchor: 'end' as const }];
}
