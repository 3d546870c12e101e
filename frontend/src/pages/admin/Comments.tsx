import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { commentsQuery, decideComment } from '../../api/looked-at';
import { dateTime, number } from '../../lib/format';
import { Kinds, LookedAtList, StateChoice, useDecision } from './LookedAt';

const STATES = ['undecided', 'published', 'refused'] as const;
const DECISIONS = ['published', 'refused'] as const;

/** What voters wrote, newest first: the owners of both models read what is published. */
export function Comments({ arena }: { arena: string }) {
  const { t, i18n } = useTranslation();
  const [state, setState] = useState<(typeof STATES)[number]>('undecided');
  const comments = useInfiniteQuery(commentsQuery(arena, state));
  const decision = useDecision(['comments', arena], (ballot: number, to: (typeof DECISIONS)[number]) => decideComment(arena, ballot, to));
  return (
    <section aria-labelledby="comments-title">
      <h2 id="comments-title" tabIndex={-1}>{t('lookedAt.comments')}</h2>
      <p>{t('lookedAt.leads.comments')}</p>
      <StateChoice states={STATES} state={state} onChoose={setState} />
      <LookedAtList found={comments} decision={decision} none={t(`lookedAt.noComment.${state}`)}>
        {(comment) => {
          const name = t('lookedAt.comment', { number: number(comment.ballot, i18n.language) });
          return (
            <li key={comment.ballot} data-comment={comment.ballot} className="card">
              <h3 tabIndex={-1}>{name}</h3>
              <p className="quiet">{dateTime(comment.written_at, i18n.language)}</p>
              <Kinds of={comment.findings} />
              <blockquote dir="auto">{comment.text}</blockquote>
              <p className="actions">
                {DECISIONS.filter((each) => each !== comment.state).map((each) => (
                  <button key={each} type="button" aria-label={`${t(`lookedAt.decide.${each}`)}: ${name}`} aria-disabled={decision.isPending} onClick={(event) => decision.take(event, comment.ballot, each)}>{t(`lookedAt.decide.${each}`)}</button>
                ))}
              </p>
            </li>
          );
        }}
      </LookedAtList>
    </section>
  );
}
