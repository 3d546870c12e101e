import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { arenaQuery, boardQuery, reportQuery } from '../../api/queries';
import type { Arena, Report } from '../../api/types';
import { dateTime, number } from '../../lib/format';
import { Loading, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { Agreement } from './Agreement';
import { Calibration } from './Calibration';
import { Disagreements } from './Disagreements';
import { Favourites } from './Favourites';
import { Further } from './Further';
import { JudgeFilters } from './JudgeFilters';
import { Length } from './Length';
import { Position } from './Position';
import { Ranking } from './Ranking';
import { Splits } from './Splits';
import { type JudgeAddress, useJudgeAddress } from './useJudgeAddress';
import { Verdict } from './Verdict';
import { promptsText, versionsText } from './versions';
import '../../styles/data.css';
import './judge.css';

export default function JudgePage({ arena: slug, judge }: { arena: string; judge: string }) {
  const { t } = useTranslation();
  const arena = useQuery(arenaQuery(slug));
  const address = useJudgeAddress();
  const title = t('judge.titleOf', { judge });
  const heading = usePage(title);
  const at = `/arenas/${encodeURIComponent(slug)}`;
  return (
    <main id="content" className="wide">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        <p className="actions">
          <Link href={`${at}/judges${address.search}`} className="button">{t('judge.compare')}</Link>
          <Link href={`${at}/leaderboard`} className="button">{t('arenas.leaderboard')}</Link>
        </p>
      </div>
      {arena.isPending && <Loading />}
      {arena.isError && <ProblemNotice problem={asProblem(arena.error)} retry={() => void arena.refetch()} />}
      {arena.data && <Asked arena={arena.data} judge={judge} address={address} />}
    </main>
  );
}

function Asked({ arena, judge, address }: { arena: Arena; judge: string; address: JudgeAddress }) {
  const { filters } = address;
  const board = useQuery(boardQuery(arena.slug, filters.dimension ? { dimension: filters.dimension } : {}));
  const report = useQuery(reportQuery(arena.slug, { judge, ...filters }));
  return (
    <>
      <JudgeFilters arena={arena} board={board.data} address={address} />
      {report.isPending && <Loading />}
      {report.isError && <ProblemNotice problem={asProblem(report.error)} retry={() => void report.refetch()} />}
      {report.data && !report.isError && (
        <div className="judge" aria-busy={report.isPlaceholderData}>
          <Shown arena={arena} report={report.data} address={address} />
        </div>
      )}
    </>
  );
}

function Shown({ arena, report, address }: { arena: Arena; report: Report; address: JudgeAddress }) {
  const titles = new Map(arena.dimensions.map((each) => [each.slug, each.title]));
  return (
    <>
      <Verdict report={report} />
      <Facts report={report} dimension={titles.get(report.dimension) ?? report.dimension} />
      <Agreement report={report} />
      <Ranking report={report} arena={arena.slug} />
      <Position report={report} />
      <Length report={report} />
      <Calibration report={report} />
      <Favourites report={report} />
      <Splits report={report} titles={titles} />
      <Further report={report} />
      <Disagreements arena={arena.slug} query={{ judge: report.judge, ...address.filters }} search={address.search} />
    </>
  );
}

/** What was compared, and when. */
function Facts({ report, dimension }: { report: Report; dimension: string }) {
  const { t, i18n } = useTranslation();
  const facts: [string, string][] = [
    [t('board.dimension'), dimension],
    [t('judge.facts.items'), number(report.battles, i18n.language)],
    [t('judge.facts.votes'), t('judge.facts.votesText', { judge: report.votes.judge, people: report.votes.reference, raters: report.raters })],
    [t('judge.facts.versions'), versionsText(report, t, i18n.language)],
    [t('judge.facts.prompt'), promptsText(report, t)],
    [t('board.snapshot'), report.snapshot_id],
    [t('board.generated'), dateTime(report.generated_at, i18n.language)],
    [t('board.dataUntil'), dateTime(report.data_until, i18n.language)],
  ];
  return (
    <>
      {report.stale && <p className="notice notice-warn">{t('judge.stale')}</p>}
      <dl className="facts-list">
        {facts.map(([term, value]) => <div key={term}><dt>{term}</dt><dd><bdi>{value}</bdi></dd></div>)}
      </dl>
    </>
  );
}
