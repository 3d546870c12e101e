import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'wouter';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { sessionQuery } from '../../api/session';
import { modelsQuery, startFirst } from '../../api/submission';
import type { Arena } from '../../api/types';
import { Name } from '../../ui/Name';
import { NewKey } from '../../ui/NewKey';
import { Refused } from '../../ui/Refused';
import { SignIn } from '../../ui/SignIn';
import { Loading, Notice, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { AnswersForm } from './AnswersForm';
import { ArenaForm } from './ArenaForm';
import { ModelForm } from './ModelForm';
import { PromptsForm } from './PromptsForm';

/** The part of the address that no server sees: taken once, and gone from the address. */
function takeToken(): string {
  const token = location.hash.slice(1);
  if (!/^[^.]+\.[^.]+\.[^.]+$/.test(token)) return '';
  history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}

/** From nothing to a first battle: the first admin, then an arena, its prompts, and two models with answers. */
export default function StartPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const heading = usePage(t('setup.title'));
  const first = useMutation({ mutationFn: startFirst, onSuccess: () => client.invalidateQueries() });
  const { mutate } = first;
  useEffect(() => {
    const take = () => {
      const token = takeToken();
      if (token) mutate(token);
    };
    take();
    // The link may be opened in a tab that shows this page already.
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, [mutate]);
  const session = useQuery(sessionQuery);
  return (
    <main id="content">
      <h1 ref={heading} tabIndex={-1}>{t('setup.title')}</h1>
      <p className="lead">{t('setup.lead')}</p>
      <Refused error={first.error} />
      <NewKey lead={t('setup.keep')} value={first.data?.key} />
      {(session.isPending || first.isPending) && <Loading />}
      {session.isError && <ProblemNotice problem={asProblem(session.error)} retry={() => void session.refetch()} />}
      {session.data && !first.isPending && (session.data.scope === 'admin' ? <Steps /> : <SignIn lead={t('setup.locked')} />)}
    </main>
  );
}

function Steps() {
  const [search, setSearch] = useSearchParams();
  const slug = search.get('arena');
  const arena = useQuery({ ...arenaQuery(slug ?? ''), enabled: slug !== null });
  if (slug === null) return <Step number={1} of="arena"><ArenaForm made={(made) => setSearch({ arena: made.slug })} /></Step>;
  if (arena.isPending) return <Loading />;
  if (arena.isError) return <ProblemNotice problem={asProblem(arena.error)} retry={() => void arena.refetch()} />;
  return (
    <>
      <Step number={1} of="arena" done><p><Name of={arena.data.title} /></p></Step>
      <Prompts arena={arena.data} />
    </>
  );
}

function Prompts({ arena }: { arena: Arena }) {
  const { t } = useTranslation();
  const [enough, setEnough] = useState(arena.counts.models > 0);
  const { prompts } = arena.counts;
  return (
    <>
      <Step number={2} of="prompts" done={enough && prompts > 0}>
        {prompts > 0 && <p>{t('arenas.prompts', { count: prompts })}</p>}
        {!(enough && prompts > 0) && <PromptsForm arena={arena.slug} count={prompts} />}
        {!enough && prompts > 0 && <p className="actions"><button type="button" onClick={() => setEnough(true)}>{t('setup.enough')}</button></p>}
      </Step>
      {enough && prompts > 0 && <Models arena={arena.slug} />}
    </>
  );
}

function Models({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const models = useInfiniteQuery(modelsQuery(arena));
  if (models.isPending) return <Loading />;
  if (models.isError) return <ProblemNotice problem={asProblem(models.error)} retry={() => void models.refetch()} />;
  const all = models.data.pages.flatMap((page) => page.items);
  const ready = all.filter((model) => model.coverage.answered > 0).length > 1;
  const silent = all.find((model) => model.coverage.answered === 0);
  return (
    <>
      <Step number={3} of="models" done={ready}>
        <ul className="facts">{all.map((model) => <li key={model.slug}><Name of={model.name} /> · {t('models.coverage', { answered: model.coverage.answered, prompts: model.coverage.prompts })}</li>)}</ul>
        {!ready && (silent ? <AnswersForm key={silent.slug} arena={arena} model={silent} /> : <ModelForm key={all.length} arena={arena} />)}
      </Step>
      {ready && (
        <Notice title={t('setup.ready.title')}>
          <p role="status">{t('setup.ready.text')}</p>
          <p className="actions"><Link className="button primary" href={`/arenas/${encodeURIComponent(arena)}/vote`}>{t('setup.ready.vote')}</Link></p>
        </Notice>
      )}
    </>
  );
}

function Step({ number, of, done = false, children }: { number: number; of: 'arena' | 'prompts' | 'models'; done?: boolean; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby={`step-${of}`} data-step={of} data-done={done}>
      <h2 id={`step-${of}`}>{t('setup.step', { number, what: t(`setup.steps.${of}`) })}{done && <span className="quiet"> · {t('setup.done')}</span>}</h2>
      {children}
    </section>
  );
}
