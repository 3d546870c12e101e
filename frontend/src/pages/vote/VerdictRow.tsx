import { useTranslation } from 'react-i18next';
import type { BattleDimension, Verdict } from '../../api/types';
import { ChoiceRow } from '../../ui/ChoiceRow';
import { Name } from '../../ui/Name';
import { OVERALL, verdictsFor } from './verdicts';

interface Props {
  dimension: BattleDimension;
  offered: string[];
  value: Verdict | undefined;
  choose: (verdict: Verdict) => void;
  clear: () => void;
  disabled: boolean;
  missing: boolean;
}

/** One dimension's question. The overall row is only larger: no row ever sets another. */
export function VerdictRow({ dimension, offered, value, choose, clear, disabled, missing }: Props) {
  const { t } = useTranslation();
  const overall = dimension.slug === OVERALL;
  const verdicts = verdictsFor(dimension.slug, offered);
  const words = overall ? 'verdicts' : 'short';
  return (
    <div className={`verdict-row ${overall ? 'verdict-overall' : ''} ${missing ? 'verdict-missing' : ''}`}>
      <ChoiceRow
        name={dimension.slug}
        legend={<><Name of={dimension.title} /> <small>{dimension.required ? t('vote.required') : t('vote.optional')}</small></>}
        choices={verdicts.map((verdict, index) => ({ value: verdict, label: t(`vote.${words}.${verdict}`), key: String(index + 1) }))}
        value={value}
        onChange={choose}
        disabled={disabled}
        hint={dimension.question || undefined}
        required={dimension.required}
      />
      {value && !disabled && !dimension.required && (
        <button type="button" className="link" onClick={clear} aria-label={t('vote.clearOf', { dimension: dimension.title })}>
          {t('vote.clear')}
        </button>
      )}
      {dimension.rubric && (
        <details className="rubric">
          <summary>{t('vote.rubric')}</summary>
          <p dir="auto">{dimension.rubric}</p>
        </details>
      )}
    </div>
  );
}
