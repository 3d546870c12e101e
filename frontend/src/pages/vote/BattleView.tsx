import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Battle } from '../../api/types';
import { type Shortcuts, useShortcuts } from '../../lib/shortcuts';
import { Markdown } from '../../markdown/Markdown';
import { Progress } from '../../ui/Progress';
import { Notice } from '../../ui/Status';
import { Answers } from './Answers';
import { Ballot } from './Ballot';
import { Legend } from './Legend';
import { BALLOT, focusRow, rowKeys } from './rowKeys';
import { SkipDialog } from './SkipDialog';
import { useDraft } from './useDraft';
import { useVoting } from './useVoting';
import { missing } from './verdicts';

interface Props {
  battle: Battle;
  modality: string;
  next: () => void;
}

let battlesSeen = 0;

/** One battle from the deal to the reveal. Mounted anew for every battle. */
export function BattleView({ battle, modality, next }: Props) {
  const { t } = useTranslation();
  const state = useDraft(battle.id);
  const voting = useVoting(battle, state);
  const [dialog, setDialog] = useState<'skip' | 'legend' | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const { phase } = voting;
  const open = phase === 'open';

  useEffect(() => {
    // After the first battle the voter comes from the button below the last one: begin at the new prompt.
    if (battlesSeen++ > 0) root.current?.querySelector<HTMLElement>('.turn h2')?.focus();
  }, []);

  const [pressed, setPressed] = useState(false);
  const submit = () => {
    setPressed(true);
    const first = missing(battle, state.draft.verdicts)[0];
    if (first) focusRow(first.slug);
    else void voting.send();
  };
  const shortcuts: Shortcuts = {
    ...rowKeys(),
    '?': () => setDialog('legend'),
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
        <a href={`#${BALLOT}`}>{t('vote.toVote')}</a>
        <button type="button" className="link keys-hint" onClick={() => setDialog('legend')} aria-keyshortcuts="?">{t('vote.shortcuts')}</button>
      </div>
      {battle.guidelines && (
        <details className="guidelines">
          <summary>{t('vote.guidelines')}</summary>
          <div dir="auto"><Markdown source={battle.guidelines} under={1} /></div>
        </details>
      )}
      <Answers battle={battle} modality={modality} reveal={voting.result?.reveal ?? null} />
      <Ballot battle={battle} state={state} voting={voting} pressed={pressed} submit={submit} skip={() => setDialog('skip')} next={next} />
      {dialog === 'skip' && <SkipDialog skip={(reason) => void skip(reason)} close={() => setDialog(null)} />}
      {dialog === 'legend' && <Legend close={() => setDialog(null)} />}
    </div>
  );
}
