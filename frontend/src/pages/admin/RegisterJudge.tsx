import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { registerJudge } from '../../api/admin';
import { registeredQuery } from '../../api/runs';
import type { JudgeRequest, Method } from '../../api/types';
import { readable } from '../../i18n/told';
import { Refused } from '../../ui/Refused';
import { readSettings, SettingFields } from './settings';
import { constraintsOf, pairsOf } from './told';

type Kind = Pick<Method, 'name' | 'settings'>;

/** A new judge, or a new version of one: its model, how it is reached, and how it is asked. */
export function RegisterJudge({ arena, protocols, providers }: { arena: string; protocols: Kind[]; providers: Kind[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [provider, setProvider] = useState(providers[0]?.name ?? '');
  const [protocol, setProtocol] = useState(protocols[0]?.name ?? '');
  const settingsOf = (kinds: Kind[], name: string) => kinds.find((each) => each.name === name)?.settings ?? [];
  const store = useMutation({ mutationFn: (given: JudgeRequest) => registerJudge(arena, given), onSuccess: () => client.invalidateQueries({ queryKey: registeredQuery(arena).queryKey }) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    if (store.isPending) return;
    store.mutate({
      name: text('name'),
      description: '',
      model: text('model'),
      family: text('family') || null,
      provider: provider as JudgeRequest['provider'],
      endpoint: readSettings(form, 'endpoint', settingsOf(providers, provider)),
      protocol: protocol as JudgeRequest['protocol'],
      protocol_settings: readSettings(form, 'protocol', settingsOf(protocols, protocol)),
      dimensions: text('dimensions').split(/[\s,]+/).filter(Boolean),
      temperature: text('temperature') === '' ? null : Number(text('temperature')),
      orders: text('orders') as JudgeRequest['orders'],
      repeats: Number(text('repeats')),
      told: { profile: pairsOf(text('profile')), policy: text('policy'), constraints: constraintsOf(text('constraints')) },
    });
  };
  const choice = (label: string, value: string, set: (name: string) => void, kinds: Kind[]) => (
    <label className="field"><span>{label}</span><select value={value} onChange={(event) => set(event.target.value)}>{kinds.map((each) => <option key={each.name} value={each.name}>{readable(each.name)}</option>)}</select></label>
  );
  return (
    <section aria-labelledby="register-title">
      <h2 id="register-title">{t('register.new')}</h2>
      <p className="quiet">{t('register.lead')}</p>
      <form className="stack" onSubmit={submit}>
        <div className="filters">
          <label className="field"><span>{t('register.name')}</span><input type="text" name="name" required /></label>
          <label className="field"><span>{t('register.model')}</span><input type="text" name="model" required /></label>
          <label className="field"><span>{t('register.family')}</span><input type="text" name="family" /></label>
          {choice(t('register.provider'), provider, setProvider, providers)}
          {choice(t('register.protocol'), protocol, setProtocol, protocols)}
          <label className="field"><span>{t('register.temperature')}</span><input type="number" name="temperature" min="0" max="2" step="any" defaultValue="0" /></label>
          <label className="field"><span>{t('register.orders')}</span><select name="orders">{(['both', 'ab', 'ba'] as const).map((each) => <option key={each} value={each}>{t(`register.order.${each}`)}</option>)}</select></label>
          <label className="field"><span>{t('register.repeats')}</span><input type="number" name="repeats" min="1" defaultValue="1" required /></label>
          <label className="field"><span>{t('register.dimensions')}</span><input type="text" name="dimensions" placeholder={t('register.all')} /></label>
        </div>
        <h3>{t('register.provider')}</h3>
        <SettingFields key={provider} under="endpoint" settings={settingsOf(providers, provider)} />
        <h3>{t('register.protocol')}</h3>
        <SettingFields key={protocol} under="protocol" settings={settingsOf(protocols, protocol)} />
        {protocol === 'policy' && <label className="field"><span>{t('register.policy')}</span><textarea name="policy" rows={4} required /></label>}
        {protocol === 'persona' && <label className="field"><span>{t('register.profile')}</span><textarea name="profile" rows={4} dir="auto" placeholder={'age: 34\nlanguage: fr'} /></label>}
        {protocol === 'constraint' && <label className="field"><span>{t('register.constraints')}</span><textarea name="constraints" rows={4} required dir="auto" placeholder={'at_most_words: 100\nask: Does it name a source?'} /></label>}
        <Refused error={store.error} />
        <p role="status">{store.data && t('register.stored', { judge: `${store.data.name}@${store.data.version}` })}</p>
        <p className="actions"><button type="submit" className="primary" aria-disabled={store.isPending}>{t('register.store')}</button></p>
      </form>
    </section>
  );
}
