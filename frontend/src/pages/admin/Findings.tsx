import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { decideFinding, findingsQuery } from '../../api/looked-at';
import type { Message } from '../../api/types';
import { said } from '../../modalities/said';
import { Name } from '../../ui/Name';
import { Refused } from '../../ui/Refused';
import { Kinds, LookedAtList, StateChoice, useDecision } from './LookedAt';

const STATES = ['held', 'released'] as const;
const OTHER = { held: 'released', released: 'held' } as const;
const LONGEST = 600;

/** Prompts that no export shows, and those that were released. */
export function Findings({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const [state, setState] = useState<(typeof STATES)[number]>('held');
  const findings = useInfiniteQuery(findingsQuery(arena, state));
  const decision = useDecision(['findings', arena], (prompt: string, to: (typeof STATES)[number]) => decideFinding(arena, prompt, to));
  return (
    <section aria-labelledby="findings-title">
      <h2 id="findings-title" tabIndex={-1}>{t('lookedAt.prompts')}</h2>
      <p>{t('lookedAt.leads.prompts')}</p>
      <StateChoice states={STATES} state={state} onChoose={setState} />
      <LookedAtList found={findings} decision={decision} none={t(`lookedAt.noPrompt.${state}`)}>
        {(finding) => {
          const to = OTHER[finding.state];
          return (
            <li key={finding.prompt} data-finding={finding.prompt} className="card">
              <h3 tabIndex={-1}><Name of={finding.prompt} /></h3>
              <Kinds of={finding.kinds} />
              {finding.messages.map((message, index) => <Said key={index} message={message} />)}
              <p className="actions">
                <button type="button" aria-label={`${t(`lookedAt.decide.${to}`)}: ${finding.prompt}`} aria-disabled={decision.isPending} onClick={(event) => decision.take(event, finding.prompt, to)}>{t(`lookedAt.decide.${to}`)}</button>
              </p>
            </li>
          );
        }}
      </LookedAtList>
      <Hold arena={arena} />
    </section>
  );
}

function Said({ message }: { message: Message }) {
  const { t } = useTranslation();
  const text = said(message.content);
  return (
    <>
      <p className="quiet"><Name of={message.role} /></p>
      <blockquote dir="auto">{text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}</blockquote>
      {text.length > LONGEST && <details><summary>{t('lookedAt.whole')}</summary><blockquote dir="auto">{text}</blockquote></details>}
    </>
  );
}

/** Names and addresses have no form that a machine could find: who reads one holds the prompt back by its name. */
function Hold({ arena }: { arena: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const hold = useMutation({ mutationFn: (prompt: string) => decideFinding(arena, prompt, 'held'), onSuccess: () => client.invalidateQueries({ queryKey: ['findings', arena] }) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const prompt = String(new FormData(event.currentTarget).get('prompt')).trim();
    if (prompt && !hold.isPending) hold.mutate(prompt);
  };
  return (
    <form className="filters" onSubmit={submit}>
      <label className="field"><span>{t('lookedAt.another')}</span><input type="text" name="prompt" required maxLength={500} /></label>
      <button type="submit" aria-disabled={hold.isPending}>{t('lookedAt.decide.held')}</button>
      <Refused error={hold.error} />
      {hold.data && <p role="status">{t('lookedAt.did.held')}</p>}
    </form>
  );
}
