import { expect, test } from 'vitest';
import { body } from './client';
import { asProblem, problemFrom } from './problem';

const answer = (status: number, given: object) => Promise.resolve({ response: new Response(null, { status }), ...given });

test('a good answer is its body', async () => {
  await expect(body(answer(201, { data: { id: 1 } }))).resolves.toEqual({ id: 1 });
});

test('a refusal is a problem with its slug and its words', async () => {
  const failed = body(answer(409, { error: { type: '/problems/already-voted', title: 'Already voted', detail: 'once' } }));
  await expect(failed).rejects.toMatchObject({ status: 409, slug: 'already-voted', detail: 'once', passing: false });
});

test('no answer at all is offline and may pass', async () => {
  await expect(body(Promise.reject(new TypeError('fetch failed')))).rejects.toMatchObject({ status: 0, slug: 'offline', passing: true });
});

test.each([
  [502, '<html>', 'unknown', true],
  [429, { type: '/problems/too-many' }, 'too-many', true],
  [422, null, 'unknown', false],
  [410, { type: 'about:blank' }, 'about:blank', false],
])('%i with %j', (status, given, slug, passing) => {
  expect(problemFrom(status, given)).toMatchObject({ slug, passing });
});

test('whatever is thrown becomes a problem', () => {
  expect(asProblem(new Error('x'))).toMatchObject({ status: 0, slug: 'offline' });
  expect(asProblem('x').detail).toBe('');
});
