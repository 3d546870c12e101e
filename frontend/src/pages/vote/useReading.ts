import { type RefObject, useCallback, useEffect, useRef } from 'react';

/** How a vote's answers were read. Times are in seconds; a reach is the share of an answer, from its top, that has been on the screen. */
export interface Reading {
  seconds: number;
  a: PaneReading;
  b: PaneReading;
}

interface PaneReading {
  seconds: number;
  reach: number;
}

export type Side = 'a' | 'b';
export const SIDES: readonly Side[] = ['a', 'b'];

interface State {
  /** Of the last look at the page, in milliseconds. */
  at: number;
  onScreen: { page: boolean; a: boolean; b: boolean };
  spent: { page: number; a: number; b: number };
  /** How far down each pane has been seen, in pixels. */
  deepest: Map<Element, number>;
}

const EVENTS = ['scroll', 'resize', 'visibilitychange'] as const;

/** Measures from the moment `shown` until the page is left, while it is on the screen; gives a function that tells how far it is. */
export function useReading(root: RefObject<HTMLElement | null>, shown: boolean): () => Reading {
  const state = useRef<State>(null);
  const look = useCallback(() => {
    if (state.current && root.current) sample(state.current, root.current);
  }, [root]);
  useEffect(() => {
    if (!shown) return;
    state.current ??= { at: now(), onScreen: { page: false, a: false, b: false }, spent: { page: 0, a: 0, b: 0 }, deepest: new Map() };
    look();
    for (const event of EVENTS) globalThis.addEventListener(event, look, { capture: true, passive: true });
    return () => EVENTS.forEach((event) => globalThis.removeEventListener(event, look, { capture: true }));
  }, [look, shown]);
  return useCallback(() => {
    look();
    return told(state.current);
  }, [look]);
}

function sample(state: State, root: HTMLElement): void {
  const moment = now();
  for (const part of ['page', ...SIDES] as const) if (state.onScreen[part]) state.spent[part] += moment - state.at;
  state.at = moment;
  const page = document.visibilityState === 'visible';
  state.onScreen = { page, a: page && see(state, root, 'a'), b: page && see(state, root, 'b') };
}

/** Whether a pane of the side is on the screen; notes how far down. */
function see(state: State, root: HTMLElement, side: Side): boolean {
  const bodies = Array.from(root.querySelectorAll<HTMLElement>(`.pane[data-side=${side}] .pane-body`));
  return bodies.filter((body) => {
    const { top, bottom } = body.getBoundingClientRect();
    const end = Math.min(bottom, globalThis.innerHeight);
    const seen = end > Math.max(top, 0);
    const deepest = seen ? body.scrollTop + end - top : 0;
    state.deepest.set(body, Math.max(deepest, state.deepest.get(body) ?? 0));
    return seen;
  }).length > 0;
}

function told(state: State | null): Reading {
  const side = (which: Side): PaneReading => ({ seconds: seconds(state?.spent[which] ?? 0), reach: reach(state, which) });
  return { seconds: seconds(state?.spent.page ?? 0), a: side('a'), b: side('b') };
}

function reach(state: State | null, side: Side): number {
  const seen = Array.from(state?.deepest ?? []).filter(([body]) => body.closest('.pane')?.getAttribute('data-side') === side);
  const heights = seen.reduce((sum, [body]) => sum + body.scrollHeight, 0);
  const depth = seen.reduce((sum, [body, deepest]) => sum + Math.min(deepest, body.scrollHeight), 0);
  return heights === 0 ? 0 : Math.round((100 * depth) / heights) / 100;
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}

/** Unlike the time of day it never jumps. */
function now(): number {
  return globalThis.performance.now();
}
