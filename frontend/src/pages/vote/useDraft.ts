import { useCallback, useEffect, useState } from 'react';
import type { Verdict } from '../../api/types';
import { type Draft, dropDraft, loadDraft, randomKey, saveDraft, sweepDrafts } from '../../lib/drafts';

export interface DraftState {
  draft: Draft;
  choose: (dimension: string, verdict: Verdict) => void;
  clear: (dimension: string) => void;
  toggleReason: (side: 'a' | 'b', reason: string) => void;
  toggleMet: (side: 'a' | 'b', point: number) => void;
  setComment: (comment: string) => void;
  setRecognised: (recognised: boolean) => void;
  keepReading: (reading: Record<string, unknown>) => void;
  /** The server refused for good: the next try is another vote, so it needs another key. */
  renewKey: () => void;
  /** The vote is stored or can never be: nothing is left to keep. */
  drop: () => void;
}

/** The vote being made on one battle, written to this device at every change. Mount it anew for every battle. */
export function useDraft(battle: string): DraftState {
  const [draft, setDraft] = useState(() => loadDraft(battle));
  useEffect(() => sweepDrafts(), []);
  const update = useCallback(
    (change: (draft: Draft) => Partial<Draft>) =>
      setDraft((old) => {
        const next = { ...old, ...change(old) };
        saveDraft(battle, next);
        return next;
      }),
    [battle],
  );
  return {
    draft,
    choose: (dimension, verdict) => update((old) => ({ verdicts: { ...old.verdicts, [dimension]: verdict } })),
    clear: (dimension) => update((old) => ({ verdicts: without(old.verdicts, dimension) })),
    toggleReason: (side, reason) => update((old) => ({ reasons: { ...old.reasons, [side]: toggled(old.reasons[side], reason) } })),
    toggleMet: (side, point) => update((old) => ({ met: { ...old.met, [side]: toggled(old.met[side], point) } })),
    setComment: (comment) => update(() => ({ comment })),
    setRecognised: (recognised) => update(() => ({ recognised })),
    keepReading: (reading) => update(() => ({ reading })),
    renewKey: () => update(() => ({ key: randomKey(), reading: null })),
    drop: () => dropDraft(battle),
  };
}

function without(verdicts: Record<string, Verdict>, dimension: string): Record<string, Verdict> {
  return Object.fromEntries(Object.entries(verdicts).filter(([slug]) => slug !== dimension));
}

function toggled<T>(chosen: T[], one: T): T[] {
  return chosen.includes(one) ? chosen.filter((each) => each !== one) : [...chosen, one];
}
