import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ownModelsQuery, registerModel } from '../../api/owner';
import { asProblem } from '../../api/problem';
import { arenasQuery } from '../../api/queries';
import type { Arena } from '../../api/types';
import { problemText } from '../../i18n/told';
import { Name } from '../../ui/Name';
import { SignOut } from '../../ui/SignIn';
import { Loading, ProblemNotice } from '../../ui/Status';
import { OwnerFrame } from './OwnerGate';

/** An owner's models in each arena, and a form for another. */
export default function OwnerPage() {
  const { t } = useTranslation();
  return (
    <OwnerFrame title={t('owner.title')}>
      <p className="lead">{t('owner.ownVotes')}</p>
      <Arenas />
      <p className="actions"><Link href="/owner/keys" className="button">{t('owner.keys')}</Link><SignOut /></p>
    </OwnerFrame>
  );
}

function Arenas() {
  const arenas = useQuery(arenasQuery);
  if (arenas.isPending) return <Loading />;
  if (arenas.isError) return <ProblemNotice problem={asProblem(arenas.error)} retry={() => void arenas.refetch()} />;
  return arenas.data.items.map((arena) => <Models key={arena.slug} arena={arena} />);
}

function Models({ arena }: { arena: Pick<Arena, 'slug' | 'title'> }) {
  const { t } = useTranslation();
  const models = useQuery(ownModelsQuery(arena.slug));
  const at = encodeURIComponent(arena.slug);
  return (
    <section aria-labelledby={`arena-${arena.slug}`} data-arena={arena.slug}>
      <h2 id={`arena-${arena.slug}`}><Name of={arena.title} /></h2>
      {models.isError && <p role="alert" className="alert">{problemText(asProblem(models.error), t) || t('problem.offline.text')}</p>}
      {models.data?.items.length === 0 && <p>{t('owner.none')}</p>}
      <ul className="cards">
        {models.data?.items.map((model) => (
          <li key={model.slug} className="card">
            <h3><Link href={`/arenas/${at}/owner/${encodeURIComponent(model.slug)}`}><Name of={model.name} /></Link></h3>
            <p className="quiet">{t('owner.coverage', { answered: model.coverage.answered, prompts: model.coverage.prompts })}</p>
          </li>
        ))}
      </ul>
      {models.data && <Register arena={arena.slug} />}
    </section>
  );
}

function Register({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const store = useMutation({
    mutationFn: ([slug, name]: [string, string]) => registerModel(arena, slug, name),
    onSuccess: () => client.invalidateQueries({ queryKey: ownModelsQuery(arena).queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (!store.isPending) store.mutate([String(form.get('slug')).trim(), String(form.get('name')).trim()]);
  };
  return (
    <details>
      <summary>{t('owner.register')}</summary>
      <p className="quiet">{t('owner.versions')}</p>
      <form className="filters" onSubmit={submit}>
        <label className="field"><span>{t('owner.slug')}</span><input type="text" name="slug" required maxLength={120} /></label>
        <label className="field"><span>{t('owner.name')}</span><input type="text" name="name" maxLength={500} /></label>
        <button type="submit" className="primary" aria-disabled={store.isPending}>{t('owner.store')}</button>
      </form>
      {store.isError && <p role="alert" className="alert">{problemText(asProblem(store.error), t) || t('problem.offline.text')}</p>}
    </details>
  );
}
