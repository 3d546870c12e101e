import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { ArenaChange, DimensionText, JudgeRequest } from './types';

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam: cursor }) => body(api.GET('/api/v1/audit', { params: { query: cursor ? { cursor } : {} } })),
  staleTime: 0,
  initialPageParam: '',
  getNextPageParam: (page) => page.next ?? undefined,
});

export const dimensionsQuery = (arena: string) =>
  queryOptions({
    queryKey: ['dimensions', arena],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/dimensions', { params: { path: { arena } } })),
  });

export const putDimension = (arena: string, slug: string, given: DimensionText) =>
  body(api.PUT('/api/v1/arenas/{arena}/dimensions/{slug}', { params: { path: { arena, slug } }, body: given }));

/** Whatever a judge can be told: each protocol and each provider with its settings. */
export const kindsQuery = (arena: string) =>
  queryOptions({
    queryKey: ['kinds', arena],
    queryFn: async () => {
      const params = { path: { arena } };
      const [protocols, providers] = await Promise.all([
        body(api.GET('/api/v1/arenas/{arena}/protocols', { params })),
        body(api.GET('/api/v1/arenas/{arena}/providers', { params })),
      ]);
      return { protocols: protocols.items, providers: providers.items };
    },
    staleTime: Infinity,
  });

export const registerJudge = (arena: string, given: JudgeRequest) => body(api.POST('/api/v1/arenas/{arena}/judges', { params: { path: { arena } }, body: given }));

export const archiveJudge = (arena: string, judge: string) => body(api.DELETE('/api/v1/arenas/{arena}/judges/{judge}', { params: { path: { arena, judge } } }));

/** Only what is given changes, whatever the generated type says of defaults. */
export const changeArena = (arena: string, given: ArenaChange) => body(api.PATCH('/api/v1/arenas/{arena}', { params: { path: { arena } }, body: given as Required<ArenaChange> }));

export const ratersQuery = (arena: string) =>
  infiniteQueryOptions({
    queryKey: ['raters', arena],
    queryFn: ({ pageParam: cursor }) => body(api.GET('/api/v1/arenas/{arena}/raters', { params: { path: { arena }, query: cursor ? { cursor } : {} } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
