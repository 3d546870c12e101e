import { useTranslation } from 'react-i18next';
import type { Arena, Board, Boards } from '../../api/types';
import { NoVotes } from './BoardView';
import { ColumnsTable } from './ColumnsTable';
import { HowComputed } from './HowComputed';
import { Markers } from './Markers';
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
  const column = (board: Board) => ({ key: board.dimension, title: title(board.dimension), board });
  return (
    <>
      <Markers voters={boards.voters} />
      {boards.boards.every((board) => board.votes === 0) && <NoVotes arena={arena} board={first} address={address} />}
      {boards.boards.some((board) => board.votes > 0 && board.components > 1) && <p className="notice notice-warn">{t('board.islandsText')}</p>}
      <p>{t('board.multi.text', { method: methodName(first.method.name, t) })}</p>
      <ColumnsTable caption={t('board.multi.caption', { voters: votersName(boards.voters, t) })} columns={[column(first), ...rest.map(column)]} />
      <HowComputed arena={arena} boards={[first, ...rest]} path="leaderboards" address={address} />
    </>
  );
}
