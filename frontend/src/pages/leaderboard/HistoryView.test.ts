import { expect, test } from 'vitest';
import type { Past } from '../../api/types';
import { pieces } from './HistoryView';

const moment = (hour: number, rows: [string, number, number | null][]): Past['items'][number] => ({
  snapshot_id: String(hour),
  generated_at: `2026-01-31T${String(hour).padStart(2, '0')}:00:00Z`,
  votes: hour,
  rows: rows.map(([model, rating, component]) => ({ model, name: model, rating, rating_lower: rating - 5, rating_upper: rating + 5, rank: 1, component })),
});

test('a course breaks where the model is on no board, and where its group changes', () => {
  const past = [moment(1, [['x', 1000, 0]]), moment(2, [['x', 1010, 0]]), moment(3, []), moment(4, [['x', 1020, 0]]), moment(5, [['x', 900, 1]])];
  expect(pieces(past, 'x').map((piece) => piece.map(({ rating }) => rating))).toEqual([[1000, 1010], [1020], [900]]);
  expect(pieces(past, 'y')).toEqual([]);
});
