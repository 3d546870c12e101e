import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { arenaQuery } from '../../api/queries';
import { addPrompts } from '../../api/submission';
import { Refused } from '../../ui/Refused';
import { FileField } from './FileField';
import { type Chosen, contentOf } from './pictures';
import { PictureField, PicturePreview } from './PictureField';

/** New prompts: one that is written here, or a file of them. `count` names the next one. */
export function PromptsForm({ arena, count }: { arena: string; count: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const rules = useQuery(arenaQuery(arena));
  const [pictures, setPictures] = useState<Chosen[]>([]);
  const [written, setWritten] = useState('');
  const store = useMutation({ mutationFn: ({ text }: { text: string; form?: HTMLFormElement }) => addPrompts(arena, text), onSuccess: async (_, { form }) => {
    form?.reset();
    if (form) setPictures([]);
    if (form) setWritten('');
    await client.invalidateQueries();
  } });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? '').trim();
    const prompt = {
      id: text('id') || `p${count + 1}`,
      ...(pictures.length === 0 ? { text: written.trim(), ...(text('system') && { system: text('system') }) } : { messages: [...(text('system') ? [{ role: 'system', content: text('system') }] : []), { role: 'user', content: contentOf(written.trim(), pictures) }] }),
      language: text('language'),
      category: text('category'),
      checklist: text('checklist').split('\n').map((each) => each.trim()).filter(Boolean),
    };
    if (!store.isPending) store.mutate({ text: JSON.stringify([prompt]), form });
  };
  return (
    <>
      <form className="stack" onSubmit={submit}>
        <label className="field"><span>{t('prompts.text')}</span><textarea rows={3} required={pictures.length === 0} dir="auto" value={written} onChange={(event) => setWritten(event.target.value)} /></label>
        {rules.data?.modality === 'image' && <PictureField of={t('prompts.text')} chosen={pictures} choose={setPictures} />}
        <PicturePreview text={written} chosen={pictures} />
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
