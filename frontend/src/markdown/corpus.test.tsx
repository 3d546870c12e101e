import { render } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { Markdown } from './Markdown';

const show = (source: string, under?: number) => render(<Markdown source={source} {...(under !== undefined && { under })} />).container;

const FORBIDDEN = 'script, iframe, object, embed, form, style, link, base, meta, video, audio, svg [onload], [onerror], [onclick], [style*="url"]';

describe('hostile markdown', () => {
  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<style>body{display:none}</style>',
    '<a href="javascript:alert(1)">x</a>',
    '<form action="/api/v1/me"><button>x</button></form>',
    '<base href="https://evil.example/">',
    '<!-- <script>alert(1)</script> -->',
    '`<script>`',
    '```html\n<script>alert(1)</script>\n```',
    '<div\nonclick="alert(1)">x</div>',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
  ])('%s makes no element', (source) => {
    const box = show(source);
    expect(box.querySelectorAll(FORBIDDEN)).toHaveLength(0);
    expect(box.querySelectorAll('img, a')).toHaveLength(0);
  });

  test.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java\tscript:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](%6Aavascript:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](vbscript:msgbox)',
    '[x](file:///etc/passwd)',
    '[x](/api/v1/me)',
    '[x](//evil.example/)',
    '<javascript:alert(1)>',
    '[x][r]\n\n[r]: javascript:alert(1)',
  ])('%s links nowhere', (source) => {
    expect(show(source).querySelector('a')).toBeNull();
  });

  test('a link elsewhere opens apart and tells nothing', () => {
    const link = show('[x](https://example.org/a)').querySelector('a');
    expect(link).toHaveAttribute('href', 'https://example.org/a');
    expect(link).toHaveAttribute('target', '_blank');
    expect(link).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  });

  test.each(['https://evil.example/x.png', '//evil.example/x.png', '/api/v1/me', 'x.png', 'data:image/svg+xml;base64,PHN2Zy8+', 'data:text/html;base64,PHA+', 'blob:https://evil.example/1'])(
    'an image from %s is not loaded',
    (address) => {
      const box = show(`![what it shows](${address})`);
      expect(box.querySelector('img, picture, source')).toBeNull();
      expect(box).toHaveTextContent('[image not loaded: what it shows]');
    },
  );

  test('an embedded raster image is shown with its caption', () => {
    expect(show('![a dot](data:image/png;base64,AAAA)').querySelector('img')).toHaveAttribute('alt', 'a dot');
  });

  test.each(['\\href{javascript:alert(1)}{x}', '\\url{javascript:alert(1)}', '\\includegraphics{https://evil.example/x}', '\\htmlClass{x}{y}', '\\htmlStyle{color:red}{y}'])(
    'the formula %s makes no link, image or attribute',
    (tex) => {
      const box = show(`$${tex}$`);
      expect(box.querySelector('a, img, [style*="red"], .x')).toBeNull();
    },
  );

  test('a formula that KaTeX cannot read is shown as written', () => {
    expect(show('$\\frac{$').textContent).toContain('\\frac{');
    expect(show('$\\def\\x{\\x\\x}\\x$').textContent).toContain('\\def');
  });

  test('very long text and very many formulas are shown without being drawn', () => {
    const long = show(`**bold** ${'word '.repeat(30_000)}`);
    expect(long.querySelector('strong')).toBeNull();
    expect(long.textContent).toContain('**bold**');
    expect(show('$x$ '.repeat(1_001)).querySelector('.katex')).toBeNull();
    expect(show('$x$ '.repeat(3)).querySelectorAll('.katex')).toHaveLength(3);
  });
});

describe('structure', () => {
  const levels = (box: HTMLElement) => [...box.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((heading) => Number(heading.tagName[1]));

  test.each([
    ['# a\n\n## b\n\n# c', [3, 4, 3]],
    ['###### deep first\n\n# shallow\n\n### deep', [3, 3, 4]],
    ['#### a\n\n#### b', [3, 4]],
  ])('headings of %j never skip a level under an h2', (source, expected) => {
    expect(levels(show(source, 2))).toEqual(expected);
  });

  test('the author’s depth decides the look', () => {
    expect(show('###### x').querySelector('h3')).toHaveAttribute('data-depth', '6');
  });

  test('two answers with the same footnote share no id', () => {
    const note = 'Text[^1].\n\n[^1]: Note.';
    const { container } = render(<><Markdown source={note} /><Markdown source={note} /></>);
    const ids = [...container.querySelectorAll('[id]')].map((element) => element.id);
    expect(ids.length).toBeGreaterThan(4);
    expect(new Set(ids).size).toBe(ids.length);
    for (const link of container.querySelectorAll('a')) expect(ids).toContain(link.getAttribute('href')?.slice(1));
  });

  test('code is coloured in a known language and plain in an unknown one', () => {
    expect(show('```python\ndef f(): pass\n```').querySelector('.hljs-keyword')).toHaveTextContent('def');
    const plain = show('```klingon\ndef f(): pass\n```');
    expect(plain.querySelector('[class^=hljs]')).toBeNull();
    expect(plain.querySelector('code')).toHaveTextContent('def f(): pass');
  });

  test('task lists are read out, not operated', () => {
    const box = show('- [x] one\n- [ ] two');
    expect(box.querySelector('input')).toBeNull();
    expect([...box.querySelectorAll('[role=img]')].map((each) => each.getAttribute('aria-label'))).toEqual(['done', 'not done']);
  });
});
