import { render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import type { Board, Row } from '../../api/types';
import { DEFAULT_SORT } from '../../lib/sort';
import { row } from '../../testing';
import { BoardTable } from './BoardTable';

const board = { method: { name: 'bradley_terry', version: '1', settings: { level: 0.9 } } } as unknown as Board;

function show(...groups: Row[][]) {
  const setSort = vi.fn();
  render(<BoardTable board={board} groups={groups} caption="Overall" sort={DEFAULT_SORT} setSort={setSort} />);
  return setSort;
}
const cells = (name: string) => within(screen.getByRole('rowheader', { name: new RegExp(`^${name}`) }).closest('tr') as HTMLElement).getAllByRole('cell').map((cell) => cell.textContent?.trim());

test('a rank is always a range, and ties hold both kinds', () => {
  show([row({ name: 'Ash', rank_best: 2, rank_worst: 5 }), row({ model: 'b', name: 'Elm', rank_best: 1, rank_worst: 1 })]);
  expect(cells('Ash')).toEqual(['2–5', '1,000', '950–1,050', '100', '50 / 10 / 40', '55%']);
  expect(cells('Elm')[0]).toBe('1–1');
  expect(screen.getByRole('columnheader', { name: '90% interval' })).toBeInTheDocument();
});

test('too few votes: no rank, and how many are missing', () => {
  show([row({ name: 'Ash', preliminary: true, votes_missing: 43, rank: 1 })]);
  expect(cells('Ash')[0]).toBe('needs 43 more votes');
});

test('no rating says why; a prior is marked; open ends are open', () => {
  show([
    row({ name: 'Ash', rating: null, rating_lower: null, rating_upper: null, problem: 'never lost and no prior' }),
    row({ model: 'b', name: 'Elm', prior: true, rating_upper: null }),
    row({ model: 'c', name: 'Oak', rating_lower: null }),
  ]);
  expect(cells('Ash').slice(1, 3)).toEqual(['not rated', '–']);
  expect(screen.getByRole('rowheader', { name: /^Ash.*never lost and no prior/ })).toBeInTheDocument();
  expect(screen.getByRole('rowheader', { name: /Elm.*prior/ })).toBeInTheDocument();
  expect([cells('Elm')[2], cells('Oak')[2]]).toEqual(['≥ 950', '≤ 1,050']);
});

test('groups that never met stand apart', () => {
  show([row({ name: 'Ash' })], [row({ model: 'b', name: 'Elm', component: 1 })]);
  expect(screen.getByText('Group 2 of 2: not comparable with the other groups')).toBeInTheDocument();
});

test('headers say how the table is sorted and ask for another order', async () => {
  const setSort = show([row({ name: 'Ash' })]);
  expect(screen.getByRole('columnheader', { name: /^Rank/ })).toHaveAttribute('aria-sort', 'ascending');
  expect(screen.getByRole('columnheader', { name: 'Votes' })).not.toHaveAttribute('aria-sort');
  await userEvent.click(screen.getByRole('button', { name: 'Votes' }));
  expect(setSort).toHaveBeenCalledWith({ key: 'votes', descending: true });
});

test('the difference to a chosen model has a column, and the votes still needed stand beside the votes', () => {
  show([row({ name: 'Ash', difference: 50, difference_lower: 20, difference_upper: 80, votes_needed: 1200 }), row({ model: 'b', name: 'Elm', difference: 0 })]);
  expect(cells('Ash').slice(6)).toEqual(['5020–80']);
  expect(cells('Elm').slice(6)).toEqual(['0']);
  expect([cells('Ash')[3], cells('Elm')[3]]).toEqual(['1001,200 more to tell apart', '100']);
});
