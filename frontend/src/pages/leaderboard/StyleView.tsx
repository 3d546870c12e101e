import { useTranslation } from 'react-i18next';
import type { Arena, Board } from '../../api/types';
import { remarkText } from '../../i18n/told';
import { DASH, number, range } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';
import { Found } from './Found';
import { votersName } from './names';

/** The board beside itself with the style of the answers held equal, and who moves by that. */
export function StyleView({ arena, board, styled }: { arena: Arena; board: Board; styled: Board }) {
  const { t, i18n } = useTranslation();
  const dimension = arena.dimensions.find((each) => each.slug === board.dimension)?.title ?? board.dimension;
  return (
    <>
      <p>{t('board.style.text')}</p>
      {styled.problem && <p className="notice notice-warn">{t('board.problem', { problem: remarkText(styled.problem_codes, styled.problem, t) })}</p>}
      <Scroller label={t('board.style.title')} className="board-table">
        <table>
          <caption>{t('board.style.caption', { dimension, voters: votersName(board.voters, t) })}</caption>
          <thead>
            <tr>
              {(['model', 'plain', 'styled', 'change'] as const).map((name) => <th key={name} scope="col">{t(`board.style.${name}`)}</th>)}
            </tr>
          </thead>
          <tbody>
            {board.rows.map((row) => {
              const other = styled.rows.find((each) => each.model === row.model);
              return (
                <tr key={row.model} data-model={row.model}>
                  <th scope="row"><bdi>{row.name}</bdi></th>
                  {[row, other].map((each, index) => (
                    <td key={index} className="number">
                      <strong>{number(each?.rating ?? null, i18n.language)}</strong>
                      {each?.rank_best != null && <small>{t('board.multi.rank', { range: range(each.rank_best, each.rank_worst, i18n.language) })}</small>}
                    </td>
                  ))}
                  <td><Change from={row.rank} to={other?.rank ?? null} /></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroller>
      <Found board={styled} />
    </>
  );
}

/** Places gained or lost, in words, with an arrow that says the same. */
function Change({ from, to }: { from: number | null; to: number | null }) {
  const { t } = useTranslation();
  if (from === null || to === null) return DASH;
  if (from === to) return t('board.style.same');
  const up = to < from;
  return <><span aria-hidden="true">{up ? '▲' : '▼'}</span> {t(up ? 'board.style.up' : 'board.style.down', { count: Math.abs(to - from) })}</>;
}
