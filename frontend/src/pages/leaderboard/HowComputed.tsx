import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Arena, Board } from '../../api/types';
import { dateTime, number } from '../../lib/format';
import { methodName } from './names';
import type { BoardAddress } from './useBoardAddress';

/** Everything needed to say what the numbers are and to compute them again. */
export function HowComputed({ board, arena, address }: { board: Board; arena: Arena; address: BoardAddress }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const { withdrawn, set_aside: setAside, abstain } = board.excluded;
  const facts: [string, string][] = [
    [t('board.method'), t('board.methodLine', { name: methodName(board.method.name, t), version: board.method.version })],
    [t('board.settings'), settingsText(board.method.settings, t('board.yes'), t('board.no'), t('board.none'))],
    [t('board.votesTerm'), t('board.votesLine', { votes: number(board.votes, language), count: board.raters })],
    [t('board.excluded'), t('board.excludedLine', { withdrawn, setAside, abstain })],
    [t('board.generated'), dateTime(board.generated_at, language)],
    [t('board.dataUntil'), dateTime(board.data_until, language)],
    [t('board.snapshot'), board.snapshot_id],
  ];
  return (
    <section className="how" aria-labelledby="how-title">
      <h2 id="how-title">{t('board.how')}</h2>
      {board.rows.some((row) => row.prior) && <p>{t('board.priorText')}</p>}
      <dl className="facts-list">
        {facts.map(([term, value]) => <Fragment key={term}><dt>{term}</dt><dd>{value}</dd></Fragment>)}
      </dl>
      <Downloads arena={arena.slug} path="leaderboard" address={address} />
    </section>
  );
}

export function Downloads({ arena, path, address }: { arena: string; path: 'leaderboard' | 'leaderboards'; address: BoardAddress }) {
  const { t } = useTranslation();
  const query = new URLSearchParams(address.query as Record<string, string>);
  if (path === 'leaderboards') query.delete('dimension');
  const text = query.size > 0 ? `?${query}` : '';
  const base = `/api/v1/arenas/${encodeURIComponent(arena)}/${path}`;
  return (
    <p className="actions">
      <span>{t('board.download')}</span>
      <a href={`${base}${text}`}>JSON</a>
      {path === 'leaderboard' && <a href={`${base}.csv${text}`} download={`${arena}.csv`}>CSV</a>}
    </p>
  );
}

function settingsText(settings: Board['method']['settings'], yes: string, no: string, none: string): string {
  const shown = (value: unknown) => (value === null ? none : value === true ? yes : value === false ? no : String(value));
  return Object.entries(settings).map(([name, value]) => `${name} ${shown(value)}`).join(' · ');
}
