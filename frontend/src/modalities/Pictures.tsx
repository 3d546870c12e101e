import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ContentProps } from '.';
import type { Media } from '../api/types';
import { Name } from '../ui/Name';
import './modalities.css';
import { Text } from './Text';
import { pan, useLook } from './zooming';

const ARROWS: Record<string, [number, number]> = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const PUSH = 0.1;

/** A text and the pictures that belong to it. */
export function Pictures({ content, media = [], under, label = '' }: ContentProps) {
  return (
    <>
      {content.trim() && <Text content={content} under={under} />}
      {media.map((each, index) => <Picture key={each.url} medium={each} number={index + 1} label={label} />)}
    </>
  );
}

/** One picture in a box like every other, moved by dragging or by the arrow keys. One that fails says so, and not from where. */
function Picture({ medium, number, label }: { medium: Media; number: number; label: string }) {
  const { t, i18n } = useTranslation();
  const { scale, x, y } = useLook();
  const [failed, setFailed] = useState(false);
  const caption = medium.alt || t('vote.picture', { number, label });
  const drag = (event: PointerEvent<HTMLElement>) => {
    if (event.buttons !== 1) return;
    const { width, height } = event.currentTarget.getBoundingClientRect();
    pan(event.movementX / width, event.movementY / height);
  };
  const push = (event: KeyboardEvent<HTMLElement>) => {
    const [across, down] = ARROWS[event.key] ?? [];
    if (across === undefined || down === undefined || scale === 1) return;
    event.preventDefault();
    pan(across * PUSH, down * PUSH);
  };
  return (
    <figure className="picture">
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- no control of its own: arrows move what it holds */}
      <div className="picture-box" role="group" aria-label={caption} tabIndex={scale > 1 ? 0 : undefined} onPointerMove={drag} onKeyDown={push}>
        {failed
          ? <p className="quiet" lang={i18n.language}>{t('vote.pictureFailed')}</p>
          : <img src={medium.url} alt={caption} width={medium.width ?? undefined} height={medium.height ?? undefined} draggable={false} style={{ transform: `translate(${x * 100}%, ${y * 100}%) scale(${scale})` }} onError={() => setFailed(true)} />}
      </div>
      <figcaption><Name of={caption} /></figcaption>
    </figure>
  );
}
