import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { failedCallsQuery } from '../../api/runs';
import type { JudgeCall } from '../../api/types';
import { Name } from '../../ui/Name';
import { Loading, ProblemNotice } from '../../ui/Status';
import { kindText, money, reasonText } from './words';

/** The exact words of what failed, as text and nothing else. */
export function FailedCalls({ run, failed }: { run: string; failed: number }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  if (!shown) return <p className="actions"><button type="button" onClick={() => setShown(true)}>{t('run.showCalls')}</button></p>;
  return <Calls run={run} failed={failed} />;
}

function Calls({ run, failed }: { run: string; failed: number }) {
  const { t } = useTranslation();
  const calls = useInfiniteQuery(failedCallsQuery(run, failed));
  if (calls.isPending) return <Loading />;
  if (calls.isError) return <ProblemNotice problem={asProblem(calls.error)} retry={() => void calls.refetch()} />;
  return (
    <>
      <h3>{t('run.failedCalls')}</h3>
      {calls.data.pages.flatMap((page) => page.items).map((call) => <Call key={call.id} call={call} />)}
      {calls.hasNextPage && <p className="actions"><button type="button" onClick={() => void calls.fetchNextPage()}>{t('run.more')}</button></p>}
    </>
  );
}

function Call({ call }: { call: JudgeCall }) {
  const { t } = useTranslation();
  return (
    <details className="call">
      <summary>
        <Name of={call.judgment.prompt || call.judgment.battle} /> · {call.judgment.shown_as_a} · <code>{call.key}</code>
        {call.kind && <> · {kindText(call.kind, t)}</>}
        {call.reason && call.reason !== call.kind && <> · {reasonText(call.reason, t)}</>}
      </summary>
      {call.detail && <p><Name of={call.detail} /></p>}
      {call.asked?.messages.map((message, index) => (
        <div key={index}>
          <h4>{t('run.asked', { role: message.role })}</h4>
          <pre dir="auto">{typeof message.content === 'string' ? message.content : JSON.stringify(message.content, null, 2)}</pre>
        </div>
      ))}
      <h4>{t('run.reply')}</h4>
      {call.reply?.text ? <pre dir="auto">{call.reply.text}</pre> : <p className="quiet">{call.reply?.refusal ?? t('run.noReply')}</p>}
      <Requests call={call} />
    </details>
  );
}

function Requests({ call }: { call: JudgeCall }) {
  const { t, i18n } = useTranslation();
  return (
    <ol>
      {call.requests.map((each) => (
        <li key={each.sent_at + each.format}>
          {t('run.tokens', { read: each.input_tokens, written: each.output_tokens })}
          {` · ${each.micros === null ? t('run.noPrice') : money(each.micros, i18n.language)}`}
          {each.status !== null && ` · HTTP ${each.status}`}
          {each.reason && ` · ${reasonText(each.reason, t)}`}
        </li>
      ))}
    </ol>
  );
}
