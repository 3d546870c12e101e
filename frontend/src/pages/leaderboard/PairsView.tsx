import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Arena, Board, Matrix } from '../../api/types';
import { type HeatCell, Heatmap } from '../../charts/Heatmap';
import { DASH, number, percent } from '../../lib/format';
import { compareHref } from './CompareView';
import { votersName } from './names';
import type { BoardAddress } from './useBoardAddress';

const CELLS = ['observed', 'predicted', 'counts'] as const;
type Cells = (typeof CELLS)[number];

/** More would be neither readable nor quick; filters choose others. */
const MOST = 40;

interface Props {
  arena: Arena;
  board: Board;
  matrix: Matrix;
  address: BoardAddress;
}

/** Each model against each other: how often it won, how often its rating says that it should, and on how many votes. */
export function PairsView({ arena, board, matrix, address }: Props) {
  const { t, i18n } = useTranslation();
  const cells = CELLS.find((each) => each === address.extra('cells')) ?? 'observed';
  const shown = matrix.models.slice(0, MOST);
  const name = (slug: string) => board.rows.find((row) => row.model === slug)?.name ?? slug;
  const dimension = arena.dimensions.find((each) => each.slug === board.dimension)?.title ?? board.dimension;
  if (shown.length < 2) return <p>{t('board.pairs.few')}</p>;
  return (
    <>
      <div className="segments" role="group" aria-label={t('board.pairs.cells')}>
        {CELLS.map((each) => (
          <button key={each} type="button" aria-pressed={each === cells} onClick={() => address.setExtra('cells', each === 'observed' ? null : each)}>
            {t(`board.pairs.${each}`)}
          </button>
        ))}
      </div>
      <p>{t(`board.pairs.${cells}Text`)}</p>
      {matrix.models.length > MOST && <p className="quiet">{t('board.pairs.cut', { shown: MOST, count: matrix.models.length })}</p>}
      <Heatmap
        title={t('board.pairs.title')}
        caption={t('board.pairs.caption', { cells: t(`board.pairs.${cells}`), dimension, voters: votersName(board.voters, t) })}
        corner={t('board.columns.model')}
        names={shown.map((key) => ({ key, name: name(key) }))}
        cell={(row, column) => (row === column ? null : cellOf(matrix, [row, column], cells, name, compareHref(arena, address, shown[row], shown[column]), t, i18n.language))}
      />
    </>
  );
}

function cellOf(matrix: Matrix, [row, column]: [number, number], cells: Cells, name: (slug: string) => string, href: string, t: TFunction, language: string): HeatCell {
  const at = (counts: number[][], i: number, j: number) => counts[i]?.[j] ?? 0;
  const [wins, losses] = [at(matrix.wins, row, column), at(matrix.wins, column, row)];
  const ties = at(matrix.ties, row, column) + at(matrix.both_bad, row, column);
  const votes = wins + losses + ties;
  const observed = votes > 0 ? (wins + ties / 2) / votes : null;
  const predicted = matrix.predicted[row]?.[column] ?? null;
  const share = cells === 'predicted' ? predicted : observed;
  const count = t('board.votes', { count: votes });
  const text = cells === 'counts' ? number(votes, language) : percent(share, language);
  const small = cells === 'counts' ? `${number(wins, language)} / ${number(ties, language)} / ${number(losses, language)}` : count;
  const label = t('board.pairs.cell', {
    model: name(matrix.models[row] ?? ''),
    other: name(matrix.models[column] ?? ''),
    observed: percent(observed, language),
    predicted: predicted === null ? DASH : percent(predicted, language),
    votes: count,
  });
  return { text, small, share: cells === 'counts' ? null : share, label, href };
}
