import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { promptsQuery, submitAnswers } from '../../api/submission';
import type { Model, Prompt } from '../../api/types';
import { said } from '../../modalities/said';
import { Refused } from '../../ui/Refused';
import { Loading, ProblemNotice } from '../../ui/Status';
import { FileField } from './FileField';

/** So many fields are offered at once; the next ones come when these are filled. */
const OFFERED = 5;

const userTurns = (prompt: Prompt) => prompt.messages.filter((message) => message.role === 'user');

/** What a model said: pasted for the prompts that it has not answered yet, or a file. */
export function AnswersForm({ arena, model }: { arena: string; model: Model }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const prompts = useInfiniteQuery(promptsQuery(arena));
  const store = useMutation({ mutationFn: (text: string) => submitAnswers(arena, model.slug, text), onSuccess: () => client.invalidateQueries() });
  if (prompts.isPending) return <Loading />;
  if (prompts.isError) return <ProblemNotice problem={asProblem(prompts.error)} retry={() => void prompts.refetch()} />;
  const missing = new Set(model.coverage.missing);
  const open = prompts.data.pages.flatMap((page) => page.items).filter((prompt) => missing.has(prompt.id)).slice(0, OFFERED);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = open.map((prompt) => ({ prompt_id: prompt.id, messages: form.getAll(prompt.id).map((content) => ({ role: 'assistant', content: String(content) })) }));
    const answered = given.filter(({ messages }) => messages.some(({ content }) => content.trim()));
    if (answered.length > 0 && !store.isPending) store.mutate(JSON.stringify(answered));
  };
  return (
    <>
      {open.length > 0 && (
        <form className="stack" onSubmit={submit}>
          {open.flatMap((prompt) => userTurns(prompt).map((message, turn) => (
            <label key={`${prompt.id} ${turn}`} className="field"><span dir="auto">{said(message.content)}</span><textarea name={prompt.id} rows={3} dir="auto" /></label>
          )))}
          <p className="actions"><button type="submit" className="primary" aria-disabled={store.isPending}>{t('models.answers.store')}</button></p>
        </form>
      )}
      <FileField label={t('models.answers.file', { model: model.name })} busy={store.isPending} send={(text) => store.mutate(text)} />
      <p className="quiet">{t('models.answers.fileText')} <code>{'{"prompt_id": "p1", "text": "…"}'}</code></p>
      <Refused error={store.error} />
      <p role="status">{store.data && t('models.answers.stored', { count: store.data.accepted })}</p>
    </>
  );
}
