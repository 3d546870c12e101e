/** How an answer's content is shown, by the arena's modality. A new kind is one component and one line here. */
import type { ComponentType } from 'react';
import { Text } from './Text';

export interface ContentProps {
  content: string;
  /** The level of the heading that the content stands under. */
  under: number;
}

export const MODALITIES: Record<string, ComponentType<ContentProps>> = { text: Text };
