import { useTranslation } from 'react-i18next';
import type { JudgeRequest, Parameter } from '../../api/types';
import { wordText } from '../../i18n/told';

type Settings = JudgeRequest['endpoint'];

/** Fields for whatever a registry says that a kind can be told, so that a new kind needs nothing here. `values` are those set otherwise than by default. */
export function SettingFields({ under, settings, values = {} }: { under: string; settings: Parameter[]; values?: Settings }) {
  const { t } = useTranslation();
  return (
    <div className="filters">
      {settings.map((each) => (
        <label key={each.name} className={each.kind === 'flag' ? 'check' : 'field'}>
          <span>{wordText(each.name, t)}</span>
          <Input name={`${under}.${each.name}`} of={each} value={values[each.name]} />
        </label>
      ))}
    </div>
  );
}

function Input({ name, of, value = of.default }: { name: string; of: Parameter; value: Settings[string] | undefined }) {
  const { t } = useTranslation();
  const preset = value === null ? '' : String(value);
  if (of.kind === 'flag') return <input type="checkbox" name={name} defaultChecked={value === true} />;
  if (of.kind === 'choice') {
    return (
      <select name={name} defaultValue={preset}>
        {of.optional && <option value="">{t('board.none')}</option>}
        {of.choices.map((each) => <option key={each} value={each}>{wordText(each, t)}</option>)}
      </select>
    );
  }
  if (of.kind === 'text') return <input type="text" name={name} defaultValue={preset} />;
  return <input type="number" step={of.kind === 'whole' ? 1 : 'any'} name={name} defaultValue={preset} />;
}

/** What was set otherwise than by default. */
export function readSettings(form: FormData, under: string, settings: Parameter[]): Settings {
  const given = settings.map((each) => [each.name, valueOf(form.get(`${under}.${each.name}`), each)] as const);
  return Object.fromEntries(given.filter(([name, value]) => value !== settings.find((each) => each.name === name)?.default));
}

function valueOf(entry: FormDataEntryValue | null, { kind, default: preset, optional }: Parameter): Settings[string] {
  if (kind === 'flag') return entry !== null;
  const text = typeof entry === 'string' ? entry.trim() : '';
  if (kind === 'text') return text === '' && preset === null ? null : text;
  if (text === '') return optional ? null : preset;
  return kind === 'choice' ? text : Number(text);
}
