import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Arena, Board } from '../../api/types';
import { languageName } from '../../lib/format';
import type { Filter, JudgeAddress } from './useJudgeAddress';

interface Props {
  arena: Arena;
  /** People's board, which says what there is to choose from. */
  board: Board | undefined;
  address: JudgeAddress;
}

interface Choice {
  name: Filter;
  label: string;
  current: string;
  options: { value: string; label: string }[];
}

export function JudgeFilters({ arena, board, address }: Props) {
  const { t, i18n } = useTranslation();
  const { filters } = address;
  return (
    <form className="filters" aria-label={t('board.filters')} onSubmit={(event) => event.preventDefault()}>
      {choices(arena, board, t, i18n.language).map(({ name, label, current, options }) => {
        const chosen = filters[name];
        const known = !chosen || options.some((option) => option.value === chosen);
        return (
          <label key={name} className="field">
            <span>{label}</span>
            <select value={chosen ?? current} onChange={(event) => address.setFilter(name, event.target.value)}>
              {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
              {!known && <option value={chosen}>{chosen}</option>}
            </select>
          </label>
        );
      })}
      {Object.keys(filters).length > 0 && <button type="button" className="link" onClick={address.clear}>{t('board.clear')}</button>}
    </form>
  );
}

function choices(arena: Arena, board: Board | undefined, t: TFunction, language: string): Choice[] {
  const any = { value: '', label: t('board.any') };
  const groups = (['human', 'simulated'] as const).filter((each) => each === 'human' || board?.voters_available.includes(each));
  const list: Choice[] = [
    { name: 'dimension', label: t('board.dimension'), current: 'overall', options: arena.dimensions.filter((each) => !each.archived).map((each) => ({ value: each.slug, label: each.title })) },
  ];
  if (board?.categories.length) {
    list.push({ name: 'category', label: t('board.category'), current: '', options: [any, ...board.categories.map((value) => ({ value, label: value }))] });
  }
  if (board?.languages.length) {
    list.push({ name: 'language', label: t('board.language'), current: '', options: [any, ...board.languages.map((value) => ({ value, label: languageName(value, language) }))] });
  }
  if (groups.length > 1) {
    list.push({ name: 'against', label: t('judge.against'), current: 'human', options: groups.map((value) => ({ value, label: t(`board.voterGroups.${value}`) })) });
  }
  return list;
}
