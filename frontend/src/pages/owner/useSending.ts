import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { beginUpload, cancelUpload, checkUpload, ownModelQuery, sendFile, uploadsQuery } from '../../api/owner';
import { Problem } from '../../api/problem';
import type { Upload } from '../../api/types';

/** Sends a file in parts, from its start or from where an upload stopped, and has it checked when all has come. */
export function useSending(arena: string, model: string) {
  const client = useQueryClient();
  const stop = useRef<AbortController>(null);
  const show = (upload: Upload) => client.setQueryData(uploadsQuery(arena, model).queryKey, { items: [upload], next: null });
  const send = useMutation({
    mutationFn: async ({ file, from }: { file: File; from?: Upload }) => {
      if (from && from.size !== file.size) throw new Problem(409, 'upload-differs', '');
      stop.current = new AbortController();
      const upload = from ?? (await beginUpload(arena, model, file));
      show(upload);
      await sendFile(arena, model, upload, file, stop.current.signal, show);
      show(await checkUpload(arena, model, upload.id));
    },
  });
  const cancel = useMutation({
    mutationFn: async (upload: Upload) => {
      stop.current?.abort();
      show(await cancelUpload(arena, model, upload.id));
      send.reset();
    },
  });
  const settled = useCallback(() => client.invalidateQueries({ queryKey: ownModelQuery(arena, model).queryKey }), [client, arena, model]);
  return { send, cancel, show, settled };
}
