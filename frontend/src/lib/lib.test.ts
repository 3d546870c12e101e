import { beforeEach, describe, expect, test, vi } from 'vitest';
import { dateTime, isolated, list, number, percent, range } from './format';
import { dropDraft, emptyDraft, loadDraft, randomKey, saveDraft, sweepDrafts } from './drafts';
import { setShortcuts, shortcutName } from './shortcuts';
import { storedTheme, setTheme } from './theme';

beforeEach(() => localStorage.clear());

describe('drafts', () => {
  test('come back as they were saved, by battle', () => {
    const draft = { ...emptyDraft(), verdicts: { overall: 'a' as const }, comment: 'why' };
    saveDraft('one', draft);
    expect(loadDraft('one')).toMatchObject({ verdicts: { overall: 'a' }, comment: 'why', key: draft.key });
    expect(loadDraft('two').verdicts).toEqual({});
    dropDraft('one');
    expect(loadDraft('one').comment).toBe('');
  });

  test.each(['', 'null', '{', '[]', '{"verdicts": 1}', '{"verdicts":{},"reasons":{"a":[]},"comment":"","recognised":false,"key":"k","saved":1}'])(
    'broken storage %j gives an empty draft',
    (stored) => {
      localStorage.setItem('arena.draft.x', stored);
      expect(loadDraft('x')).toMatchObject({ verdicts: {}, comment: '' });
    },
  );

  test('a storage that refuses stops nothing', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    expect(() => saveDraft('x', emptyDraft())).not.toThrow();
  });

  test('old and broken drafts are swept, fresh ones and other entries stay', () => {
    const day = 24 * 3600 * 1000;
    saveDraft('old', emptyDraft());
    localStorage.setItem('arena.draft.broken', '{');
    localStorage.setItem('arena.theme', 'dark');
    sweepDrafts(Date.now() + day);
    expect(Object.keys(localStorage).sort()).toEqual(['arena.draft.old', 'arena.theme']);
    sweepDrafts(Date.now() + 15 * day);
    expect(Object.keys(localStorage)).toEqual(['arena.theme']);
  });

  test('keys are 128 bits and differ', () => {
    expect(randomKey()).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(Array.from({ length: 100 }, randomKey)).size).toBe(100);
  });
});

