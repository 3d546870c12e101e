/** The browser's storage, or nothing where it is switched off: reading the property alone may throw. */
export function safeStorage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
