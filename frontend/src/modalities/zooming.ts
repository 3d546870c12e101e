/** How near and where all pictures of a battle are looked at: in step, so that the same place is compared. */
import { useSyncExternalStore } from 'react';

export interface Look {
  scale: number;
  x: number;
  y: number;
}

const WHOLE: Look = { scale: 1, x: 0, y: 0 };
const NEAREST = 8;
export const STEP = 1.25;

let look = WHOLE;
const listeners = new Set<() => void>();

function set(next: Look): void {
  look = next;
  for (const each of listeners) each();
}

export const reset = () => set(WHOLE);

export function zoom(factor: number): void {
  const scale = Math.min(NEAREST, Math.max(1, look.scale * factor));
  // Back at the whole picture there is nothing beside it to look at.
  set(scale === 1 ? WHOLE : { scale, x: look.x * (scale / look.scale), y: look.y * (scale / look.scale) });
}

/** Moves by shares of the box; no picture leaves its box. */
export function pan(x: number, y: number): void {
  const most = (look.scale - 1) / 2;
  const within = (value: number) => Math.min(most, Math.max(-most, value));
  set({ ...look, x: within(look.x + x), y: within(look.y + y) });
}

export function useLook(): Look {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, () => look);
}
