import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createKey, keysQuery, revokeKey } from '../../api/admin';
import { asProblem } from '../../api/problem';
import type { KeyRequest } from '../../api/types';
import { problemText } from '../../i18n/told';
import { dateTime } from '../../lib/format';
import { Dialog } from '../../ui/Dialog';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';
import { AdminFrame } from './AdminFrame';

const SCOPES = ['owner', 'read', 'admin'] as const;

/** Who may call the API: keys made, shown once, and revoked. */
export default function KeysPage() {
  const { t } = useTranslation();
  return (
    <AdminFrame title={t('admin.parts.keys')}>
      <NewKey />
      <Keys />
    </AdminFrame>
  );
}

function NewKey() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const make = useMutation({ mutationFn: createKey, onSuccess: () => client.invalidateQueries({ queryKey: keysQuery.queryKey }) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const arena = String(form.get('arena')).trim();
    if (!make.isPending) make.mutate({ scope: form.get('scope') as KeyRequest['scope'], owner: String(form.get('owner')).trim(), arena: arena || null });
  };
  return (
    <section aria-labelledby="new-key">
      <h2 id="new-key">{t('keys.new')}</h2>
      <form className="filters" onSubmit={submit}>
        <label className="field">
          <span>{t('keys.columns.scope')}</span>
          <select name="scope">{SCOPES.map((each) => <option key={each} value={each}>{t(`keys.scopes.${each}`)}</option>)}</select>
        </label>
        <label className="field"><span>{t('keys.columns.owner')}</span><input type="text" name="owner" maxLength={100} /></label>
        <label className="field"><span>{t('keys.arena')}</span><input type="text" name="arena" /></label>
        <button type="submit" className="primary" aria-disabled={make.isPending}>{t('keys.make')}</button>
      </form>
      {make.isError && <p role="alert" className="alert">{problemText(asProblem(make.error), t) || t('problem.offline.text')}</p>}
      <div role="status">{make.data?.key && <p className="notice notice-warn">{t('keys.once')} <code>{make.data.key}</code></p>}</div>
    </section>
  );
}

function Keys() {
  const { t, i18n } = useTranslation();
  const [leaving, setLeaving] = useState<string>();
  const keys = useInfiniteQuery(keysQuery);
  if (keys.isPending) return <Loading />;
  if (keys.isError) return <ProblemNotice problem={asProblem(keys.error)} retry={() => void keys.refetch()} />;
  const when = (moment: string | null) => dateTime(moment, i18n.language);
  return (
    <>
      <Scroller label={t('admin.parts.keys')} className="board-table">
        <table>
          <caption className="sr-only">{t('admin.parts.keys')}</caption>
          <thead><tr>{(['key', 'scope', 'owner', 'arena', 'made', 'used', 'state'] as const).map((each) => <th key={each} scope="col">{t(`keys.columns.${each}`)}</th>)}</tr></thead>
          <tbody>
            {keys.data.pages.flatMap((page) => page.items).map((key) => (
              <tr key={key.prefix} data-key={key.prefix}>
                <th scope="row"><code>pa_{key.prefix}…</code></th>
                <td>{t(`keys.scopes.${key.scope}`)}</td>
                <td><Name of={key.owner} /></td>
                <td>{key.arena === null ? t('admin.allArenas') : <Name of={key.arena} />}</td>
                <td>{when(key.created_at)}</td>
                <td>{when(key.last_used_at)}</td>
                <td>{key.revoked_at ? t('keys.revoked', { when: when(key.revoked_at) }) : <button type="button" aria-label={`${t('keys.revoke')} pa_${key.prefix}`} onClick={() => setLeaving(key.prefix)}>{t('keys.revoke')}</button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {keys.hasNextPage && <p className="actions"><button type="button" onClick={() => void keys.fetchNextPage()}>{t('run.more')}</button></p>}
      {leaving && <Revoke prefix={leaving} onClose={() => setLeaving(undefined)} />}
    </>
  );
}

function Revoke({ prefix, onClose }: { prefix: string; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeKey(prefix),
    onSuccess: () => {
      onClose();
      // One's own key may be the one that ended: the session says so.
      return client.invalidateQueries();
    },
  });
  return (
    <Dialog title={t('keys.revoke')} onClose={onClose}>
      <p>{t('keys.revokeText', { key: `pa_${prefix}` })}</p>
      {revoke.isError && <p role="alert" className="alert">{problemText(asProblem(revoke.error), t) || t('problem.offline.text')}</p>}
      <p className="actions">
        <button type="button" className="primary" onClick={() => revoke.mutate()}>{t('keys.revoke')}</button>
        <button type="button" onClick={onClose}>{t('run.keep')}</button>
      </p>
    </Dialog>
  );
}
