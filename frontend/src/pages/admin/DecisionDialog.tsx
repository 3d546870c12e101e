import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { type Action, decide, type Which } from '../../api/review';
import { problemText } from '../../i18n/told';
import { Dialog } from '../../ui/Dialog';
import { Loading } from '../../ui/Status';

interface Props {
  arena: string;
  action: Action;
  which: Which;
  onDone: (count: number) => void;
  onClose: () => void;
}

/** Says how many votes would change, and asks why. */
export function DecisionDialog({ arena, action, which, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const count = useQuery({ queryKey: ['decision', arena, action, which], queryFn: () => decide(arena, action, { ...which, reason: 'how many' }, true), gcTime: 0 });
  const store = useMutation({
    mutationFn: (reason: string) => decide(arena, action, { ...which, reason }),
    onSuccess: async ({ votes }) => {
      await client.invalidateQueries({ queryKey: ['votes', arena] });
      onDone(votes);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get('reason')).trim();
    if (reason && !store.isPending) store.mutate(reason);
  };
  const failed = store.error ?? count.error;
  return (
    <Dialog title={t(`review.actions.${action}`)} onClose={onClose}>
      {failed && <p role="alert" className="alert">{problemText(asProblem(failed), t) || t('problem.offline.text')}</p>}
      {count.isPending ? <Loading /> : count.data && <p>{t(`review.would.${action}`, { count: count.data.votes })}</p>}
      <form onSubmit={submit}>
        <label className="field"><span>{t('review.reason')}</span><input type="text" name="reason" required maxLength={500} /></label>
        <p className="actions">
          <button type="submit" className="primary" aria-disabled={store.isPending}>{t(`review.actions.${action}`)}</button>
          <button type="button" onClick={onClose}>{t('review.close')}</button>
        </p>
      </form>
    </Dialog>
  );
}
