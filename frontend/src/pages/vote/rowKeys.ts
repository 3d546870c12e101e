import type { Shortcuts } from '../../lib/shortcuts';

export const BALLOT = 'ballot';
const ROW = '[data-row]';

/**
 * The keys of the rows: a digit chooses in the row that has the focus (else in the first), up and down go to the
 * neighbouring row without choosing anything there. Left and right are the browser's own, within a row.
 */
export function rowKeys(): Shortcuts {
  const digits = Array.from({ length: 6 }, (_, index) => [
    String(index + 1),
    (event: KeyboardEvent) => pick(rowOf(event) ?? rows()[0], index),
  ]);
  const move = (step: number) => (event: KeyboardEvent): void | false => {
    const all = rows();
    const row = rowOf(event);
    // Outside the rows the arrows scroll the page, as ever.
    if (!row) return false;
    enter(all[all.indexOf(row) + step]);
  };
  return {
    ...(Object.fromEntries(digits) as Shortcuts),
    ArrowDown: move(1),
    ArrowUp: move(-1),
  };
}

/** Puts the focus into the row of a dimension. */
export function focusRow(dimension: string): void {
  enter(rows().find((row) => row.dataset.row === dimension));
}

function rows(): HTMLElement[] {
  return Array.from(document.querySelectorAll<HTMLElement>(`#${BALLOT} ${ROW}`));
}

function rowOf(event: KeyboardEvent): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>(ROW) : null;
}

function pick(row: HTMLElement | undefined, index: number): void {
  const radio = row?.querySelectorAll<HTMLInputElement>('input[type=radio]')[index];
  if (!radio || radio.disabled || radio.matches(':disabled')) return;
  radio.focus();
  radio.click();
}

function enter(row: HTMLElement | undefined): void {
  const target = row?.querySelector<HTMLElement>('input:checked, button') ?? row?.querySelector<HTMLElement>('input');
  target?.focus();
}
