/** How both answers are shown: at once, alike, together; and how it is told whether they were read. */
import assert from 'node:assert/strict';
import { axe, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';
import { chosen, openVote, readBoth, stored, submitted } from './voting.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const DOT = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const LONG = Array.from({ length: 60 }, (_, line) => `Line ${line} of a long answer about the sea.`).join('\n\n');
const POINTS = ['Does it name the sea?', 'Is it right?'];

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
  const key = await arena.adminKey();
  const made = (slug, one, other, rules = {}, prompts = [{ id: 'p', text: `A question for ${slug}`, language: 'en' }]) =>
    makeArena(arena.base, key, { slug, title: slug, ...rules }, prompts, { one: prompts.map(() => ({ text: one })), two: prompts.map(() => ({ text: other })) });
  await made('drawn', 'Short.', `Euler: $e^{i\\pi} + 1 = 0$ ![dot](${DOT})`);
  await made('long', `${LONG}\n\n${LONG}`, LONG.replaceAll('sea', 'sun'), { guidelines: '# Look\n\nat **both**.' });
  await made('many', 'Yes, it is.', 'No, it is not.', {}, Array.from({ length: 31 }, (_, each) => ({ id: `p${each}`, text: `Question ${each}`, language: 'en' })));
  await made('listed', 'The sea.', 'The sun.', {}, [{ id: 'p', text: 'What is blue?', language: 'en', checklist: POINTS }]);
});

const open = (t, slug, options) => openVote(t, browser, arena.base, slug, options);
const boxes = (page, selector) => page.locator(selector).evaluateAll((all) => all.map((each) => each.getBoundingClientRect().toJSON()));

/** In which frame each pane was first seen, counted from the first frame of the page. */
const watch = (page) =>
  page.addInitScript(() => {
    window.frames = {};
    let frame = 0;
    const look = () => {
      frame += 1;
      for (const pane of document.querySelectorAll('.pane')) if (pane.checkVisibility({ visibilityProperty: true })) window.frames[pane.dataset.side] ??= frame;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });

/** Each holds one thing back until it is let go, and tells when the page has asked for it. */
const HELD = {
  font: async (page) => {
    let release;
    const go = new Promise((resolve) => (release = resolve));
    await page.route('**/*.woff2', (route) => go.then(() => route.continue()));
    return { asked: page.waitForRequest(/\.woff2$/), release };
  },
  image: async (page) => {
    await page.addInitScript(() => {
      const { decode } = HTMLImageElement.prototype;
      const held = new Promise((resolve) => (window.release = resolve));
      HTMLImageElement.prototype.decode = async function () {
        window.asked = true;
        await held;
        return decode.call(this);
      };
    });
    return { asked: page.waitForFunction(() => window.asked), release: () => page.evaluate(() => window.release()) };
  },
};

for (const [what, hold] of Object.entries(HELD)) {
  test(`V2: one ${what} is late: neither answer is seen before, both in the same frame after`, async (t) => {
    const page = await openPage(t, browser, arena.base);
    await watch(page);
    const { asked, release } = await hold(page);
    await page.goto(`${arena.base}/arenas/drawn/vote`);
    await asked;
    await page.waitForTimeout(500);
    assert.deepEqual(await page.evaluate(() => window.frames), {});
    assert.equal(await page.locator('.battle[aria-busy=true]').count(), 1);
    await picture(page, `vote-drawing-${what}`);
    await release();
    await page.waitForFunction(() => Object.keys(window.frames).length === 2);
    const frames = await page.evaluate(() => window.frames);
    assert.equal(frames.a, frames.b);
  });
}

test('V2: what never comes does not keep the answers away', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await page.addInitScript(() => (HTMLImageElement.prototype.decode = () => new Promise(() => undefined)));
  await page.goto(`${arena.base}/arenas/drawn/vote`);
  await page.locator('.battle[aria-busy=false] .pane').first().waitFor({ timeout: 15_000 });
});

