import { useTranslation } from 'react-i18next';
import type { Battle, Reveal } from '../../api/types';
import { MODALITIES } from '../../modalities';
import { Name } from '../../ui/Name';

type Content = NonNullable<(typeof MODALITIES)[string]>;

interface Props {
  battle: Battle;
  modality: string;
  reveal: Reveal | null;
}

/** The prompt and both answers. With several turns each user turn stands once, A and B under it on one line. */
export function Answers({ battle, modality, reveal }: Props) {
  const { t, i18n } = useTranslation();
  const Shown = MODALITIES[modality] ?? MODALITIES.text!;
  const language = battle.prompt.language || undefined;
  const system = battle.prompt.messages.filter((message) => message.role === 'system');
  const turns = battle.prompt.messages.filter((message) => message.role === 'user');
  const several = turns.length > 1;
  const lastTurn = `turn-${turns.length}`;
  return (
    <div className="battle" lang={language}>
      {system.map((message, index) => (
        <details key={index} className="system">
          <summary lang={i18n.language}>{t('vote.system')}</summary>
          <div dir="auto"><Shown content={message.content} under={1} /></div>
        </details>
      ))}
      {several && <p className="jump" lang={i18n.language}><a href={`#${lastTurn}`}>{t('vote.toLast')}</a></p>}
      {turns.map((message, index) => (
        <section key={index} className="turn" id={`turn-${index + 1}`} aria-labelledby={`turn-${index + 1}-title`}>
          <h2 id={`turn-${index + 1}-title`} tabIndex={-1} lang={i18n.language}>
            {several ? t('vote.turn', { number: index + 1 }) : t('vote.prompt')}
          </h2>
          <div className="prompt" dir="auto"><Shown content={message.content} under={2} /></div>
          <div className="panes">
            {(['a', 'b'] as const).map((side) => (
              <Pane key={side} side={side} content={battle[side].messages[index]?.content} Shown={Shown} name={reveal?.[side].name} level={several ? 3 : 2} />
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

interface PaneProps {
  side: 'a' | 'b';
  content: string | undefined;
  Shown: Content;
  name: string | undefined;
  level: 2 | 3;
}

function Pane({ side, content, Shown, name, level }: PaneProps) {
  const { t, i18n } = useTranslation();
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <article className="pane" data-side={side}>
      <Heading className="pane-label" lang={i18n.language}>
        {t('vote.answer', { side: side.toUpperCase() })}
        {name && <Name of={name} className="pane-name" />}
      </Heading>
      <div className="pane-body" dir="auto">
        {content?.trim() ? <Shown content={content} under={level} /> : <p className="quiet" lang={i18n.language}>{t('vote.noAnswer')}</p>}
      </div>
    </article>
  );
}
