/** Images and artifacts: shown alike, at addresses that tell nothing and die with the battle, and fenced in. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after } from 'node:test';
import { axe, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';
import { png } from './png.mjs';
import { openVote, submitted } from './voting.mjs';

const SECRET = 'painted-by-model-x';
const ASKED = [{ id: 'p', text: 'Draw a sky.', language: 'en' }];
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3" fill="teal"/><text y="9">Sky</text></svg>';

let arena;
let browser;
let evil;
const heard = [];
const test = prepared(async () => {
  evil = createServer((request, answer) => {
    heard.push(request.url);
    answer.end();
  });
  await new Promise((resolve) => evil.listen(0, '127.0.0.1', resolve));
  const thief = `http://127.0.0.1:${evil.address().port}`;
  [arena, browser] = await world();
  const key = await arena.adminKey();
  const drawn = (width, height, colour) => ({ text: 'Here it is:', attachments: [{ name: 'x.png', data: png(width, height, colour, SECRET) }] });
  await makeArena(arena.base, key, { slug: 'images', title: 'Images', modality: 'image' }, ASKED, { ash: [drawn(400, 100, [200, 30, 30])], elm: [drawn(60, 300, [30, 30, 200])] });
  const hostile = (away) => `<!doctype html><title>x</title><h1>Sky</h1><script>
    const said = (what) => { document.body.append(what + ' '); };
    try { said('cookie ' + document.cookie); } catch { said('no-cookie'); }
    try { said('parent ' + parent.document.title); } catch { said('no-parent'); }
    try { localStorage.x = 1; said('storage'); } catch { said('no-storage'); }
    for (const go of [() => fetch('${thief}/fetch'), () => { new Image().src = '${thief}/image'; }, () => window.open('${thief}/popup'), () => { if (${away}) location.href = '${thief}/away'; }, () => { top.location = '${thief}/top'; }, () => navigator.sendBeacon('${thief}/beacon'), () => document.body.append(Object.assign(document.createElement('iframe'), { src: '${thief}/frame' }))]) { try { go(); } catch { said('stopped'); } }
    said('ran');
  </script>`;
  await makeArena(arena.base, key, { slug: 'static', title: 'Static', modality: 'artifact' }, ASKED, { ash: [{ text: SVG }], elm: [{ text: hostile(true) }] });
  await makeArena(arena.base, key, { slug: 'scripted', title: 'Scripted', modality: 'scripted_artifact' }, ASKED, { ash: [{ text: hostile(false) }], elm: [{ text: hostile(true) }] });
  await makeArena(arena.base, key, { slug: 'runaway', title: 'Runaway', modality: 'scripted_artifact' }, ASKED, { ash: [{ text: '<h1>Calm</h1>' }], elm: [{ text: '<h1>Loop</h1><script>onload = () => setTimeout(() => { for (;;); }, 300)</script>' }] });
});
after(() => evil?.close());

const open = (t, slug, options) => openVote(t, browser, arena.base, slug, options);
/** The browser says so of every script that it does not run. */
const STOPPED = /Blocked script execution/;
const MEDIA = /\/api\/v1\/battles\/[\w-]{22}\/media\/[0-9a-f]{40}$/;
const boxes = (page, selector) => page.locator(selector).evaluateAll((all) => all.map((each) => each.getBoundingClientRect().toJSON()));
const alike = (found, ...parts) => parts.forEach((part) => assert.ok(Math.abs(found[0][part] - found[1][part]) <= 1, `${part}: ${found.map((each) => each[part])}`));

test('V2: one image is late: neither answer is seen before it', async (t) => {
  const page = await openPage(t, browser, arena.base);
  let held = 0;
  let release;
  const come = new Promise((resolve) => (release = resolve));
  await page.route(MEDIA, async (route) => {
    if (held++ === 1) await come;
    await route.continue();
  });
  const visible = () => page.locator('.pane').evaluateAll((all) => all.filter((each) => each.checkVisibility({ visibilityProperty: true })).length);
  await Promise.all([page.waitForResponse(MEDIA), page.goto(`${arena.base}/arenas/images/vote`, { waitUntil: 'commit' })]);
  await page.locator('.battle[aria-busy=true]').waitFor();
  await page.waitForTimeout(500);
  assert.equal(await visible(), 0);
  release();
  while ((await page.locator('.battle[aria-busy=true]').count()) > 0) assert.notEqual(await visible(), 1);
  assert.equal(await visible(), 2);
  assert.ok(await page.locator('.pane img').evaluateAll((all) => all.every((each) => each.complete && each.naturalWidth > 0)));
});

