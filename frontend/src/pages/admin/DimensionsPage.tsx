import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { dimensionsQuery, putDimension } from '../../api/admin';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import type { Dimension } from '../../api/types';
import { problemText } from '../../i18n/told';
import { Name } from '../../ui/Name';
import { Loading, ProblemNotice } from '../../ui/Status';
import { AdminFrame } from './AdminFrame';

/** What voters are asked, changed while they vote: other words are another version, and old votes keep theirs. */
export default function DimensionsPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  return <AdminFrame title={arena.data ? t('dimension.titleIn', { arena: arena.data.title }) : t('admin.parts.dimensions')}><Dimensions arena={slug} /></AdminFrame>;
}

function Dimensions({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const dimensions = useQuery(dimensionsQuery(arena));
  if (dimensions.isPending) return <Loading />;
  if (dimensions.isError) return <ProblemNotice problem={asProblem(dimensions.error)} retry={() => void dimensions.refetch()} />;
  return (
    <>
      <p className="lead">{t('dimension.lead')}</p>
      {dimensions.data.items.map((each) => <Edit key={`${each.slug} ${each.version}`} arena={arena} dimension={each} />)}
      <section aria-labelledby="new-dimension">
        <h2 id="new-dimension">{t('dimension.new')}</h2>
        <Form key={dimensions.data.items.length} arena={arena} />
      </section>
    </>
  );
}

function Edit({ arena, dimension }: { arena: string; dimension: Dimension }) {
  const { t } = useTranslation();
  return (
    <details data-dimension={dimension.slug}>
      <summary>
        <Name of={dimension.title} /> <span className="quiet">{t('dimension.version', { version: dimension.version })}{dimension.archived && ` · ${t('dimension.archived')}`}</span>
      </summary>
      <Form arena={arena} dimension={dimension} />
    </details>
  );
}

function Form({ arena, dimension }: { arena: string; dimension?: Dimension }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const store = useMutation({
    mutationFn: ({ slug, ...given }: { slug: string } & Parameters<typeof putDimension>[2]) => putDimension(arena, slug, given),
    onSuccess: () => client.invalidateQueries(),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const flag = (name: string) => form.get(name) !== null;
    if (store.isPending) return;
    store.mutate({ slug: dimension?.slug ?? text('slug'), title: text('title'), question: text('question'), rubric: text('rubric'), required: flag('required'), position: dimension?.position ?? null, archived: flag('archived') });
  };
  return (
    <form className="stack" onSubmit={submit}>
      {!dimension && <label className="field"><span>{t('dimension.slug')}</span><input type="text" name="slug" required pattern="[a-z0-9_\-]+" /></label>}
      <label className="field"><span>{t('dimension.title')}</span><input type="text" name="title" required maxLength={500} defaultValue={dimension?.title} /></label>
      <label className="field"><span>{t('dimension.question')}</span><textarea name="question" rows={2} defaultValue={dimension?.question} /></label>
      <label className="field"><span>{t('dimension.rubric')}</span><textarea name="rubric" rows={4} defaultValue={dimension?.rubric} /></label>
      <label className="check"><input type="checkbox" name="required" defaultChecked={dimension?.required} /><span>{t('dimension.required')}</span></label>
      {dimension && <label className="check"><input type="checkbox" name="archived" defaultChecked={dimension.archived} /><span>{t('dimension.archive')}</span></label>}
      {store.isError && <p role="alert" className="alert">{problemText(asProblem(store.error), t) || t('problem.offline.text')}</p>}
      <p className="actions"><button type="submit" className="primary" aria-disabled={store.isPending}>{t('dimension.store')}</button></p>
    </form>
  );
}
