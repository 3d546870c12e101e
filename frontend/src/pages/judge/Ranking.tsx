import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Report } from '../../api/types';
import { Scatter, type ScatterPoint } from '../../charts/Scatter';
import { DASH, number, range } from '../../lib/format';
import { Scroller } from '../../ui/Scroller';
import { FiguresTable, type Line } from './figures';
import { Section } from './Section';

type Rank = Report['ranks'][number];
type Rated = Rank & { human: { rating: number }; judge: { rating: number } };

const MEASURES = ['spearman', 'kendall_tau_b', 'pearson', 'footrule', 'rbo', 'pairwise_accuracy', 'soft_pairwise_accuracy', 'separability', 'agreement_with_confidence', 'pair_rank_brier', 'exact_p'] as const;
const CEILINGS = ['spearman', 'kendall_tau_b', 'footrule'] as const;
/** So many names fit beside their points; of more, only the outliers have theirs. */
const ALL_NAMED = 6;

/** Does it rank the models as people do? */
export function Ranking({ report, arena }: { report: Report; arena: string }) {
  const { t } = useTranslation();
  const { ranking } = report;
  const halves = (name: (typeof MEASURES)[number]) => {
    const known = CEILINGS.find((each) => each === name);
    return known ? ranking.ceiling[known].half : null;
  };
  const lines: Line[] = MEASURES.map((name) => ({ name, label: t(`judge.measures.${name}`), kind: 'number', figures: [ranking[name], halves(name)] }));
  return (
    <Section id="ranking" title={t('judge.ranking.title')} lead={t('judge.ranking.lead')}>
      <BoardsLine report={report} arena={arena} />
      <p className="quiet" lang="en" dir="ltr">{ranking.proves}</p>
      <div className="pair">
        <Plot report={report} />
        <Ranks report={report} />
      </div>
      <FiguresTable
        caption={t('judge.ranking.caption')}
        level={ranking.spearman.level}
        heads={[t('judge.measure'), t('judge.ranking.judge'), t('judge.ranking.halves')]}
        lines={lines}
      />
    </Section>
  );
}

/** The leaderboards that show the same votes, by their snapshots. */
function BoardsLine({ report, arena }: { report: Report; arena: string }) {
  const { t } = useTranslation();
  const { reference, judge } = report.boards;
  const address = (voters: string) => {
    const { category, language } = report.filters;
    const asked = { voters, dimension: report.dimension, ...(category && { category }), ...(language && { language }) };
    return `/arenas/${encodeURIComponent(arena)}/leaderboard?${new URLSearchParams(asked)}`;
  };
  return (
    <p className="counted">
      <span>{t('judge.ranking.counted', { models: report.models, battles: report.battles })}</span>
      {reference && <span>{t('judge.ranking.reference')} <Link href={address(report.against)}><code>{reference}</code></Link></span>}
      {judge && <span>{t('judge.ranking.judges')} <Link href={address(`judge:${report.judge}`)}><code>{judge}</code></Link></span>}
    </p>
  );
}

function Plot({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const rated = report.ranks.filter((row): row is Rated => row.human.rating !== null && row.judge.rating !== null);
  if (rated.length === 0) return <p>{t('judge.ranking.none')}</p>;
  const outliers = rated.filter(isOutlier);
  const points: ScatterPoint[] = rated.map((row) => ({
    key: row.model,
    label: row.name,
    x: [row.human.rating, row.human.rating_lower, row.human.rating_upper],
    y: [row.judge.rating, row.judge.rating_lower, row.judge.rating_upper],
    named: rated.length <= ALL_NAMED || isOutlier(row),
    marked: isOutlier(row),
  }));
  const most = rated.reduce((one, other) => (apart(other) > apart(one) ? other : one));
  const summary = t('judge.ranking.summary', { models: rated.length, outliers: outliers.length, model: most.name, human: number(most.human.rating, i18n.language), judge: number(most.judge.rating, i18n.language) });
  return (
    <Scatter
      title={t('judge.ranking.plot')}
      note={t('judge.ranking.note')}
      summary={summary}
      xLabel={t('judge.ranking.x')}
      yLabel={t('judge.ranking.y')}
      equal={t('judge.ranking.equal')}
      language={i18n.language}
      points={points}
    />
  );
}

function Ranks({ report }: { report: Report }) {
  const { t, i18n } = useTranslation();
  const place = (side: Rank['human']) => (
    <>
      {side.rating === null ? t('board.unrated') : number(side.rating, i18n.language)}
      {side.rating_lower !== null && <small>{range(side.rating_lower, side.rating_upper, i18n.language)}</small>}
      <small>{t('judge.ranking.rank', { range: range(side.rank_best, side.rank_worst, i18n.language) })}</small>
    </>
  );
  return (
    <Scroller label={t('judge.ranking.table')} className="board-table ranks">
      <table>
        <caption>{t('judge.ranking.table')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('board.columns.model')}</th>
            <th scope="col">{t('judge.people')}</th>
            <th scope="col">{t('judge.judge')}</th>
            <th scope="col">{t('judge.ranking.moved')}</th>
          </tr>
        </thead>
        <tbody>
          {report.ranks.map((row) => (
            <tr key={row.model} data-model={row.model} data-outlier={isOutlier(row)}>
              <th scope="row">
                <span dir="auto">{row.name}</span>
                {row.own_family && <span className="badge">{t('judge.own')}</span>}
                {isOutlier(row) && <small>{t('judge.ranking.outlier')}</small>}
              </th>
              <td className="number" data-rating={row.human.rating ?? ''}>{place(row.human)}</td>
              <td className="number" data-rating={row.judge.rating ?? ''}>{place(row.judge)}</td>
              <td className="number" data-moved={row.moved ?? ''}>{movedText(row.moved, t, i18n.language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function movedText(moved: number | null, t: TFunction, language: string): string {
  if (moved === null) return DASH;
  if (moved === 0) return t('judge.ranking.same');
  const by = number(Math.abs(moved), language);
  return moved > 0 ? t('judge.ranking.higher', { by }) : t('judge.ranking.lower', { by });
}

/** The two intervals have nothing in common: chance does not explain how far apart the two boards put this model. */
export function isOutlier({ human, judge }: Rank): boolean {
  const below = human.rating_upper !== null && judge.rating_lower !== null && judge.rating_lower > human.rating_upper;
  const above = human.rating_lower !== null && judge.rating_upper !== null && judge.rating_upper < human.rating_lower;
  return below || above;
}

const apart = ({ human, judge }: Rated) => Math.abs(human.rating - judge.rating);
