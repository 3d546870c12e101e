import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { createKey, keysQuery } from '../../api/keys';
import { arenasQuery } from '../../api/queries';
import { sessionQuery } from '../../api/session';
import { NewKey } from '../../ui/NewKey';
import { Refused } from '../../ui/Refused';
import { KeyList } from '../keys/KeyList';
import { OwnerFrame } from './OwnerGate';

const COLUMNS = ['key', 'scope', 'arena', 'made', 'used', 'until', 'state'] as const;

/** An owner's own keys: another made, shown once, and any of them revoked. */
export default function KeysPage() {
  const { t } = useTranslation();
  return <OwnerFrame title={t('keys.mine.title')}><Own /></OwnerFrame>;
}

function Own() {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  if (session.data?.scope === 'admin') return <p>{t('keys.mine.admin')} <Link href="/admin/keys">{t('keys.mine.link')}</Link></p>;
  return (
    <>
      <p className="lead">{t('keys.mine.lead')}</p>
      <MakeKey arena={session.data?.arena ?? null} />
      <KeyList label={t('keys.mine.title')} columns={COLUMNS} />
    </>
  );
}

/** `arena` is the only one in which the key in hand holds: another key holds nowhere else. */
function MakeKey({ arena }: { arena: string | null }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const arenas = useQuery({ ...arenasQuery, enabled: arena === null });
  const make = useMutation({ mutationFn: createKey, onSuccess: () => client.invalidateQueries({ queryKey: keysQuery.queryKey }) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const chosen = String(new FormData(event.currentTarget).get('arena') ?? '');
    if (!make.isPending) make.mutate({ scope: 'owner', owner: '', arena: chosen || arena });
  };
  return (
    <section aria-labelledby="new-key">
      <h2 id="new-key">{t('keys.new')}</h2>
      <form className="filters" onSubmit={submit}>
        {arena === null && (
          <label className="field">
            <span>{t('keys.mine.for')}</span>
            <select name="arena">
              <option value="">{t('keys.mine.everywhere')}</option>
              {arenas.data?.items.map((each) => <option key={each.slug} value={each.slug}>{each.title}</option>)}
            </select>
          </label>
        )}
        <button type="submit" className="primary" aria-disabled={make.isPending}>{t('keys.make')}</button>
      </form>
      <Refused error={make.error} />
      <NewKey lead={t('keys.once')} value={make.data?.key} />
    </section>
  );
}
