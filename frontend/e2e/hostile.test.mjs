import assert from 'node:assert/strict';
import { axe, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';
import { readBoth } from './voting.mjs';

/** Answers that try to run code, to fetch from elsewhere, to break the layout or to leave the page's outline. */
const HOSTILE = [
  '<script>window.owned = 1</script>\n\n<img src=x onerror="window.owned = 2">\n\n<svg onload="window.owned = 3"></svg>\n\n<iframe srcdoc="<script>parent.owned=4</script>"></iframe>',
  '[a](javascript:window.owned=5) [b](JaVaScRiPt:window.owned=6) [c](data:text/html,<script>window.owned=7</script>) [d](vbscript:x) <javascript:window.owned=8>',
  '![a](https://evil.example/pixel.png) ![b](//evil.example/pixel.png) ![c](/api/v1/me) ![d](data:image/svg+xml;base64,PHN2Zy8+)\n\n[ref]: https://evil.example/x "t"\n\n![e][ref]',
  '$\\href{javascript:window.owned=9}{x}$ $\\includegraphics{https://evil.example/y.png}$ $\\htmlStyle{background:url(https://evil.example/z)}{x}$ $\\url{javascript:window.owned=10}$',
  '$\\def\\x{\\x\\x}\\x$ $$\\rule{900em}{900em}$$ $\\unknown{$ $\\frac{$',
  `${'#'.repeat(6)} Deep first\n\n# Then shallow\n\n### Then deep\n\n- [ ] task\n\nNote[^1].\n\n[^1]: Same id on both sides.`,
  `| ${'wide | '.repeat(40)}\n| ${'--- | '.repeat(40)}\n| ${'cell | '.repeat(40)}\n\n\`\`\`python\n${'x = 1; '.repeat(80)}\n\`\`\`\n\n${'unbroken'.repeat(80)}`,
  '\u202Eright to left override\u202C ‮ مرحبا **بالعالم** \uE0000\uE001',
  '\\('.repeat(3000) + '$'.repeat(3001) + '`'.repeat(2001) + '*_'.repeat(2000),
];
const FINE = 'Euler wrote $e^{i\\pi} + 1 = 0$, and \\[\\sum_{k=1}^n k = \\frac{n(n+1)}{2}\\] A book costs $5, two cost $10.\n\n```python\ndef answer():\n    return 42\n```\n\n![dot](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==)';

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
  const key = await arena.adminKey();
  const prompts = [...HOSTILE, FINE].map((text, index) => ({ id: `p${index}`, text, language: 'en' }));
  const answers = [...HOSTILE, FINE].map((text) => ({ text }));
  await makeArena(arena.base, key, { slug: 'hostile', title: '<img src=x onerror=alert(1)> & title', description: '<script>1</script>', guidelines: HOSTILE[0] + HOSTILE[2] }, prompts, { one: answers, two: answers });
});

test('V6: hostile answers run nothing, fetch nothing, break nothing; fine ones are drawn', async (t) => {
  const page = await openPage(t, browser, arena.base, { viewport: { width: 360, height: 740 } });
  await page.clock.install();
  await page.goto(`${arena.base}/`);
  await page.locator('.card', { hasText: '<img src=x onerror=alert(1)> & title' }).waitFor();
  await page.goto(`${arena.base}/arenas/hostile/vote`);
  let drawn = 0;
  for (let battle = 0; battle <= HOSTILE.length; battle++) {
    await page.getByRole('button', { name: 'Submit vote' }).waitFor();
    await page.locator('.battle[aria-busy=false]').waitFor();
    await page.keyboard.press('g');
    await page.locator('.guidelines').waitFor();
    const state = await page.evaluate(() => ({
      owned: window.owned,
      tags: [...document.querySelectorAll('.battle, .guidelines')].flatMap((part) => [...part.querySelectorAll('script, iframe, object, embed, form, style, link, base, meta')].map((each) => each.outerHTML)),
      links: [...document.querySelectorAll('.battle a[href]')].map((each) => each.getAttribute('href')).filter((href) => !/^(https?:|mailto:|#)/.test(href)),
      images: [...document.querySelectorAll('.battle img')].map((each) => each.src).filter((src) => !src.startsWith('data:image/png')),
      wide: document.documentElement.scrollWidth - 360,
      fine: document.querySelectorAll('.pane .katex').length === 4 && document.querySelectorAll('.pane .hljs-keyword').length > 0 && document.querySelectorAll('.pane img').length === 2,
      text: document.querySelector('.pane').innerText,
    }));
    assert.deepEqual({ owned: state.owned, tags: state.tags, links: state.links, images: state.images }, { owned: undefined, tags: [], links: [], images: [] });
    assert.ok(state.wide <= 0, `sideways scroll of ${state.wide} px at: ${state.text.slice(0, 80)}`);
    const violations = await axe(page);
    assert.deepEqual(violations, [], state.text.slice(0, 80));
    if (state.fine) {
      drawn++;
      assert.match(state.text, /A book costs \$5, two cost \$10\./);
      await page.evaluate(() => document.fonts.ready);
      await picture(page, 'answers-fine');
    } else await picture(page, `answers-hostile-${battle}`);
    await page.keyboard.press('Escape');
    await readBoth(page);
    await page.keyboard.press('1');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: 'Next battle' }).waitFor();
    if (battle < HOSTILE.length) await page.keyboard.press('n');
  }
  assert.equal(drawn, 1);
});
