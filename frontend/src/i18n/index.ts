import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { figure, isolated } from '../lib/format';
import { safeStorage } from '../lib/storage';
import type admin from './admin/en.json';
import type board from './board/en.json';
import type en from './en.json';
import type judge from './judge/en.json';
import type keys from './keys/en.json';
import type me from './me/en.json';
import type owner from './owner/en.json';
import type setup from './setup/en.json';
import type vote from './vote/en.json';

/** Each by its own name, so that people find theirs on a page that they cannot read. */
export const LANGUAGES = { en: 'English', fr: 'Français', zh: '中文', ar: 'العربية' } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = 'arena.language';
const MESSAGES: Record<Language, () => Promise<{ default: unknown }>> = {
  en: () => import('./en.json'),
  fr: () => import('./fr.json'),
  zh: () => import('./zh.json'),
  ar: () => import('./ar.json'),
};

/** Messages of pages that few people open: they come with the page. */
const PARTS = {
  admin: { en: () => import('./admin/en.json'), fr: () => import('./admin/fr.json'), zh: () => import('./admin/zh.json'), ar: () => import('./admin/ar.json') },
  board: { en: () => import('./board/en.json'), fr: () => import('./board/fr.json'), zh: () => import('./board/zh.json'), ar: () => import('./board/ar.json') },
  judge: { en: () => import('./judge/en.json'), fr: () => import('./judge/fr.json'), zh: () => import('./judge/zh.json'), ar: () => import('./judge/ar.json') },
  keys: { en: () => import('./keys/en.json'), fr: () => import('./keys/fr.json'), zh: () => import('./keys/zh.json'), ar: () => import('./keys/ar.json') },
  me: { en: () => import('./me/en.json'), fr: () => import('./me/fr.json'), zh: () => import('./me/zh.json'), ar: () => import('./me/ar.json') },
  owner: { en: () => import('./owner/en.json'), fr: () => import('./owner/fr.json'), zh: () => import('./owner/zh.json'), ar: () => import('./owner/ar.json') },
  setup: { en: () => import('./setup/en.json'), fr: () => import('./setup/fr.json'), zh: () => import('./setup/zh.json'), ar: () => import('./setup/ar.json') },
  vote: { en: () => import('./vote/en.json'), fr: () => import('./vote/fr.json'), zh: () => import('./vote/zh.json'), ar: () => import('./vote/ar.json') },
} satisfies Record<string, Record<Language, () => Promise<{ default: unknown }>>>;
type Part = keyof typeof PARTS;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en & typeof board & typeof judge & typeof me & typeof setup & typeof vote & typeof admin & typeof owner & typeof keys };
  }
}

/** Fetches the messages of a language, draws the page in it and keeps the choice. Throws when they cannot be fetched. */
export async function setLanguage(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  safeStorage()?.setItem(STORED, language);
}

const opened = new Set<Part>();
const loaded = new Set<string>();

/** A page with its part of the messages. */
export async function withMessages<Page>(part: Part, page: Promise<Page>): Promise<Page> {
  opened.add(part);
  await load(i18next.language as Language);
  return page;
}

async function load(language: Language): Promise<void> {
  await Promise.all([add(language, '', MESSAGES[language]), ...[...opened].map((part) => add(language, part, PARTS[part][language]))]);
}

async function add(language: Language, part: string, fetch: () => Promise<{ default: unknown }>): Promise<void> {
  const key = `${language}/${part}`;
  if (loaded.has(key)) return;
  const { default: messages } = await fetch();
  i18next.addResourceBundle(language, 'translation', messages, true);
  loaded.add(key);
}

i18next.on('languageChanged', (language) => {
  document.documentElement.lang = language;
  document.documentElement.dir = i18next.dir(language);
});

await i18next.use(initReactI18next).init({
  resources: {},
  fallbackLng: false,
  interpolation: { escape: (text: unknown) => isolated(String(text), i18next.dir()) },
});
// Every number is written as the rest of the page writes them.
i18next.services.formatter?.add('number', (value: number, language, options: Intl.NumberFormatOptions) => figure(value, language ?? 'en', options));

/** `public/before-paint.js` has chosen it. */
const first = document.documentElement.lang in LANGUAGES ? (document.documentElement.lang as Language) : 'en';
await load(first);
await i18next.changeLanguage(first);

export default i18next;
