import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';
import type { Row } from './api/types';
import './i18n';

afterEach(() => {
  cleanup();
  localStorage.clear();
});

/** A leaderboard row with nothing special about it. */
export function row(given: Partial<Row>): Row {
  return {
    model: 'model', name: 'Model', organization: null, license: null,
    rating: 1000, rating_lower: 950, rating_upper: 1050, rank: 1, rank_best: 1, rank_worst: 2,
    votes: 100, wins: 50, losses: 40, ties: 8, both_bad: 2, win_rate: 0.55, mean_win_probability: 0.5,
    component: 0, preliminary: false, votes_missing: 0, votes_needed: null, difference: null, difference_lower: null, difference_upper: null, prior: false, order_sd: null, problem: null, problem_code: null,
    ...given,
  };
}
