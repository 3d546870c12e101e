import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { arenaQuery, disagreementQuery } from '../../api/queries';
import type { DisagreementRead } from '../../api/types';
import { dateTime, percent } from '../../lib/format';
import { modalityOf } from '../../modalities';
import { Loading, ProblemNotice } from '../../ui/Status';
import { usePage } from '../../ui/usePage';
import { Says } from './Disagreements';
import { useJudgeAddress } from './useJudgeAddress';
import '../../styles/data.css';
import './judge.css';

interface Props {
  arena: string;
  judge: string;
  battle: string;
}

/** One disagreement to read: the texts, what people say, and what the judge says with its own words as plain text. */
export default function BattlePage({ arena: slug, judge, battle }: Props) {
  const { t } = useTranslation();
  const { filters, search } = useJudgeAddress();
  const arena = useQuery(arenaQuery(slug));
  const found = useQuery(disagreementQuery(slug, { judge, ...filters }, battle));
  const title = t('judge.battle.title', { judge });
  const heading = usePage(title);
  return (
    <main id="content" className="wide">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        <Link href={`/arenas/${encodeURIComponent(slug)}/judges/${encodeURIComponent(judge)}${search}`} className="button">{t('judge.battle.back')}</Link>
      </div>
      {found.isPending && <Loading />}
      {found.isError && <ProblemNotice problem={asProblem(found.error)} retry={() => void found.refetch()} />}
      {found.data && arena.data && <Read found={found.data} modality={arena.data.modality} />}
    </main>
  );
}

function Read({ found, modality }: { found: DisagreementRead; modality: string }) {
  const { t } = useTranslation();
  const sides = [[found.first, found.first_answer], [found.second, found.second_answer]] as const;
  return (
    <>
      <section aria-labelledby="said-title">
        <h2 id="said-title">{t('judge.battle.said')}</h2>
        <dl className="facts-list">
          <div>
            <dt>{t('judge.people')}</dt>
            <dd><Says word={found.people_say} /> <span className="quiet">{t('judge.disagreements.votes', { first: found.people.first, tie: found.people.tie, second: found.people.second })}</span></dd>
          </div>
          <div><dt>{t('judge.judge')}</dt><dd><Says word={found.judge_says} /></dd></div>
        </dl>
      </section>
      <Judged found={found} />
      <section aria-labelledby="prompt-title">
        <h2 id="prompt-title">{t('vote.prompt')}</h2>
        <Messages messages={found.prompt_messages} modality={modality} language={found.language} />
      </section>
      <div className="pair answers">
        {sides.map(([model, messages]) => (
          <section key={model} className="answer">
            <h2><bdi>{model}</bdi></h2>
            <Messages messages={messages} modality={modality} language={found.language} />
          </section>
        ))}
      </div>
    </>
  );
}

/** Each verdict with the judge's own words: text and nothing else, whatever it wrote. */
function Judged({ found }: { found: DisagreementRead }) {
  const { t, i18n } = useTranslation();
  return (
    <section aria-labelledby="judged-title">
      <h2 id="judged-title">{t('judge.battle.judged')}</h2>
      <ol className="judged">
        {found.judged.map((each) => (
          <li key={each.battle + each.shown_first}>
            <p>
              <strong><Says word={each.says} /></strong>{' '}
              <span className="quiet">
                {t('judge.battle.shown', { model: each.shown_first })}
                {each.confidence !== null && ` · ${t('judge.battle.confidence', { confidence: percent(each.confidence, i18n.language) })}`}
                {each.version && ` · ${t('judge.battle.version', { version: each.version })}`}
                {` · ${dateTime(each.voted_at, i18n.language)}`}
              </span>
            </p>
            {each.reasoning ? <pre className="reasoning" dir="auto">{each.reasoning}</pre> : <p className="quiet">{t('judge.battle.silent')}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Messages({ messages, modality, language }: { messages: DisagreementRead['first_answer']; modality: string; language: string }) {
  const { t } = useTranslation();
  const { Shown } = modalityOf(modality);
  if (messages.length === 0) return <p className="quiet">{t('judge.battle.noText')}</p>;
  return messages.map((message, index) => (
    <div key={index} className="message" dir="auto" lang={language || undefined}><Shown content={message.content} under={2} /></div>
  ));
}
