import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { eraseMe, exportMe } from '../../api/queries';
import { problemText } from '../../i18n/told';
import { dropDrafts, randomKey } from '../../lib/drafts';
import { Dialog } from '../../ui/Dialog';

/** Takes everything stored of the voter along, or has it erased. */
export function YourData({ stored }: { stored: boolean }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const [failure, setFailure] = useState('');
  const [erased, setErased] = useState<number | null>(null);
  const save = async () => {
    try {
      const address = URL.createObjectURL(await exportMe());
      Object.assign(document.createElement('a'), { href: address, download: 'votes.json' }).click();
      URL.revokeObjectURL(address);
      setFailure('');
    } catch (error) {
      setFailure(problemText(asProblem(error), t));
    }
  };
  return (
    <section aria-labelledby="your-data">
      <h2 id="your-data">{t('me.data.title')}</h2>
      <p>{t('me.data.text')}</p>
      <p className="actions">
        <button type="button" onClick={() => void save()}>{t('me.data.export')}</button>
        {stored && <button type="button" onClick={() => setAsked(true)}>{t('me.data.erase')}</button>}
      </p>
      <p role="status">{erased !== null && t('me.erase.done', { count: erased })}</p>
      {failure && <p role="alert" className="alert">{failure}</p>}
      {asked && <Erase close={() => setAsked(false)} done={setErased} />}
    </section>
  );
}

function Erase({ close, done }: { close: () => void; done: (votes: number) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const [failure, setFailure] = useState('');
  const word = t('me.erase.word');
  const erase = async (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim().toLowerCase() !== word.toLowerCase()) return setFailure(t('me.erase.type', { word }));
    try {
      const { votes } = await eraseMe(randomKey());
      dropDrafts();
      close();
      done(votes);
      queries.removeQueries({ queryKey: ['battle'] });
      await queries.invalidateQueries();
    } catch (error) {
      setFailure(problemText(asProblem(error), t));
    }
  };
  return (
    <Dialog title={t('me.erase.title')} onClose={close}>
      <form onSubmit={(event) => void erase(event)}>
        <p>{t('me.erase.text')}</p>
        <label className="field">
          <span>{t('me.erase.type', { word })}</span>
          <input type="text" value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
        </label>
        <p role="alert" className="alert">{failure}</p>
        <p className="actions">
          <button type="submit" className="danger">{t('me.erase.confirm')}</button>
          <button type="button" onClick={close}>{t('me.erase.cancel')}</button>
        </p>
      </form>
    </Dialog>
  );
}
