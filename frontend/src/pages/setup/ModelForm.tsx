import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeModel, modelsQuery, registerModel } from '../../api/submission';
import type { Model } from '../../api/types';
import { Refused } from '../../ui/Refused';
import { slugOf } from './slugs';

const FACTS = ['organization', 'license', 'family'] as const;
const STATES = ['active', 'hidden', 'retired'] as const;

/** A new model, or what is known of one. */
export function ModelForm({ arena, model }: { arena: string; model?: Model }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(model?.name ?? '');
  const [slug, setSlug] = useState<string | null>(null);
  const store = useMutation({
    mutationFn: (given: FormData) => {
      const text = (field: string) => String(given.get(field) ?? '').trim();
      const facts = { name: text('name'), ...Object.fromEntries(FACTS.map((each) => [each, text(each) || null])) };
      if (model) return changeModel(arena, model.slug, { ...facts, state: text('state') as (typeof STATES)[number] });
      return registerModel(arena, { slug: text('slug'), ...facts });
    },
    onSuccess: async () => {
      if (!model) setName('');
      setSlug(null);
      await client.invalidateQueries({ queryKey: ['arena', arena] });
      await client.invalidateQueries({ queryKey: modelsQuery(arena).queryKey });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!store.isPending) store.mutate(new FormData(event.currentTarget));
  };
  return (
    <form className="stack" onSubmit={submit}>
      <div className="filters">
        <label className="field"><span>{t('models.name')}</span><input type="text" name="name" required maxLength={500} value={name} onChange={(event) => setName(event.target.value)} /></label>
        {!model && <label className="field"><span>{t('models.slug')}</span><input type="text" name="slug" required maxLength={120} pattern="[A-Za-z0-9][A-Za-z0-9._:+\-]*" value={slug ?? slugOf(name)} onChange={(event) => setSlug(event.target.value)} /></label>}
        {FACTS.map((each) => <label key={each} className="field"><span>{t(`models.${each}`)}</span><input type="text" name={each} maxLength={500} defaultValue={model?.[each] ?? ''} /></label>)}
        {model && (
          <label className="field"><span>{t('models.state')}</span><select name="state" defaultValue={model.state}>{STATES.map((each) => <option key={each} value={each}>{t(`models.states.${each}`)}</option>)}</select></label>
        )}
        <button type="submit" className="primary" aria-disabled={store.isPending}>{t(model ? 'models.store' : 'models.add')}</button>
      </div>
      <Refused error={store.error} />
      <p role="status">{store.isSuccess && t('models.stored', { model: store.data.name })}</p>
    </form>
  );
}
