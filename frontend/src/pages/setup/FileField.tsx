import type { ChangeEvent } from 'react';

interface Props {
  label: string;
  busy: boolean;
  send: (text: string) => void;
}

/** A file of lines that is sent as soon as it is chosen; choosing it again sends it again. */
export function FileField({ label, busy, send }: Props) {
  const chosen = async (event: ChangeEvent<HTMLInputElement>) => {
    const input = event.currentTarget;
    const file = input.files?.[0];
    if (!file || busy) return;
    send(await file.text());
    input.value = '';
  };
  return (
    <label className="field">
      <span>{label}</span>
      <input type="file" accept=".jsonl,.ndjson,.json,application/json,application/x-ndjson" aria-disabled={busy} onChange={(event) => void chosen(event)} />
    </label>
  );
}
