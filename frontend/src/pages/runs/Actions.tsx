import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { cancelRun, pauseRun, resumeRun, runQuery } from '../../api/runs';
import type { Run } from '../../api/types';
import { problemText } from '../../i18n/told';
import { Dialog } from '../../ui/Dialog';
import { Limits, readLimits } from './limits';

type Step = () => Promise<Run>;

/** Pause, resume under another budget, ask again, cancel: whatever the run's state allows. */
export function Actions({ run }: { run: Run }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const act = useMutation({
    mutationFn: (step: Step) => step(),
    onSuccess: (changed) => client.setQueryData(runQuery(run.id).queryKey, changed),
    onError: () => client.invalidateQueries({ queryKey: runQuery(run.id).queryKey }),
  });
  const take = (step: Step) => !act.isPending && act.mutate(step);
  const open = run.state === 'running' || run.state === 'paused';
  return (
    <section aria-label={t('run.actions')}>
      {act.isError && <p role="alert" className="alert">{problemText(asProblem(act.error), t) || t('problem.offline.text')}</p>}
      {(run.state === 'paused' || (run.state === 'done' && run.failed > 0)) && <ResumeForm run={run} busy={act.isPending} onResume={take} />}
      {open && (
        <p className="actions">
          {run.state === 'running' && <button type="button" aria-disabled={act.isPending} onClick={() => take(() => pauseRun(run.id))}>{t('run.pause')}</button>}
          <button type="button" onClick={() => setAsking(true)}>{t('run.cancel')}</button>
        </p>
      )}
      {asking && (
        <Dialog title={t('run.cancelTitle')} onClose={() => setAsking(false)}>
          <p>{t('run.cancelText')}</p>
          <p className="actions">
            <button type="button" className="primary" onClick={() => { setAsking(false); take(() => cancelRun(run.id)); }}>{t('run.cancel')}</button>
            <button type="button" onClick={() => setAsking(false)}>{t('run.keep')}</button>
          </p>
        </Dialog>
      )}
    </section>
  );
}

function ResumeForm({ run, busy, onResume }: { run: Run; busy: boolean; onResume: (step: Step) => void }) {
  const { t } = useTranslation();
  const done = run.state === 'done';
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = { budget: readLimits(form), ask_unknown: form.get('ask_unknown') !== null, retry_failed: done || form.get('retry_failed') !== null };
    onResume(() => resumeRun(run.id, given));
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Limits {...run.budget} />
      <div>
        <label className="check"><input type="checkbox" name="ask_unknown" defaultChecked={run.ask_unknown} /><span>{t('run.askUnknown')}</span></label>
        {!done && run.failed > 0 && <label className="check"><input type="checkbox" name="retry_failed" /><span>{t('run.retryFailed')}</span></label>}
      </div>
      {run.failed > 0 && <p className="quiet">{t('run.retryHint')}</p>}
      <p className="actions"><button type="submit" className="primary" aria-disabled={busy}>{done ? t('run.retryFailed') : t('run.resume')}</button></p>
    </form>
  );
}
