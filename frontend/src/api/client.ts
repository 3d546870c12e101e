import createClient from 'openapi-fetch';
import { Problem, problemFrom } from './problem';
import type { paths } from './schema';

export const api = createClient<paths>({ baseUrl: globalThis.location.origin });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a call that went well; otherwise throws a `Problem`, also when nobody answered. */
export async function body<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    throw new Problem(0, 'offline', error instanceof Error ? error.message : '');
  }
  if (!answer.response.ok || answer.data === undefined) throw problemFrom(answer.response.status, answer.error);
  return answer.data;
}
