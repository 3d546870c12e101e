import { useTranslation } from 'react-i18next';
import type { Arena, Treatments } from '../../api/types';
import { NoVotes } from './BoardView';
import { type Column, ColumnsTable } from './ColumnsTable';
import { treatmentName, votersName } from './names';
import { Markers } from './Markers';
import type { BoardAddress } from './useBoardAddress';

interface Props {
  arena: Arena;
  treatments: Treatments;
  address: BoardAddress;
}

/** The same votes under each treatment of ties and both-bad. */
export function TiesView({ arena, treatments, address }: Props) {
  const { t } = useTranslation();
  const [first, ...rest] = treatments.items.map(({ treatment, board }): Column => ({ key: treatment, title: treatmentName(treatment, t), board }));
  if (!first) return null;
  const { board } = first;
  const dimension = arena.dimensions.find((each) => each.slug === board.dimension)?.title ?? board.dimension;
  return (
    <>
      <Markers voters={board.voters} />
      {board.votes === 0 && <NoVotes arena={arena} board={board} address={address} />}
      {board.votes > 0 && board.components > 1 && <p className="notice notice-warn">{t('board.islandsText')}</p>}
      <p>{t('board.treatmentsText')}</p>
      <ColumnsTable columns={[first, ...rest]} caption={t('board.treatmentsCaption', { dimension, voters: votersName(board.voters, t) })} />
    </>
  );
}
