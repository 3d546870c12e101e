import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { arenaQuery, boardQuery } from '../../api/queries';
import type { Arena, Board, Row } from '../../api/types';
import { dateTime, number, range, ratingDigits } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { Interval } from '../leaderboard/BoardTable';
import { Markers } from '../leaderboard/Markers';
import { votersName } from '../leaderboard/names';
import { searchOf, useBoardAddress } from '../leaderboard/useBoardAddress';
import '../../styles/data.css';

const SHOWN = 10;

/** A small board for frames on other pages: nothing can be done on it, and its link opens a page of its own. */
export default function EmbedPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const address = useBoardAddress();
  const arena = useQuery(arenaQuery(slug));
  const board = useQuery(boardQuery(slug, address.query));
  const title = arena.data?.title ?? t('board.title');
  const heading = usePage(title);
  const wrong = arena.isError ? arena : board;
  return (
    <main id="content" className="embed">
      <h1 ref={heading} tabIndex={-1}>
        <a href={`/arenas/${encodeURIComponent(slug)}/leaderboard${searchOf(address.query)}`} target="_blank" rel="noopener"><Name of={title} /></a>
      </h1>
      {wrong.isError && <ProblemNotice problem={asProblem(wrong.error)} retry={() => void wrong.refetch()} />}
      {arena.data && board.data && !board.isError ? <Small arena={arena.data} board={board.data} /> : !wrong.isError && <Loading />}
    </main>
  );
}

function Small({ arena, board }: { arena: Arena; board: Board }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const digits = ratingDigits(board);
  const dimension = arena.dimensions.find((each) => each.slug === board.dimension)?.title ?? board.dimension;
  const level = number(Number(board.method.settings.level ?? 0.95) * 100, language);
  const rating = (row: Row) => (row.rating === null ? t('board.unrated') : number(row.rating, language, digits));
  return (
    <>
      <Markers voters={board.voters} />
      <Scroller label={t('board.table')} className="board-table">
        <table>
          <caption>{t('board.caption', { dimension, voters: votersName(board.voters, t) })}</caption>
          <thead>
            <tr>
              <th scope="col">{t('board.columns.model')}</th>
              <th scope="col">{t('board.columns.rank')}</th>
              <th scope="col">{t('board.columns.rating')}</th>
              <th scope="col">{t('board.columns.interval', { level: `${level} %` })}</th>
            </tr>
          </thead>
          <tbody>
            {board.rows.slice(0, SHOWN).map((row) => (
              <tr key={row.model} data-model={row.model} className={row.preliminary ? 'preliminary' : ''}>
                <th scope="row"><Name of={row.name} /></th>
                <td className="rank">{row.preliminary ? <small>{t('board.needs', { count: row.votes_missing })}</small> : range(row.rank_best, row.rank_worst, language)}</td>
                <td className="number">{rating(row)}</td>
                <td className="number"><Interval row={row} digits={digits} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      <p className="quiet">{t('board.votesLine', { votes: t('board.votes', { count: board.votes }), count: board.raters })} · {dateTime(board.generated_at, language)}</p>
    </>
  );
}
