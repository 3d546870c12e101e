import { type RefObject, useEffect, useState } from 'react';

/** Whatever is not there by then, is shown when it comes, on either side. */
const LONGEST_WAIT = 5_000;

/** What is known once both answers are drawn: whether one of them is too long to be shown whole at first. */
export interface Drawn {
  long: boolean;
}

/**
 * Null until the fonts of the formulas, the images and the artifacts of both answers are there. Both are shown in that frame: which one
 * is ready first would tell of its length, its formulas, its pictures.
 */
export function useDrawn(root: RefObject<HTMLElement | null>): Drawn | null {
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    let over = false;
    const show = () => {
      if (!over) setDrawn({ long: isLong(element) });
      over = true;
    };
    const timeout = setTimeout(show, LONGEST_WAIT);
    void settled(element).then(show);
    return () => {
      over = true;
      clearTimeout(timeout);
    };
  }, [root]);
  return drawn;
}

async function settled(element: HTMLElement): Promise<void> {
  const images = Array.from(element.querySelectorAll('img'), (image) => image.decode().catch(() => undefined));
  const frames = Array.from(element.querySelectorAll('iframe'), loaded);
  // The browser asks for a font when it lays out the first letter of it.
  element.getBoundingClientRect();
  await Promise.all([document.fonts.ready, ...images, ...frames]);
}

/** A frame says so itself when it was there before anybody asked. */
function loaded(frame: HTMLIFrameElement): Promise<void> {
  if (frame.dataset.loaded) return Promise.resolve();
  return new Promise((resolve) => frame.addEventListener('load', () => resolve(), { once: true }));
}

/** Panes are folded while they are measured. */
function isLong(element: HTMLElement): boolean {
  return Array.from(element.querySelectorAll('.pane-body')).some((body) => body.scrollHeight > body.clientHeight + 1);
}
