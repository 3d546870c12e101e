import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Board, Method, Parameter } from '../../api/types';
import { wordText } from '../../i18n/told';
import type { BoardAddress } from './useBoardAddress';

interface Props {
  board: Board;
  methods: Method[];
  address: BoardAddress;
}

/** Settings with a place among the filters. */
const ABOVE = ['ties', 'both_bad'];
/** Settings that name a model. */
const MODELS = ['anchor', 'reference'];

/** Whatever the registry says that the method can be told, so that a new method needs nothing here. */
export function MethodSettings({ board, methods, address }: Props) {
  const { t } = useTranslation();
  const method = methods.find((each) => each.name === board.method.name);
  const shown = method?.settings.filter((each) => !ABOVE.includes(each.name)) ?? [];
  if (shown.length === 0) return null;
  return (
    <details className="method-settings" open={address.query.set !== undefined}>
      <summary>{t('board.methodSettings')}</summary>
      <form className="filters" aria-label={t('board.methodSettings')} onSubmit={(event) => event.preventDefault()}>
        {shown.map((parameter) => <Field key={parameter.name} parameter={parameter} board={board} address={address} />)}
      </form>
    </details>
  );
}

function Field({ parameter, board, address }: { parameter: Parameter; board: Board; address: BoardAddress }) {
  const { t } = useTranslation();
  const used = text(board.method.settings[parameter.name]);
  const choices = choicesOf(parameter, board);
  const set = (value: string) => value !== used && address.setSetting(parameter.name, value === text(parameter.default) ? null : value);
  return (
    <label className="field">
      <span>{wordText(parameter.name, t)}</span>
      {choices ? (
        <select value={used} onChange={(event) => set(event.target.value)}>
          {choices.map((choice) => <option key={choice} value={choice}>{choiceText(choice, parameter, board, t)}</option>)}
        </select>
      ) : (
        // Typed to the end before it is asked for: `key` brings what the server took back into the field.
        <input key={used} type="text" inputMode={parameter.kind === 'text' ? 'text' : 'decimal'} defaultValue={used} size={8} maxLength={150}
          onBlur={(event) => set(event.target.value.trim())}
          onKeyDown={(event) => event.key === 'Enter' && set(event.currentTarget.value.trim())} />
      )}
    </label>
  );
}

function choicesOf(parameter: Parameter, board: Board): string[] | null {
  const none = parameter.optional ? [''] : [];
  if (parameter.kind === 'flag') return ['true', 'false'];
  if (parameter.kind === 'choice') return [...none, ...parameter.choices];
  if (MODELS.includes(parameter.name)) return [...none, ...board.rows.filter((row) => row.rating !== null).map((row) => row.model)];
  return null;
}

function choiceText(choice: string, parameter: Parameter, board: Board, t: TFunction): string {
  if (choice === '') return t('board.none');
  return MODELS.includes(parameter.name) ? (board.rows.find((row) => row.model === choice)?.name ?? choice) : wordText(choice, t);
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}
