export interface ProblemItem {
  at: string;
  problem: string;
}

/** What went wrong with a call: a problem document (RFC 9457), or no answer at all (status 0). */
export class Problem extends Error {
  readonly status: number;
  /** The last part of the problem's type, e.g. `already-voted`; `offline` when nothing answered. */
  readonly slug: string;
  readonly detail: string;
  /** Each thing that is wrong and where: a field, or a line. */
  readonly items: ProblemItem[];

  constructor(status: number, slug: string, detail: string, items: ProblemItem[] = []) {
    super(`${status} ${slug}: ${detail}`);
    this.name = 'Problem';
    this.status = status;
    this.slug = slug;
    this.detail = detail;
    this.items = items;
  }

  /** Worth another try with the same words: nobody answered, or the server had a fault of its own. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export function problemFrom(status: number, body: unknown): Problem {
  const { type, title, detail } = fields(body);
  const slug = type.split('/').filter(Boolean).pop() ?? 'unknown';
  return new Problem(status, slug, detail || title, itemsOf(body));
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'offline', error instanceof Error ? error.message : '');
}

function fields(body: unknown): Record<'type' | 'title' | 'detail', string> {
  const source = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (key: string) => (typeof source[key] === 'string' ? source[key] : '');
  return { type: text('type'), title: text('title'), detail: text('detail') };
}

function itemsOf(body: unknown): ProblemItem[] {
  const errors = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : [];
  return Array.isArray(errors) ? errors.map((each: Partial<ProblemItem>) => ({ at: String(each.at ?? ''), problem: String(each.problem ?? '') })) : [];
}
