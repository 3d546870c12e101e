import { useTranslation } from 'react-i18next';
import type { Problem } from '../../api/problem';
import type { Battle, VoteResult } from '../../api/types';
import { problemText } from '../../i18n/told';
import { list } from '../../lib/format';
import { Outcome } from './Outcome';
import { Remarks } from './Remarks';
import { BALLOT } from './rowKeys';
import type { DraftState } from './useDraft';
import type { Voting } from './useVoting';
import { VerdictRow } from './VerdictRow';
import './ballot.css';
import './remarks.css';
import { missing, OVERALL } from './verdicts';
import type { Side } from './useReading';

/** Too soon, or without a look at these answers. */
export type Doubt = 'soon' | Side[];

interface Props {
  battle: Battle;
  state: DraftState;
  voting: Voting;
  /** Submit was pressed: from then on the page says what is missing. */
  pressed: boolean;
  /** Why this vote may be a slip, once Submit was pressed; the next press sends it. */
  doubt: Doubt | null;
  submit: () => void;
  skip: () => void;
  next: () => void;
}

export function Ballot({ battle, state, voting, pressed, doubt, submit, skip, next }: Props) {
  const { t, i18n } = useTranslation();
  const { phase, result, problem, sending } = voting;
  const { verdicts } = state.draft;
  const editable = phase === 'open' || (phase === 'stored' && !result?.reveal);
  const lacking = pressed ? missing(battle, verdicts) : [];
  const asksOverall = battle.dimensions.some((dimension) => dimension.slug === OVERALL);
  const decided = asksOverall ? OVERALL in verdicts : Object.keys(verdicts).length > 0;
  return (
    // No submit button inside, so that Enter on a choice does not send the vote.
    <form id={BALLOT} className="ballot" onSubmit={(event) => event.preventDefault()} aria-labelledby="ballot-title" noValidate>
      <h2 id="ballot-title" tabIndex={-1}>{t('vote.heading')}</h2>
      {battle.dimensions.map((dimension) => (
        <VerdictRow
          key={dimension.slug}
          dimension={dimension}
          offered={battle.verdicts}
          value={verdicts[dimension.slug]}
          choose={(verdict) => state.choose(dimension.slug, verdict)}
          clear={() => state.clear(dimension.slug)}
          disabled={!editable}
          missing={lacking.includes(dimension)}
        />
      ))}
      {decided && (editable || remarked(state)) && <Remarks state={state} checklist={battle.prompt.checklist} disabled={!editable} />}
      <div role="alert" className="alert">
        {lacking.length > 0 && <p>{t('vote.missing', { list: list(lacking.map((each) => each.title), i18n.language, i18n.dir()) })}</p>}
        {doubt && <p><Doubtful doubt={doubt} /></p>}
        {problem && <p><Failure problem={problem} /></p>}
      </div>
      <p role="status" className="sr-only"><Announcement result={result} phase={phase} stored={voting.stored} /></p>
      {phase !== 'open' && <Outcome battle={battle} voting={voting} verdicts={verdicts} next={next} />}
      {editable && (
        <div className="actions" data-row="submit">
          <button type="button" className="primary" onClick={submit} aria-disabled={sending} aria-keyshortcuts="Control+Enter">
            {t(submitText(phase, problem, sending, doubt))}
          </button>
          {phase === 'open' && <button type="button" onClick={skip} aria-keyshortcuts="s">{t('vote.skip')}</button>}
        </div>
      )}
    </form>
  );
}

/** Once nothing can be changed, empty fields only stand in the way. */
function remarked({ draft }: DraftState): boolean {
  return draft.recognised || [draft.comment, ...draft.reasons.a, ...draft.reasons.b, ...draft.met.a, ...draft.met.b].some(Boolean);
}

function submitText(phase: Voting['phase'], problem: Problem | null, sending: boolean, doubt: Doubt | null) {
  if (sending) return 'vote.sending' as const;
  if (problem?.passing) return 'site.retry' as const;
  if (doubt) return 'vote.doubt.submit' as const;
  return phase === 'stored' ? ('vote.change' as const) : ('vote.submit' as const);
}

function Doubtful({ doubt }: { doubt: Doubt }) {
  const { t, i18n } = useTranslation();
  if (doubt === 'soon') return t('vote.doubt.soon');
  const answers = doubt.map((side) => t('vote.answer', { side: side.toUpperCase() }));
  return t('vote.doubt.unseen', { list: list(answers, i18n.language, i18n.dir()) });
}

function Failure({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  if (problem.slug === 'offline') return t('vote.failed.offline');
  if (problem.slug === 'too-many-requests') return t('vote.slow.kept');
  if (problem.passing) return t('vote.failed.server', { status: problem.status });
  return t('vote.failed.other', { detail: problemText(problem, t) });
}

/** What a screen reader hears once the vote is stored: that it is, and who wrote the answers. */
function Announcement({ result, phase, stored }: { result: VoteResult | null; phase: Voting['phase']; stored: number }) {
  const { t } = useTranslation();
  if (phase === 'withdrawn') return t('vote.withdrawn');
  if (!result) return null;
  const said = stored > 1 ? t('vote.changed') : t('vote.stored');
  if (!result.reveal) return said;
  return `${said} ${t('vote.reveal.announce', { a: result.reveal.a.name, b: result.reveal.b.name })}`;
}
