import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { Decision, VotesFilter } from './types';

export type Action = 'set_aside' | 'restore';
export type Which = Pick<Decision, 'votes' | 'where'>;

export const votesQuery = (arena: string, filter: VotesFilter) =>
  infiniteQueryOptions({
    queryKey: ['votes', arena, filter],
    queryFn: ({ pageParam: cursor }) =>
      body(api.GET('/api/v1/arenas/{arena}/votes', { params: { path: { arena }, query: { ...filter, limit: 50, ...(cursor && { cursor }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (previous) => previous,
  });

/** A dry run says how many votes would change. */
export function decide(arena: string, action: Action, decision: Decision, dry_run = false) {
  const given = { params: { path: { arena }, query: { dry_run } }, body: decision };
  return body(action === 'restore' ? api.POST('/api/v1/arenas/{arena}/votes/restore', given) : api.POST('/api/v1/arenas/{arena}/votes/set_aside', given));
}
