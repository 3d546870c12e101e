import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { asProblem } from '../../api/problem';
import { withdrawVote } from '../../api/queries';
import type { OwnVote as Own, Verdict } from '../../api/types';
import { problemText, readable, whyNotText } from '../../i18n/told';
import { randomKey } from '../../lib/drafts';
import { dateTime } from '../../lib/format';
import { Name } from '../../ui/Name';

/** One vote of the voter's: what it said, of whom, and whether it counts. */
export function OwnVote({ vote }: { vote: Own }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => withdrawVote(vote.battle, randomKey()),
    onSuccess: () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'battle' }),
  });
  return (
    <article className="own-vote" aria-labelledby={`vote-${vote.battle}`}>
      <h3 id={`vote-${vote.battle}`}>
        <Link href={`/arenas/${encodeURIComponent(vote.arena)}/vote`}><Name of={vote.arena} /></Link>{' '}
        <small><Name of={vote.prompt} /> · <time dateTime={vote.voted_at}>{dateTime(vote.voted_at, i18n.language)}</time></small>
      </h3>
      <dl className="said">
        {Object.entries(vote.verdicts).map(([dimension, verdict]) => (
          <div key={dimension}>
            <dt><Name of={readable(dimension)} /></dt>
            <dd>{t(`vote.verdicts.${verdict as Verdict}`)}</dd>
          </div>
        ))}
        {vote.models?.map((model, index) => (
          <div key={index}>
            <dt>{t('vote.answer', { side: index === 0 ? 'A' : 'B' })}</dt>
            <dd><Name of={model.name} /></dd>
          </div>
        ))}
      </dl>
      {!vote.models && <p className="quiet">{t('me.unrevealed')}</p>}
      {vote.comment && <blockquote dir="auto">{vote.comment}</blockquote>}
      {!vote.counted && <p className="not-counted">{t('me.notCounted', { why: whyNotText(vote.why_not_code, vote.why_not, t) })}</p>}
      {withdraw.isError && <p role="alert" className="alert">{problemText(asProblem(withdraw.error), t)}</p>}
      {vote.why_not_code !== 'withdrawn' && (
        <button type="button" onClick={() => withdraw.mutate()} aria-disabled={withdraw.isPending}>{t('vote.withdraw')}</button>
      )}
    </article>
  );
}
