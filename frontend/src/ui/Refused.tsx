import { useTranslation } from 'react-i18next';
import { asProblem } from '../api/problem';
import { problemText } from '../i18n/told';
import { Name } from './Name';

const SHOWN = 20;

/** Why a form was not stored, and at which lines or fields. Nothing while there is no error. */
export function Refused({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!error) return null;
  const problem = asProblem(error);
  return (
    <div role="alert" className="alert">
      <p>{problemText(problem, t) || t('problem.offline.text')}</p>
      {problem.items.length > 0 && (
        <ul>
          {problem.items.slice(0, SHOWN).map(({ at, problem: what }, index) => <li key={index}><Name of={`${at}: ${what}`} /></li>)}
          {problem.items.length > SHOWN && <li>…</li>}
        </ul>
      )}
    </div>
  );
}
