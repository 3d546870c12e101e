/** Which words of two answers differ. Fetched only when a voter asks for it. */
import { diffWordsWithSpace } from 'diff';

export interface Piece {
  text: string;
  /** Stands in this answer only. */
  own: boolean;
}

const LONGEST_MS = 1_000;

/** Both answers cut into pieces, or null where comparing takes too long. */
export function differences(a: string, b: string): Record<'a' | 'b', Piece[]> | null {
  const changes = diffWordsWithSpace(a, b, { timeout: LONGEST_MS });
  if (!changes) return null;
  const pieces = (gone: 'added' | 'removed', own: 'added' | 'removed') =>
    changes.filter((change) => !change[gone]).map((change) => ({ text: change.value, own: change[own] }));
  return { a: pieces('added', 'removed'), b: pieces('removed', 'added') };
}
