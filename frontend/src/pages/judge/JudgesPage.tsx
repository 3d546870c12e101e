import { useQueries, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { arenaQuery, boardQuery, reportQuery } from '../../api/queries';
import type { Arena } from '../../api/types';
import { Loading, Notice, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { Compared } from './Compared';
import { JudgeFilters } from './JudgeFilters';
import { type JudgeAddress, MOST_COMPARED, useJudgeAddress } from './useJudgeAddress';
import '../../styles/data.css';
import './judge.css';

const JUDGE = 'judge:';

/** The judges of an arena, up to four of them side by side. */
export default function JudgesPage({ arena: slug }: { arena: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  const address = useJudgeAddress();
  const title = arena.data ? t('judge.judgesOf', { arena: arena.data.title }) : t('judge.title');
  const heading = usePage(title);
  return (
    <main id="content" className="wide">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        <Link href={`/arenas/${encodeURIComponent(slug)}/leaderboard`} className="button">{t('arenas.leaderboard')}</Link>
      </div>
      <p className="lead">{t('judge.lead')}</p>
      {arena.isPending && <Loading />}
      {arena.isError && <ProblemNotice problem={asProblem(arena.error)} retry={() => void arena.refetch()} />}
      {arena.data && <Judges arena={arena.data} address={address} />}
    </main>
  );
}

function Judges({ arena, address }: { arena: Arena; address: JudgeAddress }) {
  const { t } = useTranslation();
  const { filters } = address;
  const board = useQuery(boardQuery(arena.slug, filters.dimension ? { dimension: filters.dimension } : {}));
  const names = (board.data?.voters_available ?? []).filter((each) => each.startsWith(JUDGE)).map((each) => each.slice(JUDGE.length));
  const chosen = address.judges.length > 0 ? address.judges : names.slice(0, MOST_COMPARED);
  const reports = useQueries({ queries: chosen.map((judge) => reportQuery(arena.slug, { judge, ...filters })) });
  if (board.isPending) return <Loading />;
  if (board.isError) return <ProblemNotice problem={asProblem(board.error)} retry={() => void board.refetch()} />;
  const failed = reports.find((each) => each.isError);
  return (
    <>
      <JudgeFilters arena={arena} board={board.data} address={address} />
      {names.length === 0 && chosen.length === 0 && <Notice title={t('judge.none.title')}><p>{t('judge.none.text')}</p></Notice>}
      {names.length > 1 && <Choice names={names} chosen={chosen} address={address} />}
      {failed && <ProblemNotice problem={asProblem(failed.error)} retry={() => void failed.refetch()} />}
      {reports.some((each) => each.isPending) && <Loading />}
      <div aria-busy={reports.some((each) => each.isPlaceholderData || each.isPending)}>
        <Compared arena={arena.slug} search={address.search} reports={reports.flatMap((each) => (each.data && !each.isError ? [each.data] : []))} />
      </div>
    </>
  );
}

function Choice({ names, chosen, address }: { names: string[]; chosen: string[]; address: JudgeAddress }) {
  const { t } = useTranslation();
  const full = chosen.length >= MOST_COMPARED;
  const toggle = (name: string) => address.setJudges(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);
  return (
    <fieldset className="judge-choice">
      <legend>{t('judge.choose', { most: MOST_COMPARED })}</legend>
      {names.map((name) => {
        const on = chosen.includes(name);
        return (
          <label key={name} className="check">
            <input type="checkbox" checked={on} disabled={on ? chosen.length === 1 : full} onChange={() => toggle(name)} />
            <bdi>{name}</bdi>
          </label>
        );
      })}
    </fieldset>
  );
}
