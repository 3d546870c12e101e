import { useLayoutEffect, useRef } from 'react';
import { safeStorage } from './storage';

/** What a key does; `false` says that the key press is left to the browser. */
export type Shortcuts = Record<string, (event: KeyboardEvent) => void | false>;

const SETTING = 'arena.shortcuts';

/** One-key shortcuts can be switched off (WCAG 2.1.4), for people who dictate or brush keys. */
export function shortcutsOn(): boolean {
  return safeStorage()?.getItem(SETTING) !== 'off';
}

export function setShortcuts(on: boolean): void {
  safeStorage()?.setItem(SETTING, on ? 'on' : 'off');
}

/** Calls the function named by the key pressed, unless a text field or an open dialog has the focus. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  // Before the browser paints: a key works from the moment on at which what it is for can be seen.
  useLayoutEffect(() => {
    latest.current = shortcuts;
  });
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const name = shortcutName(event);
      const action = name === null ? undefined : latest.current[name];
      if (action && action(event) !== false) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}

/**
 * The name under which a key press is looked up, or null when it must be left alone: in text fields and dialogs, while
 * composing, held down, with Ctrl, Alt or Meta. `submit` (Ctrl or Cmd with Enter) works in text fields too.
 */
export function shortcutName(event: KeyboardEvent): string | null {
  if (event.isComposing || event.defaultPrevented || inDialog(event.target)) return null;
  // A held arrow goes on from row to row; a held digit or letter would act twice.
  if (event.repeat && !event.key.startsWith('Arrow')) return null;
  if (event.key === 'Enter') return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey ? 'submit' : null;
  if (event.ctrlKey || event.altKey || event.metaKey || !shortcutsOn() || takesText(event.target)) return null;
  return event.key.length === 1 ? latin(event) : event.key;
}

/** What the key says on a Latin keyboard: an Arabic or a French one has other signs on the keys of letters and digits. */
function latin({ key, code, shiftKey }: KeyboardEvent): string {
  if (key === '؟' || key === '？') return '?';
  const [, letter, digit] = /^(?:Key([A-Z])|(?:Digit|Numpad)(\d))$/.exec(code) ?? [];
  if (digit && !shiftKey) return digit;
  return letter && key > '\u007f' ? letter.toLowerCase() : key.toLowerCase();
}

const TEXTLESS = new Set(['button', 'checkbox', 'radio', 'range', 'reset', 'submit', 'color', 'file', 'image']);

function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !TEXTLESS.has(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function inDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('dialog') !== null;
}
