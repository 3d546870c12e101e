import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { ModelChange, NewArena, NewModel } from './types';

export const startFirst = (token: string) => body(api.POST('/api/v1/session/first', { body: { token } }));

export const createArena = (given: NewArena) => body(api.POST('/api/v1/arenas', { body: given as Required<NewArena> }));

/** Lines of JSON, or one array of them, as they stand in a file: the server names the line that it cannot use. */
const lines = (text: string) => ({
  body: text as never,
  bodySerializer: (given: unknown) => given,
  headers: { 'Content-Type': text.trimStart().startsWith('[') ? 'application/json' : 'application/x-ndjson' },
});

export const addPrompts = (arena: string, text: string) => body(api.POST('/api/v1/arenas/{arena}/prompts', { params: { path: { arena } }, ...lines(text) }));

export const promptsQuery = (arena: string) =>
  infiniteQueryOptions({
    queryKey: ['prompts', arena],
    queryFn: ({ pageParam: cursor }) => body(api.GET('/api/v1/arenas/{arena}/prompts', { params: { path: { arena }, query: cursor ? { cursor } : {} } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const archivePrompt = (arena: string, prompt: string, archived: boolean) =>
  body(api.PATCH('/api/v1/arenas/{arena}/prompts/{prompt}', { params: { path: { arena, prompt } }, body: { archived } }));

export const modelsQuery = (arena: string) =>
  infiniteQueryOptions({
    queryKey: ['models', arena],
    queryFn: ({ pageParam: cursor }) => body(api.GET('/api/v1/arenas/{arena}/models', { params: { path: { arena }, query: cursor ? { cursor } : {} } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const registerModel = (arena: string, given: NewModel) => body(api.POST('/api/v1/arenas/{arena}/models', { params: { path: { arena } }, body: given as Required<NewModel> }));

/** Only what is given changes, whatever the generated type says of defaults. */
export const changeModel = (arena: string, model: string, given: ModelChange) =>
  body(api.PATCH('/api/v1/arenas/{arena}/models/{model}', { params: { path: { arena, model } }, body: given as Required<ModelChange> }));

export const submitAnswers = (arena: string, model: string, text: string) =>
  body(api.POST('/api/v1/arenas/{arena}/models/{model}/answers', { params: { path: { arena, model } }, ...lines(text) }));
