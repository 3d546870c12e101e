import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { runQuery } from '../../api/runs';
import type { Run } from '../../api/types';

const POLL_MS = 3_000;
const AGAIN_MS = 10_000;

/** Nothing of it will change by itself. */
const isOver = (run: Run) => (run.state === 'done' || run.state === 'cancelled') && !run.at_work;

/**
 * A run as it goes on. The server tells each change on a stream, which the browser takes up where it broke off; while
 * there is no stream the page asks by itself.
 */
export function useRun(id: string) {
  const client = useQueryClient();
  const [live, setLive] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const run = useQuery({ ...runQuery(id), refetchInterval: ({ state }) => (live || (state.data && isOver(state.data)) ? false : POLL_MS) });
  const watched = run.data !== undefined && !isOver(run.data);
  useEffect(() => {
    if (!watched) return;
    let again: ReturnType<typeof setTimeout> | undefined;
    const source = new EventSource(`/api/v1/runs/${encodeURIComponent(id)}/events`);
    const told = (event: MessageEvent<string>) => client.setQueryData(runQuery(id).queryKey, JSON.parse(event.data) as Run);
    source.addEventListener('open', () => setLive(true));
    source.addEventListener('progress', told);
    source.addEventListener('done', (event) => {
      source.close();
      told(event);
    });
    source.addEventListener('error', () => {
      setLive(false);
      // After a refusal the browser does not try again.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(() => setAttempt((count) => count + 1), AGAIN_MS);
    });
    return () => {
      clearTimeout(again);
      source.close();
      setLive(false);
    };
  }, [client, id, watched, attempt]);
  return run;
}
