import { expect, test } from 'vitest';
import { heat, stepped } from './Heatmap';

test('colours go both ways from one half, and nowhere without a share', () => {
  expect([0, 0.25, 0.5, 0.75, 1].map(heat)).toEqual([-4, -2, 0, 3, 4]);
  expect(heat(null)).toBeUndefined();
});

test('arrows walk the cells, step over the diagonal and stop at the edge', () => {
  expect(stepped('ArrowRight', [1, 0], 3, false)).toEqual([1, 2]);
  expect(stepped('ArrowLeft', [1, 0], 3, true)).toEqual([1, 2]);
  expect(stepped('ArrowDown', [0, 1], 3, false)).toEqual([2, 1]);
  expect(stepped('ArrowUp', [0, 1], 3, false)).toEqual([0, 1]);
  expect(stepped('Home', [0, 2], 3, false)).toEqual([0, 1]);
  expect(stepped('End', [2, 0], 3, false)).toEqual([2, 1]);
  expect(stepped('a', [2, 0], 3, false)).toBeNull();
});