describe('shortcutName', () => {
  const press = (init: KeyboardEventInit, target: Element = document.body) => {
    let name: string | null = null;
    const listen = (event: Event) => (name = shortcutName(event as KeyboardEvent));
    document.addEventListener('keydown', listen);
    target.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
    document.removeEventListener('keydown', listen);
    return name;
  };
  const element = (html: string) => {
    const box = document.createElement('div');
    box.append(document.createRange().createContextualFragment(html));
    document.body.replaceChildren(box);
    return box.querySelector('[data-here]') ?? box;
  };

  test('keys have names', () => {
    expect(press({ key: '1' })).toBe('1');
    expect(press({ key: 'S', shiftKey: true })).toBe('s');
    expect(press({ key: 'ArrowDown' })).toBe('ArrowDown');
    expect(press({ key: '?' })).toBe('?');
  });

  test.each([
    ['Arabic', { key: 'س', code: 'KeyS' }, 's'],
    ['Arabic', { key: '٣', code: 'Digit3' }, '3'],
    ['Arabic', { key: '؟', code: 'Slash', shiftKey: true }, '?'],
    ['Chinese', { key: '？', code: 'Slash', shiftKey: true }, '?'],
    ['French', { key: '&', code: 'Digit1' }, '1'],
    ['French', { key: '1', code: 'Digit1', shiftKey: true }, '1'],
    ['French', { key: 'a', code: 'KeyQ' }, 'a'],
    ['English', { key: '!', code: 'Digit1', shiftKey: true }, '!'],
  ])('the keys of a %s keyboard: %j', (_, init, name) => expect(press(init)).toBe(name));

  test.each([{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { isComposing: true }, { repeat: true }])('dead with %j', (state) => {
    expect(press({ key: '1', ...state })).toBeNull();
  });

  test.each(['<input data-here>', '<input type="search" data-here>', '<textarea data-here></textarea>', '<select data-here></select>', '<dialog open><button data-here></button></dialog>'])(
    'dead in %s',
    (html) => expect(press({ key: '1' }, element(html))).toBeNull(),
  );

  test.each(['<input type="radio" data-here>', '<input type="checkbox" data-here>', '<button data-here></button>'])('alive on %s', (html) =>
    expect(press({ key: '1' }, element(html))).toBe('1'),
  );

  test('Ctrl or Cmd with Enter submits, also from a text field and with shortcuts off', () => {
    setShortcuts(false);
    expect(press({ key: 'Enter', ctrlKey: true }, element('<textarea data-here></textarea>'))).toBe('submit');
    expect(press({ key: 'Enter', metaKey: true })).toBe('submit');
    expect(press({ key: 'Enter' })).toBeNull();
    expect(press({ key: 'Enter', ctrlKey: true, altKey: true })).toBeNull();
  });

  test('can be switched off and on', () => {
    setShortcuts(false);
    expect(press({ key: '1' })).toBeNull();
    setShortcuts(true);
    expect(press({ key: '1' })).toBe('1');
  });

  test('a held arrow goes on', () => expect(press({ key: 'ArrowDown', repeat: true })).toBe('ArrowDown'));
});

describe('format', () => {
  test('numbers, shares, ranges and times', () => {
    expect(number(1177.39, 'en')).toBe('1,177');
    expect(number(null, 'en')).toBe('–');
    expect(percent(0.795, 'en')).toBe('80%');
    expect(range(2, 5, 'en')).toBe('2–5');
    expect(range(1, 1, 'en')).toBe('1–1');
    expect(range(null, 5, 'en')).toBe('–');
    expect(range(-127, 687, 'en')).toBe('-127–687');
    expect(range(-127, 687, 'ar')).toBe('\u2066-127\u2069–687');
    expect(percent(0.8, 'ar')).toBe('\u206680%\u2069');
    expect(dateTime('2026-11-24T15:22:19Z', 'en-GB')).toBe('24 Nov 2026, 15:22 UTC');
  });
});

describe('isolated', () => {
  const name = 'Fir \u202eknarf';
  test('in a page of left to right, only what would reorder it is set apart, and without its overrides', () => {
    expect(isolated('GPT-4 (mini)', 'ltr')).toBe('GPT-4 (mini)');
    expect(isolated(name, 'ltr')).toBe('Fir knarf');
    expect(isolated('نموذج 5', 'ltr')).toBe('\u2068نموذج 5\u2069');
    expect(isolated('a\u2069\u202eb', 'ltr')).toBe('ab');
  });
  test('in a page of right to left everything is, but bare numbers', () => {
    expect(isolated('C++', 'rtl')).toBe('\u2068C++\u2069');
    expect(isolated(name, 'rtl')).toBe('\u2068Fir knarf\u2069');
    expect(isolated('1,234.5', 'rtl')).toBe('1,234.5');
    expect(isolated(range(-127, 5, 'ar'), 'rtl')).toBe('\u2066-127\u2069–5');
    expect(isolated('\u206612', 'rtl')).toBe('\u206812\u2069');
  });
  test('a list is of the page’s language, each of its names apart', () => {
    expect(list(['A', 'B', 'C'], 'en', 'ltr')).toBe('A, B, and C');
    expect(list(['A', 'ب'], 'fr', 'ltr')).toBe('A et \u2068ب\u2069');
    expect(list(['A', 'B'], 'ar', 'rtl')).toBe('\u2068A\u2069 و\u2068B\u2069');
  });
});

test('the theme is kept, and the system’s is the absence of one', () => {
  expect(storedTheme()).toBe('system');
  setTheme('dark');
  expect([storedTheme(), document.documentElement.dataset.theme]).toEqual(['dark', 'dark']);
  setTheme('system');
  expect([storedTheme(), document.documentElement.dataset.theme, localStorage.length]).toEqual(['system', undefined, 0]);
});
