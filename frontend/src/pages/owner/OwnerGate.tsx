import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { sessionQuery } from '../../api/session';
import { SignIn, SignOut } from '../../ui/SignIn';
import { Loading, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { Register } from './Register';
import '../../styles/data.css';
import './owner.css';

/** A page for owners of models: its heading, and what only those with a key of scope owner see. */
export function OwnerFrame({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  const heading = usePage(title);
  return (
    <main id="content" className="wide owner">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        <Link href="/owner" className="button">{t('owner.title')}</Link>
      </div>
      <Gate>{children}</Gate>
    </main>
  );
}

function Gate({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  if (session.isPending) return <Loading />;
  if (session.isError) return <ProblemNotice problem={asProblem(session.error)} retry={() => void session.refetch()} />;
  if (session.data.scope === 'owner' || session.data.scope === 'admin') return children;
  return (
    <>
      <SignIn lead={t('owner.locked')} />
      {session.data.scope ? <SignOut /> : <Register />}
    </>
  );
}
