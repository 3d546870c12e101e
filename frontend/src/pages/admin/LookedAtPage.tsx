import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { ProblemNotice } from '../../ui/Status';
import { AdminFrame } from './AdminFrame';
import { Comments } from './Comments';
import { Findings } from './Findings';
import './looked-at.css';

/** What must be looked at before others read it: comments of voters, and prompts that seem to hold personal data. */
export default function LookedAtPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  return (
    <AdminFrame title={arena.data ? t('lookedAt.titleIn', { arena: arena.data.title }) : t('admin.parts.texts')}>
      {arena.isError && <ProblemNotice problem={asProblem(arena.error)} retry={() => void arena.refetch()} />}
      <Comments arena={slug} />
      <Findings arena={slug} />
    </AdminFrame>
  );
}
