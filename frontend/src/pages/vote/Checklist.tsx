import { useTranslation } from 'react-i18next';
import { Name } from '../../ui/Name';
import type { DraftState } from './useDraft';
import { SIDES } from './useReading';

/** What a good answer to this prompt does: the voter may tick it for either side. */
export function Checklist({ points, state }: { points: string[]; state: DraftState }) {
  const { t } = useTranslation();
  return (
    <fieldset className="checklist">
      <legend>{t('vote.checklist')}</legend>
      <table>
        <thead>
          <tr>
            <td />
            {SIDES.map((side) => <th key={side} scope="col">{t('vote.answer', { side: side.toUpperCase() })}</th>)}
          </tr>
        </thead>
        <tbody>
          {points.map((point, index) => (
            <tr key={index}>
              <th scope="row"><Name of={point} /></th>
              {SIDES.map((side) => (
                <td key={side}>
                  <label>
                    <span className="sr-only">{t('vote.met', { side: side.toUpperCase(), point })}</span>
                    <input type="checkbox" checked={state.draft.met[side].includes(index + 1)} onChange={() => state.toggleMet(side, index + 1)} />
                  </label>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </fieldset>
  );
}
