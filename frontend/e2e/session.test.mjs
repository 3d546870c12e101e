/** How a voter gets through many battles: sides, choices, turns, and a session of thirty by keys alone and by touch alone. */
import assert from 'node:assert/strict';
import { call, makeArena, picture, prepared, world } from './fixtures.mjs';
import { chosen, openVote, readBoth, stored } from './voting.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const TEXT = 'A few words that an answer may have. '.repeat(12);

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
  const key = await arena.adminKey();
  const prompts = Array.from({ length: 30 }, (_, each) => ({ id: `p${each}`, text: `Question ${each}`, language: 'en' }));
  const models = { zebra: prompts.map(() => ({ text: `Zebra. ${TEXT}` })), giraffe: prompts.map(() => ({ text: `Giraffe. ${TEXT}` })) };
  await makeArena(arena.base, key, { slug: 'thirty', title: 'Thirty' }, prompts, models);
  for (const [position, slug] of ['style', 'accuracy'].entries()) {
    await call(arena.base, 'PUT', `/arenas/thirty/dimensions/${slug}`, { title: slug, position: position + 1 }, key);
  }
  const turns = { id: 'p', messages: ['One', 'Two', 'Three'].map((content) => ({ role: 'user', content })), language: 'en' };
  const said = (word) => [{ messages: turns.messages.map((_, turn) => ({ role: 'assistant', content: `${word}\n\n`.repeat(turn === 1 ? 60 : 3) })) }];
  await makeArena(arena.base, key, { slug: 'turns', title: 'Turns' }, [turns], { zebra: said('x'), giraffe: said('y') });
});

const open = (t, slug, options) => openVote(t, browser, arena.base, slug, options);

test('V7: over 400 battles of 400 voters a model stands left as often as right, and nothing else differs', async (t) => {
  const shape = (value) => (Array.isArray(value) ? value.map(shape) : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shape(each)])) : typeof value);
  const shapes = new Set();
  let left = 0;
  for (let voter = 0; voter < 400; voter++) {
    const battle = await call(arena.base, 'POST', '/arenas/thirty/battles', {});
    left += Number(battle.a.messages[0].content.startsWith('Zebra'));
    shapes.add(JSON.stringify(shape(battle)));
  }
  t.diagnostic(`${left} of 400 left`);
  // 40 to 60 per cent: a fair coin falls outside once in 16,000 runs.
  assert.ok(left >= 160 && left <= 240, `${left} of 400 left`);
  assert.equal(shapes.size, 1);
});

test('V8: the overall verdict is one named group of native radios, set by click, arrows and keys', async (t) => {
  const page = await open(t, 'thirty');
  const group = page.getByRole('group', { name: /^Overall/ });
  const radios = group.getByRole('radio');
  assert.deepEqual(await radios.evaluateAll((all) => [...new Set(all.map((each) => `${each.tagName} ${each.type} ${each.name}`))]), ['INPUT radio overall']);
  const values = await radios.evaluateAll((all) => all.map((each) => each.value));
  assert.deepEqual(values.slice(0, 4), ['a', 'tie', 'b', 'both_bad']);
  for (const [at, value] of values.slice(0, 4).entries()) {
    await page.keyboard.press(String(at + 1));
    assert.equal(await chosen(page, 'overall'), value);
  }
  await page.keyboard.press('ArrowLeft');
  assert.equal(await chosen(page, 'overall'), 'b');
  await page.keyboard.press('ArrowRight');
  assert.equal(await chosen(page, 'overall'), 'both_bad');
  await group.getByText('Tie').click();
  assert.equal(await chosen(page, 'overall'), 'tie');
});

test('V11, V12: rows stand in the arena’s order; whichever is set first, the others stay empty', async (t) => {
  for (const first of ['overall', 'style', 'accuracy']) {
    const page = await open(t, 'thirty');
    const rows = await page.locator('#ballot [data-row]:has(input[type=radio])').evaluateAll((all) => all.map((each) => each.dataset.row));
    assert.deepEqual(rows, ['overall', 'style', 'accuracy']);
    await page.locator(`[data-row="${first}"] .choice`).first().click();
    for (const row of rows) assert.equal(await chosen(page, row), row === first ? 'a' : null, `${row} after ${first}`);
  }
});

