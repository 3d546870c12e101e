import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { assertLargeTextFits, axe, DEMO, DEVICES, inEveryLook, openPage, picture, prepared, world } from './fixtures.mjs';

const PAGES = {
  arenas: '/',
  vote: `/arenas/${DEMO}/vote`,
  board: `/arenas/${DEMO}/leaderboard?voters=simulated`,
  dimensions: `/arenas/${DEMO}/leaderboard?voters=simulated&view=all`,
  me: '/me',
};
const READY = { arenas: '.card', vote: '.pane', board: '.whisker', dimensions: 'tr[data-model]', me: '.notice' };
const LIMIT = 120 * 1024;

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
});

async function open(t, name, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(arena.base + PAGES[name]);
  await page.locator(READY[name]).first().waitFor();
  return page;
}

for (const name of Object.keys(PAGES)) {
  for (const [device, { options, looks }] of Object.entries(DEVICES)) {
    test(`V25: ${name}, ${device}: no accessibility violation, no sideways scroll in any look, nor with text at 200 % on a phone`, async (t) => {
      const page = await open(t, name, options);
      if (name === 'vote') await page.locator('[data-row="overall"] label').first().click();
      await inEveryLook(page, looks, name);
      if (device === 'phone') await assertLargeTextFits(page, name);
    });
  }
}

test('V24: touch targets of the vote are 44 px high, key hints are hidden, chart text stays readable', async (t) => {
  const page = await open(t, 'vote', DEVICES.phone.options);
  const heights = await page.locator('.choice, .actions button').evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
  assert.ok(heights.length > 10 && Math.min(...heights) >= 44, `${heights}`);
  assert.equal(await page.locator('.choice kbd:visible').count(), 0);
  const board = await open(t, 'board', DEVICES.phone.options);
  const sizes = await board.locator('.chart text').evaluateAll((all) => all.map((each) => parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a));
  assert.ok(Math.min(...sizes) >= 11, `${sizes}`);
});

test('the first page and the leaderboard need at most 120 KB of scripts, and no markdown', async (t) => {
  for (const name of ['arenas', 'board', 'dimensions']) {
    const page = await openPage(t, browser, arena.base);
    const scripts = new Map();
    page.on('response', async (answer) => {
      if (answer.request().resourceType() === 'script') scripts.set(answer.url(), answer.body());
    });
    await page.goto(arena.base + PAGES[name]);
    await page.locator(READY[name]).first().waitFor();
    await page.waitForLoadState('networkidle');
    const bodies = await Promise.all(scripts.values());
    const total = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
    t.diagnostic(`${name}: ${(total / 1024).toFixed(1)} KB in ${bodies.length} files`);
    assert.ok(bodies.length > 1 && total <= LIMIT, `${name}: ${total} bytes`);
    assert.ok(bodies.every((body) => !body.includes('katex')), `${name} loads the markdown chunk`);
  }
});

test('a chosen theme is kept, and is there before the first paint', async (t) => {
  const page = await open(t, 'arenas', { colorScheme: 'light' });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByLabel('Theme').selectOption('dark');
  const dark = await background();
  assert.notEqual(dark, light);
  await page.goto(arena.base + PAGES.arenas, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await page.locator('.card').first().waitFor();
  assert.equal(await background(), dark);
});

test('V25: language and direction stand on the page and on the answers', async (t) => {
  const page = await open(t, 'vote');
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), ['en', 'ltr']);
  assert.equal(await page.locator('.battle').getAttribute('lang'), 'en');
  assert.equal(await page.locator('.pane-body').first().getAttribute('dir'), 'auto');
  assert.equal(await page.title(), 'Vote: Style over substance · Pairwise Arena');
});

test('V25: pages move the focus to their heading, visibly', async (t) => {
  const page = await open(t, 'arenas');
  await page.getByRole('link', { name: 'Leaderboard of' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Leaderboard' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  await page.keyboard.press('Tab');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, 'solid', 'the focus is visible');
});

test('wrong addresses and a server without an answer say what is wrong', async (t) => {
  const page = await openPage(t, browser, arena.base, { allow: [/status of 404/, /net::ERR_FAILED/] });
  await page.goto(`${arena.base}/nowhere`);
  await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  await page.goto(`${arena.base}/arenas/nothing/vote`);
  await page.getByText('There is no arena with this name').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.route('**/api/**', (route) => route.abort());
  await page.goto(`${arena.base}/`);
  await page.getByRole('heading', { name: 'No connection' }).waitFor();
  await picture(page, 'error-offline');
  await page.unroute('**/api/**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.card').first().waitFor();
});
