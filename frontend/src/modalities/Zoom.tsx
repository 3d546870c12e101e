import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { percent } from '../lib/format';
import { useShortcuts } from '../lib/shortcuts';
import { reset, STEP, useLook, zoom } from './zooming';

/** Nearer, farther, whole: for all pictures at once, by buttons or by + - 0. */
export function Zoom() {
  const { t, i18n } = useTranslation();
  const { scale } = useLook();
  const nearer = () => zoom(STEP);
  const farther = () => zoom(1 / STEP);
  useShortcuts({ '+': nearer, '=': nearer, '-': farther, '0': reset });
  useEffect(() => reset, []);
  return (
    <span className="zoom" role="group" aria-label={t('vote.zoom.label')}>
      <button type="button" aria-keyshortcuts="-" aria-label={t('vote.zoom.out')} onClick={farther}>−</button>
      <button type="button" aria-keyshortcuts="0" onClick={reset}><span className="sr-only">{t('vote.zoom.whole')} </span>{percent(scale, i18n.language)}</button>
      <button type="button" aria-keyshortcuts="+" aria-label={t('vote.zoom.in')} onClick={nearer}>+</button>
    </span>
  );
}
