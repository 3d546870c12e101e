import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SkipReason } from '../../api/types';
import { Dialog } from '../../ui/Dialog';

const REASONS: SkipReason[] = ['language', 'topic', 'offensive', 'broken', 'too_long', 'other'];

interface Props {
  skip: (reason: SkipReason) => void;
  close: () => void;
}

export function SkipDialog({ skip, close }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState<SkipReason>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason) skip(reason);
  };
  return (
    <Dialog title={t('vote.skipDialog.title')} onClose={close}>
      <form onSubmit={submit}>
        <fieldset className="stack">
          <legend>{t('vote.skipDialog.question')}</legend>
          {REASONS.map((each) => (
            <label key={each} className="check">
              <input type="radio" name="skip" value={each} required checked={reason === each} onChange={() => setReason(each)} />
              <span>{t(`vote.skipDialog.reasons.${each}`)}</span>
            </label>
          ))}
        </fieldset>
        <p className="actions">
          <button type="submit" className="primary">{t('vote.skipDialog.confirm')}</button>
          <button type="button" onClick={close}>{t('vote.skipDialog.cancel')}</button>
        </p>
      </form>
    </Dialog>
  );
}
