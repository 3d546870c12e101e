import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';

/** Whoever the browser's session says is here. The key itself is sent once, to begin it, and kept nowhere. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => body(api.GET('/api/v1/session')),
});

/** What the operator calls the OpenID provider at which admins may sign in; null where there is none. */
export const providerQuery = queryOptions({
  queryKey: ['session', 'provider'],
  queryFn: () => body(api.GET('/api/v1/session/oidc')),
  staleTime: Infinity,
});

export async function signIn(client: QueryClient, key: string): Promise<void> {
  client.setQueryData(sessionQuery.queryKey, await body(api.POST('/api/v1/session', { body: { key } })));
  await client.invalidateQueries();
}

export async function signOut(client: QueryClient): Promise<void> {
  await body(api.DELETE('/api/v1/session').then((answer) => ({ ...answer, data: true })));
  await leave(client);
}

/** Nothing that only the session's key may see stays on the page: first it learns that nobody is here, so that it asks for nothing of that again. */
export async function leave(client: QueryClient): Promise<void> {
  await client.resetQueries({ queryKey: sessionQuery.queryKey });
  await client.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
}
