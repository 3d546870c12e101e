import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { usePage } from '../../ui/usePage';
import { Gate } from './Gate';
import '../../styles/data.css';

/** A page of the administration: its heading, the way back, and what only admins see. */
export function AdminFrame({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  const heading = usePage(title);
  return (
    <main id="content" className="wide">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        <Link href="/admin" className="button">{t('site.admin')}</Link>
      </div>
      <Gate>{children}</Gate>
    </main>
  );
}
