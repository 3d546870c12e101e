import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { promptsQuery, submitAnswers } from '../../api/submission';
import type { Model, Prompt } from '../../api/types';
import { said } from '../../modalities/said';
import { Refused } from '../../ui/Refused';
import { Loading, ProblemNotice } from '../../ui/Status';
import { FileField } from './FileField';
import { type Chosen, contentOf } from './pictures';
import { PictureField, PicturePreview } from './PictureField';

/** So many fields are offered at once; the next ones come when these are filled. */
const OFFERED = 5;

const userTurns = (prompt: Prompt) => prompt.messages.filter((message) => message.role === 'user');

/** What a model said: pasted for the prompts that it has not answered yet, or a file. */
export function AnswersForm({ arena, model }: { arena: string; model: Model }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const store = useMutation({ mutationFn: (text: string) => submitAnswers(arena, model.slug, text), onSuccess: () => client.invalidateQueries() });
  return (
    <>
      <WrittenAnswers key={model.coverage.answered} arena={arena} model={model} button={t('models.answers.store')} busy={store.isPending} send={(answers) => store.mutate(JSON.stringify(answers))} />
      <FileField label={t('models.answers.file', { model: model.name })} busy={store.isPending} send={(text) => store.mutate(text)} />
      <p className="quiet">{t('models.answers.fileText')} <code>{'{"prompt_id": "p1", "text": "…"}'}</code></p>
      <Refused error={store.error} />
      <p role="status">{store.data && t('models.answers.stored', { count: store.data.accepted })}</p>
    </>
  );
}

interface Written {
  arena: string;
  model: Model;
  button: string;
  busy: boolean;
  send: (answers: object[]) => void;
}

/** A field for each prompt without an answer, with pictures beside it where the arena has them. */
export function WrittenAnswers({ arena, model, button, busy, send }: Written) {
  const rules = useQuery(arenaQuery(arena));
  const prompts = useInfiniteQuery(promptsQuery(arena));
  const [pictures, setPictures] = useState<Record<string, Chosen[]>>({});
  const [texts, setTexts] = useState<Record<string, string>>({});
  if (prompts.isPending) return <Loading />;
  if (prompts.isError) return <ProblemNotice problem={asProblem(prompts.error)} retry={() => void prompts.refetch()} />;
  const missing = new Set(model.coverage.missing);
  const open = prompts.data.pages.flatMap((page) => page.items).filter((prompt) => missing.has(prompt.id)).slice(0, OFFERED);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = open.map((prompt) => ({ prompt_id: prompt.id, messages: userTurns(prompt).map((_, turn) => ({ role: 'assistant', content: contentOf(texts[`${prompt.id} ${turn}`] ?? '', pictures[`${prompt.id} ${turn}`]) })) }));
    const answered = given.filter(({ messages }) => messages.some(({ content }) => (typeof content === 'string' ? content.trim() : content.length > 0)));
    if (answered.length > 0 && !busy) send(answered);
  };
  if (open.length === 0) return null;
  return (
    <form className="stack" onSubmit={submit}>
      {open.flatMap((prompt) => userTurns(prompt).map((message, turn) => {
        const at = `${prompt.id} ${turn}`;
        const asked = said(message.content);
        const [text, chosen] = [texts[at] ?? '', pictures[at] ?? []];
        return (
          <div key={at} className="stack">
            <label className="field"><span dir="auto">{asked}</span><textarea rows={3} dir="auto" value={text} onChange={(event) => setTexts({ ...texts, [at]: event.target.value })} /></label>
            {rules.data?.modality === 'image' && <PictureField of={asked} chosen={chosen} choose={(now) => setPictures({ ...pictures, [at]: now })} />}
            <PicturePreview text={text} chosen={chosen} />
          </div>
        );
      }))}
      <p className="actions"><button type="submit" className="primary" aria-disabled={busy}>{button}</button></p>
    </form>
  );
}
