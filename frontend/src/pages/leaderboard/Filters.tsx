import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Arena, Board, Method } from '../../api/types';
import { languageName } from '../../lib/format';
import { methodName, votersName } from './names';
import type { BoardAddress, Filter, View } from './useBoardAddress';

interface Props {
  arena: Arena;
  board: Board | undefined;
  methods: Method[];
  address: BoardAddress;
}

interface Option {
  value: string;
  label: string;
}

/** Native selects; the address holds what is chosen, an empty value the server's default. */
export function Filters({ arena, board, methods, address }: Props) {
  const { t, i18n } = useTranslation();
  const { query } = address;
  const shown = choices(arena, board, methods, t, i18n.language).filter(({ name }) => isShown(name, address.view));
  const filtered = Object.keys(query).length > 0;
  return (
    <form className="filters" aria-label={t('board.filters')} onSubmit={(event) => event.preventDefault()}>
      {shown.map(({ name, label, current, options }) => (
        <label key={name} className="field">
          <span>{label}</span>
          <select value={query[name] ?? current} onChange={(event) => address.setFilter(name, event.target.value)}>
            {withChosen(options, query[name]).map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
          </select>
        </label>
      ))}
      {(['since', 'until'] as const).map((name) => (
        <label key={name} className="field">
          <span>{t(`board.${name}`)}</span>
          <input type="date" value={query[name] ?? ''} onChange={(event) => address.setFilter(name, event.target.value)} />
        </label>
      ))}
      {filtered && <button type="button" className="link" onClick={address.clear}>{t('board.clear')}</button>}
    </form>
  );
}

/** All dimensions at once need no dimension; where treatments of ties are compared, the method is not a choice. */
function isShown(name: Filter, view: View): boolean {
  if (name === 'dimension') return view !== 'all';
  return name !== 'method' || view !== 'ties';
}

interface Choice {
  name: Filter;
  label: string;
  /** What the server takes when the address says nothing. */
  current: string;
  options: Option[];
}

function choices(arena: Arena, board: Board | undefined, methods: Method[], t: TFunction, language: string): Choice[] {
  const any = { value: '', label: t('board.any') };
  const voters = ['human', 'judges', 'combined', 'simulated', ...(board?.voters_available ?? [])];
  const present = new Set(['human', ...(board?.voters_available ?? [])]);
  const settings = methods.find((method) => method.name === board?.method.name)?.settings ?? [];
  const setting = (name: string) => settings.find((each) => each.name === name);
  const list: Choice[] = [
    { name: 'dimension', label: t('board.dimension'), current: board?.dimension ?? 'overall', options: arena.dimensions.filter((each) => !each.archived).map((each) => ({ value: each.slug, label: each.title })) },
    { name: 'voters', label: t('board.voters'), current: board?.voters ?? 'human', options: [...new Set(voters)].filter((each) => present.has(each)).map((each) => ({ value: each, label: votersName(each, t) })) },
    { name: 'method', label: t('board.method'), current: board?.method.name ?? '', options: methods.map((each) => ({ value: each.name, label: methodName(each.name, t) })) },
  ];
  if (setting('ties')) {
    list.push({ name: 'ties', label: t('board.ties'), current: String(setting('ties')?.default), options: (['half', 'drop'] as const).map((value) => ({ value, label: t(`board.tieRules.${value}`) })) });
  }
  if (setting('both_bad')) {
    list.push({ name: 'both_bad', label: t('board.bothBad'), current: String(setting('both_bad')?.default), options: (['tie', 'drop'] as const).map((value) => ({ value, label: t(`board.bothBadRules.${value}`) })) });
  }
  if (board?.categories.length) {
    list.push({ name: 'category', label: t('board.category'), current: '', options: [any, ...board.categories.map((value) => ({ value, label: value }))] });
  }
  if (board?.languages.length) {
    list.push({ name: 'language', label: t('board.language'), current: '', options: [any, ...board.languages.map((value) => ({ value, label: languageName(value, language) }))] });
  }
  return list;
}

/** An address may name a choice that has no votes yet: the select shows it rather than something else. */
function withChosen(options: Option[], chosen: string | undefined): Option[] {
  if (!chosen || options.some((option) => option.value === chosen)) return options;
  return [...options, { value: chosen, label: chosen }];
}
