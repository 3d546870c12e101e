import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { boardsQuery } from '../../api/queries';
import type { Arena, Board, Matrix } from '../../api/types';
import { DASH, number, percent } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';
import { votersName } from './names';
import { type BoardAddress, searchOf } from './useBoardAddress';

interface Props {
  arena: Arena;
  board: Board;
  matrix: Matrix;
  address: BoardAddress;
}

/** The address of the comparison of two models under the filters of this one. */
export function compareHref(arena: Arena, address: BoardAddress, one?: string, other?: string): string {
  const params = new URLSearchParams(searchOf(address.query));
  params.set('view', 'compare');
  if (one) params.set('one', one);
  if (other) params.set('other', other);
  return `/arenas/${encodeURIComponent(arena.slug)}/leaderboard?${params}`;
}

/** Two models: how likely the one is to win, on every dimension, with its interval; and what they did so far. */
export function CompareView({ arena, board, matrix, address }: Props) {
  const { t } = useTranslation();
  const known = (slug: string | null) => board.rows.find((row) => row.model === slug);
  const one = known(address.extra('one')) ?? board.rows[0];
  const other = known(address.extra('other')) ?? board.rows.find((row) => row !== one);
  if (!one || !other || one === other) return <p>{t('board.pairs.few')}</p>;
  return (
    <>
      <div className="filters">
        {([['one', one], ['other', other]] as const).map(([name, chosen]) => (
          <label key={name} className="field">
            <span>{t(`board.compare.${name}`)}</span>
            <select value={chosen.model} onChange={(event) => address.setExtra(name, event.target.value)}>
              {board.rows.map((row) => <option key={row.model} value={row.model} disabled={row.model === (name === 'one' ? other : one).model}>{row.name}</option>)}
            </select>
          </label>
        ))}
        <button type="button" onClick={() => address.setExtras({ one: other.model, other: one.model })}>{t('board.compare.swap')}</button>
      </div>
      <Met matrix={matrix} one={one} other={other} />
      <Chances arena={arena} board={board} address={address} one={one} other={other} />
    </>
  );
}

function Met({ matrix, one, other }: { matrix: Matrix; one: Board['rows'][number]; other: Board['rows'][number] }) {
  const { t } = useTranslation();
  const [i, j] = [matrix.models.indexOf(one.model), matrix.models.indexOf(other.model)];
  const [wins, losses] = [matrix.wins[i]?.[j] ?? 0, matrix.wins[j]?.[i] ?? 0];
  const ties = (matrix.ties[i]?.[j] ?? 0) + (matrix.both_bad[i]?.[j] ?? 0);
  if (wins + losses + ties === 0) return <p>{t('board.compare.never')}</p>;
  return <p>{t('board.compare.met', { one: one.name, wins, losses, ties, votes: t('board.votes', { count: wins + losses + ties }) })}</p>;
}

function Chances({ arena, board, address, one, other }: Omit<Props, 'matrix'> & { one: Board['rows'][number]; other: Board['rows'][number] }) {
  const { t, i18n } = useTranslation();
  const { dimension: _all, method: _method, ties: _ties, set, ...query } = address.query;
  // The interval of a difference is not the difference of two intervals: the server is asked for it, by a method that has it.
  const gives = 'reference' in board.method.settings;
  const kept = gives ? (set ?? []).filter((each) => !each.startsWith('reference=')) : [];
  const method = gives ? board.method.name : 'bradley_terry';
  const boards = useQuery(boardsQuery(arena.slug, { ...query, method, set: [...kept, `reference=${other.model}`] }));
  if (boards.isPending) return <Loading />;
  if (boards.isError) return <ProblemNotice problem={asProblem(boards.error)} retry={() => void boards.refetch()} />;
  return (
    <Scroller label={t('board.compare.table')} className="board-table">
      <table>
        <caption>{t('board.compare.caption', { one: one.name, other: other.name, voters: votersName(board.voters, t) })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('board.dimension')}</th>
            {(['chance', 'interval', 'difference'] as const).map((name) => <th key={name} scope="col">{t(`board.compare.${name}`)}</th>)}
          </tr>
        </thead>
        <tbody>
          {boards.data.boards.map((each) => {
            const row = each.rows.find((found) => found.model === one.model);
            const scale = Number(each.method.settings.scale ?? NaN);
            const chance = (difference: number | null | undefined) => (difference == null || !(scale > 0) ? null : 1 / (1 + 10 ** (-difference / scale)));
            return (
              <tr key={each.dimension} data-dimension={each.dimension} data-chance={chance(row?.difference) ?? ''}>
                <th scope="row"><bdi>{arena.dimensions.find(({ slug }) => slug === each.dimension)?.title ?? each.dimension}</bdi></th>
                <td className="number"><strong>{percent(chance(row?.difference), i18n.language)}</strong></td>
                <td className="number">{row?.difference_lower == null ? DASH : t('board.limits', { low: percent(chance(row.difference_lower), i18n.language), high: percent(chance(row.difference_upper), i18n.language) })}</td>
                <td className="number">{number(row?.difference ?? null, i18n.language)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroller>
  );
}
