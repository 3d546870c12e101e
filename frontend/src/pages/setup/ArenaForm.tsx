import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createArena } from '../../api/submission';
import type { Arena, NewArena } from '../../api/types';
import { Refused } from '../../ui/Refused';
import { slugOf } from './slugs';

const MODALITIES = ['text', 'image', 'artifact', 'scripted_artifact'] as const;

/** A new arena: what it is called and what its voters are told. The rest has settings of its own. */
export function ArenaForm({ made }: { made: (arena: Arena) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [title, setTitle] = useState('');
  const [slug, setSlug] = useState<string | null>(null);
  const store = useMutation({
    mutationFn: (given: NewArena) => createArena(given),
    onSuccess: async (arena) => {
      await client.invalidateQueries({ queryKey: ['arenas'] });
      made(arena);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    if (!store.isPending) store.mutate({ slug: text('slug'), title: text('title'), description: text('description'), guidelines: text('guidelines'), modality: text('modality') as (typeof MODALITIES)[number], public: form.get('public') !== null });
  };
  return (
    <form className="stack" onSubmit={submit}>
      <label className="field"><span>{t('setup.arena.title')}</span><input type="text" name="title" required maxLength={500} value={title} onChange={(event) => setTitle(event.target.value)} /></label>
      <label className="field"><span>{t('setup.arena.slug')}</span><input type="text" name="slug" required maxLength={80} pattern="[a-z0-9][a-z0-9._\-]*" value={slug ?? slugOf(title)} onChange={(event) => setSlug(event.target.value)} /></label>
      <label className="field"><span>{t('setup.arena.description')}</span><textarea name="description" rows={2} /></label>
      <label className="field"><span>{t('setup.arena.guidelines')}</span><textarea name="guidelines" rows={3} /></label>
      <label className="field"><span>{t('setup.arena.modality')}</span><select name="modality">{MODALITIES.map((each) => <option key={each} value={each}>{t(`setup.arena.modalities.${each}`)}</option>)}</select></label>
      <label className="check"><input type="checkbox" name="public" defaultChecked /><span>{t('setup.arena.public')}</span></label>
      <Refused error={store.error} />
      <p className="actions"><button type="submit" className="primary" aria-disabled={store.isPending}>{t('setup.arena.create')}</button></p>
    </form>
  );
}
