import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { disagreementsFile, disagreementsQuery, type JudgeQuery } from '../../api/queries';
import { sessionQuery } from '../../api/session';
import type { Disagreement } from '../../api/types';
import { Scroller } from '../../ui/Scroller';
import { SignIn, SignOut } from '../../ui/SignIn';
import { Loading, ProblemNotice } from '../../ui/Status';
import { Section } from './Section';

interface Props {
  arena: string;
  query: JudgeQuery;
  /** The filters in the address, for the way back. */
  search: string;
}

/** The battles on which the judge and people part; they hold texts and names, so they are for those with a key. */
export function Disagreements(props: Props) {
  const { t } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  return (
    <Section id="disagreements" title={t('judge.disagreements.title')} lead={t('judge.disagreements.lead')}>
      {session?.scope ? <Listed {...props} /> : <SignIn lead={t('judge.disagreements.locked')} />}
    </Section>
  );
}

function Listed({ arena, query, search }: Props) {
  const { t } = useTranslation();
  const list = useInfiniteQuery(disagreementsQuery(arena, query));
  if (list.isPending) return <Loading />;
  if (list.isError) {
    const problem = asProblem(list.error);
    // The server does not say which: a key of another arena finds nothing.
    if (![403, 404].includes(problem.status)) return <ProblemNotice problem={problem} retry={() => void list.refetch()} />;
    return (
      <>
        <p role="alert">{t('judge.disagreements.refused')}</p>
        <SignOut />
      </>
    );
  }
  const rows = list.data.pages.flatMap((page) => page.items);
  return (
    <>
      {rows.length === 0 ? <p>{t('judge.disagreements.none')}</p> : <Rows arena={arena} query={query} search={search} rows={rows} />}
      <p className="actions">
        {list.hasNextPage && <button type="button" onClick={() => void list.fetchNextPage()}>{t('judge.disagreements.more')}</button>}
        {rows.length > 0 && <Download arena={arena} query={query} />}
        <SignOut className="link" />
      </p>
    </>
  );
}

function Rows({ arena, query, search, rows }: { arena: string; query: JudgeQuery; search: string; rows: Disagreement[] }) {
  const { t } = useTranslation();
  const base = `/arenas/${encodeURIComponent(arena)}/judges/${encodeURIComponent(query.judge)}/battles`;
  return (
    <Scroller label={t('judge.disagreements.title')} className="board-table disagreements">
      <table>
        <caption className="sr-only">{t('judge.disagreements.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('judge.disagreements.prompt')}</th>
            <th scope="col">{t('judge.disagreements.models')}</th>
            <th scope="col">{t('judge.disagreements.people')}</th>
            <th scope="col">{t('judge.disagreements.judge')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.battle} data-battle={row.battle}>
              <th scope="row">
                <Link href={`${base}/${row.battle}${search}`}><bdi>{row.prompt ?? t('judge.disagreements.noPrompt')}</bdi></Link>
                {row.turn !== null && <small>{t('vote.turn', { number: row.turn })}</small>}
              </th>
              <td><bdi>{row.first}</bdi> · <bdi>{row.second}</bdi></td>
              <td>
                <Says word={row.people_say} />
                <small>{t('judge.disagreements.votes', { first: row.people.first, tie: row.people.tie, second: row.people.second })}</small>
              </td>
              <td><Says word={row.judge_says} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

/** A model's name, or what a tie is called. */
export function Says({ word }: { word: string }) {
  const { t } = useTranslation();
  return word === 'tie' || word === 'both_good' || word === 'both_bad' ? <span>{t(`vote.verdicts.${word}`)}</span> : <bdi>{word}</bdi>;
}

function Download({ arena, query }: { arena: string; query: JudgeQuery }) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState(false);
  const save = async () => {
    try {
      const address = URL.createObjectURL(await disagreementsFile(arena, query));
      const link = Object.assign(document.createElement('a'), { href: address, download: `${arena}-${query.judge}-disagreements.csv` });
      link.click();
      URL.revokeObjectURL(address);
      setFailed(false);
    } catch {
      setFailed(true);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void save()}>{t('judge.disagreements.csv')}</button>
      {failed && <span role="alert">{t('judge.disagreements.failed')}</span>}
    </>
  );
}
