import { Markdown } from '../markdown/Markdown';
import type { ContentProps } from '.';

export function Text({ content, under }: ContentProps) {
  return <Markdown source={content} under={under} />;
}
