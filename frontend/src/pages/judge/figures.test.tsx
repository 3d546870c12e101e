import { render } from '@testing-library/react';
import { beforeAll, expect, test } from 'vitest';
import type { Measure, Report } from '../../api/types';
import i18n, { withMessages } from '../../i18n';
import { FiguresTable } from './figures';
import { isOutlier } from './Ranking';
import { sentence } from './reasons';

beforeAll(() => withMessages('judge', Promise.resolve()));

const measure = (given: Partial<Measure>): Measure => ({ value: 0.5, lower: 0.25, upper: 0.75, level: 0.95, n: 1200, undefined: null, ...given });

test('a figure stands with its limits and n, and where there is none, why', () => {
  const { container } = render(
    <FiguresTable
      caption="Figures"
      level={0.95}
      heads={['Measure', 'Judge', 'People']}
      lines={[
        { name: 'share', label: 'Share', kind: 'share', figures: [measure({}), measure({ value: null, lower: null, upper: null, n: 0, undefined: 'no items' })] },
        { name: 'mixed', label: 'Mixed', kind: ['share', 'number'], figures: [measure({ lower: null, upper: null }), measure({ value: -0.125 })] },
        { name: 'small', label: 'Small', kind: 'number', figures: [measure({ value: 0.0014, lower: null, upper: null, n: 6 }), null] },
      ]}
    />,
  );
  const cells = (name: string) => [...container.querySelectorAll(`[data-line="${name}"] td`)].map((cell) => cell.textContent);
  expect(cells('share')).toEqual(['50%25% to 75%n 1,200', 'not knownno items']);
  expect(cells('small')).toEqual(['0.0014n 6', '–']);
  expect(cells('mixed')).toEqual(['50%n 1,200', '-0.130.25 to 0.75n 1,200']);
});

test('a model is an outlier where its two intervals have nothing in common', () => {
  const place = (rating: number, by: number | null) => ({ rank: 1, rank_best: 1, rank_worst: 1, rating, rating_lower: by && rating - by, rating_upper: by && rating + by });
  const row = (human: number, judge: number, by: number | null) => isOutlier({ human: place(human, 50), judge: place(judge, by) } as Report['ranks'][number]);
  expect([row(1000, 1101, 50), row(1000, 1099, 50), row(1000, 899, 50), row(1000, 5000, null)]).toEqual([true, false, true, false]);
});

test('a rule that this page does not know is told in the server’s words', () => {
  const empty = measure({ value: null, lower: null, upper: null });
  const report = { battles: 40, votes: { cohen_kappa: empty }, ceiling: { cohen_kappa: empty }, plurality: { guessing_p: empty }, ranking: { models: 3, spearman: empty }, biases: { position: { first_share: empty, flip_rate: empty } } } as unknown as Report;
  const reason = { allows: 'calibrate', figure: 40, threshold: 100, sentence: 'In English.' } as const;
  expect(sentence({ ...reason, rule: 'items' }, report, i18n.t)).toEqual({ text: 'Not calibrated: 40 items have labels from people and from the judge, 100 are needed.', told: false });
  expect(sentence({ ...reason, rule: 'moonlight' }, report, i18n.t)).toEqual({ text: 'In English.', told: true });
  expect(sentence({ ...reason, rule: 'position', figure: null }, report, i18n.t).text).toMatch(/not known/);
});
