import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ownModelQuery } from '../../api/owner';
import { asProblem } from '../../api/problem';
import { problemText } from '../../i18n/told';
import { Loading, Notice, ProblemNotice } from '../../ui/Status';
import { ModelActions } from './ModelActions';
import { OwnerFrame } from './OwnerGate';
import { ReportSection } from './ReportSection';
import { UploadSection } from './UploadSection';

interface Props {
  arena: string;
  model: string;
}

/** One model of one's own: its answers, and what votes say of it. Another owner's is not found. */
export default function ModelPage({ arena, model }: Props) {
  const own = useQuery({ ...ownModelQuery(arena, model), enabled: false });
  return <OwnerFrame title={own.data?.name ?? model}><Own arena={arena} model={model} /></OwnerFrame>;
}

function Own({ arena, model }: Props) {
  const { t } = useTranslation();
  const own = useQuery(ownModelQuery(arena, model));
  if (own.isPending) return <Loading />;
  if (own.isError) {
    const problem = asProblem(own.error);
    if (problem.status === 404) return <Notice tone="bad" title={t('problem.missing.title')}><p role="alert">{problemText(problem, t)}</p></Notice>;
    return <ProblemNotice problem={problem} retry={() => void own.refetch()} />;
  }
  return (
    <>
      <p className="lead">{t('owner.coverage', { answered: own.data.coverage.answered, prompts: own.data.coverage.prompts })}</p>
      {!own.data.withdrawn_at && <UploadSection arena={arena} own={own.data} />}
      <ReportSection arena={arena} model={model} />
      <ModelActions arena={arena} model={own.data} />
    </>
  );
}
