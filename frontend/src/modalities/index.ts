/** How an answer's content is shown, by the arena's modality. A new kind is one component and one line here. */
import type { ComponentType } from 'react';
import type { Media } from '../api/types';
import { Artifact } from './Artifact';
import { Pictures } from './Pictures';
import { Text } from './Text';
import { Zoom } from './Zoom';

export interface ContentProps {
  content: string;
  /** What is fetched beside the text, where the content is part of a battle. */
  media?: Media[];
  /** The level of the heading that the content stands under. */
  under: number;
  /** What the content is called, for frames and captions. */
  label?: string;
}

interface Modality {
  Shown: ComponentType<ContentProps>;
  /** What both answers are looked at with. */
  Tools?: ComponentType;
}

export const MODALITIES: Record<string, Modality> = {
  text: { Shown: Text },
  image: { Shown: Pictures, Tools: Zoom },
  artifact: { Shown: Artifact },
  scripted_artifact: { Shown: Artifact },
};

export const modalityOf = (name: string): Modality => MODALITIES[name] ?? MODALITIES.text!;
