import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { modelsQuery } from '../../api/submission';
import type { Model } from '../../api/types';
import { Name } from '../../ui/Name';
import { Loading, ProblemNotice } from '../../ui/Status';
import { AnswersForm } from '../setup/AnswersForm';
import { ModelForm } from '../setup/ModelForm';
import { AdminFrame } from './AdminFrame';

/** The contestants: added, described, hidden or retired, and what they answered. */
export default function ModelsPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  return (
    <AdminFrame title={arena.data ? t('models.titleIn', { arena: arena.data.title }) : t('admin.parts.models')}>
      <Models arena={slug} />
      <section aria-labelledby="new-model">
        <h2 id="new-model">{t('models.new')}</h2>
        <ModelForm arena={slug} />
      </section>
    </AdminFrame>
  );
}

function Models({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const models = useInfiniteQuery(modelsQuery(arena));
  if (models.isPending) return <Loading />;
  if (models.isError) return <ProblemNotice problem={asProblem(models.error)} retry={() => void models.refetch()} />;
  const all = models.data.pages.flatMap((page) => page.items);
  if (all.length === 0) return <p>{t('models.none')}</p>;
  return (
    <>
      <p className="quiet">{t('models.lead')}</p>
      {all.map((model) => <Entry key={model.slug} arena={arena} model={model} />)}
      {models.hasNextPage && <p className="actions"><button type="button" onClick={() => void models.fetchNextPage()}>{t('models.more')}</button></p>}
    </>
  );
}

function Entry({ arena, model }: { arena: string; model: Model }) {
  const { t } = useTranslation();
  const state = (['active', 'hidden', 'retired'] as const).find((each) => each === model.state);
  return (
    <details data-model={model.slug}>
      <summary>
        <Name of={model.name} />{' '}
        <span className="quiet">{t('models.coverage', { answered: model.coverage.answered, prompts: model.coverage.prompts })}{state && ` · ${t(`models.states.${state}`)}`}</span>
      </summary>
      <ModelForm arena={arena} model={model} />
      <h2>{t('models.answers.title')}</h2>
      <AnswersForm arena={arena} model={model} />
    </details>
  );
}
