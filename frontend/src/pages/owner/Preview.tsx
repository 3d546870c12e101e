import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { previewQuery } from '../../api/owner';
import { arenaQuery } from '../../api/queries';
import type { Arena, Battle, Previewed } from '../../api/types';
import { number } from '../../lib/format';
import { Answers } from '../vote/Answers';
import { useDrawn } from '../vote/useDrawn';
import '../vote/vote.css';

interface Props {
  arena: string;
  model: string;
  upload: string;
}

/** The answers of a checked file one after another, as a voter gets them: without a name, in the voter's own panes. */
export function Preview({ arena, model, upload }: Props) {
  const { t, i18n } = useTranslation();
  const [lines, setLines] = useState([1]);
  const rules = useQuery(arenaQuery(arena));
  const shown = useQuery(previewQuery(arena, model, upload, lines.at(-1)!));
  const [first, next] = shown.data?.items ?? [];
  const left = first && [...first.prompt, ...first.answer].some((message) => message.pictures.some((each) => each.url === null));
  return (
    <section aria-labelledby="preview-title" className="preview">
      <h3 id="preview-title">{t('owner.preview')}</h3>
      <p className="quiet">{t('owner.previewText')}</p>
      {first && rules.data && (
        <>
          <p role="status">{t('owner.previewed', { line: number(first.line, i18n.language), prompt: first.prompt_id })}</p>
          <Seen key={first.line} arena={rules.data} prompt={first.prompt} answer={first.answer} other={t('owner.otherAnswer')} />
        </>
      )}
      {left && <p className="quiet">{t('owner.picturesLeft')}</p>}
      <p className="actions">
        <button type="button" disabled={lines.length === 1} onClick={() => setLines(lines.slice(0, -1))}>{t('owner.before')}</button>
        <button type="button" disabled={!next} onClick={() => next && setLines([...lines, next.line])}>{t('owner.next')}</button>
      </p>
    </section>
  );
}

type Message = Previewed['prompt'][number];

/** An upload has no battle, so its pictures come with it; artifacts have no address, and are read as code. */
const seen = ({ pictures, ...message }: Message) => ({ ...message, media: pictures.flatMap(({ url, ...each }) => (url === null ? [] : [{ kind: 'image' as const, url, ...each }])) });
const bare = ({ role }: Message, content: string) => ({ role, content, media: [] });

function Seen({ arena, prompt, answer, other }: { arena: Arena; prompt: Message[]; answer: Message[]; other: string }) {
  const root = useRef<HTMLDivElement>(null);
  const drawn = useDrawn(root);
  const battle: Battle = {
    id: '', arena: arena.slug, prompt: { messages: prompt.map(seen), language: null, category: null, checklist: [], checklist_version: null }, a: { messages: answer.map(seen) },
    b: { messages: answer.map((message) => bare(message, other)) }, dimensions: [], verdicts: [], guidelines: '', progress: { voted: 0, goal: 0 }, expires_at: '',
  };
  return <div ref={root}><Answers battle={battle} modality={arena.modality} reveal={null} root={root} drawn={drawn} /></div>;
}