test('V5: images come from random addresses of the battle, without what was written into them, until the vote', async (t) => {
  const page = await open(t, 'images', { allow: [/status of 404/] });
  const sources = await page.locator('.pane img').evaluateAll((all) => all.map((each) => each.src));
  assert.equal(sources.length, 2);
  for (const source of sources) {
    assert.match(source, MEDIA);
    const answer = await page.request.get(source);
    assert.equal(answer.headers()['content-type'], 'image/png');
    const bytes = (await answer.body()).toString('latin1');
    assert.ok(!bytes.includes(SECRET) && !/tEXt|eXIf|iTXt/.test(bytes));
  }
  const other = await open(t, 'images');
  const others = await other.locator('.pane img').evaluateAll((all) => all.map((each) => each.src));
  assert.ok(others.every((each) => !sources.some((source) => source.endsWith(each.slice(-40)))));
  await page.keyboard.press('1');
  await Promise.all([submitted(page), page.keyboard.press('Control+Enter')]);
  await page.getByRole('heading', { name: 'Who wrote these' }).waitFor();
  for (const source of sources) assert.equal((await page.request.get(source)).status(), 404);
});

test('V23: equal boxes; zoom and pan in step by buttons, dragging and + - 0; captions', async (t) => {
  const page = await open(t, 'images');
  alike(await boxes(page, '.picture-box'), 'width', 'height', 'top');
  const transforms = () => page.locator('.picture-box img').evaluateAll((all) => all.map((each) => getComputedStyle(each).transform));
  const step = async (what, moved) => {
    const [a, b] = await transforms();
    assert.equal(a, b, what);
    assert.equal(Number(/^matrix\(([\d.]+)/.exec(a)?.[1] ?? 1) > 1, moved, `${what}: ${a}`);
    return a;
  };
  await step('at first', false);
  assert.deepEqual(await page.locator('figcaption').allInnerTexts(), ['Answer A, picture 1', 'Answer B, picture 1']);
  assert.deepEqual(await page.locator('.picture-box img').evaluateAll((all) => all.map((each) => each.alt)), ['Answer A, picture 1', 'Answer B, picture 1']);
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  const near = await step('+ +', true);
  const box = page.locator('[data-side=b] .picture-box');
  await box.focus();
  await page.keyboard.press('ArrowLeft');
  const pushed = await step('arrow', true);
  assert.notEqual(pushed, near);
  const at = await box.boundingBox();
  await page.mouse.move(at.x + 50, at.y + 50);
  await page.mouse.down();
  await page.mouse.move(at.x + 50, at.y + 10, { steps: 4 });
  await page.mouse.up();
  assert.notEqual(await step('drag', true), pushed);
  await picture(page, 'images-near');
  await page.keyboard.press('-');
  await step('-', true);
  await page.keyboard.press('0');
  await step('0', false);
  await page.getByRole('button', { name: 'Nearer' }).click();
  await step('button', true);
  await page.getByRole('button', { name: 'Whole picture' }).click();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'images');
});

test('V23: an image that fails says the same on its pane, without its address', async (t) => {
  const page = await openPage(t, browser, arena.base, { allow: [/ERR_FAILED/] });
  let asked = 0;
  await page.route(MEDIA, (route) => (asked++ === 0 ? route.abort() : route.continue()));
  await page.goto(`${arena.base}/arenas/images/vote`);
  await page.locator('.battle[aria-busy=false]').waitFor();
  await page.getByText('This picture could not be loaded.').waitFor();
  assert.equal(await page.locator('.picture-box img').count(), 1);
  assert.ok(!(await page.locator('main').innerText()).includes('/media/'));
  alike(await boxes(page, '.picture-box'), 'width', 'height');
  await picture(page, 'images-failed');
});

