import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../api/problem';
import { problemText } from '../i18n/told';

interface NoticeProps {
  title: string;
  children?: ReactNode;
  tone?: 'plain' | 'bad' | 'warn';
  level?: 2 | 3;
}

/** A boxed message with a heading: empty states, problems, warnings. */
export function Notice({ title, children, tone = 'plain', level = 2 }: NoticeProps) {
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <section className={`notice notice-${tone}`}>
      <Heading>{title}</Heading>
      {children}
    </section>
  );
}

export function Loading() {
  const { t } = useTranslation();
  return <p className="loading" role="status">{t('site.loading')}</p>;
}

/** A call that failed, in words, with a way on. */
export function ProblemNotice({ problem, retry }: { problem: Problem; retry: () => void }) {
  const { t } = useTranslation();
  const kind = problem.status === 0 ? 'offline' : problem.status >= 500 ? 'server' : problem.status === 404 ? 'missing' : 'other';
  return (
    <Notice tone="bad" title={t(`problem.${kind}.title`)}>
      <p role="alert">{t(`problem.${kind}.text`, { status: problem.status, detail: problemText(problem, t) })}</p>
      {kind !== 'missing' && <button type="button" onClick={retry}>{t('site.retry')}</button>}
    </Notice>
  );
}
