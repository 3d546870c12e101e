import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../api/problem';
import { signIn, signOut } from '../api/session';
import { problemText } from '../i18n/told';

/** Begins a session with an API key. `lead` says what for. */
export function SignIn({ lead }: { lead: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const begin = useMutation({ mutationFn: (key: string) => signIn(client, key) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get('key')).trim();
    if (key && !begin.isPending) begin.mutate(key);
  };
  return (
    <form className="sign-in" onSubmit={submit}>
      <p>{lead}</p>
      {begin.isError && <p role="alert" className="alert">{problemText(asProblem(begin.error), t) || t('problem.offline.text')}</p>}
      <div className="filters">
        <label className="field">
          <span>{t('session.key')}</span>
          <input type="password" name="key" required autoComplete="off" />
        </label>
        <button type="submit" className="primary" aria-disabled={begin.isPending}>{t('session.signIn')}</button>
      </div>
    </form>
  );
}

export function SignOut({ className }: { className?: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const end = useMutation({ mutationFn: () => signOut(client) });
  return <button type="button" className={className} onClick={() => end.mutate()}>{t('session.signOut')}</button>;
}
