import type { TFunction } from 'i18next';
import i18n from '../../i18n';
import type admin from '../../i18n/admin/en.json';
import { readable } from '../../i18n/told';
import { figure } from '../../lib/format';

type Words = (typeof admin)['run'];

export function kindText(kind: string, t: TFunction): string {
  const word = kind as keyof Words['kinds'];
  const key = `run.kinds.${word}` as const;
  return known(key) ? t(key) : readable(kind);
}

export function reasonText(reason: string, t: TFunction): string {
  const word = reason as keyof Words['reasons'];
  const key = `run.reasons.${word}` as const;
  return known(key) ? t(key) : readable(reason);
}

/** Millionths of the currency unit, in units. */
export function money(micros: number, language: string): string {
  return figure(micros / 1e6, language, { minimumFractionDigits: 2, maximumFractionDigits: 6 });
}

/** How long, in the largest unit that it fills. */
export function duration(seconds: number, language: string): string {
  const [value, unit] = seconds < 90 ? [seconds, 'second'] : seconds < 5400 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour'];
  return figure(Math.ceil(value), language, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 });
}

/** Without i18n.exists as a guard of types, which widens what the key stands for. */
function known(key: string): boolean {
  return i18n.exists(key);
}
