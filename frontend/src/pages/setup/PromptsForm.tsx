import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { addPrompts } from '../../api/submission';
import { Refused } from '../../ui/Refused';
import { FileField } from './FileField';

/** New prompts: one that is written here, or a file of them. `count` names the next one. */
export function PromptsForm({ arena, count }: { arena: string; count: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const store = useMutation({ mutationFn: ({ text }: { text: string; form?: HTMLFormElement }) => addPrompts(arena, text), onSuccess: async (_, { form }) => {
    form?.reset();
    await client.invalidateQueries();
  } });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? '').trim();
    const prompt = {
      id: text('id') || `p${count + 1}`,
      text: text('text'),
      language: text('language'),
      category: text('category'),
      checklist: text('checklist').split('\n').map((each) => each.trim()).filter(Boolean),
      ...(text('system') && { system: text('system') }),
    };
    if (!store.isPending) store.mutate({ text: JSON.stringify([prompt]), form });
  };
  return (
    <>
      <form className="stack" onSubmit={submit}>
        <label className="field"><span>{t('prompts.text')}</span><textarea name="text" rows={3} required /></label>
        <details>
          <summary>{t('prompts.details')}</summary>
          <div className="stack">
            <div className="filters">
              <label className="field"><span>{t('prompts.id')}</span><input type="text" name="id" maxLength={200} placeholder={`p${count + 1}`} /></label>
              <label className="field"><span>{t('prompts.language')}</span><input type="text" name="language" maxLength={35} placeholder="en" /></label>
              <label className="field"><span>{t('prompts.category')}</span><input type="text" name="category" maxLength={200} placeholder="medicine/cardiology" /></label>
            </div>
            <label className="field"><span>{t('prompts.system')}</span><textarea name="system" rows={2} /></label>
            <label className="field"><span>{t('prompts.checklist')}</span><textarea name="checklist" rows={2} /></label>
          </div>
        </details>
        <p className="actions"><button type="submit" className="primary" aria-disabled={store.isPending}>{t('prompts.add')}</button></p>
      </form>
      <FileField label={t('prompts.file')} busy={store.isPending} send={(text) => store.mutate({ text })} />
      <p className="quiet">{t('prompts.fileText')} <code>{'{"id": "p1", "text": "…"}'}</code></p>
      <Refused error={store.error} />
      <p role="status">{store.data && `${t('prompts.stored', { count: store.data.accepted })}${store.data.unchanged > 0 ? ` ${t('prompts.unchanged', { count: store.data.unchanged })}` : ''}`}</p>
    </>
  );
}
