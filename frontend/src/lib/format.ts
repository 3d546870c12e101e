/** Numbers and times as people read them. Every formatter takes the page's language. */

export const DASH = '–';

export function number(value: number | null, language: string, digits = 0): string {
  if (value === null) return DASH;
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** How many digits after the point a board's ratings need: those in per cent lie close together. */
export function ratingDigits(board: { method: { unit: 'points' | 'percent' } }): number {
  return board.method.unit === 'percent' ? 1 : 0;
}

export function percent(value: number | null, language: string): string {
  if (value === null) return DASH;
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(value);
}

/** Both ends, always: a rank that the votes settle is shown as `1–1`, so that no rank looks surer than it is. */
export function range(low: number | null, high: number | null, language: string, digits = 0): string {
  if (low === null || high === null) return DASH;
  return `${number(low, language, digits)}${DASH}${number(high, language, digits)}`;
}

export function dateTime(value: string | null, language: string): string {
  if (value === null) return DASH;
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  return `${format.format(new Date(value))} UTC`;
}

/** A language's name in the page's language, or its tag where the browser knows none. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
