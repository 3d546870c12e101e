import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { changeArena } from '../../api/admin';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import type { Arena, ArenaChange } from '../../api/types';
import { problemText, wordText } from '../../i18n/told';
import { Loading, ProblemNotice } from '../../ui/Status';
import { AdminFrame } from './AdminFrame';

const TEXTS = ['description', 'guidelines'] as const;
const COUNTS = { goal: 1, target_overlap: 1, minimum_votes: 0, battle_minutes: 1 } as const;
const REVEALS = ['after_vote', 'end', 'never'] as const;
const EXPORTS = ['closed', 'published'] as const;
const REGISTRATIONS = ['closed', 'open'] as const;
const VERDICTS = ['a', 'b', 'tie', 'both_good', 'both_bad', 'abstain'] as const;
const SAMPLINGS = ['variance_reduction', 'information', 'uniform'] as const;

/** What an arena tells its voters, and how it deals. */
export default function SettingsPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  return (
    <AdminFrame title={arena.data ? t('settings.titleIn', { arena: arena.data.title }) : t('admin.parts.settings')}>
      {arena.isPending && <Loading />}
      {arena.isError && <ProblemNotice problem={asProblem(arena.error)} retry={() => void arena.refetch()} />}
      {arena.data && <Form arena={arena.data} />}
    </AdminFrame>
  );
}

function read(form: FormData): ArenaChange {
  const text = (name: string) => String(form.get(name)).trim();
  const count = (name: string) => Number(text(name));
  return {
    title: text('title'),
    description: text('description'),
    guidelines: text('guidelines'),
    public: form.get('public') !== null,
    reveal: text('reveal') as (typeof REVEALS)[number],
    exports: text('exports') as (typeof EXPORTS)[number],
    registration: text('registration') as (typeof REGISTRATIONS)[number],
    verdicts: VERDICTS.filter((each) => each === 'a' || each === 'b' || form.getAll('verdicts').includes(each)),
    sampling: text('sampling') as (typeof SAMPLINGS)[number],
    sampling_dimension: text('sampling_dimension'),
    explore: count('explore'),
    goal: count('goal'),
    target_overlap: count('target_overlap'),
    minimum_votes: count('minimum_votes'),
    battle_minutes: count('battle_minutes'),
  };
}

function Form({ arena }: { arena: Arena }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const store = useMutation({ mutationFn: (given: ArenaChange) => changeArena(arena.slug, given), onSuccess: () => client.invalidateQueries() });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!store.isPending) store.mutate(read(new FormData(event.currentTarget)));
  };
  return (
    <form className="stack" onSubmit={submit} onChange={() => store.reset()}>
      <label className="field"><span>{t('settings.title')}</span><input type="text" name="title" required defaultValue={arena.title} /></label>
      {TEXTS.map((each) => <label key={each} className="field"><span>{t(`settings.${each}`)}</span><textarea name={each} rows={4} defaultValue={arena[each]} /></label>)}
      <div className="filters">
        <label className="field">
          <span>{t('settings.reveal')}</span>
          <select name="reveal" defaultValue={arena.reveal}>{REVEALS.map((each) => <option key={each} value={each}>{t(`settings.reveals.${each}`)}</option>)}</select>
        </label>
        <label className="field">
          <span>{t('settings.exports')}</span>
          <select name="exports" defaultValue={arena.exports}>{EXPORTS.map((each) => <option key={each} value={each}>{t(`settings.exportsOf.${each}`)}</option>)}</select>
        </label>
        <label className="field">
          <span>{t('settings.registration')}</span>
          <select name="registration" defaultValue={arena.registration}>{REGISTRATIONS.map((each) => <option key={each} value={each}>{t(`settings.registrations.${each}`)}</option>)}</select>
        </label>
        <label className="field">
          <span>{t('settings.sampling')}</span>
          <select name="sampling" defaultValue={arena.sampling}>{SAMPLINGS.map((each) => <option key={each} value={each}>{wordText(each, t)}</option>)}</select>
        </label>
        <label className="field">
          <span>{t('settings.sampling_dimension')}</span>
          <select name="sampling_dimension" defaultValue={arena.sampling_dimension}>{arena.dimensions.filter((each) => !each.archived).map((each) => <option key={each.slug} value={each.slug}>{each.title}</option>)}</select>
        </label>
        <label className="field"><span>{t('settings.explore')}</span><input type="number" name="explore" min="0.1" max="1" step="any" required defaultValue={arena.explore} /></label>
        {(Object.keys(COUNTS) as (keyof typeof COUNTS)[]).map((each) => (
          <label key={each} className="field"><span>{t(`settings.${each}`)}</span><input type="number" name={each} min={COUNTS[each]} required defaultValue={arena[each]} /></label>
        ))}
      </div>
      <fieldset>
        <legend>{t('settings.verdicts')}</legend>
        <div className="filters">
          {VERDICTS.slice(2).map((each) => <label key={each} className="check"><input type="checkbox" name="verdicts" value={each} defaultChecked={arena.verdicts.includes(each)} /><span>{t(`vote.verdicts.${each}`)}</span></label>)}
        </div>
      </fieldset>
      <label className="check"><input type="checkbox" name="public" defaultChecked={arena.public} /><span>{t('settings.public')}</span></label>
      {store.isError && <p role="alert" className="alert">{problemText(asProblem(store.error), t) || t('problem.offline.text')}</p>}
      <p role="status">{store.isSuccess && t('settings.stored')}</p>
      <p className="actions"><button type="submit" className="primary" aria-disabled={store.isPending}>{t('dimension.store')}</button></p>
    </form>
  );
}
