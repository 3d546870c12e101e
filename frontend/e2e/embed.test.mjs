/** A board in a frame of another site, and a badge in its page. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { axe, call, DEMO, openPage, picture, prepared, world } from './fixtures.mjs';

let arena;
let browser;
const test = prepared(async () => ([arena, browser] = await world()));

/** Another site, whose page holds this HTML. */
async function elsewhere(t, html) {
  const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>Elsewhere</title>${html}`));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://localhost:${server.address().port}/`;
}

test('what a board offers to copy shows it on another site: in a frame, with the numbers of the board, and as a badge', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await page.goto(`${arena.base}/arenas/${DEMO}/leaderboard?voters=simulated&dimension=accuracy`);
  await page.getByRole('button', { name: 'Embed' }).click();
  const dialog = page.getByRole('dialog');
  const frame = await dialog.getByRole('textbox', { name: 'The board, for the HTML of a page' }).inputValue();
  await dialog.getByLabel('A badge of').selectOption({ index: 1 });
  const badge = await dialog.getByRole('textbox', { name: 'The badge, for Markdown' }).inputValue();
  assert.ok(await dialog.locator('img').evaluate((image) => image.decode().then(() => image.naturalWidth > 60)));
  assert.deepEqual(await axe(page), []);
  await picture(page, 'embed-dialog');
  const { rows } = await call(arena.base, 'GET', `/arenas/${DEMO}/leaderboard?voters=simulated&dimension=accuracy`);
  const [, text, address, link] = /^\[!\[(.*)\]\((.*)\)\]\((.*)\)$/.exec(badge);
  assert.equal(text, rows[0].name);
  assert.deepEqual(Object.fromEntries(new URL(link).searchParams), { voters: 'simulated', dimension: 'accuracy' });
  const site = await elsewhere(t, `${frame}<img src="${address.replaceAll('&', '&amp;')}" alt="">`);
  const other = await browser.newPage();
  t.after(() => other.close());
  const wrong = [];
  other.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  other.on('pageerror', (error) => wrong.push(error.message));
  await other.goto(site);
  const shown = other.frameLocator('iframe');
  await shown.locator('tr[data-model]').first().waitFor();
  assert.deepEqual(await shown.locator('tr[data-model] th').allInnerTexts(), rows.slice(0, 10).map((row) => row.name));
  await shown.getByText('Simulated votes').waitFor();
  assert.equal(await shown.locator('header, footer, nav, button, input, select').count(), 0, 'nothing around it, and nothing to do');
  assert.equal(await shown.getByRole('link').getAttribute('target'), '_blank');
  assert.ok(await other.locator('img').evaluate((image) => image.decode().then(() => image.naturalHeight === 20)));
  await picture(other, 'embedded');
  assert.deepEqual(wrong, []);
});

test('no other page can be shown in a frame', async (t) => {
  const other = await browser.newPage();
  t.after(() => other.close());
  const refused = other.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
  await other.goto(await elsewhere(t, `<iframe src="${arena.base}/arenas/${DEMO}/vote"></iframe>`));
  await refused;
});

test('an embedded board is small, has no violation, and speaks Arabic', async (t) => {
  const page = await openPage(t, browser, arena.base, { viewport: { width: 320, height: 480 }, locale: 'ar' });
  await page.goto(`${arena.base}/embed/${DEMO}?voters=simulated`);
  await page.locator('tr[data-model]').first().waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'embed-ar');
});
