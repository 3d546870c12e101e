import { useTranslation } from 'react-i18next';
import type { Report } from '../../api/types';
import { sentence } from './reasons';

const LEVELS = ['do_not_automate', 'calibrate', 'trusted'];

/** The verdict in words before any figure: what may be done with this judge's votes, and every rule behind it. */
export function Verdict({ report }: { report: Report }) {
  const { t } = useTranslation();
  const { trust, reasons } = report.verdict;
  const ordered = [...reasons].sort((one, other) => LEVELS.indexOf(one.allows) - LEVELS.indexOf(other.allows));
  return (
    <section className={`notice verdict verdict-${trust}`} aria-labelledby="verdict-title" data-trust={trust}>
      <h2 id="verdict-title">{t(`judge.verdicts.${trust}.title`)}</h2>
      <p>{t(`judge.verdicts.${trust}.text`)}</p>
      <ul className="reasons">
        {ordered.map((reason) => {
          const { text, told } = sentence(reason, report, t);
          const fine = reason.allows === 'trusted';
          return (
            <li key={reason.rule} className={fine ? 'for' : 'against'} data-rule={reason.rule}>
              <span aria-hidden="true">{fine ? '✓' : '✗'}</span>
              <span>
                <span className="sr-only">{t(fine ? 'judge.speaksFor' : 'judge.speaksAgainst')}</span>{' '}
                {told ? <span lang="en" dir="ltr">{text}</span> : text}
              </span>
            </li>
          );
        })}
        {(report.shortcomings ?? []).map(({ code }, place) => (
          <li key={`${code} ${place}`} className="against" data-lacks={code}>
            <span aria-hidden="true">!</span>
            <span><span className="sr-only">{t('judge.lacks')}</span> {t(`judge.shortcomings.${code}`)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
