import { useTranslation } from 'react-i18next';
import type { Arena, Board, Past } from '../../api/types';
import { type Course, History, type Moment } from '../../charts/History';
import { DASH, dateTime, list, number, range } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';
import { votersName } from './names';
import type { BoardAddress } from './useBoardAddress';

const MOST = 6;

interface Props {
  arena: Arena;
  board: Board;
  past: Past;
  address: BoardAddress;
}

/** How ratings moved: at most six models, each with the interval it had at the time. */
export function HistoryView({ arena, board, past, address }: Props) {
  const { t, i18n } = useTranslation();
  const moments = [...past.items].reverse();
  const chosen = chosenOf(address.extra('models'), board);
  const dimension = arena.dimensions.find((each) => each.slug === board.dimension)?.title ?? board.dimension;
  if (moments.length === 0) return <p>{t('board.history.none')}</p>;
  const courses = chosen.map((row): Course => ({ key: row.model, name: row.name, pieces: pieces(moments, row.model) }));
  const toggle = (model: string, on: boolean) => {
    const next = on ? [...chosen.map((row) => row.model), model] : chosen.map((row) => row.model).filter((each) => each !== model);
    address.setExtra('models', next.join(',') || null);
  };
  const names = list(chosen.map((row) => row.name), i18n.language, i18n.dir());
  const caption = t('board.history.caption', { dimension, voters: votersName(board.voters, t) });
  return (
    <>
      <fieldset className="chosen-models">
        <legend>{t('board.history.models', { most: MOST })}</legend>
        {board.rows.filter((row) => row.rating !== null).map((row) => {
          const on = chosen.includes(row);
          return (
            <label key={row.model}>
              <input type="checkbox" checked={on} disabled={on ? chosen.length === 1 : chosen.length >= MOST} onChange={(event) => toggle(row.model, event.target.checked)} />
              <bdi>{row.name}</bdi>
            </label>
          );
        })}
      </fieldset>
      <History
        title={t('board.history.title')}
        summary={t('board.history.summary', { caption, list: names, count: moments.length })}
        note={t('board.history.note')}
        courses={courses}
        language={i18n.language}
      />
      <Scroller label={t('board.history.table')} className="board-table">
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>
              <th scope="col">{t('board.history.moment')}</th>
              <th scope="col">{t('board.columns.votes')}</th>
              {chosen.map((row) => <th key={row.model} scope="col"><bdi>{row.name}</bdi></th>)}
            </tr>
          </thead>
          <tbody>
            {past.items.map((moment) => (
              <tr key={moment.snapshot_id}>
                <th scope="row">{dateTime(moment.generated_at, i18n.language)}</th>
                <td className="number">{number(moment.votes, i18n.language)}</td>
                {chosen.map((row) => {
                  const then = moment.rows.find((each) => each.model === row.model);
                  return (
                    <td key={row.model} className="number">
                      {then ? number(then.rating, i18n.language) : DASH}
                      {then?.rating_lower != null && <small>{range(then.rating_lower, then.rating_upper, i18n.language)}</small>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </>
  );

  function chosenOf(text: string | null, from: Board): Board['rows'] {
    const rated = from.rows.filter((row) => row.rating !== null);
    const asked = (text ?? '').split(',');
    const found = rated.filter((row) => asked.includes(row.model)).slice(0, MOST);
    return found.length > 0 ? found : rated.slice(0, MOST);
  }
}

/** A model's moments, cut where it was on no board or in another group, whose scale is another one. */
export function pieces(moments: Past['items'], model: string): Moment[][] {
  const found: Moment[][] = [];
  let group: number | null | undefined;
  for (const moment of moments) {
    const row = moment.rows.find((each) => each.model === model);
    if (!row) {
      group = undefined;
      continue;
    }
    const at = { at: Date.parse(moment.generated_at), rating: row.rating, lower: row.rating_lower, upper: row.rating_upper };
    if (group === row.component && found.length > 0) found.at(-1)?.push(at);
    else found.push([at]);
    group = row.component;
  }
  return found;
}
