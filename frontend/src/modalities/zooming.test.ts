import { act, renderHook } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { pan, reset, STEP, useLook, zoom } from './zooming';

afterEach(() => act(reset));

test('zooming goes from the whole picture to eight times, and back to the middle', () => {
  const { result } = renderHook(useLook);
  act(() => zoom(1 / STEP));
  expect(result.current).toEqual({ scale: 1, x: 0, y: 0 });
  act(() => zoom(100));
  expect(result.current.scale).toBe(8);
  act(() => pan(0.5, -9));
  expect(result.current).toEqual({ scale: 8, x: 0.5, y: -3.5 });
  act(() => zoom(0.5));
  expect(result.current).toEqual({ scale: 4, x: 0.25, y: -1.75 });
  act(() => zoom(0.01));
  expect(result.current).toEqual({ scale: 1, x: 0, y: 0 });
});

test('a whole picture does not move', () => {
  const { result } = renderHook(useLook);
  act(() => pan(1, 1));
  expect(Math.abs(result.current.x) + Math.abs(result.current.y)).toBe(0);
});
