import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { createKey, keysQuery } from '../../api/keys';
import type { KeyRequest } from '../../api/types';
import { NewKey } from '../../ui/NewKey';
import { Refused } from '../../ui/Refused';
import { KeyList } from '../keys/KeyList';
import { AdminFrame } from './AdminFrame';

const SCOPES = ['owner', 'read', 'admin'] as const;
const COLUMNS = ['key', 'scope', 'owner', 'arena', 'made', 'used', 'until', 'state'] as const;

/** Who may call the API: keys made, shown once, and revoked. */
export default function KeysPage() {
  const { t } = useTranslation();
  return (
    <AdminFrame title={t('admin.parts.keys')}>
      <MakeKey />
      <KeyList label={t('admin.parts.keys')} columns={COLUMNS} />
    </AdminFrame>
  );
}

function MakeKey() {
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
      <Refused error={make.error} />
      <NewKey lead={t('keys.once')} value={make.data?.key} />
    </section>
  );
}
