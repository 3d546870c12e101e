import { useTranslation } from 'react-i18next';
import type { Arena, Board, Boards } from '../../api/types';
import { DASH, number, range, ratingDigits } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';
import { Interval } from './BoardTable';
import { Markers, NoVotes } from './BoardView';
import { HowComputed } from './HowComputed';
import { methodName, votersName } from './names';
import type { BoardAddress } from './useBoardAddress';

interface Props {
  arena: Arena;
  boards: Boards;
  address: BoardAddress;
}

/** The Multi-Elo table: models down, dimensions across, each column a board of its own. */
export function DimensionsView({ arena, boards, address }: Props) {
  const { t } = useTranslation();
  const [first, ...rest] = boards.boards;
  if (!first) return <p>{t('board.noModels')}</p>;
  const title = (slug: string) => arena.dimensions.find((each) => each.slug === slug)?.title ?? slug;
  return (
    <>
      <Markers voters={boards.voters} />
      {boards.boards.every((board) => board.votes === 0) && <NoVotes arena={arena} board={first} address={address} />}
      {boards.boards.some((board) => board.votes > 0 && board.components > 1) && <p className="notice notice-warn">{t('board.islandsText')}</p>}
      <p>{t('board.multi.text', { method: methodName(first.method.name, t) })}</p>
      <Scroller label={t('board.table')} className="board-table">
        <table>
          <caption>{t('board.multi.caption', { voters: votersName(boards.voters, t) })}</caption>
          <thead>
            <tr>
              <th scope="col">{t('board.columns.model')}</th>
              {boards.boards.map((board) => (
                <th key={board.dimension} scope="col">
                  <span dir="auto">{title(board.dimension)}</span>
                  <small>{t('board.multi.votes', { count: board.votes })}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first.rows.map((row) => (
              <tr key={row.model} data-model={row.model}>
                <th scope="row" dir="auto">{row.name}</th>
                {boards.boards.map((board) => <Cell key={board.dimension} board={board} model={row.model} />)}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      <HowComputed arena={arena} boards={[first, ...rest]} path="leaderboards" address={address} />
    </>
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
