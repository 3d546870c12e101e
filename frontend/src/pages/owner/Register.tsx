import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { registerOwner } from '../../api/owner';
import { arenasQuery } from '../../api/queries';
import { signIn } from '../../api/session';
import { NewKey } from '../../ui/NewKey';
import { Refused } from '../../ui/Refused';

/** For those without a key: how to get one, from an admin or by oneself. */
export function Register() {
  const { t } = useTranslation();
  const arenas = useQuery(arenasQuery);
  const open = arenas.data?.items.filter((each) => each.registration === 'open') ?? [];
  if (!arenas.data) return null;
  return (
    <section aria-labelledby="register-title">
      <h2 id="register-title">{t('owner.self.title')}</h2>
      {open.length === 0 ? <p>{t('owner.self.closed')}</p> : <Form arenas={open} />}
    </section>
  );
}

function Form({ arenas }: { arenas: { slug: string; title: string }[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const make = useMutation({ mutationFn: ([arena, owner]: [string, string]) => registerOwner(arena, owner) });
  const enter = useMutation({ mutationFn: (key: string) => signIn(client, key) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (!make.isPending) make.mutate([String(form.get('arena')), String(form.get('owner')).trim()]);
  };
  const key = make.data?.key;
  return (
    <>
      <p>{t('owner.self.lead')}</p>
      {!key && (
        <form className="filters" onSubmit={submit}>
          <label className="field">
            <span>{t('owner.self.arena')}</span>
            <select name="arena">{arenas.map((each) => <option key={each.slug} value={each.slug}>{each.title}</option>)}</select>
          </label>
          <label className="field"><span>{t('owner.self.name')}</span><input type="text" name="owner" required maxLength={80} /></label>
          <button type="submit" className="primary" aria-disabled={make.isPending}>{t('owner.self.make')}</button>
        </form>
      )}
      <Refused error={make.error ?? enter.error} />
      <NewKey lead={t('owner.self.once')} value={key} />
      {key && <p className="actions"><button type="button" className="primary" aria-disabled={enter.isPending} onClick={() => enter.isPending || enter.mutate(key)}>{t('owner.self.enter')}</button></p>}
    </>
  );
}
