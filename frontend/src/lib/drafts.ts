/**
 * A vote that is not sent yet, kept on this device under its battle's id, so that a reload or a lost connection costs
 * nothing. It holds choices and words of the voter only: nothing of the answers, and no model is known before the vote.
 */
import type { Verdict } from '../api/types';
import { safeStorage } from './storage';

export interface Draft {
  verdicts: Record<string, Verdict>;
  reasons: { a: string[]; b: string[] };
  /** What each answer does of the prompt's checklist, by its place there from 1. */
  met: { a: number[]; b: number[] };
  comment: string;
  recognised: boolean;
  /** Sent with every try of the same vote, so that a double press or a retry stores one. */
  key: string;
  /** How the answers were read until the first try: another try says the same, or it would be another vote. */
  reading: Record<string, unknown> | null;
  /** Milliseconds since 1970; old drafts are swept by it. */
  saved: number;
}

const PREFIX = 'arena.draft.';
const KEPT_FOR = 14 * 24 * 3600 * 1000;

export function emptyDraft(): Draft {
  return { verdicts: {}, reasons: { a: [], b: [] }, met: { a: [], b: [] }, comment: '', recognised: false, key: randomKey(), reading: null, saved: Date.now() };
}

export function loadDraft(battle: string, storage = safeStorage()): Draft {
  const empty = emptyDraft();
  try {
    const stored: unknown = JSON.parse(storage?.getItem(PREFIX + battle) ?? 'null');
    return isDraft(stored) ? stored : empty;
  } catch {
    return empty;
  }
}

export function saveDraft(battle: string, draft: Draft, storage = safeStorage()): void {
  try {
    storage?.setItem(PREFIX + battle, JSON.stringify({ ...draft, saved: Date.now() }));
  } catch {
    // A full or forbidden storage must not stop the vote.
  }
}

export function dropDraft(battle: string, storage = safeStorage()): void {
  storage?.removeItem(PREFIX + battle);
}

/** Removes every draft. */
export function dropDrafts(storage = safeStorage()): void {
  for (const name of drafts(storage)) storage?.removeItem(name);
}

/** Removes drafts of battles that have long expired. */
export function sweepDrafts(now = Date.now(), storage = safeStorage()): void {
  for (const name of drafts(storage)) if (now - loadDraftTime(name, storage) > KEPT_FOR) storage?.removeItem(name);
}

function drafts(storage: Storage | undefined): string[] {
  const names = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '');
  return names.filter((name) => name.startsWith(PREFIX));
}

/** 128 random bits. `crypto.randomUUID` is missing on a page served without TLS; this is not. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function loadDraftTime(name: string, storage: Storage | undefined): number {
  try {
    const stored: unknown = JSON.parse(storage?.getItem(name) ?? 'null');
    return isDraft(stored) ? stored.saved : 0;
  } catch {
    return 0;
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const draft = value as Partial<Draft>;
  return (
    typeof draft.verdicts === 'object' &&
    draft.verdicts !== null &&
    Array.isArray(draft.reasons?.a) &&
    Array.isArray(draft.reasons?.b) &&
    Array.isArray(draft.met?.a) &&
    Array.isArray(draft.met?.b) &&
    typeof draft.comment === 'string' &&
    typeof draft.recognised === 'boolean' &&
    typeof draft.key === 'string' &&
    typeof draft.reading === 'object' &&
    typeof draft.saved === 'number'
  );
}
