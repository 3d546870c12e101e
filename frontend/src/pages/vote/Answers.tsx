import { type RefObject, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Battle, Reveal } from '../../api/types';
import { modalityOf } from '../../modalities';
import { Name } from '../../ui/Name';
import { Loading } from '../../ui/Status';
import { PaneTools, type View } from './PaneTools';
import type { Drawn } from './useDrawn';
import { type Side, SIDES } from './useReading';
import { useTogether } from './useTogether';

type Content = ReturnType<typeof modalityOf>['Shown'];
type Said = Battle['a']['messages'][number];

const NOTHING: Said = { role: 'assistant', content: '', media: [] };

interface Props {
  battle: Battle;
  modality: string;
  reveal: Reveal | null;
  root: RefObject<HTMLElement | null>;
  /** Null while something of an answer is still to come: until then neither can be seen. */
  drawn: Drawn | null;
}

/** The prompt and both answers. With several turns each user turn stands once, A and B under it on one line. */
export function Answers({ battle, modality, reveal, root, drawn }: Props) {
  const { t, i18n } = useTranslation();
  const [view, setView] = useState<View>({ whole: false, together: true, compare: null });
  const { Shown, Tools } = modalityOf(modality);
  const system = battle.prompt.messages.filter((message) => message.role === 'system');
  const turns = battle.prompt.messages.filter((message) => message.role === 'user');
  const several = turns.length > 1;
  const folded = !drawn || (drawn.long && !view.whole);
  useTogether(root, folded && view.together);
  return (
    <div className="battle" lang={battle.prompt.language || undefined} data-folded={folded} aria-busy={!drawn}>
      {system.map((message, index) => (
        <details key={index} className="system">
          <summary lang={i18n.language}>{t('vote.system')}</summary>
          <div dir="auto"><Shown content={message.content} under={1} /></div>
        </details>
      ))}
      <div className="pane-tools" lang={i18n.language}>
        {several && <a href={`#turn-${turns.length}`}>{t('vote.toLast')}</a>}
        <PaneTools view={view} change={setView} long={drawn?.long ?? false} />
        {Tools && <Tools />}
      </div>
      {turns.map((message, index) => (
        <section key={index} className="turn" id={`turn-${index + 1}`} aria-labelledby={`turn-${index + 1}-title`}>
          <h2 id={`turn-${index + 1}-title`} tabIndex={-1} lang={i18n.language}>
            {several ? t('vote.turn', { number: index + 1 }) : t('vote.prompt')}
          </h2>
          <div className="prompt" dir="auto"><Shown content={message.content} media={message.media} under={2} /></div>
          <div className="panes">
            {!drawn && index === 0 && <div className="drawing" lang={i18n.language}><Loading /></div>}
            {SIDES.map((side) => (
              <Pane
                key={side}
                side={side}
                said={{ a: battle.a.messages[index] ?? NOTHING, b: battle.b.messages[index] ?? NOTHING }}
                Shown={Shown}
                name={reveal?.[side].name}
                level={several ? 3 : 2}
                last={index === turns.length - 1}
                scrolls={folded && drawn !== null}
                compare={view.compare}
              />
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

interface PaneProps {
  side: Side;
  said: Record<Side, Said>;
  Shown: Content;
  name: string | undefined;
  level: 2 | 3;
  last: boolean;
  scrolls: boolean;
  compare: View['compare'];
}

function Pane({ side, said, Shown, name, level, last, scrolls, compare }: PaneProps) {
  const { t, i18n } = useTranslation();
  const label = useId();
  const Heading = level === 2 ? 'h2' : 'h3';
  const { content, media } = said[side];
  const empty = !content.trim() && media.length === 0;
  const compared = compare?.(said.a.content, said.b.content);
  const named = t('vote.answer', { side: side.toUpperCase() });
  return (
    <article className="pane" data-side={side} id={last ? `answer-${side}` : undefined}>
      <Heading id={label} className="pane-label" lang={i18n.language}>
        {named}
        {name && <Name of={name} className="pane-name" />}
      </Heading>
      <div className="pane-body" dir="auto" role="group" aria-labelledby={label} tabIndex={scrolls ? 0 : undefined}>
        {compared === null && <p className="quiet" lang={i18n.language}>{t('vote.notCompared')}</p>}
        {compared && <p className="compared">{compared[side].map((piece, at) => (piece.own ? <mark key={at}>{piece.text}</mark> : piece.text))}</p>}
        {!compared && !empty && <Shown content={content} media={media} under={level} label={named} />}
        {empty && <p className="quiet" lang={i18n.language}>{t('vote.noAnswer')}</p>}
      </div>
    </article>
  );
}
