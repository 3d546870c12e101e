import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { archivePrompt, promptsQuery } from '../../api/submission';
import type { Prompt } from '../../api/types';
import { said } from '../../modalities/said';
import { Name } from '../../ui/Name';
import { Refused } from '../../ui/Refused';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';
import { PromptsForm } from '../setup/PromptsForm';
import { AdminFrame } from './AdminFrame';

const LONGEST = 160;

/** What the models are asked: listed, added, and archived. */
export default function PromptsPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  return (
    <AdminFrame title={arena.data ? t('prompts.titleIn', { arena: arena.data.title }) : t('admin.parts.prompts')}>
      <section aria-labelledby="new-prompts">
        <h2 id="new-prompts">{t('prompts.new')}</h2>
        <PromptsForm arena={slug} count={arena.data?.counts.prompts ?? 0} />
      </section>
      <Prompts arena={slug} />
    </AdminFrame>
  );
}

function Prompts({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const prompts = useInfiniteQuery(promptsQuery(arena));
  const archive = useMutation({ mutationFn: ({ id, archived }: Prompt) => archivePrompt(arena, id, !archived), onSuccess: () => client.invalidateQueries() });
  if (prompts.isPending) return <Loading />;
  if (prompts.isError) return <ProblemNotice problem={asProblem(prompts.error)} retry={() => void prompts.refetch()} />;
  const all = prompts.data.pages.flatMap((page) => page.items);
  if (all.length === 0) return <p>{t('prompts.none')}</p>;
  return (
    <>
      <Refused error={archive.error} />
      <Scroller label={t('admin.parts.prompts')} className="board-table">
        <table>
          <caption className="sr-only">{t('admin.parts.prompts')}</caption>
          <thead><tr>{(['id', 'text', 'language', 'category', 'archive'] as const).map((each) => <th key={each} scope="col">{t(`prompts.${each}`)}</th>)}</tr></thead>
          <tbody>
            {all.map((prompt) => (
              <tr key={prompt.id} data-prompt={prompt.id}>
                <th scope="row"><Name of={prompt.id} />{prompt.archived && <small>{t('prompts.archived')}</small>}</th>
                <td><Name of={shortened(prompt)} /></td>
                <td>{prompt.language}</td>
                <td>{prompt.category && <Name of={prompt.category} />}</td>
                <td><button type="button" aria-label={`${t(prompt.archived ? 'prompts.bringBack' : 'prompts.archive')}: ${prompt.id}`} aria-disabled={archive.isPending} onClick={() => !archive.isPending && archive.mutate(prompt)}>{t(prompt.archived ? 'prompts.bringBack' : 'prompts.archive')}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {prompts.hasNextPage && <p className="actions"><button type="button" onClick={() => void prompts.fetchNextPage()}>{t('prompts.more')}</button></p>}
    </>
  );
}

function shortened({ messages }: Prompt): string {
  const text = said(messages.find((message) => message.role === 'user')?.content ?? '');
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
