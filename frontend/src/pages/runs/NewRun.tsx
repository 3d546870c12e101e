import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { asProblem } from '../../api/problem';
import { estimateRun, runsQuery, startRun } from '../../api/runs';
import type { Estimate, Judge, RunOrder } from '../../api/types';
import { problemText } from '../../i18n/told';
import { number } from '../../lib/format';
import { Limits, readLimits, textOf, wholeOf } from './limits';
import { money } from './words';

const BATTLES = ['voted', 'all', 'new'] as const;

interface Errand {
  judge: string;
  order: RunOrder;
}

function read(form: FormData): Errand {
  const order: RunOrder = {
    selection: {
      battles: textOf(form, 'battles') as (typeof BATTLES)[number],
      category: textOf(form, 'category') || null,
      language: textOf(form, 'language') || null,
      models: [],
      most: wholeOf(form, 'most'),
      seed: 0,
    },
    budget: readLimits(form),
    ask_unknown: form.get('ask_unknown') !== null,
  };
  return { judge: textOf(form, 'judge'), order };
}

/** Sends a judge. What it would ask and cost is shown first; whatever is changed after that is reckoned again. */
export function NewRun({ arena, judges }: { arena: string; judges: Judge[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [, go] = useLocation();
  const foretell = useMutation({ mutationFn: ({ judge, order }: Errand) => estimateRun(arena, judge, order) });
  const start = useMutation({
    mutationFn: ({ judge, order }: Errand) => startRun(arena, judge, order),
    onSuccess: (run) => {
      void client.invalidateQueries({ queryKey: runsQuery(arena).queryKey });
      go(`/arenas/${encodeURIComponent(arena)}/runs/${run.id}`);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!foretell.isPending) foretell.mutate(read(new FormData(event.currentTarget)));
  };
  const changed = () => {
    foretell.reset();
    start.reset();
  };
  const failed = start.error ?? foretell.error;
  return (
    <section aria-labelledby="new-run">
      <h2 id="new-run">{t('run.new')}</h2>
      <form className="stack" onSubmit={submit} onChange={changed}>
        <Which judges={judges} />
        <Limits />
        <label className="check"><input type="checkbox" name="ask_unknown" /><span>{t('run.askUnknown')}</span></label>
        <p className="actions"><button type="submit" aria-disabled={foretell.isPending}>{t('run.foretell')}</button></p>
      </form>
      {failed && <p role="alert" className="alert">{problemText(asProblem(failed), t) || t('problem.offline.text')}</p>}
      <div role="status">
        {foretell.data && <Foretold estimate={foretell.data} />}
      </div>
      {foretell.data && <button type="button" className="primary" aria-disabled={start.isPending} onClick={() => !start.isPending && start.mutate(foretell.variables)}>{t('run.start')}</button>}
    </section>
  );
}

function Which({ judges }: { judges: Judge[] }) {
  const { t } = useTranslation();
  return (
    <div className="filters">
      <label className="field">
        <span>{t('run.columns.judge')}</span>
        <select name="judge">{judges.map((each) => <option key={each.name} value={each.name}>{`${each.name}@${each.version}`}</option>)}</select>
      </label>
      <label className="field">
        <span>{t('run.battles')}</span>
        <select name="battles">{BATTLES.map((each) => <option key={each} value={each}>{t(`run.sources.${each}`)}</option>)}</select>
      </label>
      <label className="field"><span>{t('board.category')}</span><input type="text" name="category" /></label>
      <label className="field"><span>{t('board.language')}</span><input type="text" name="language" /></label>
      <label className="field"><span>{t('run.most')}</span><input type="number" name="most" min="1" /></label>
    </div>
  );
}

function Foretold({ estimate }: { estimate: Estimate }) {
  const { t, i18n } = useTranslation();
  const facts = [
    [t('run.columns.judgments'), number(estimate.judgments, i18n.language)],
    [t('run.columns.calls'), t('run.atMost', { value: number(estimate.calls, i18n.language) })],
    [t('run.columns.cached'), number(estimate.cached, i18n.language)],
    [t('run.columns.tokens'), t('run.tokens', { read: estimate.input_tokens, written: estimate.output_tokens })],
    [t('run.columns.cost'), estimate.micros === null ? t('run.noPrice') : t('run.atMost', { value: money(estimate.micros, i18n.language) })],
  ];
  return (
    <>
      <h3>{t('run.foretold')}</h3>
      <dl className="facts-list foretold">{facts.map(([term, value]) => <div key={term}><dt>{term}</dt><dd>{value}</dd></div>)}</dl>
      {estimate.sampled < estimate.judgments && <p className="quiet">{t('run.sampled', { count: estimate.sampled })}</p>}
    </>
  );
}
