import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { sessionQuery } from '../../api/session';
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
    </>
  );
}
