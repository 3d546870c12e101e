/**
 * An API key that somebody typed in, kept until the tab is closed. It goes only with calls that need one, so that a key
 * that is no longer valid closes no page that is open to all.
 */
const STORED = 'arena.key';

export function storedKey(): string {
  try {
    return globalThis.sessionStorage.getItem(STORED) ?? '';
  } catch {
    return '';
  }
}

export function keepKey(key: string): void {
  try {
    if (key) globalThis.sessionStorage.setItem(STORED, key);
    else globalThis.sessionStorage.removeItem(STORED);
  } catch {
    // Without storage the key holds for this page alone.
  }
}

export function authorization(key: string): Record<string, string> {
  return key ? { Authorization: `Bearer ${key}` } : {};
}
