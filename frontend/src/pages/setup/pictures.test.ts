import { expect, test } from 'vitest';
import { contentOf, LARGEST, MOST, read, sorted } from './pictures';

const file = (name: string, type: string, size = 1) => new File([new Uint8Array(size)], name, { type });

test('only pictures that the server takes, that are not too large, and not too many are taken; the others say why', () => {
  const { taken, refused } = sorted([file('a.png', 'image/png'), file('b.svg', 'image/svg+xml'), file('c.jpg', 'image/jpeg', LARGEST + 1), file('d.webp', 'image/webp', LARGEST)], 0);
  expect(taken.map(({ name }) => name)).toEqual(['a.png', 'd.webp']);
  expect(refused).toEqual([{ why: 'kind', name: 'b.svg' }, { why: 'large', name: 'c.jpg' }]);
  expect(sorted([file('e.gif', 'image/gif'), file('f.gif', 'image/gif')], MOST - 1).refused).toEqual([{ why: 'many', name: 'f.gif' }]);
});

test('a text alone stays a text; pictures become parts with their captions', async () => {
  expect(contentOf('Why?')).toBe('Why?');
  const chosen = { ...(await read(new File(['x'], 'x.png', { type: 'image/png' }))), alt: ' a cross ' };
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,eA==' }, alt: 'a cross' };
  expect(contentOf('Why?', [chosen])).toEqual([{ type: 'text', text: 'Why?' }, picture]);
  expect(contentOf(' ', [chosen])).toEqual([picture]);
});
