/**
 * A linear scale with round ticks. Of d3 only `ticks` is used: the whole of d3-scale would cost the leaderboard 8 KB of
 * its 120 KB.
 */
import { ticks } from 'd3-array';

export interface Scale {
  (value: number): number;
  ticks: (count: number) => number[];
}

/** Maps `domain` to `range`, both given by their ends; an empty domain lies in the middle of the range. */
export function linear([low, high]: [number, number], [start, end]: [number, number]): Scale {
  const scale = (value: number) => (high === low ? (start + end) / 2 : start + ((value - low) / (high - low)) * (end - start));
  return Object.assign(scale, { ticks: (count: number) => ticks(low, high, count) });
}
