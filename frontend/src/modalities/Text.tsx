import { Markdown } from '../markdown/Markdown';
import type { ContentProps } from '.';

export function Text({ content, under }: Pick<ContentProps, 'content' | 'under'>) {
  return <Markdown source={content} under={under} />;
}
