import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShortcuts } from '../../lib/shortcuts';
import { breaks } from './breaks';

/** Tired people vote for the first answer they see. Shown after the vote, never in the middle of one. */
export function BreakHint({ battle }: { battle: string }) {
  const { t } = useTranslation();
  const [due, setDue] = useState(() => {
    breaks.note(Date.now(), battle);
    return breaks.due(Date.now());
  });
  const close = () => {
    breaks.rest(Date.now());
    setDue(false);
  };
  useShortcuts(due ? { Escape: close } : {});
  if (!due) return null;
  return (
    <aside className="break-hint" role="note">
      <p>{t('vote.break.text')}</p>
      <button type="button" onClick={close} aria-keyshortcuts="Escape">{t('vote.break.close')} <kbd aria-hidden="true">Esc</kbd></button>
    </aside>
  );
}
