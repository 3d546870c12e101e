import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Battle, Reveal, Verdict, VoteResult } from '../../api/types';
import { whyNotText } from '../../i18n/told';
import { BreakHint } from './BreakHint';
import type { Voting } from './useVoting';
import { OVERALL } from './verdicts';

interface Props {
  battle: Battle;
  voting: Voting;
  verdicts: Record<string, Verdict>;
  next: () => void;
}

/** After the vote: who wrote what, where the arena tells, and the way on. */
export function Outcome({ battle, voting, verdicts, next }: Props) {
  const { t } = useTranslation();
  const { phase, result, sending, stored } = voting;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    // Focus alone shows the heading at the foot of the window, and not the names below it.
    heading.current?.parentElement?.scrollIntoView?.({ block: 'nearest' });
  }, [phase, stored]);
  return (
    <section className="outcome" aria-labelledby="outcome-title">
      <h3 id="outcome-title" ref={heading} tabIndex={-1}>{t(result?.reveal ? 'vote.reveal.title' : 'vote.heading')}</h3>
      {result?.reveal && <Names reveal={result.reveal} choice={verdicts[OVERALL]} />}
      <p>{phase === 'withdrawn' ? t('vote.withdrawn') : <Stored result={result} changed={stored > 1} />}</p>
      {phase === 'stored' && !result?.reveal && <p>{t('vote.changeable')}</p>}
      <p className="actions">
        <button type="button" className="primary" onClick={next} aria-keyshortcuts="n">{t('vote.next')} <kbd aria-hidden="true">N</kbd></button>
        {phase === 'stored' && (
          <button type="button" onClick={() => void voting.withdraw()} aria-disabled={sending}>{t('vote.withdraw')}</button>
        )}
        <Link href={`/arenas/${encodeURIComponent(battle.arena)}/leaderboard`}>{t('vote.reveal.leaderboard')}</Link>
      </p>
      {phase === 'stored' && <BreakHint battle={battle.id} />}
    </section>
  );
}

function Names({ reveal, choice }: { reveal: Reveal; choice: Verdict | undefined }) {
  const { t } = useTranslation();
  return (
    <ul className="names">
      {(['a', 'b'] as const).map((side) => (
        <li key={side} className={choice === side ? 'chosen' : ''}>
          <strong>{t('vote.reveal.was', { side: side.toUpperCase(), name: reveal[side].name })}</strong>
          {reveal[side].organization && <span> {t('vote.reveal.by', { organization: reveal[side].organization })}</span>}
          {choice === side && <span className="badge">{t('vote.reveal.yours')}</span>}
        </li>
      ))}
    </ul>
  );
}

function Stored({ result, changed }: { result: VoteResult | null; changed: boolean }) {
  const { t } = useTranslation();
  if (result && !result.counted) return t('vote.storedNotCounted', { why: whyNotText(result.why_not_code, result.why_not, t) });
  return changed ? t('vote.changed') : t('vote.stored');
}
