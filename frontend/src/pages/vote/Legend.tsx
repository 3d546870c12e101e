import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setShortcuts, shortcutsOn } from '../../lib/shortcuts';
import { Dialog } from '../../ui/Dialog';

const ROWS = [
  { keys: ['1–6'], text: 'choose' },
  { keys: ['↑', '↓'], text: 'rows' },
  { keys: ['Ctrl/⌘', 'Enter'], text: 'submit' },
  { keys: ['S'], text: 'skip' },
  { keys: ['G'], text: 'guidelines' },
  { keys: ['N'], text: 'next' },
  { keys: ['?'], text: 'help' },
] as const;

/** The keys of the vote page, and the switch that turns them off. */
export function Legend({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [on, setOn] = useState(shortcutsOn);
  const toggle = (next: boolean) => {
    setShortcuts(next);
    setOn(next);
  };
  return (
    <Dialog title={t('vote.legend.title')} onClose={close}>
      <dl className="keys">
        {ROWS.map(({ keys, text }) => (
          <div key={text}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{t(`vote.legend.${text}`)}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={on} onChange={(event) => toggle(event.target.checked)} />
        <span>{t('vote.legend.on')}</span>
      </label>
      <p className="actions"><button type="button" className="primary" onClick={close}>{t('vote.legend.close')}</button></p>
    </Dialog>
  );
}
