import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { setTheme, storedTheme, type Theme } from '../lib/theme';
import { LanguageChoice } from './LanguageChoice';

const THEMES: Theme[] = ['system', 'light', 'dark'];

/** What every page has around it. */
export function Frame({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <>
      <a className="skip-link" href="#content">{t('site.skip')}</a>
      <header className="site">
        <Link href="/" className="brand">{t('site.name')}</Link>
        <nav aria-label={t('site.name')}>
          <Link href="/">{t('site.arenas')}</Link>
          <Link href="/me">{t('site.mine')}</Link>
        </nav>
        <LanguageChoice />
      </header>
      {children}
      <footer className="site">
        <a href="/docs">{t('site.api')}</a>
        <Link href="/owner">{t('site.owner')}</Link>
        <Link href="/admin">{t('site.admin')}</Link>
        <ThemeChoice />
      </footer>
    </>
  );
}

function ThemeChoice() {
  const { t } = useTranslation();
  const [theme, choose] = useState(storedTheme);
  const change = (next: Theme) => {
    setTheme(next);
    choose(next);
  };
  return (
    <label className="theme">
      <span>{t('site.theme')}</span>
      <select value={theme} onChange={(event) => change(event.target.value as Theme)}>
        {THEMES.map((each) => <option key={each} value={each}>{t(`site.themes.${each}`)}</option>)}
      </select>
    </label>
  );
}
