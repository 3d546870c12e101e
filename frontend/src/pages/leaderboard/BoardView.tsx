import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Arena, Board } from '../../api/types';
import { Forest } from '../../charts/Forest';
import { remarkText } from '../../i18n/told';
import { sorted } from '../../lib/sort';
import { Notice } from '../../ui/Status';
import { BoardTable } from './BoardTable';
import { Found } from './Found';
import { HowComputed } from './HowComputed';
import { Markers } from './Markers';
import { votersName } from './names';
import type { BoardAddress } from './useBoardAddress';

interface Props {
  arena: Arena;
  board: Board;
  address: BoardAddress;
}

/** One board: what it counts, the table, the same numbers drawn, and how they came about. */
export function BoardView({ arena, board, address }: Props) {
  const { t } = useTranslation();
  const dimension = arena.dimensions.find((each) => each.slug === board.dimension)?.title ?? board.dimension;
  const caption = t('board.caption', { dimension, voters: votersName(board.voters, t) });
  const groups = groupsOf(board).map((rows) => sorted(rows, address.sort));
  const islands = groups.filter((rows) => rows[0]?.component !== null);
  return (
    <>
      <Markers voters={board.voters} />
      {board.votes === 0 && <NoVotes arena={arena} board={board} address={address} />}
      {islands.length > 1 && <p className="notice notice-warn">{t('board.islandsText')}</p>}
      {board.votes > 0 && islands.length <= 1 && board.problem && (
        <p className="notice notice-warn">{t(board.rows.some((row) => row.rating !== null) ? 'board.remark' : 'board.problem', { problem: boardRemark(board, t) })}</p>
      )}
      {board.rows.length > 0 && (
        <div className="board">
          <BoardTable board={board} groups={groups} caption={caption} sort={address.sort} setSort={address.setSort} />
          {/* Groups that never met share no scale, so each has a plot of its own. */}
          <div>
            {islands.map((rows, index) => (
              <Forest key={rows[0]?.component} title={islands.length > 1 ? t('board.forestOf', { number: index + 1, total: islands.length }) : t('board.forest')} caption={caption} rows={rows} />
            ))}
          </div>
        </div>
      )}
      <Found board={board} />
      <HowComputed arena={arena} boards={[board]} path="leaderboard" address={address} />
    </>
  );
}

function boardRemark(board: Board, t: TFunction): string {
  const anchor = board.rows.find((row) => row.model === board.method.settings.anchor)?.name;
  return remarkText(board.problem_codes, board.problem, t, anchor);
}

export function NoVotes({ arena, board, address }: Props) {
  const { t } = useTranslation();
  const others = board.voters_available.filter((each) => each !== board.voters);
  return (
    <Notice title={t('board.empty.title')}>
      <p>{board.rows.length > 0 ? t('board.empty.text') : t('board.noModels')}</p>
      <p className="actions">
        {board.voters === 'human' && board.rows.length > 0 && (
          <>
            <span>{t('board.empty.human')}</span>
            <Link className="button primary" href={`/arenas/${encodeURIComponent(arena.slug)}/vote`}>{t('board.empty.vote')}</Link>
          </>
        )}
        {others.length > 0 && <span>{t('board.empty.filtered')}</span>}
        {others.map((each) => (
          <button key={each} type="button" onClick={() => address.setFilter('voters', each)}>{t('board.empty.try', { voters: votersName(each, t) })}</button>
        ))}
      </p>
    </Notice>
  );
}

/** Rows by connected group; models without votes belong to none and stand together, last. */
function groupsOf(board: Board): Board['rows'][] {
  const groups = new Map<number | null, Board['rows']>();
  for (const row of board.rows) groups.set(row.component, [...(groups.get(row.component) ?? []), row]);
  return [...groups.values()];
}
