import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import { asProblem } from './problem';
import { proving } from './proving';
import type { paths } from './schema';
import type { Ballot, SkipReason } from './types';

/** The part of a board's address that the API takes; empty values are left out. */
export type BoardQuery = Partial<
  Record<'dimension' | 'voters' | 'method' | 'category' | 'language' | 'ties' | 'both_bad' | 'since' | 'until', string>
> & { set?: string[]; style_control?: boolean };

type ApiQuery = NonNullable<paths['/api/v1/arenas/{arena}/leaderboards']['get']['parameters']['query']>;

/** Addresses are typed by people: the server, not the compiler, says which values exist. */
const asked = (query: BoardQuery) => query as ApiQuery;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => asProblem(error).passing && count < 1,
        retryDelay: 500,
        // Offline is a state that the page shows; a paused query would show nothing.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}

export const arenasQuery = queryOptions({
  queryKey: ['arenas'],
  queryFn: () => body(api.GET('/api/v1/arenas')),
});

export const arenaQuery = (arena: string) =>
  queryOptions({
    queryKey: ['arena', arena],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}', { params: { path: { arena } } })),
  });

export const methodsQuery = (arena: string) =>
  queryOptions({
    queryKey: ['methods', arena],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/methods', { params: { path: { arena } } })),
    staleTime: Infinity,
  });

const deal = (arena: string) =>
  proving((proof) => body(api.POST('/api/v1/arenas/{arena}/battles', { params: { path: { arena }, header: { 'Arena-Proof': proof } }, body: {} })));

/**
 * Dealing is a POST that repeats itself: while a battle is open, asking again gives the same one. So it is asked on every
 * visit (it may have been voted on in another tab) and never behind the voter's back.
 */
export const battleQuery = (arena: string) =>
  queryOptions({
    queryKey: ['battle', arena],
    queryFn: () => deal(arena),
    staleTime: Infinity,
    refetchOnMount: 'always',
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

export const boardQuery = (arena: string, query: BoardQuery) =>
  queryOptions({
    queryKey: ['board', arena, query],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/leaderboard', { params: { path: { arena }, query: asked(query) } })),
    placeholderData: (previous) => previous,
  });

export const boardsQuery = (arena: string, query: BoardQuery) =>
  queryOptions({
    queryKey: ['boards', arena, query],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/leaderboards', { params: { path: { arena }, query: asked(query) } })),
    placeholderData: (previous) => previous,
  });

export const matrixQuery = (arena: string, query: BoardQuery) =>
  queryOptions({
    queryKey: ['matrix', arena, query],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/matrix', { params: { path: { arena }, query: asked(query) } })),
    placeholderData: (previous) => previous,
  });

export const historyQuery = (arena: string, query: BoardQuery) =>
  queryOptions({
    queryKey: ['history', arena, query],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/leaderboard/history', { params: { path: { arena }, query: asked(query) } })),
    placeholderData: (previous) => previous,
  });

export const castVote = (battle: string, ballot: Ballot, key: string) =>
  body(api.POST('/api/v1/battles/{battle}/votes', { params: { path: { battle }, header: { 'Idempotency-Key': key } }, body: ballot }));

export const changeVote = (battle: string, ballot: Ballot, key: string) =>
  body(api.PATCH('/api/v1/battles/{battle}/votes', { params: { path: { battle }, header: { 'Idempotency-Key': key } }, body: ballot }));

export const withdrawVote = (battle: string, key: string) =>
  body(api.DELETE('/api/v1/battles/{battle}/votes', { params: { path: { battle }, header: { 'Idempotency-Key': key } } }));

export const skipBattle = (battle: string, reason: SkipReason, key: string) =>
  body(api.POST('/api/v1/battles/{battle}/skip', { params: { path: { battle }, header: { 'Idempotency-Key': key } }, body: { reason, comment: '' } }));

export const treatmentsQuery = (arena: string, query: BoardQuery) =>
  queryOptions({
    queryKey: ['treatments', arena, query],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/leaderboard/treatments', { params: { path: { arena }, query: asked(query) } })),
    placeholderData: (previous) => previous,
  });

/** Which judge, against whom and on which votes. */
export type JudgeQuery = { judge: string } & Partial<Record<'against' | 'dimension' | 'category' | 'language', string>>;

export const reportQuery = (arena: string, query: JudgeQuery) =>
  queryOptions({
    queryKey: ['consistency', arena, query],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/consistency', { params: { path: { arena }, query } })),
    placeholderData: (previous) => previous,
  });

export const disagreementsQuery = (arena: string, query: JudgeQuery) =>
  infiniteQueryOptions({
    queryKey: ['disagreements', arena, query],
    queryFn: ({ pageParam: cursor }) =>
      body(
        api.GET('/api/v1/arenas/{arena}/consistency/disagreements', {
          params: { path: { arena }, query: { ...query, limit: 20, ...(cursor && { cursor }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const disagreementQuery = (arena: string, query: JudgeQuery, battle: string) =>
  queryOptions({
    queryKey: ['disagreement', arena, query, battle],
    queryFn: () =>
      body(
        api.GET('/api/v1/arenas/{arena}/consistency/disagreements/{battle}', {
          params: { path: { arena, battle }, query },
        }),
      ),
  });

/** All disagreements as a file. */
export const disagreementsFile = (arena: string, query: JudgeQuery) =>
  body(
    api.GET('/api/v1/arenas/{arena}/consistency/disagreements.csv', {
      params: { path: { arena }, query },
      parseAs: 'blob',
    }) as Promise<{ data?: Blob; error?: unknown; response: Response }>,
  );

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => body(api.GET('/api/v1/me')),
});

export const ownVotesQuery = infiniteQueryOptions({
  queryKey: ['me', 'votes'],
  queryFn: ({ pageParam: cursor }) => body(api.GET('/api/v1/me/votes', { params: { query: { limit: 20, ...(cursor && { cursor }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next ?? undefined,
});

/** Everything that is stored of the voter, as a file. */
export const exportMe = () =>
  body(api.GET('/api/v1/me/export', { parseAs: 'blob' }) as Promise<{ data?: Blob; error?: unknown; response: Response }>);

export const eraseMe = (key: string) =>
  body(api.DELETE('/api/v1/me', { params: { query: { confirm: 'erase' }, header: { 'Idempotency-Key': key } } }));