test('V21: each user turn stands once, A and B beside each other under it, labels stay in view, one link leads to the last', async (t) => {
  const page = await open(t, 'turns');
  const tops = await page.locator('.pane').evaluateAll((all) => all.map((each) => Math.round(each.getBoundingClientRect().top)));
  assert.deepEqual([tops[0], tops[2], tops[4]], [tops[1], tops[3], tops[5]]);
  assert.deepEqual(await page.locator('.prompt').allInnerTexts(), ['One', 'Two', 'Three']);
  await page.getByRole('button', { name: 'Show both in full' }).click();
  await page.locator('#turn-2 .pane-body').first().evaluate((body) => scrollBy(0, body.getBoundingClientRect().bottom - 200));
  const labels = await page.locator('#turn-2 .pane-label').evaluateAll((all) => all.map((each) => Math.round(each.getBoundingClientRect().top)));
  assert.deepEqual(labels, [0, 0], 'the labels of both sides are at the top of the window');
  await picture(page, 'vote-long-turn');
  await page.getByRole('link', { name: 'Jump to the last turn' }).click();
  const last = await page.locator('#turn-3 h2').evaluate((heading) => heading.getBoundingClientRect().top);
  assert.ok(last >= 0 && last < 450, `the last turn begins at ${last}`);
});

test('V24: on a phone the bar leads to both answers and the vote, takes a quarter of the height at most, and targets are 44 px', async (t) => {
  const page = await open(t, 'thirty', PHONE);
  const bar = page.getByRole('navigation', { name: 'Parts of this battle' });
  const inView = (selector) => page.locator(selector).evaluate((element) => { const { top } = element.getBoundingClientRect(); return top >= -1 && top < innerHeight; });
  await page.evaluate(() => scrollTo(0, 0));
  const box = await bar.boundingBox();
  assert.ok(box.height <= 740 / 4 && Math.abs(box.y + box.height - 740) <= 1, JSON.stringify(box));
  for (const [name, target] of [['Answer B', '#answer-b'], ['Answer A', '#answer-a'], ['Your vote', '#ballot']]) {
    await bar.getByRole('link', { name }).tap();
    await page.waitForFunction((selector) => { const { top } = document.querySelector(selector).getBoundingClientRect(); return top >= -1 && top < innerHeight - 100; }, target);
    assert.ok(await inView(target));
  }
  const small = await page.locator('main a:visible, main button:visible, main label:visible').evaluateAll((all) => all.filter((each) => each.getBoundingClientRect().height < 44).map((each) => `${each.outerHTML} ${each.getBoundingClientRect().height}`));
  assert.deepEqual(small, []);
  assert.equal(await page.locator('kbd:visible').count(), 0);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  await picture(page, 'vote-phone-bar');
});

async function session(page, battle) {
  for (let number = 1; number <= 30; number++) {
    if (number > 1) await readBoth(page);
    await battle(number);
    await page.locator('.outcome').waitFor();
    assert.equal(await page.getByRole('progressbar').getAttribute('aria-valuetext'), `${number} of 30`);
    if (number === 30) break;
    await (battle.next ?? (() => page.keyboard.press('n')))();
    await page.locator('.outcome').waitFor({ state: 'detached' });
  }
  const battles = await stored(page, arena.base);
  assert.equal(battles.length, 30);
  return battles.map((each) => Object.fromEntries(each.ballots[0].votes.map((vote) => [vote.dimension, vote.verdict])));
}

test('a session of thirty battles by keys alone', async (t) => {
  const page = await open(t, 'thirty');
  const said = await session(page, async (number) => {
    await page.keyboard.press(String((number % 4) + 1));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('3');
    await page.keyboard.press('Control+Enter');
  });
  assert.deepEqual(said, Array.from({ length: 30 }, (_, at) => ({ overall: ['a', 'tie', 'b', 'both_bad'][(at + 1) % 4], style: 'b' })));
});

test('a session of thirty battles by touch alone', async (t) => {
  const page = await open(t, 'thirty', PHONE);
  const battle = async () => {
    await page.locator('[data-row="overall"]').getByText('B is better').tap();
    await page.locator('[data-row="accuracy"]').getByText('Tie').tap();
    await page.getByRole('button', { name: 'Submit vote' }).tap();
  };
  battle.next = () => page.getByRole('button', { name: 'Next battle' }).tap();
  const said = await session(page, battle);
  assert.deepEqual(said, Array.from({ length: 30 }, () => ({ overall: 'b', accuracy: 'tie' })));
});
