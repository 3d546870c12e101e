import { type RefObject, useEffect } from 'react';

/** Scrolls the other pane of a turn to the same share of its way, so that both come to their ends at once. */
export function useTogether(root: RefObject<HTMLElement | null>, on: boolean): void {
  useEffect(() => {
    const element = root.current;
    if (!on || !element) return;
    let driven: { body: HTMLElement; at: number } | null = null;
    const follow = ({ target }: Event) => {
      if (!(target instanceof HTMLElement) || !target.matches('.pane-body')) return;
      // Somebody may have scrolled the driven pane before it could tell where it was driven to.
      const echo = target === driven?.body && target.scrollTop === driven.at;
      driven = null;
      const other = echo ? null : counterpart(target);
      if (other && moved(other, share(target))) driven = { body: other, at: other.scrollTop };
    };
    element.addEventListener('scroll', follow, { capture: true, passive: true });
    return () => element.removeEventListener('scroll', follow, { capture: true });
  }, [root, on]);
}

function counterpart(body: HTMLElement): HTMLElement | null {
  const bodies = Array.from(body.closest('.panes')?.querySelectorAll<HTMLElement>('.pane-body') ?? []);
  return bodies.find((each) => each !== body) ?? null;
}

function share(body: HTMLElement): number {
  const way = body.scrollHeight - body.clientHeight;
  return way > 0 ? body.scrollTop / way : 0;
}

/** Whether it had to move: only then does it tell of a scroll of its own. */
function moved(body: HTMLElement, to: number): boolean {
  const before = body.scrollTop;
  body.scrollTop = to * (body.scrollHeight - body.clientHeight);
  return body.scrollTop !== before;
}
