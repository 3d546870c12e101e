import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { followModel, setModelState, withdrawModel } from '../../api/owner';
import { asProblem } from '../../api/problem';
import type { OwnModel } from '../../api/types';
import { problemText } from '../../i18n/told';
import { Dialog } from '../../ui/Dialog';

interface Props {
  arena: string;
  model: OwnModel;
}

/** What an owner can do with a model beside its answers: follow it with a new version, hide it, withdraw it for good. */
export function ModelActions({ arena, model }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [leaving, setLeaving] = useState(false);
  const change = useMutation({ mutationFn: () => setModelState(arena, model.slug, model.state === 'hidden' ? 'active' : 'hidden'), onSuccess: () => client.invalidateQueries() });
  const state = model.state as 'active' | 'hidden' | 'retired';
  if (model.withdrawn_at) return <p className="notice notice-warn" role="status">{t('owner.withdrawn')}</p>;
  return (
    <section aria-labelledby="model-title">
      <h2 id="model-title">{t('owner.model')}</h2>
      <p>{t('owner.state')}: <strong data-state={model.state}>{t(`owner.states.${state}`)}</strong></p>
      {change.isError && <p role="alert" className="alert">{problemText(asProblem(change.error), t) || t('problem.offline.text')}</p>}
      <NewVersion arena={arena} model={model} />
      <p className="actions">
        <button type="button" aria-disabled={change.isPending} onClick={() => change.mutate()}>{t(model.state === 'hidden' ? 'owner.show' : 'owner.hide')}</button>
        <button type="button" onClick={() => setLeaving(true)}>{t('owner.withdraw')}</button>
      </p>
      {leaving && <Withdraw arena={arena} model={model} onClose={() => setLeaving(false)} />}
    </section>
  );
}

function NewVersion({ arena, model }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const store = useMutation({
    mutationFn: (slug: string) => followModel(arena, slug, model.slug),
    onSuccess: async (made) => {
      await client.invalidateQueries();
      navigate(`/arenas/${encodeURIComponent(arena)}/owner/${encodeURIComponent(made.slug)}`);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!store.isPending) store.mutate(String(new FormData(event.currentTarget).get('slug')).trim());
  };
  return (
    <details>
      <summary>{t('owner.newVersion')}</summary>
      <p className="quiet">{t('owner.versions')}</p>
      <form className="filters" onSubmit={submit}>
        <label className="field"><span>{t('owner.slug')}</span><input type="text" name="slug" required maxLength={120} /></label>
        <button type="submit" className="primary" aria-disabled={store.isPending}>{t('owner.store')}</button>
      </form>
      {store.isError && <p role="alert" className="alert">{problemText(asProblem(store.error), t) || t('problem.offline.text')}</p>}
    </details>
  );
}

/** Withdraws only when the model's short name is typed. */
function Withdraw({ arena, model, onClose }: Props & { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const leave = useMutation({
    mutationFn: () => withdrawModel(arena, model.slug, typed.trim()),
    onSuccess: () => {
      onClose();
      return client.invalidateQueries();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() === model.slug && !leave.isPending) leave.mutate();
  };
  return (
    <Dialog title={t('owner.withdraw')} onClose={onClose}>
      <p>{t('owner.withdrawText')}</p>
      {leave.isError && <p role="alert" className="alert">{problemText(asProblem(leave.error), t) || t('problem.offline.text')}</p>}
      <form onSubmit={submit}>
        <label className="field"><span>{t('owner.type', { slug: model.slug })}</span><input type="text" value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} /></label>
        <p className="actions">
          <button type="submit" className="primary" aria-disabled={typed.trim() !== model.slug}>{t('owner.withdraw')}</button>
          <button type="button" onClick={onClose}>{t('owner.keep')}</button>
        </p>
      </form>
    </Dialog>
  );
}
