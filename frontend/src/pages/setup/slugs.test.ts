import { expect, test } from 'vitest';
import { slugOf } from './slugs';

test.each([['Style over substance', 'style-over-substance'], ['Été & Noël!', 'ete-noel'], ['  GPT-4.1 (mini) ', 'gpt-4.1-mini'], ['ساحة', ''], ['_x', 'x'], ['a'.repeat(99), 'a'.repeat(80)]])('%s → %s', (title, slug) => expect(slugOf(title)).toBe(slug));
