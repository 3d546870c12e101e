import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearch } from 'wouter';
import { asProblem } from '../../api/problem';
import { providerQuery, sessionQuery } from '../../api/session';
import { SignIn, SignOut } from '../../ui/SignIn';
import { Loading, ProblemNotice } from '../../ui/Status';

/** What stands inside is for admins; everybody else is asked for a key. */
export function Gate({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  if (session.isPending) return <Loading />;
  if (session.isError) return <ProblemNotice problem={asProblem(session.error)} retry={() => void session.refetch()} />;
  if (session.data.scope === 'admin') return children;
  return (
    <>
      <SignIn lead={session.data.scope ? t('admin.otherScope', { scope: session.data.scope }) : t('admin.locked')} />
      {session.data.scope && <SignOut />}
      <Provider />
    </>
  );
}

const ENDED = ['failed', 'refused', 'stale'] as const;

/** The way in by the operator's OpenID provider, and why the last try there ended. */
function Provider() {
  const { t } = useTranslation();
  const { data } = useQuery(providerQuery);
  const why = new URLSearchParams(useSearch()).get('sign_in');
  const ended = ENDED.find((each) => each === why);
  if (!data?.name) return null;
  return (
    <section aria-label={data.name}>
      {ended && <p role="alert" className="alert">{t(`admin.provider.${ended}`)}</p>}
      <p><a className="button" href="/api/v1/session/oidc/begin">{t('admin.provider.begin', { name: data.name })}</a></p>
    </section>
  );
}
