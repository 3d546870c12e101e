import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { modelsQuery } from '../../api/submission';
import { addGold, goldQuery, retireGold } from '../../api/trust';
import type { Gold as GoldBattle, NewGold } from '../../api/types';
import { number } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Refused } from '../../ui/Refused';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';

const SIDES = ['better', 'worse'] as const;

/** Battles whose verdict is known: those that are dealt, and a form for another. */
export function Gold({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const gold = useQuery(goldQuery(arena));
  return (
    <section aria-labelledby="gold-title">
      <h2 id="gold-title">{t('trust.gold.title')}</h2>
      {gold.isPending && <Loading />}
      {gold.isError && <ProblemNotice problem={asProblem(gold.error)} retry={() => void gold.refetch()} />}
      {gold.data && (gold.data.items.length === 0 ? <p>{t('trust.gold.none')}</p> : <Rows arena={arena} rows={gold.data.items} />)}
      <Add arena={arena} />
    </section>
  );
}

function Rows({ arena, rows }: { arena: string; rows: GoldBattle[] }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const retire = useMutation({ mutationFn: (id: number) => retireGold(arena, id), onSuccess: () => client.invalidateQueries({ queryKey: goldQuery(arena).queryKey }) });
  return (
    <>
      <Refused error={retire.error} />
      <Scroller className="board-table">
        <table>
          <caption className="sr-only">{t('trust.gold.title')}</caption>
          <thead><tr>{(['prompt', 'better', 'worse', 'reason', 'judged', 'failed', 'retire'] as const).map((each) => <th key={each} scope="col">{t(`trust.gold.${each}`)}</th>)}</tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id} data-gold={row.id}>
                <th scope="row"><Name of={row.prompt} /></th>
                <td><Name of={row.better} /></td>
                <td><Name of={row.worse} /></td>
                <td><Name of={row.reason} /></td>
                <td>{number(row.judged, i18n.language)}</td>
                <td>{number(row.failed, i18n.language)}</td>
                <td><button type="button" aria-label={`${t('trust.gold.retire')}: ${row.prompt}`} aria-disabled={retire.isPending} onClick={() => retire.isPending || retire.mutate(row.id)}>{t('trust.gold.retire')}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </>
  );
}

function Add({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const models = useInfiniteQuery(modelsQuery(arena));
  const add = useMutation({
    mutationFn: ({ given }: { given: NewGold; form: HTMLFormElement }) => addGold(arena, given),
    onSuccess: (_, { form }) => {
      form.reset();
      return client.invalidateQueries({ queryKey: goldQuery(arena).queryKey });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = (name: keyof NewGold) => String(new FormData(form).get(name)).trim();
    if (!add.isPending) add.mutate({ given: { prompt: text('prompt'), better: text('better'), worse: text('worse'), reason: text('reason') }, form });
  };
  const all = models.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <h3>{t('trust.gold.new')}</h3>
      <p className="quiet">{t('trust.gold.text')}</p>
      <form className="filters" onSubmit={submit}>
        <label className="field"><span>{t('trust.gold.promptName')}</span><input type="text" name="prompt" required maxLength={200} /></label>
        {SIDES.map((side) => (
          <label key={side} className="field">
            <span>{t(`trust.gold.${side}`)}</span>
            <input type="text" name={side} required list="gold-models" maxLength={120} />
          </label>
        ))}
        <datalist id="gold-models">{all.map((each) => <option key={each.slug} value={each.slug}>{each.name}</option>)}</datalist>
        <label className="field"><span>{t('trust.gold.reason')}</span><input type="text" name="reason" required maxLength={500} /></label>
        <button type="submit" className="primary" aria-disabled={add.isPending}>{t('trust.gold.add')}</button>
      </form>
      <Refused error={add.error} />
      <p role="status">{add.data && t('trust.gold.added')}</p>
    </>
  );
}
