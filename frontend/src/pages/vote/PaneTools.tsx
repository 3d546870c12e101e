import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { differences } from './words';

/** How both answers are shown; nothing here is for one side only. */
export interface View {
  /** Long answers are folded to the same height until both are opened. */
  whole: boolean;
  together: boolean;
  /** Marks the words that differ, instead of drawing the answers; null while switched off. */
  compare: typeof differences | null;
}

interface Props {
  view: View;
  change: (how: (view: View) => View) => void;
  long: boolean;
}

export function PaneTools({ view, change, long }: Props) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState(false);
  const [wanted, setWanted] = useState(false);
  const compare = async (on: boolean) => {
    setFailed(false);
    setWanted(on);
    try {
      const found = on ? remembered((await import('./words')).differences) : null;
      change((old) => ({ ...old, compare: found }));
    } catch {
      setFailed(true);
      setWanted(false);
    }
  };
  return (
    <>
      {long && (
        <button type="button" aria-expanded={view.whole} onClick={() => change((old) => ({ ...old, whole: !old.whole }))}>
          {t(view.whole ? 'vote.fold' : 'vote.showAll')}
        </button>
      )}
      {long && !view.whole && (
        <label className="check side-by-side">
          <input type="checkbox" checked={view.together} onChange={(event) => change((old) => ({ ...old, together: event.target.checked }))} />
          <span>{t('vote.together')}</span>
        </label>
      )}
      <label className="check">
        <input type="checkbox" checked={wanted} onChange={(event) => void compare(event.target.checked)} />
        <span>{t('vote.compare')}</span>
      </label>
      {failed && <span role="alert">{t('vote.compareFailed')}</span>}
    </>
  );
}

/** Both panes of a turn ask for the same comparison, and ask again whenever they are drawn. */
function remembered(compare: typeof differences): typeof differences {
  const known = new Map<string, ReturnType<typeof differences>>();
  return (a, b) => {
    const key = JSON.stringify([a, b]);
    if (!known.has(key)) known.set(key, compare(a, b));
    return known.get(key) ?? null;
  };
}
