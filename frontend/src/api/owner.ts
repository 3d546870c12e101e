import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import { proving } from './proving';
import type { Upload } from './types';

/** Small enough that a lost connection costs little, large enough that a file of 100,000 answers takes few calls. */
export const PART = 2_000_000;

const at = (arena: string, model: string) => ({ arena, model });

export const ownModelsQuery = (arena: string) =>
  queryOptions({
    queryKey: ['own-models', arena],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/models', { params: { path: { arena }, query: { limit: 500 } } })),
  });

export const ownModelQuery = (arena: string, model: string) =>
  queryOptions({
    queryKey: ['own-model', arena, model],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/models/{model}', { params: { path: at(arena, model) } })),
  });

export const registerModel = (arena: string, slug: string, name: string) =>
  body(api.POST('/api/v1/arenas/{arena}/models', { params: { path: { arena } }, body: { slug, name } }));

/** Becomes an owner in an arena that lets everybody. */
export const registerOwner = (arena: string, owner: string) =>
  proving((proof) => body(api.POST('/api/v1/arenas/{arena}/owners', { params: { path: { arena }, header: { 'Arena-Proof': proof } }, body: { owner } })));

/** The newest first; asked again while the worker looks through one or stores it. */
export const uploadsQuery = (arena: string, model: string) =>
  queryOptions({
    queryKey: ['uploads', arena, model],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/models/{model}/uploads', { params: { path: at(arena, model), query: { limit: 1 } } })),
    staleTime: 0,
    refetchInterval: ({ state }) => (['checking', 'storing'].includes(state.data?.items[0]?.state ?? '') ? 1_000 : false),
  });

export const beginUpload = (arena: string, model: string, file: File) =>
  body(api.POST('/api/v1/arenas/{arena}/models/{model}/uploads', { params: { path: at(arena, model) }, body: { name: file.name, size: file.size } }));

/** Sends what has not come yet, beginning with a part that has: the server compares it, so that another file is noticed. */
export async function sendFile(arena: string, model: string, upload: Upload, file: File, signal: AbortSignal, onPart: (upload: Upload) => void): Promise<Upload> {
  let [now, offset] = [upload, Math.max(0, upload.received - PART)];
  while (offset < file.size) {
    now = await body(
      api.PATCH('/api/v1/arenas/{arena}/models/{model}/uploads/{upload}', {
        params: { path: { ...at(arena, model), upload: upload.id }, query: { offset } },
        headers: { 'Content-Type': 'application/octet-stream' },
        body: file.slice(offset, offset + PART) as unknown as string,
        bodySerializer: (part) => part,
        signal,
      }),
    );
    onPart(now);
    offset = Math.max(offset + 1, now.received);
  }
  return now;
}

const one = (arena: string, model: string, upload: string) => ({ params: { path: { ...at(arena, model), upload } } });

export const checkUpload = (arena: string, model: string, upload: string) => body(api.POST('/api/v1/arenas/{arena}/models/{model}/uploads/{upload}/check', one(arena, model, upload)));

export const cancelUpload = (arena: string, model: string, upload: string) => body(api.DELETE('/api/v1/arenas/{arena}/models/{model}/uploads/{upload}', one(arena, model, upload)));

export const confirmUpload = (arena: string, model: string, upload: string, partial: boolean) =>
  body(api.POST('/api/v1/arenas/{arena}/models/{model}/uploads/{upload}/confirm', { ...one(arena, model, upload), body: { partial } }));

export const previewQuery = (arena: string, model: string, upload: string, line: number) =>
  queryOptions({
    queryKey: ['preview', arena, model, upload, line],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/models/{model}/uploads/{upload}/answers', { params: { path: { ...at(arena, model), upload }, query: { line, limit: 2 } } })),
  });

export const modelReportQuery = (arena: string, model: string, voters: 'human' | 'simulated') =>
  queryOptions({
    queryKey: ['model-report', arena, model, voters],
    queryFn: () => body(api.GET('/api/v1/arenas/{arena}/models/{model}/report', { params: { path: at(arena, model), query: { voters } } })),
  });

export const followModel = (arena: string, slug: string, supersedes: string) =>
  body(api.POST('/api/v1/arenas/{arena}/models', { params: { path: { arena } }, body: { slug, name: '', supersedes } }));

/** Only the state changes, whatever the generated type says of defaults. */
export const setModelState = (arena: string, model: string, state: 'active' | 'hidden') =>
  body(api.PATCH('/api/v1/arenas/{arena}/models/{model}', { params: { path: at(arena, model) }, body: { state } as { state: typeof state; name: string } }));

export const withdrawModel = (arena: string, model: string, confirm: string) =>
  body(api.DELETE('/api/v1/arenas/{arena}/models/{model}', { params: { path: at(arena, model), query: { confirm } } }));
