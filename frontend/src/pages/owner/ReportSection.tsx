import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { modelReportQuery } from '../../api/owner';
import { asProblem } from '../../api/problem';
import type { ModelReport } from '../../api/types';
import { History } from '../../charts/History';
import { dateTime, languageName, number, percent, range } from '../../lib/format';
import { Name } from '../../ui/Name';
import { Scroller } from '../../ui/Scroller';
import { Loading, ProblemNotice } from '../../ui/Status';

interface Props {
  arena: string;
  model: string;
}

/** What votes say of the model: a stored report in sums, in which no single vote can be seen. */
export function ReportSection({ arena, model }: Props) {
  const { t } = useTranslation();
  const [voters, setVoters] = useState<'human' | 'simulated'>('human');
  const report = useQuery(modelReportQuery(arena, model, voters));
  return (
    <section aria-labelledby="report-title">
      <h2 id="report-title">{t('owner.report')}</h2>
      <div className="filters">
        <label className="field">
          <span>{t('owner.voters')}</span>
          <select value={voters} onChange={(event) => setVoters(event.target.value as typeof voters)}>
            {(['human', 'simulated'] as const).map((each) => <option key={each} value={each}>{t(`owner.votersOf.${each}`)}</option>)}
          </select>
        </label>
      </div>
      {report.isPending && <Loading />}
      {report.isError && <ProblemNotice problem={asProblem(report.error)} retry={() => void report.refetch()} />}
      {report.data && <Report report={report.data} />}
    </section>
  );
}

function Report({ report }: { report: ModelReport }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const made = { votes: number(report.votes, language), when: dateTime(report.made_at, language), next: number(report.votes_until_next, language) };
  return (
    <>
      <p>{report.votes > 0 ? t('owner.made', made) : t('owner.tooFew', { least: number(report.least_new_votes, language) })}</p>
      <p data-own-votes={report.own_votes_not_counted}>{t('owner.ownVotes')} {t('owner.notCounted', { count: report.own_votes_not_counted })}</p>
      {report.votes > 0 && (
        <>
          <Figures title={t('owner.by.dimension')} name="dimensions" rows={report.dimensions.map((each) => ({ ...each, label: each.title }))} />
          <Figures title={t('owner.by.category')} name="categories" rows={report.categories.map((each) => ({ ...each, label: each.category }))} />
          <Figures title={t('owner.by.language')} name="languages" rows={report.languages.map((each) => ({ ...each, label: languageName(each.language, language) }))} />
          <Opponents report={report} />
          <Past report={report} />
          <Reasons title={t('owner.reasons.of_model')} rows={report.reasons.of_model} />
          <Reasons title={t('owner.reasons.of_opponents')} rows={report.reasons.of_opponents} />
          <h3>{t('owner.comments')}</h3>
          <p>{t('owner.written', { count: report.comments.written })}</p>
          {report.comments.published.map((text, index) => <blockquote key={index} dir="auto">{text}</blockquote>)}
        </>
      )}
    </>
  );
}

type Row = ModelReport['dimensions'][number] & { label: string };

function Figures({ title, name, rows }: { title: string; name: string; rows: Omit<Row, 'dimension' | 'title'>[] }) {
  const { t, i18n } = useTranslation();
  const count = (value: number | null) => number(value, i18n.language);
  if (rows.length === 0) return null;
  return (
    <Scroller label={title} className="board-table">
      <table data-table={name}>
        <caption>{title}</caption>
        <thead><tr><th scope="col">{t('owner.columns.of')}</th>{(['rating', 'interval', 'rank', 'votes', 'wins', 'losses', 'ties', 'both_bad'] as const).map((each) => <th key={each} scope="col">{t(`owner.columns.${each}`)}</th>)}</tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row"><Name of={row.label} /></th>
              <td>{count(row.rating)}</td>
              <td>{range(row.rating_lower, row.rating_upper, i18n.language)}</td>
              <td>{range(row.rank_best, row.rank_worst, i18n.language)}</td>
              {[row.votes, row.wins, row.losses, row.ties, row.both_bad].map((value, index) => <td key={index}>{count(value)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Opponents({ report }: { report: ModelReport }) {
  const { t, i18n } = useTranslation();
  const count = (value: number | null) => number(value, i18n.language);
  return (
    <Scroller label={t('owner.by.opponent')} className="board-table">
      <table data-table="opponents">
        <caption>{t('owner.by.opponent')}</caption>
        <thead><tr><th scope="col">{t('owner.columns.opponent')}</th>{(['votes', 'wins', 'losses', 'ties', 'both_bad', 'predicted'] as const).map((each) => <th key={each} scope="col">{t(`owner.columns.${each}`)}</th>)}</tr></thead>
        <tbody>
          {report.opponents.map((row) => (
            <tr key={row.model}>
              <th scope="row"><Name of={row.name} /></th>
              {[row.votes, row.wins, row.losses, row.ties, row.both_bad].map((value, index) => <td key={index}>{count(value)}</td>)}
              <td>{percent(row.predicted, i18n.language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Past({ report }: { report: ModelReport }) {
  const { t, i18n } = useTranslation();
  const moments = report.history.map((each) => ({ at: Date.parse(each.generated_at), rating: each.rating, lower: each.rating_lower, upper: each.rating_upper }));
  return (
    <>
      {moments.length > 1 && <History title={t('owner.history')} summary={t('owner.moments', { count: moments.length })} note={t('owner.historyNote')} courses={[{ key: report.model, name: report.model, pieces: [moments] }]} language={i18n.language} />}
      <Scroller label={t('owner.history')} className="board-table">
        <table data-table="history">
          <caption>{t('owner.history')}</caption>
          <thead><tr><th scope="col">{t('owner.columns.when')}</th><th scope="col">{t('owner.columns.votes')}</th><th scope="col">{t('owner.columns.rating')}</th><th scope="col">{t('owner.columns.interval')}</th></tr></thead>
          <tbody>
            {report.history.map((each) => (
              <tr key={each.snapshot_id}>
                <th scope="row">{dateTime(each.generated_at, i18n.language)}</th>
                <td>{number(each.votes, i18n.language)}</td>
                <td>{number(each.rating, i18n.language)}</td>
                <td>{range(each.rating_lower, each.rating_upper, i18n.language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </>
  );
}

function Reasons({ title, rows }: { title: string; rows: ModelReport['reasons']['of_model'] }) {
  const { t, i18n } = useTranslation();
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="facts">{rows.map((row) => <li key={row.reason}><Name of={wordOf(row.reason)} />: {number(row.votes, i18n.language)}</li>)}</ul>
    </>
  );

  /** Words that the ballot offers are said in the page's language, others as they were given. */
  function wordOf(reason: string): string {
    const key = `vote.reasons.${reason}`;
    return i18n.exists(key) ? t(key as 'vote.prompt') : reason;
  }
}
