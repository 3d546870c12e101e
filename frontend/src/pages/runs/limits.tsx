import { useTranslation } from 'react-i18next';
import type { RunLimits } from '../../api/types';

const LIMITS = { calls: '1', tokens: '1', money: '0.000001' } as const;

/** The most that a run may use; an empty field is no limit. */
export function Limits({ calls, tokens, micros }: { calls?: number | null; tokens?: number | null; micros?: number | null }) {
  const { t } = useTranslation();
  const now = { calls, tokens, money: micros == null ? micros : micros / 1e6 };
  return (
    <fieldset>
      <legend>{t('run.budget')}</legend>
      <p className="quiet">{t('run.noLimit')}</p>
      <div className="filters">
        {(['calls', 'tokens', 'money'] as const).map((each) => (
          <label key={each} className="field">
            <span>{t(`run.limits.${each}`)}</span>
            <input type="number" name={each} min={LIMITS[each]} step={LIMITS[each]} defaultValue={now[each] ?? ''} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function readLimits(form: FormData): RunLimits {
  return { calls: wholeOf(form, 'calls'), tokens: wholeOf(form, 'tokens'), money: textOf(form, 'money') || null };
}

export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

export function wholeOf(form: FormData, name: string): number | null {
  const text = textOf(form, name);
  return text === '' ? null : Number(text);
}