test('V3, V5: one response holds both answers and only the keys on the list; images come with the text', async (t) => {
  const page = await openPage(t, browser, arena.base);
  const answers = [];
  page.on('response', (answer) => new URL(answer.url()).pathname.startsWith('/api/') && answers.push(answer));
  await page.goto(`${arena.base}/arenas/drawn/vote`);
  await page.locator('.battle[aria-busy=false]').waitFor();
  await page.waitForLoadState('networkidle');
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  const holding = texts.filter((text) => text.includes('Short.') || text.includes('Euler'));
  assert.equal(holding.length, 1, 'both answers came at once');
  const keys = (value) => (Array.isArray(value) ? value.flatMap(keys) : value && typeof value === 'object' ? Object.entries(value).flatMap(([key, each]) => [key, ...keys(each)]) : []);
  const allowed = 'a arena b category checklist checklist_version content dimensions expires_at goal guidelines id language media messages progress prompt question required role rubric slug title verdicts voted';
  assert.deepEqual([...new Set(keys(JSON.parse(holding[0])))].sort(), allowed.split(' '));
  assert.ok((await page.locator('.pane img').evaluateAll((all) => all.map((each) => each.src))).every((src) => src === DOT));
});

test('V4: both answers look alike; long ones are folded to one height, and opened together', async (t) => {
  const page = await open(t, 'long');
  const alike = async (selector, part) => {
    const [a, b] = (await boxes(page, selector)).map((box) => box[part]);
    assert.ok(Math.abs(a - b) <= 1, `${part} of ${selector}: ${a} and ${b}`);
    return a;
  };
  await alike('.pane', 'width');
  await alike('.pane', 'top');
  const folded = await alike('.pane-body', 'height');
  const fonts = await page.locator('.pane-body').evaluateAll((all) => all.map((each) => getComputedStyle(each).font));
  assert.equal(fonts[0], fonts[1]);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'vote-folded');
  await page.getByRole('button', { name: 'Show both in full' }).click();
  const whole = await page.locator('.pane-body').evaluateAll((all) => all.map((each) => [each.scrollHeight - each.clientHeight, each.clientHeight]));
  assert.ok(whole.every(([hidden, height]) => hidden <= 1 && height > folded), `${whole}`);
  await page.getByRole('button', { name: 'Fold both' }).click();
  assert.equal(await alike('.pane-body', 'height'), folded);
});

test('long answers scroll together by their share of the way, or each alone', async (t) => {
  const page = await open(t, 'long');
  const shares = () => page.locator('.pane-body').evaluateAll((all) => all.map((each) => each.scrollTop / (each.scrollHeight - each.clientHeight)));
  const scroll = async (side, share) => {
    await page.locator(`[data-side=${side}] .pane-body`).evaluate((body, part) => (body.scrollTop = part * (body.scrollHeight - body.clientHeight)), share);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  };
  const near = async (...expected) => (await shares()).forEach((share, at) => assert.ok(Math.abs(share - expected[at]) < 0.01, `${share} is not ${expected[at]}`));
  await scroll('a', 0.5);
  await near(0.5, 0.5);
  await scroll('b', 1);
  await near(1, 1);
  await page.getByLabel('Scroll together').uncheck();
  await scroll('a', 0.25);
  await near(0.25, 1);
});

test('words that differ are marked only when asked for, in both answers; the comparison is fetched then', async (t) => {
  const page = await open(t, 'long');
  const scripts = [];
  page.on('request', (request) => scripts.push(...(/words-[\w-]+\.js/.exec(request.url()) ?? [])));
  assert.equal(await page.locator('mark').count(), 0);
  await page.getByLabel('Mark words that differ').check();
  await page.locator('mark').first().waitFor();
  assert.equal(scripts.length, 1);
  const marked = await page.locator('.pane').evaluateAll((panes) => panes.map((pane) => [...new Set([...pane.querySelectorAll('mark')].map((each) => each.textContent.trim()))].filter((each) => /^s(ea|un)$/.test(each))));
  assert.deepEqual(marked.map((each) => each.length), [1, 1], `${marked}`);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'vote-compared');
  await page.getByLabel('Mark words that differ').uncheck();
  assert.equal(await page.locator('mark').count(), 0);
});

test('guidelines are one key away', async (t) => {
  const page = await open(t, 'long');
  await page.keyboard.press('g');
  const dialog = page.getByRole('dialog', { name: 'Guidelines' });
  await dialog.getByText('at both.').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('dialog').count(), 0);
});

