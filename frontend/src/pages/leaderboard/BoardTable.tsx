import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Board, Row } from '../../api/types';
import { remarkText } from '../../i18n/told';
import { number, percent, range, ratingDigits } from '../../lib/format';
import { pressed, type Sort, type SortKey } from '../../lib/sort';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';

interface Props {
  board: Board;
  /** Rows in the order shown, by group of comparable models. */
  groups: Row[][];
  caption: string;
  sort: Sort;
  setSort: (sort: Sort) => void;
}

const COLUMNS = 7;

function nameOf(rows: Row[], model: unknown): string {
  return rows.find((row) => row.model === model)?.name ?? '';
}

export function BoardTable({ board, groups, caption, sort, setSort }: Props) {
  const { t, i18n } = useTranslation();
  const level = percent(Number(board.method.settings.level ?? 0.95), i18n.language);
  const digits = ratingDigits(board);
  const differs = groups.flat().some((row) => row.difference !== null);
  const islands = groups.filter((rows) => rows[0]?.component !== null).length;
  const head = (key: SortKey, text: string) => <SortHeader key={key} column={key} text={text} sort={sort} setSort={setSort} />;
  return (
    <Scroller label={t('board.table')} className="board-table">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {head('name', t('board.columns.model'))}
            {head('rank', t('board.columns.rank'))}
            {head('rating', t(board.method.unit === 'percent' ? 'board.columns.ratingPercent' : 'board.columns.rating'))}
            <th scope="col">{t('board.columns.interval', { level })}</th>
            {head('votes', t('board.columns.votes'))}
            <th scope="col"><abbr title={t('board.recordHint')}>{t('board.columns.record')}</abbr></th>
            {head('win_rate', t('board.columns.winRate'))}
            {differs && <th scope="col">{t('board.columns.difference', { model: nameOf(groups.flat(), board.method.settings.reference) })}</th>}
          </tr>
        </thead>
        {groups.map((rows, index) => (
          <tbody key={rows[0]?.component ?? index}>
            {groups.length > 1 && <GroupHeader row={rows[0]} number={index + 1} total={islands} columns={COLUMNS + Number(differs)} />}
            {/* By place, so that other filters write into the rows that stand there and move none. */}
            {rows.map((row, place) => <ModelRow key={place} row={row} digits={digits} differs={differs} />)}
          </tbody>
        ))}
      </table>
    </Scroller>
  );
}

/** One group that hangs together needs no name, unless models without votes stand below it. */
function GroupHeader({ row, number, total, columns }: { row: Row | undefined; number: number; total: number; columns: number }) {
  const { t } = useTranslation();
  if (row?.component !== null && total === 1) return null;
  const text = row?.component === null ? t('board.withoutVotes') : t('board.group', { number, total });
  return <tr className="group"><th scope="rowgroup" colSpan={columns}><span>{text}</span></th></tr>;
}

function SortHeader({ column, text, sort, setSort }: { column: SortKey; text: string; sort: Sort; setSort: (sort: Sort) => void }) {
  const active = sort.key === column;
  return (
    <th scope="col" aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : undefined}>
      <button type="button" className="sort" onClick={() => setSort(pressed(sort, column))}>
        {text}<span aria-hidden="true" className="arrow">{active ? (sort.descending ? '▼' : '▲') : ''}</span>
      </button>
    </th>
  );
}

function ModelRow({ row, digits, differs }: { row: Row; digits: number; differs: boolean }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  return (
    <tr data-model={row.model} className={row.preliminary ? 'preliminary' : ''}>
      <th scope="row">
        <Name of={row.name} />
        {row.prior && <span className="badge">{t('board.prior')}</span>}
        {row.organization && <small><Name of={row.organization} /></small>}
        {row.problem && row.votes > 0 && <small>{remarkText(row.problem_code ? [row.problem_code] : [], row.problem, t)}</small>}
      </th>
      <td className="rank"><Rank row={row} /></td>
      <td className="number" data-value={row.rating ?? ''}>
        {row.rating === null ? t('board.unrated') : number(row.rating, language, digits)}
        {row.order_sd !== null && <small>{t('board.orderSd', { value: number(row.order_sd, language, 1) })}</small>}
      </td>
      <td className="number" data-lower={row.rating_lower ?? ''} data-upper={row.rating_upper ?? ''}>
        <Interval row={row} digits={digits} />
      </td>
      <td className="number">
        {number(row.votes, language)}
        {!row.preliminary && row.votes_needed !== null && row.votes_needed > 0 && <small><abbr title={t('board.neededHint')}>{t('board.needed', { count: row.votes_needed })}</abbr></small>}
      </td>
      <td className="number">
        {number(row.wins, language)} / {number(row.ties + row.both_bad, language)} / {number(row.losses, language)}
      </td>
      <td className="number">{percent(row.win_rate, language)}</td>
      {differs && (
        <td className="number">
          {number(row.difference, language, digits)}
          {row.difference !== null && row.difference_lower !== null && <small>{range(row.difference_lower, row.difference_upper, language, digits)}</small>}
        </td>
      )}
    </tr>
  );
}

/** A model that never lost has no upper end, one that never won no lower end. */
export function Interval({ row, digits }: { row: Row; digits: number }) {
  const { t, i18n } = useTranslation();
  const [low, high] = [row.rating_lower, row.rating_upper];
  if (low !== null && high === null) return t('board.atLeast', { value: number(low, i18n.language, digits) });
  if (low === null && high !== null) return t('board.atMost', { value: number(high, i18n.language, digits) });
  return range(low, high, i18n.language, digits);
}

/** Too few votes: no rank at all, and how many are missing. */
function Rank({ row }: { row: Row }) {
  const { t, i18n } = useTranslation();
  if (!row.preliminary) return <Fragment>{range(row.rank_best, row.rank_worst, i18n.language)}</Fragment>;
  return <small>{t('board.needs', { count: row.votes_missing })}</small>;
}
