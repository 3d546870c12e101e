import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Battle } from '../../api/types';
import { type Shortcuts, useShortcuts } from '../../lib/shortcuts';
import { Progress } from '../../ui/Progress';
import { Notice } from '../../ui/Status';
import { Answers } from './Answers';
import { Ballot, type Doubt } from './Ballot';
import { breaks } from './breaks';
import { Guidelines } from './Guidelines';
import { Legend } from './Legend';
import { BALLOT, focusRow, rowKeys } from './rowKeys';
import { SkipDialog } from './SkipDialog';
import { useDraft } from './useDraft';
import { useDrawn } from './useDrawn';
import { type Reading, SIDES, useReading } from './useReading';
import { useVoting } from './useVoting';
import { missing } from './verdicts';

interface Props {
  battle: Battle;
  modality: string;
  next: () => void;
}

/** Nobody reads two answers in less. */
const SOON_S = 3;

let battlesSeen = 0;

/** One battle from the deal to the reveal. Mounted anew for every battle. */
export function BattleView({ battle, modality, next }: Props) {
  const { t } = useTranslation();
  const root = useRef<HTMLDivElement>(null);
  const drawn = useDrawn(root);
  const read = useReading(root, drawn !== null);
  const state = useDraft(battle.id);
  const voting = useVoting(battle, state, read);
  const [dialog, setDialog] = useState<'skip' | 'legend' | 'guidelines' | null>(null);
  const { phase } = voting;
  const open = phase === 'open';

  useEffect(() => {
    breaks.note(Date.now());
    // After the first battle the voter comes from the button below the last one: begin at the new prompt.
    if (battlesSeen++ > 0) root.current?.querySelector<HTMLElement>('.turn h2')?.focus();
  }, []);

  const [pressed, setPressed] = useState(false);
  const [doubt, setDoubt] = useState<Doubt | null>(null);
  const submit = () => {
    setPressed(true);
    const first = missing(battle, state.draft.verdicts)[0];
    if (first) return focusRow(first.slug);
    const doubted = open && !doubt ? doubtful(read()) : null;
    if (doubted) setDoubt(doubted);
    else void voting.send();
  };
  const shortcuts: Shortcuts = {
    ...rowKeys(),
    '?': () => setDialog('legend'),
    ...(battle.guidelines && { g: () => setDialog('guidelines') }),
    ...(open && { s: () => setDialog('skip') }),
    ...(open || (phase === 'stored' && !voting.result?.reveal) ? { submit } : {}),
    ...(!open && { n: next }),
  };
  useShortcuts(shortcuts);

  if (phase === 'expired' || phase === 'already') {
    return (
      <Notice title={t(`vote.${phase}.title`)}>
        <p role="alert">{t(`vote.${phase}.text`)}</p>
        <p className="actions"><button type="button" className="primary" onClick={next}>{t('vote.next')}</button></p>
      </Notice>
    );
  }

  const skip = async (reason: Parameters<typeof voting.skip>[0]) => {
    setDialog(null);
    if (await voting.skip(reason)) next();
  };
  const voted = battle.progress.voted + (phase === 'stored' ? 1 : 0);
  const progress = t('vote.progress', { voted, goal: battle.progress.goal });
  return (
    <div ref={root}>
      <div className="battle-tools">
        <Progress value={voted} max={battle.progress.goal} label={t('vote.progressLabel')} text={progress} />
        <a className="side-by-side" href={`#${BALLOT}`}>{t('vote.toVote')}</a>
        {battle.guidelines && (
          <button type="button" className="link" onClick={() => setDialog('guidelines')} aria-keyshortcuts="g">{t('vote.guidelines')}</button>
        )}
        <button type="button" className="link keys-hint" onClick={() => setDialog('legend')} aria-keyshortcuts="?">{t('vote.shortcuts')}</button>
      </div>
      <div>
        <Answers battle={battle} modality={modality} reveal={voting.result?.reveal ?? null} root={root} drawn={drawn} />
        <nav className="jump-bar" aria-label={t('vote.jump')}>
          {SIDES.map((side) => <a key={side} href={`#answer-${side}`}>{t('vote.answer', { side: side.toUpperCase() })}</a>)}
          <a href={`#${BALLOT}`}>{t('vote.heading')}</a>
        </nav>
      </div>
      <Ballot battle={battle} state={state} voting={voting} pressed={pressed} doubt={doubt} submit={submit} skip={() => setDialog('skip')} next={next} />
      {dialog === 'skip' && <SkipDialog skip={(reason) => void skip(reason)} close={() => setDialog(null)} />}
      {dialog === 'legend' && <Legend close={() => setDialog(null)} />}
      {dialog === 'guidelines' && <Guidelines text={battle.guidelines} close={() => setDialog(null)} />}
    </div>
  );
}

function doubtful(reading: Reading): Doubt | null {
  const unseen = SIDES.filter((side) => reading[side].reach === 0);
  if (unseen.length > 0) return unseen;
  return reading.seconds < SOON_S ? 'soon' : null;
}
