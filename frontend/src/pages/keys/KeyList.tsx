import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keysQuery, revokeKey } from '../../api/keys';
import { asProblem } from '../../api/problem';
import { leave, sessionQuery } from '../../api/session';
import type { Key } from '../../api/types';
import { dateTime } from '../../lib/format';
import { Dialog } from '../../ui/Dialog';
import { Name } from '../../ui/Name';
import { Refused } from '../../ui/Refused';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';

type Column = 'key' | 'scope' | 'owner' | 'arena' | 'made' | 'used' | 'until' | 'state';

/** The keys that whoever is signed in looks after, and a way to end each. */
export function KeyList({ label, columns }: { label: string; columns: readonly Column[] }) {
  const { t } = useTranslation();
  const [leaving, setLeaving] = useState<string>();
  const session = useQuery(sessionQuery);
  const keys = useInfiniteQuery(keysQuery);
  if (keys.isPending) return <Loading />;
  if (keys.isError) return <ProblemNotice problem={asProblem(keys.error)} retry={() => void keys.refetch()} />;
  const hand = session.data?.prefix;
  return (
    <>
      <Scroller label={label} className="board-table">
        <table>
          <caption className="sr-only">{label}</caption>
          <thead><tr>{columns.map((each) => <th key={each} scope="col">{t(`keys.columns.${each}`)}</th>)}</tr></thead>
          <tbody>
            {keys.data.pages.flatMap((page) => page.items).map((key) => (
              <tr key={key.prefix} data-key={key.prefix}>
                <th scope="row"><code>pa_{key.prefix}…</code>{key.prefix === hand && <> <span className="badge">{t('keys.hand')}</span></>}</th>
                {columns.slice(1).map((each) => <td key={each}>{each === 'state' ? <State of={key} revoke={() => setLeaving(key.prefix)} /> : <Cell of={key} column={each} />}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {keys.hasNextPage && <p className="actions"><button type="button" onClick={() => void keys.fetchNextPage()}>{t('keys.more')}</button></p>}
      {leaving && <Revoke prefix={leaving} own={leaving === hand} onClose={() => setLeaving(undefined)} />}
    </>
  );
}

function Cell({ of: key, column }: { of: Key; column: Column }) {
  const { t, i18n } = useTranslation();
  if (column === 'scope') return t(`keys.scopes.${key.scope}`);
  if (column === 'owner') return <Name of={key.owner} />;
  if (column === 'arena') return key.arena === null ? t('keys.allArenas') : <Name of={key.arena} />;
  if (column === 'until') return key.expires_at ? dateTime(key.expires_at, i18n.language) : t('keys.never');
  return dateTime(column === 'made' ? key.created_at : key.last_used_at, i18n.language);
}

function State({ of: key, revoke }: { of: Key; revoke: () => void }) {
  const { t, i18n } = useTranslation();
  if (key.revoked_at) return t('keys.revoked', { when: dateTime(key.revoked_at, i18n.language) });
  if (key.expires_at && new Date(key.expires_at) < new Date()) return t('keys.ended');
  return <button type="button" aria-label={`${t('keys.revoke')} pa_${key.prefix}`} onClick={revoke}>{t('keys.revoke')}</button>;
}

function Revoke({ prefix, own, onClose }: { prefix: string; own: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeKey(prefix),
    onSuccess: () => {
      onClose();
      return own ? leave(client) : client.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
  });
  return (
    <Dialog title={t('keys.revoke')} onClose={onClose}>
      <p>{t('keys.revokeText', { key: `pa_${prefix}` })}</p>
      {own && <p><strong>{t('keys.handText')}</strong></p>}
      <Refused error={revoke.error} />
      <p className="actions">
        <button type="button" className="primary" aria-disabled={revoke.isPending} onClick={() => revoke.isPending || revoke.mutate()}>{t('keys.revoke')}</button>
        <button type="button" onClick={onClose}>{t('keys.keep')}</button>
      </p>
    </Dialog>
  );
}