test('V22: an artifact is previewed in a titled sandboxed frame or read as code, in three widths, again, and left', async (t) => {
  const page = await open(t, 'static', { allow: [STOPPED] });
  alike(await boxes(page, 'iframe'), 'width', 'height');
  const facts = await page.locator('iframe').evaluateAll((all) => all.map((each) => [each.title, each.getAttribute('sandbox'), each.referrerPolicy, each.allow]));
  assert.deepEqual(facts, ['A', 'B'].map((side) => [`Answer ${side}: what it made`, '', 'no-referrer', '']));
  assert.ok((await page.locator('iframe').evaluateAll((all) => all.map((each) => each.src))).every((each) => MEDIA.test(each)));
  const drawn = page.frames().filter((frame) => frame !== page.mainFrame());
  assert.ok((await Promise.all(drawn.map((frame) => frame.locator('circle').count()))).includes(1), 'the SVG is drawn');
  assert.ok((await Promise.all(drawn.map((frame) => frame.locator('body').innerText()))).every((text) => !text.includes('ran')), 'no script runs');
  const pane = page.locator('[data-side=a]');
  const frame = pane.locator('iframe');
  const width = () => frame.evaluate((each) => each.offsetWidth);
  const full = await width();
  await pane.getByRole('button', { name: 'Phone' }).click();
  assert.ok((await width()) < full);
  await pane.getByRole('button', { name: 'Full', exact: true }).click();
  const again = page.waitForResponse(MEDIA);
  await pane.getByRole('button', { name: 'Reload' }).click();
  assert.equal((await again).status(), 200);
  await pane.getByRole('button', { name: 'Past the frame' }).click();
  assert.ok(await pane.getByRole('button', { name: 'Leave the frame' }).evaluate((each) => each === document.activeElement));
  await pane.getByRole('button', { name: 'Full screen' }).click();
  await page.waitForFunction(() => document.fullscreenElement?.matches('.artifact-stage'));
  await pane.getByRole('button', { name: 'Leave the frame' }).click();
  await page.waitForFunction(() => document.fullscreenElement === null);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'artifacts');
  await pane.getByRole('tab', { name: 'Code' }).click();
  assert.match(await pane.getByRole('tabpanel').innerText(), /<svg|<!doctype/);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'artifacts-code');
});

test('V22: a hostile artifact reaches neither the page, nor its cookies, nor another host', async (t) => {
  heard.length = 0;
  // Here what the browser says of all that it stops is no fault; the other server hears what it does not stop.
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(`${arena.base}/arenas/scripted/vote`);
  await page.locator('.battle[aria-busy=false]').waitFor();
  const frames = page.frames().filter((frame) => frame.parentFrame() === page.mainFrame());
  const told = (await Promise.all(frames.map((frame) => frame.locator('body').innerText()))).find((text) => text.includes('ran'));
  assert.match(told, /no-cookie no-parent no-storage[^]*ran/);
  await page.waitForTimeout(500);
  assert.deepEqual(heard, [], 'nothing got out');
  assert.equal(page.url(), `${arena.base}/arenas/scripted/vote`);
});

test('V22: a runaway script does not stop the vote', async (t) => {
  const page = await openPage(t, browser, arena.base);
  // The clock that tests move would ask the frame that answers no more.
  await page.addInitScript(() => {
    const now = performance.now.bind(performance);
    window.later = 0;
    performance.now = () => now() + window.later;
  });
  await page.goto(`${arena.base}/arenas/runaway/vote`);
  await page.locator('.battle[aria-busy=false]').waitFor();
  const frames = page.frames().filter((frame) => frame !== page.mainFrame());
  const answers = (frame) => Promise.race([frame.evaluate(() => true), new Promise((resolve) => setTimeout(resolve, 500, false))]);
  while ((await Promise.all(frames.map(answers))).every(Boolean)) await page.waitForTimeout(50);
  await page.evaluate(() => (window.later = 4_000));
  await page.keyboard.press('1');
  await Promise.all([submitted(page), page.getByRole('button', { name: 'Submit vote' }).click()]);
});

test('images and artifacts fit a phone', async (t) => {
  for (const slug of ['images', 'static']) {
    const page = await open(t, slug, { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, locale: 'ar', allow: [STOPPED] });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320, slug);
    assert.deepEqual(await axe(page), []);
    await picture(page, `${slug}-phone-ar`);
  }
});
