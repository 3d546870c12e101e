import { safeStorage } from './storage';

export type Theme = 'system' | 'light' | 'dark';

const NAME = 'arena.theme';

export function storedTheme(): Theme {
  const stored = safeStorage()?.getItem(NAME);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

/** `public/before-paint.js` does the same before the first paint. */
export function setTheme(theme: Theme): void {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme;
    safeStorage()?.removeItem(NAME);
  } else {
    document.documentElement.dataset.theme = theme;
    safeStorage()?.setItem(NAME, theme);
  }
}
