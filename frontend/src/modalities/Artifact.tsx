import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ContentProps } from '.';
import type { Media } from '../api/types';
import { Scroller } from '../ui/Scroller';
import './modalities.css';
import { Text } from './Text';

const WIDTHS = ['full', 'tablet', 'phone'] as const;

/** A page that a model wrote: run in a frame that can do nothing to the page around it, or read as code. */
export function Artifact({ content, media = [], under, label = '' }: ContentProps) {
  const { t, i18n } = useTranslation();
  const [shown, setShown] = useState<'preview' | 'code'>('preview');
  const id = useId();
  const [medium] = media;
  if (!medium) return media.length === 0 && label === '' ? <Text content={content} under={under} /> : <Code content={content} />;
  return (
    <div className="artifact" lang={i18n.language}>
      <div className="segments" role="tablist" aria-label={label}>
        {(['preview', 'code'] as const).map((each) => (
          <button key={each} type="button" role="tab" id={`${id}-${each}`} aria-selected={shown === each} aria-controls={`${id}-panel`} onClick={() => setShown(each)}>{t(`vote.artifact.${each}`)}</button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown}`}>
        {/* The frame stays where it is while the code is read, and goes on. */}
        <div hidden={shown !== 'preview'}><Preview medium={medium} label={label} /></div>
        {shown === 'code' && <Code content={content} />}
      </div>
    </div>
  );
}

function Preview({ medium, label }: { medium: Media; label: string }) {
  const { t } = useTranslation();
  const stage = useRef<HTMLDivElement>(null);
  const after = useRef<HTMLButtonElement>(null);
  const [width, setWidth] = useState<(typeof WIDTHS)[number]>('full');
  const [turn, setTurn] = useState(0);
  const leave = () => (document.fullscreenElement ? void document.exitFullscreen() : stage.current?.closest('.pane')?.scrollIntoView());
  return (
    <>
      <div className="artifact-tools">
        <div className="segments" role="group" aria-label={t('vote.artifact.width')}>
          {WIDTHS.map((each) => <button key={each} type="button" aria-pressed={width === each} onClick={() => setWidth(each)}>{t(`vote.artifact.widths.${each}`)}</button>)}
        </div>
        <button type="button" onClick={() => setTurn(turn + 1)}>{t('vote.artifact.reload')}</button>
        <button type="button" onClick={() => void stage.current?.requestFullscreen()}>{t('vote.artifact.fullScreen')}</button>
        <button type="button" className="link" onClick={() => after.current?.focus()}>{t('vote.artifact.past')}</button>
      </div>
      <div className="artifact-stage" ref={stage} data-width={width}>
        <iframe
          key={turn}
          src={medium.url}
          title={t('vote.artifact.title', { label })}
          sandbox={medium.kind === 'scripted_artifact' ? 'allow-scripts' : ''}
          referrerPolicy="no-referrer"
          allow=""
          onLoad={(event) => (event.currentTarget.dataset.loaded = 'true')}
        />
        <button type="button" ref={after} onClick={leave}>{t('vote.artifact.leave')}</button>
      </div>
    </>
  );
}

function Code({ content }: { content: string }) {
  return <Scroller className="code"><pre dir="ltr"><code>{content}</code></pre></Scroller>;
}
