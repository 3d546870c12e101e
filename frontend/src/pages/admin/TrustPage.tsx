import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { changeArena } from '../../api/admin';
import { asProblem } from '../../api/problem';
import { arenaQuery } from '../../api/queries';
import { gatesQuery } from '../../api/trust';
import type { Arena, ArenaChange, GateRate } from '../../api/types';
import { Refused } from '../../ui/Refused';
import { Loading, ProblemNotice } from '../../ui/Status';
import { AdminFrame } from './AdminFrame';
import { GateFields, readGates } from './gates';
import { Gold } from './Gold';

const LEAKS = ['off', 'flag', 'redeal'] as const;
const SHARES = ['gold_share', 'repeat_share'] as const;
/** Of the deals, as the server takes it. */
const LARGEST_SHARE = 0.5;

/** What keeps votes from counting: gates with what each did, answers that betray their model, and control battles. */
export default function TrustPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  return (
    <AdminFrame title={arena.data ? t('trust.titleIn', { arena: arena.data.title }) : t('admin.parts.trust')}>
      {arena.isPending && <Loading />}
      {arena.isError && <ProblemNotice problem={asProblem(arena.error)} retry={() => void arena.refetch()} />}
      {arena.data && <Rules arena={arena.data} />}
      <Gold arena={slug} />
    </AdminFrame>
  );
}

function Rules({ arena }: { arena: Arena }) {
  const gates = useQuery(gatesQuery(arena.slug));
  if (gates.isPending) return <Loading />;
  if (gates.isError) return <ProblemNotice problem={asProblem(gates.error)} retry={() => void gates.refetch()} />;
  return <Form arena={arena} gates={gates.data.items} />;
}

function Form({ arena, gates }: { arena: Arena; gates: GateRate[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const store = useMutation({ mutationFn: (given: ArenaChange) => changeArena(arena.slug, given), onSuccess: () => client.invalidateQueries() });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (store.isPending) return;
    store.mutate({
      leaks: form.get('leaks') as (typeof LEAKS)[number],
      gold_share: Number(form.get('gold_share')),
      repeat_share: Number(form.get('repeat_share')),
      gates: readGates(form, gates),
    });
  };
  return (
    <form className="stack trust" onSubmit={submit} onChange={() => store.reset()}>
      <section aria-labelledby="gates-title">
        <h2 id="gates-title">{t('trust.gatesTitle')}</h2>
        <p className="lead">{t('trust.gatesText')}</p>
        <div className="gates">{gates.map((gate) => <GateFields key={gate.gate} gate={gate} values={arena.gates[gate.gate] ?? {}} />)}</div>
      </section>
      <section aria-labelledby="leaks-title">
        <h2 id="leaks-title">{t('trust.leaksTitle')}</h2>
        <p className="lead">{t('trust.leaksText')}</p>
        <div className="filters">
          <label className="field"><span>{t('trust.leaks')}</span><select name="leaks" defaultValue={arena.leaks}>{LEAKS.map((each) => <option key={each} value={each}>{t(`trust.leaksOf.${each}`)}</option>)}</select></label>
        </div>
      </section>
      <section aria-labelledby="controls-title">
        <h2 id="controls-title">{t('trust.controlsTitle')}</h2>
        <p className="lead">{t('trust.controlsText')}</p>
        <div className="filters">
          {SHARES.map((each) => <label key={each} className="field"><span>{t(`trust.${each}`)}</span><input type="number" name={each} min={0} max={LARGEST_SHARE} step="any" required defaultValue={arena[each]} /></label>)}
        </div>
      </section>
      <Refused error={store.error} />
      <p role="status">{store.isSuccess && t('trust.stored')}</p>
      <p className="actions"><button type="submit" className="primary" aria-disabled={store.isPending}>{t('dimension.store')}</button></p>
    </form>
  );
}
