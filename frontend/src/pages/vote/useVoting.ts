import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { asProblem, type Problem } from '../../api/problem';
import { castVote, changeVote, skipBattle, withdrawVote } from '../../api/queries';
import type { Battle, SkipReason, VoteResult } from '../../api/types';
import { randomKey } from '../../lib/drafts';
import type { DraftState } from './useDraft';
import type { Reading } from './useReading';

/** Where a battle is: open, stored (revealed or not), withdrawn, or over without a vote. */
export type Phase = 'open' | 'stored' | 'withdrawn' | 'expired' | 'already';

export interface Voting {
  phase: Phase;
  result: VoteResult | null;
  /** Why the last call failed; the battle is as it was before. */
  problem: Problem | null;
  sending: boolean;
  /** How often a vote was stored: 1 after casting, more after changes. */
  stored: number;
  send: () => Promise<void>;
  skip: (reason: SkipReason) => Promise<boolean>;
  withdraw: () => Promise<void>;
}

/** `read` tells how the answers have been read so far; it is stored with the vote. */
export function useVoting(battle: Battle, state: DraftState, read: () => Reading): Voting {
  const queries = useQueryClient();
  const [phase, setPhase] = useState<Phase>('open');
  const [result, setResult] = useState<VoteResult | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);
  const [stored, setStored] = useState(0);
  const busy = useRef(false);

  /** One call at a time; a second press while it runs does nothing. Gives whether it went well. */
  async function run(call: () => Promise<void>): Promise<boolean> {
    if (busy.current) return false;
    busy.current = true;
    setSending(true);
    setProblem(null);
    try {
      await call();
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'battle' });
      return true;
    } catch (error) {
      fail(asProblem(error));
      return false;
    } finally {
      busy.current = false;
      setSending(false);
    }
  }

  function fail(failure: Problem): void {
    if (phase === 'open' && failure.status === 410) setPhase('expired');
    else if (phase === 'open' && failure.slug.startsWith('already-')) setPhase('already');
    else setProblem(failure);
    if (failure.status === 410 || failure.slug.startsWith('already-')) state.drop();
    else if (!failure.passing) state.renewKey();
  }

  const send = async () => {
    await run(async () => {
      const { verdicts, reasons, met, comment, recognised, key } = state.draft;
      const times = state.draft.reading ?? { ...read() };
      const { checklist, checklist_version: version } = battle.prompt;
      const reading = checklist.length > 0 ? { ...times, met, checklist_version: version } : times;
      const ballot = { verdicts, strengths: {}, reasons, comment: comment.trim(), recognised, confidence: null, reading };
      const first = phase === 'open';
      if (first) state.keepReading(times);
      setResult(await (first ? castVote(battle.id, ballot, key) : changeVote(battle.id, ballot, randomKey())));
      setPhase('stored');
      setStored((count) => count + 1);
      state.drop();
    });
  };

  const skip = (reason: SkipReason) =>
    run(async () => {
      await skipBattle(battle.id, reason, randomKey());
      state.drop();
    });

  const withdraw = async () => {
    await run(async () => {
      await withdrawVote(battle.id, randomKey());
      setPhase('withdrawn');
    });
  };

  const waiting = phase === 'open' && problem?.slug === 'offline';
  const latest = useRef(send);
  useEffect(() => {
    latest.current = send;
  });
  useEffect(() => {
    // A vote that was submitted without a connection goes out when the connection is back.
    if (!waiting) return;
    const again = () => void latest.current();
    globalThis.addEventListener('online', again);
    return () => globalThis.removeEventListener('online', again);
  }, [waiting]);

  return { phase, result, problem, sending, stored, send, skip, withdraw };
}
