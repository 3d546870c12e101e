import { useTranslation } from 'react-i18next';
import { Checklist } from './Checklist';
import type { DraftState } from './useDraft';

export const REASONS = [
  'useful', 'complete', 'clear', 'creative', 'incorrect', 'superficial', 'off_topic', 'instructions_not_followed',
] as const;
export const LONGEST_COMMENT = 2000;

interface Props {
  state: DraftState;
  /** What the prompt's author looks for in an answer; often empty. */
  checklist: string[];
  disabled: boolean;
}

/** Everything a voter may add and never has to. */
export function Remarks({ state, checklist, disabled }: Props) {
  const { t } = useTranslation();
  const { comment, recognised } = state.draft;
  return (
    <fieldset className="remarks" disabled={disabled}>
      <legend>{t('vote.why')}</legend>
      {checklist.length > 0 && <Checklist points={checklist} state={state} />}
      <div className="reasons">
        <Reasons side="a" state={state} />
        <Reasons side="b" state={state} />
      </div>
      <label className="field">
        <span>{t('vote.comment')}</span>
        <textarea
          rows={3}
          dir="auto"
          maxLength={LONGEST_COMMENT}
          value={comment}
          aria-describedby="comment-count"
          onChange={(event) => state.setComment(event.target.value)}
        />
      </label>
      <p id="comment-count" className="quiet">{t('vote.commentCount', { typed: comment.length, most: LONGEST_COMMENT })}</p>
      <label className="check">
        <input
          type="checkbox"
          checked={recognised}
          aria-describedby="recognised-hint"
          onChange={(event) => state.setRecognised(event.target.checked)}
        />
        <span>{t('vote.recognised')}</span>
      </label>
      <p id="recognised-hint" className="quiet">{t('vote.recognisedHint')}</p>
    </fieldset>
  );
}

function Reasons({ side, state }: { side: 'a' | 'b'; state: DraftState }) {
  const { t } = useTranslation();
  const chosen = state.draft.reasons[side];
  return (
    <fieldset>
      <legend>{t('vote.reasonsOf', { side: side.toUpperCase() })}</legend>
      <div className="chips">
        {REASONS.map((reason) => (
          <label key={reason} className="chip">
            <input type="checkbox" checked={chosen.includes(reason)} onChange={() => state.toggleReason(side, reason)} />
            <span>{t(`vote.reasons.${reason}`)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
