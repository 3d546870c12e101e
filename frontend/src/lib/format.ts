/** Numbers, times and names as people read them. Every formatter takes the page's language. */

export const DASH = '–';
const [LRM, LRI, FSI, PDI] = ['\u200E', '\u2066', '\u2068', '\u2069'];

/**
 * The locale of a language's numbers. Digits are the same everywhere: they stand beside names of models, addresses, keys
 * and downloads, which have these digits in every language.
 */
export function locale(language: string): string {
  return `${language}-u-nu-latn`;
}

const OPTIONS = ['style', 'unit', 'unitDisplay', 'minimumFractionDigits', 'maximumFractionDigits', 'useGrouping'] as const;
type Options = Pick<Intl.NumberFormatOptions, (typeof OPTIONS)[number]>;
const formats = new Map<string, Intl.NumberFormat>();

/** Made once: a formatter takes far longer to make than to use, and a board of 200 models writes thousands of numbers. */
function numberFormat(language: string, options: Options): Intl.NumberFormat {
  const key = [language, ...OPTIONS.map((name) => options[name])].join();
  const format = formats.get(key) ?? new Intl.NumberFormat(locale(language), options);
  formats.set(key, format);
  return format;
}

/**
 * A number as `Intl` writes it. Where it asks for a direction of its own, as a minus in Arabic does, it is set apart, so
 * that what stands beside it, the other end of a range say, keeps its place.
 */
export function figure(value: number, language: string, options: Options = {}): string {
  const text = numberFormat(language, options).format(value);
  return text.includes(LRM) ? LRI + text.replaceAll(LRM, '') + PDI : text;
}

export function number(value: number | null, language: string, digits = 0): string {
  return value === null ? DASH : figure(value, language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** How many digits after the point a board's ratings need: those in per cent lie close together. */
export function ratingDigits(board: { method: { unit: 'points' | 'percent' } }): number {
  return board.method.unit === 'percent' ? 1 : 0;
}

export function percent(value: number | null, language: string, digits = 0): string {
  return value === null ? DASH : figure(value, language, { style: 'percent', maximumFractionDigits: digits });
}

/** Both ends, always: a rank that the votes settle is shown as `1–1`, so that no rank looks surer than it is. */
export function range(low: number | null, high: number | null, language: string, digits = 0): string {
  if (low === null || high === null) return DASH;
  return `${number(low, language, digits)}${DASH}${number(high, language, digits)}`;
}

export function dateTime(value: string | null, language: string): string {
  if (value === null) return DASH;
  const format = new Intl.DateTimeFormat(locale(language), { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  return `${format.format(new Date(value))} UTC`;
}

/** A day, as the server writes it, without a time. */
export function day(value: string, language: string): string {
  return new Intl.DateTimeFormat(locale(language), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(value));
}

/** A language's name in the page's language, or its tag where the browser knows none. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Names one after another: “A, B, and C”. A message takes the list as it is: `{{- list}}`. */
export function list(names: string[], language: string, direction: Direction): string {
  return new Intl.ListFormat(language).format(names.map((name) => isolated(name, direction)));
}

export type Direction = 'ltr' | 'rtl';

const OVERRIDES = /[\u202A-\u202E\u2066-\u2069]/g;
const RIGHT_TO_LEFT = /[\u0590-\u08FF\u200F\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;
/** As `figure` and `range` write them: in a sentence they run as they do alone. */
const BARE_NUMBER = /^(?:[\d.,–]|\u2066-?[\d.,]+%?\u2069)*$/;

/** Without the signs that turn the direction of whatever follows. */
export function plain(text: string): string {
  return text.replace(OVERRIDES, '');
}

/**
 * A text from elsewhere that can stand in any sentence, label or title: it has a direction of its own, and neither
 * reorders the words around it nor is reordered by them. Where nothing can happen it stays as it is.
 */
export function isolated(text: string, direction: Direction): string {
  if (BARE_NUMBER.test(text)) return text;
  const bare = plain(text);
  return direction === 'ltr' && !RIGHT_TO_LEFT.test(bare) ? bare : FSI + bare + PDI;
}
