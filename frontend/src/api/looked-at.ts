/** What an admin looks at before others read it: voters' comments, and prompts that seem to hold personal data. */
import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { Comment, Finding } from './types';

const AT_ONCE = 20;

export const commentsQuery = (arena: string, state: Comment['state']) =>
  infiniteQueryOptions({
    queryKey: ['comments', arena, state],
    queryFn: ({ pageParam: cursor }) =>
      body(api.GET('/api/v1/arenas/{arena}/comments', { params: { path: { arena }, query: { state, limit: AT_ONCE, ...(cursor && { cursor }) } } })),
    staleTime: 0,
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const findingsQuery = (arena: string, state: Finding['state']) =>
  infiniteQueryOptions({
    queryKey: ['findings', arena, state],
    queryFn: ({ pageParam: cursor }) =>
      body(api.GET('/api/v1/arenas/{arena}/findings', { params: { path: { arena }, query: { state, limit: AT_ONCE, ...(cursor && { cursor }) } } })),
    staleTime: 0,
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const decideComment = (arena: string, ballot: number, state: 'published' | 'refused') =>
  body(api.PUT('/api/v1/arenas/{arena}/comments/{ballot}', { params: { path: { arena, ballot } }, body: { state } }));

export const decideFinding = (arena: string, prompt: string, state: Finding['state']) =>
  body(api.PUT('/api/v1/arenas/{arena}/findings/{prompt}', { params: { path: { arena, prompt } }, body: { state } }));
