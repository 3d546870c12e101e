import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { Estimate, Resume, Run, RunOrder } from './types';

export const registeredQuery = (arena: string) =>
  queryOptions({
    queryKey: ['registered', arena],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/judges', { params: { path: { arena } } })),
  });

export const runsQuery = (arena: string) =>
  infiniteQueryOptions({
    queryKey: ['runs', arena],
    staleTime: 0,
    queryFn: ({ pageParam: cursor }) => body(api.GET('/api/v1/arenas/{arena}/runs', { params: { path: { arena }, query: cursor ? { cursor } : {} } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const runQuery = (run: string) =>
  queryOptions({
    queryKey: ['run', run],
    queryFn: () => body(api.GET('/api/v1/runs/{run}', { params: { path: { run } } })),
  });

/** The questions of judgments without a verdict; `failed` of them, so that new ones are fetched. */
export const failedCallsQuery = (run: string, failed: number) =>
  infiniteQueryOptions({
    queryKey: ['calls', run, failed],
    queryFn: ({ pageParam: cursor }) =>
      body(api.GET('/api/v1/runs/{run}/calls', { params: { path: { run }, query: { failed: true, limit: 20, ...(cursor && { cursor }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (previous) => previous,
  });

const order = (arena: string, judge: string, given: RunOrder, dry_run: boolean) =>
  body(api.POST('/api/v1/arenas/{arena}/judges/{judge}/runs', { params: { path: { arena, judge }, query: { dry_run } }, body: given }));

/** Asks nothing: what the run would ask at most. */
export const estimateRun = (arena: string, judge: string, given: RunOrder) => order(arena, judge, given, true) as Promise<Estimate>;

export const startRun = (arena: string, judge: string, given: RunOrder) => order(arena, judge, given, false) as Promise<Run>;

export const pauseRun = (run: string) => body(api.POST('/api/v1/runs/{run}/pause', { params: { path: { run } } }));

export const resumeRun = (run: string, given: Resume) => body(api.POST('/api/v1/runs/{run}/resume', { params: { path: { run } }, body: given }));

export const cancelRun = (run: string) => body(api.POST('/api/v1/runs/{run}/cancel', { params: { path: { run } } }));