test('V13: the checklist of the prompt opens after the choice, is optional, and is stored with the vote', async (t) => {
  const page = await open(t, 'listed');
  assert.equal(await page.locator('.checklist').count(), 0);
  await page.keyboard.press('1');
  await page.getByLabel(`Answer A: ${POINTS[0]}`).check();
  await page.getByLabel(`Answer B: ${POINTS[1]}`).check();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'vote-checklist');
  await Promise.all([submitted(page), page.keyboard.press('Control+Enter')]);
  const [battle] = await stored(page, arena.base);
  assert.deepEqual(battle.ballots[0].reading.met, { a: [1], b: [2] });
  assert.equal(battle.ballots[0].reading.checklist_version, 1);
});

test('V19: a vote within three seconds is doubted once and never stopped; how it was read is stored', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await page.addInitScript(() => {
    window.elapsed = 0;
    performance.now = () => window.elapsed;
  });
  await page.goto(`${arena.base}/arenas/many/vote`);
  await page.locator('.battle[aria-busy=false]').waitFor();
  await page.keyboard.press('1');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Vote now? You have had the answers for less than 3 seconds').waitFor();
  assert.deepEqual(await stored(page, arena.base).then((all) => all.map((each) => each.ballots.length)), [0]);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'vote-doubted');
  await page.evaluate(() => (window.elapsed = 1_200));
  await Promise.all([submitted(page), page.getByRole('button', { name: 'Vote now' }).click()]);
  const [{ ballots: [{ reading }] }] = await stored(page, arena.base);
  assert.deepEqual(reading, { seconds: 1.2, a: { seconds: 1.2, reach: 1 }, b: { seconds: 1.2, reach: 1 } });
});

test('V19: a vote without a look at an answer is doubted by its name; scrolling there settles it', async (t) => {
  const page = await openPage(t, browser, arena.base, PHONE);
  await page.clock.install();
  await page.goto(`${arena.base}/arenas/long/vote`);
  await page.locator('.battle[aria-busy=false]').waitFor();
  await page.clock.fastForward(10_000);
  await page.evaluate(() => { window.picked = document.querySelector('[data-row=overall] input'); window.picked.click(); });
  await page.keyboard.press('Control+Enter');
  await page.getByText('Not yet on your screen: Answer B.').waitFor();
  await readBoth(page);
  await Promise.all([submitted(page), page.keyboard.press('Control+Enter')]);
  const [{ ballots: [{ reading }] }] = await stored(page, arena.base);
  assert.ok(reading.a.seconds >= 10 && reading.b.seconds < reading.a.seconds, JSON.stringify(reading));
  assert.ok(reading.b.reach > 0 && reading.b.reach < 1, 'it was not scrolled to its end');
});

test('V20: progress is told; after 25 votes a break is offered, and one key closes it', async (t) => {
  const page = await open(t, 'many');
  await page.keyboard.press('1');
  for (let vote = 1; vote <= 25; vote++) {
    if (vote > 1) await readBoth(page);
    await page.keyboard.press('2');
    await page.keyboard.press('Control+Enter');
    await page.locator('.outcome').waitFor();
    assert.equal(await page.getByRole('progressbar').getAttribute('aria-valuetext'), `${vote} of 30`);
    assert.equal(await page.locator('.break-hint').count(), Number(vote === 25), `after ${vote} votes`);
    if (vote < 25) await page.keyboard.press('n');
    if (vote < 25) await page.locator('.outcome').waitFor({ state: 'detached' });
  }
  assert.deepEqual(await axe(page), []);
  await picture(page, 'vote-break');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.break-hint').count(), 0);
  assert.equal(await chosen(page, 'overall'), 'tie');
});

test('V20: after 20 minutes a break is offered', async (t) => {
  const page = await open(t, 'many');
  for (let vote = 1; vote <= 3; vote++) {
    if (vote > 1) await readBoth(page);
    await page.clock.fastForward(vote === 1 ? 1_000 : 9.9 * 60_000);
    await page.keyboard.press('1');
    await page.keyboard.press('Control+Enter');
    await page.locator('.outcome').waitFor();
    assert.equal(await page.locator('.break-hint').count(), Number(vote === 3));
    if (vote < 3) await page.keyboard.press('n');
    if (vote < 3) await page.locator('.outcome').waitFor({ state: 'detached' });
  }
});
