import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { arenasQuery } from '../../api/queries';
import { sessionQuery } from '../../api/session';
import { dateTime } from '../../lib/format';
import { Name } from '../../ui/Name';
import { SignOut } from '../../ui/SignIn';
import { Loading, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { Gate } from './Gate';
import '../../styles/data.css';

/** Sign in, and from there to what is administered. */
export default function AdminPage() {
  const { t } = useTranslation();
  const heading = usePage(t('site.admin'));
  return (
    <main id="content">
      <h1 ref={heading} tabIndex={-1}>{t('site.admin')}</h1>
      <Gate>
        <Who />
        <Arenas />
      </Gate>
    </main>
  );
}

function Who() {
  const { t, i18n } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  if (!session) return null;
  return (
    <section aria-labelledby="who-title">
      <h2 id="who-title">{t('admin.who')}</h2>
      <dl className="facts-list">
        <div><dt>{t('admin.key')}</dt><dd><code>pa_{session.prefix}…</code>{session.owner && <> · <Name of={session.owner} /></>}</dd></div>
        <div><dt>{t('admin.scope')}</dt><dd>{t('admin.admin')}: {session.arena ? <Name of={session.arena} /> : t('admin.allArenas')}</dd></div>
        {session.expires_at && <div><dt>{t('admin.until')}</dt><dd>{dateTime(session.expires_at, i18n.language)}</dd></div>}
      </dl>
      <p className="actions">
        <Link href="/admin/keys" className="button">{t('admin.parts.keys')}</Link>
        <Link href="/admin/audit" className="button">{t('admin.parts.audit')}</Link>
        <Link href="/admin/arenas/new" className="button">{t('admin.newArena')}</Link>
        <SignOut />
      </p>
    </section>
  );
}

const PARTS = { prompts: 'admin/prompts', models: 'admin/models', judges: 'admin/judges', runs: 'runs', votes: 'admin/votes', texts: 'admin/texts', raters: 'admin/raters', trust: 'admin/trust', dimensions: 'admin/dimensions', settings: 'admin/settings' } as const;

function Arenas() {
  const { t } = useTranslation();
  const arenas = useQuery(arenasQuery);
  if (arenas.isPending) return <Loading />;
  if (arenas.isError) return <ProblemNotice problem={asProblem(arenas.error)} retry={() => void arenas.refetch()} />;
  return (
    <section aria-labelledby="arenas-title">
      <h2 id="arenas-title">{t('arenas.title')}</h2>
      <ul className="cards">
        {arenas.data.items.map((arena) => (
          <li key={arena.slug} className="card">
            <h3><Name of={arena.title} /></h3>
            <ul className="facts">
              {(Object.keys(PARTS) as (keyof typeof PARTS)[]).map((part) => (
                <li key={part}><Link href={`/arenas/${encodeURIComponent(arena.slug)}/${PARTS[part]}`}>{t(`admin.parts.${part}`)}<span className="sr-only"> · {arena.title}</span></Link></li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}
