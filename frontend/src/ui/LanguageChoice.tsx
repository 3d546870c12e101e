import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Language, LANGUAGES, setLanguage } from '../i18n';

const CODES = Object.keys(LANGUAGES) as Language[];

/** Changes the words of the page and nothing else: its address, what is typed and the focus stay. */
export function LanguageChoice() {
  const { t, i18n } = useTranslation();
  const [failed, setFailed] = useState(false);
  const choose = (language: Language) => {
    setFailed(false);
    setLanguage(language).catch(() => setFailed(true));
  };
  return (
    <div className="language">
      <label>
        <Globe />
        <span className="sr-only">{t('site.language')}</span>
        <select value={i18n.language} onChange={(event) => choose(event.target.value as Language)}>
          {CODES.map((code) => <option key={code} value={code} lang={code} dir={i18n.dir(code)}>{LANGUAGES[code]}</option>)}
        </select>
      </label>
      {failed && <p role="alert" className="alert">{t('site.languageFailed')}</p>}
    </div>
  );
}

/** A sign that can be read in every language. */
function Globe() {
  return (
    <svg aria-hidden="true" width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5">
      <circle cx="10" cy="10" r="8" />
      <ellipse cx="10" cy="10" rx="3.5" ry="8" />
      <path d="M2 10h16M3.5 5.5h13M3.5 14.5h13" />
    </svg>
  );
}
