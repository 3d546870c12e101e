import { useTranslation } from 'react-i18next';
import type { Arena, GateRate } from '../../api/types';
import { number, percent } from '../../lib/format';
import { readSettings, SettingFields } from './settings';
import './trust.css';

/** Gates with a name here; one that the server alone knows is called by its own summary. */
const NAMED = ['cap', 'recognised', 'leak', 'gold', 'repeats', 'one_sided', 'partisan', 'ring', 'anomalous', 'coin', 'echo'] as const;

/** One gate: whether it is on, its settings as their types say, and what it did to the newest votes. */
export function GateFields({ gate, values }: { gate: GateRate; values: Arena['gates'][string] }) {
  const { t } = useTranslation();
  const named = NAMED.find((each) => each === gate.gate);
  return (
    <fieldset data-gate={gate.gate}>
      <legend>{named ? t(`trust.gates.${named}`) : gate.summary}</legend>
      <label className="check"><input type="checkbox" name={`${gate.gate}.on`} defaultChecked={gate.on} /><span>{t('trust.on')}</span></label>
      <SettingFields under={gate.gate} settings={gate.parameters} values={values} />
      <Rate gate={gate} />
    </fieldset>
  );
}

function Rate({ gate }: { gate: GateRate }) {
  const { t, i18n } = useTranslation();
  if (gate.share === null) return <p className="quiet">{t('trust.noVotes')}</p>;
  const share = percent(gate.share, i18n.language);
  return (
    <>
      <p className="quiet">{t('trust.rate', { aside: number(gate.set_aside, i18n.language), votes: number(gate.votes, i18n.language), share, restored: number(gate.restored, i18n.language) })}</p>
      {gate.alarm && <p className="notice notice-warn"><strong>{t('trust.alarm', { limit: percent(gate.limit, i18n.language) })}</strong></p>}
    </>
  );
}

/** What an arena stores: of each gate only what differs from how arenas begin. */
export function readGates(form: FormData, gates: readonly GateRate[]): Arena['gates'] {
  const given = gates.map((gate) => {
    const on = form.get(`${gate.gate}.on`) !== null;
    return [gate.gate, { ...(on !== gate.usual && { on }), ...readSettings(form, gate.gate, gate.parameters) }] as const;
  });
  return Object.fromEntries(given.filter(([, values]) => Object.keys(values).length > 0)) as Arena['gates'];
}
