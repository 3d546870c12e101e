import { useTranslation } from 'react-i18next';
import type { Board } from '../../api/types';
import { DASH, number, range, ratingDigits } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';
import { Interval } from './BoardTable';

export interface Column {
  key: string;
  title: string;
  board: Board;
}

/** Models down, boards across; each column is a board of its own. */
export function ColumnsTable({ columns, caption }: { columns: [Column, ...Column[]]; caption: string }) {
  const { t } = useTranslation();
  return (
    <Scroller label={t('board.table')} className="board-table">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t('board.columns.model')}</th>
            {columns.map(({ key, title, board }) => (
              <th key={key} scope="col">
                <Name of={title} />
                <small>{t('board.multi.votes', { count: board.votes_fitted })}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {columns[0].board.rows.map((row) => (
            <tr key={row.model} data-model={row.model}>
              <th scope="row"><Name of={row.name} /></th>
              {columns.map(({ key, board }) => <Cell key={key} board={board} model={row.model} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Cell({ board, model }: { board: Board; model: string }) {
  const { t, i18n } = useTranslation();
  const row = board.rows.find((each) => each.model === model);
  const digits = ratingDigits(board);
  if (!row || row.rating === null) return <td className="number">{DASH}</td>;
  return (
    <td className="number">
      <strong>{number(row.rating, i18n.language, digits)}</strong>{' '}
      {(row.rating_lower !== null || row.rating_upper !== null) && <small><Interval row={row} digits={digits} /></small>}
      {row.order_sd !== null && <small>{t('board.orderSd', { value: number(row.order_sd, i18n.language, 1) })}</small>}
      {board.components > 1 && row.component !== null && <small>{t('board.multi.group', { number: row.component + 1 })}</small>}
      {row.prior && <small>{t('board.prior')}</small>}
      {row.preliminary && <small>{t('board.needs', { count: row.votes_missing })}</small>}
      {!row.preliminary && row.rank_best !== null && <small>{t('board.multi.rank', { range: range(row.rank_best, row.rank_worst, i18n.language) })}</small>}
    </td>
  );
}
