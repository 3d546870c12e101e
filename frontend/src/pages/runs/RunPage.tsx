import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import type { Run } from '../../api/types';
import { dateTime, number } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Progress } from '../../ui/Progress';
import { Loading, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { Gate } from '../admin/Gate';
import { Actions } from './Actions';
import { FailedCalls } from './FailedCalls';
import { useRun } from './useRun';
import { duration, kindText, money, reasonText } from './words';
import '../../styles/data.css';
import './runs.css';

/** One run, live: how far it is, what it cost, what went wrong, and what can be done about it. */
export default function RunPage({ arena, run: id }: { arena: string; run: string }) {
  const { t } = useTranslation();
  const heading = usePage(t('run.title'));
  return (
    <main id="content" className="run">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>{t('run.title')}</h1>
        <Link href={`/arenas/${encodeURIComponent(arena)}/runs`} className="button">{t('run.back')}</Link>
      </div>
      <Gate><Live id={id} /></Gate>
    </main>
  );
}

function Live({ id }: { id: string }) {
  const run = useRun(id);
  if (run.isPending) return <Loading />;
  if (!run.data) return <ProblemNotice problem={asProblem(run.error)} retry={() => void run.refetch()} />;
  return (
    <>
      {run.isError && <ProblemNotice problem={asProblem(run.error)} retry={() => void run.refetch()} />}
      <State run={run.data} />
      <Actions key={run.data.state} run={run.data} />
      <Facts run={run.data} />
      {run.data.failures.length > 0 && <Failures run={run.data} />}
    </>
  );
}

function State({ run }: { run: Run }) {
  const { t, i18n } = useTranslation();
  const text = t('run.ofAll', { ended: run.ended, all: run.judgments });
  return (
    <section aria-label={t('run.columns.judged')}>
      <p role="status">
        <strong>{t(`run.states.${run.state}`)}</strong>
        {run.why && <>: <Name of={run.why} /></>}
      </p>
      <Progress value={run.ended} max={run.judgments} label={t('run.columns.judged')} text={text} />
      {run.state === 'running' && (
        <p className="quiet">
          {!run.at_work ? t('run.waiting') : run.eta_seconds === null ? t('run.noEta') : t('run.eta', { time: duration(run.eta_seconds, i18n.language) })}
        </p>
      )}
    </section>
  );
}

function Facts({ run }: { run: Run }) {
  const { t, i18n } = useTranslation();
  const count = (value: number) => number(value, i18n.language);
  const limited = (used: string, most: string | null) => (most === null ? used : t('run.ofMost', { used, most }));
  const { budget, cost } = run;
  const facts = [
    ['judge', `${run.judge.name}@${run.judge.version} · ${run.judge.protocol} · ${run.judge.model}`],
    ['votes', count(run.votes)],
    ['failed', count(run.failed)],
    ['calls', limited(count(run.calls), budget.calls === null ? null : count(budget.calls))],
    ['cached', count(run.cached)],
    ['open', count(run.open)],
    ['unknown', count(run.unknown)],
    ['tokens', limited(t('run.tokens', { read: run.tokens.input, written: run.tokens.output }), budget.tokens === null ? null : count(budget.tokens))],
    ['known', limited(money(cost.known, i18n.language), budget.micros === null ? null : money(budget.micros, i18n.language))],
    ['possible', money(cost.possible, i18n.language)],
    ['unpriced', count(cost.unpriced)],
    ['begun', dateTime(run.created_at, i18n.language)],
    ['ended', dateTime(run.ended_at, i18n.language)],
  ] as const;
  return (
    <section aria-labelledby="facts-title">
      <h2 id="facts-title">{t('run.facts')}</h2>
      <dl className="facts-list">
        {facts.map(([term, value]) => <div key={term} data-fact={term}><dt>{t(`run.columns.${term}`)}</dt><dd><bdi>{value}</bdi></dd></div>)}
      </dl>
    </section>
  );
}

function Failures({ run }: { run: Run }) {
  const { t, i18n } = useTranslation();
  return (
    <section aria-labelledby="failures-title">
      <h2 id="failures-title">{t('run.failures')}</h2>
      <div className="board-table">
        <table>
          <caption className="sr-only">{t('run.failures')}</caption>
          <thead><tr><th scope="col">{t('run.what')}</th><th scope="col">{t('run.columns.judgments')}</th></tr></thead>
          <tbody>
            {run.failures.map(({ kind, reason, judgments }) => (
              <tr key={`${kind}:${reason}`}>
                <th scope="row">{kindText(kind, t)}{reason && reason !== kind && <small>{reasonText(reason, t)}</small>}</th>
                <td>{number(judgments, i18n.language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <FailedCalls run={run.id} failed={run.failed} />
    </section>
  );
}
