import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { KeyRequest } from './types';

/** An owner's own keys; an admin's, those of everybody. */
export const keysQuery = infiniteQueryOptions({
  queryKey: ['keys'],
  queryFn: ({ pageParam: cursor }) => body(api.GET('/api/v1/keys', { params: { query: cursor ? { cursor } : {} } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next ?? undefined,
});

export const createKey = (given: KeyRequest) => body(api.POST('/api/v1/keys', { body: given }));

export const revokeKey = (prefix: string) => body(api.DELETE('/api/v1/keys/{prefix}', { params: { path: { prefix } } }));
