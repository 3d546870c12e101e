/** What went wrong with a call: a problem document (RFC 9457), or no answer at all (status 0). */
export class Problem extends Error {
  readonly status: number;
  /** The last part of the problem's type, e.g. `already-voted`; `offline` when nothing answered. */
  readonly slug: string;
  readonly detail: string;

  constructor(status: number, slug: string, detail: string) {
    super(`${status} ${slug}: ${detail}`);
    this.name = 'Problem';
    this.status = status;
    this.slug = slug;
    this.detail = detail;
  }

  /** Worth another try with the same words: nobody answered, or the server had a fault of its own. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export function problemFrom(status: number, body: unknown): Problem {
  const { type, title, detail } = fields(body);
  const slug = type.split('/').filter(Boolean).pop() ?? 'unknown';
  return new Problem(status, slug, detail || title);
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'offline', error instanceof Error ? error.message : '');
}

function fields(body: unknown): Record<'type' | 'title' | 'detail', string> {
  const source = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (key: string) => (typeof source[key] === 'string' ? source[key] : '');
  return { type: text('type'), title: text('title'), detail: text('detail') };
}
