import type { TFunction } from 'i18next';
import { Fragment, lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Arena, Board } from '../../api/types';
import { withMessages } from '../../i18n';
import { valueText, wordText } from '../../i18n/told';
import { dateTime, figure } from '../../lib/format';
import { methodName } from './names';
import { type BoardAddress, searchOf } from './useBoardAddress';

interface Props {
  arena: Arena;
  /** One board, or one for each dimension, all asked for with the same filters. */
  boards: [Board, ...Board[]];
  path: 'leaderboard' | 'leaderboards';
  address: BoardAddress;
}

type Fact = [string, string];

const Embed = lazy(() => withMessages('board', import('./Embed')));

/** Everything needed to say what the numbers are and to compute them again. */
export function HowComputed({ arena, boards, path, address }: Props) {
  const { t, i18n } = useTranslation();
  const [board] = boards;
  const rows = boards.flatMap((each) => each.rows);
  const facts: Fact[] = [
    [t('board.method'), t('board.methodLine', { name: methodName(board.method.name, t), version: board.method.version })],
    [t('board.settings'), settingsText(board.method.settings, t, i18n.language)],
    ...(path === 'leaderboard' ? factsOfOne(board, t) : factsOfEach(arena, boards, t)),
    [t('board.generated'), dateTime(board.generated_at, i18n.language)],
    [t('board.dataUntil'), dateTime(board.data_until, i18n.language)],
  ];
  return (
    <section className="how" aria-labelledby="how-title">
      <h2 id="how-title">{t('board.how')}</h2>
      {rows.some((row) => row.prior) && <p>{t('board.priorText')}</p>}
      {rows.some((row) => row.rating !== null) && rows.every((row) => row.rating_lower === null && row.rating_upper === null) && <p>{t('board.noIntervals')}</p>}
      {rows.some((row) => row.order_sd !== null) && <p>{t('board.orderSdText')}</p>}
      <dl className="facts-list">
        {facts.map(([term, value]) => <Fragment key={term}><dt>{term}</dt><dd>{value}</dd></Fragment>)}
      </dl>
      <Downloads arena={arena} board={board} path={path} address={address} />
    </section>
  );
}

function Downloads({ arena, board, path, address }: Omit<Props, 'boards'> & { board: Board }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { dimension, ...rest } = address.query;
  const text = searchOf(path === 'leaderboards' || dimension === undefined ? rest : { dimension, ...rest });
  const base = `/api/v1/arenas/${encodeURIComponent(arena.slug)}/${path}`;
  return (
    <p className="actions">
      <span>{t('board.download')}</span>
      <a href={`${base}${text}`}>JSON</a>
      {path === 'leaderboard' && <a href={`${base}.csv${text}`} download={`${arena.slug}.csv`}>CSV</a>}
      {arena.public && arena.exports === 'published' && <a href={`/api/v1/arenas/${encodeURIComponent(arena.slug)}/votes/export?format=csv`} download>{t('board.votesFile')}</a>}
      {path === 'leaderboard' && <button type="button" onClick={() => setOpen(true)}>{t('board.embed')}</button>}
      {open && <Suspense><Embed arena={arena} board={board} address={address} close={() => setOpen(false)} /></Suspense>}
    </p>
  );
}

function factsOfOne(board: Board, t: TFunction): Fact[] {
  const { withdrawn, set_aside: setAside, abstain } = board.excluded;
  return [
    [t('board.votesTerm'), votesText(board, t)],
    [t('board.excluded'), t('board.excludedLine', { withdrawn, setAside, abstain })],
    [t('board.snapshot'), board.snapshot_id],
  ];
}

function factsOfEach(arena: Arena, boards: Board[], t: TFunction): Fact[] {
  return boards.map((board) => [
    arena.dimensions.find((each) => each.slug === board.dimension)?.title ?? board.dimension,
    t('board.boardLine', { votes: votesText(board, t), snapshot: board.snapshot_id }),
  ]);
}

function votesText(board: Board, t: TFunction): string {
  return t('board.votesLine', { votes: t('board.votes', { count: board.votes }), count: board.raters });
}

function settingsText(settings: Board['method']['settings'], t: TFunction, language: string): string {
  const shown = (value: unknown) => {
    if (value === null) return t('board.none');
    if (typeof value === 'number') return figure(value, language, { maximumFractionDigits: 10, useGrouping: false });
    return typeof value === 'boolean' ? t(value ? 'board.yes' : 'board.no') : valueText(String(value), t);
  };
  return Object.entries(settings).map(([name, value]) => t('board.settingLine', { name: wordText(name, t), value: shown(value) })).join(' · ');
}
