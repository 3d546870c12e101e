/** A board of many models: how soon a change of filters is painted, and that nothing jumps. Times are told, not asserted. */
import assert from 'node:assert/strict';
import { call, openPage, prepared, world } from './fixtures.mjs';

const CATEGORIES = ['maths', 'medicine', 'poetry'];
const ROUNDS = 9;

/** `count` models in a ring, each pair of neighbours and of those two apart voted on in every category, the stronger mostly winning. */
function votes(count) {
  const lines = ['model_a,model_b,winner,rater,category'];
  for (let at = 0; at < count; at += 1) {
    for (const apart of [1, 2, 7]) {
      for (const category of CATEGORIES) {
        for (let rater = 0; rater < 2; rater += 1) {
          const other = (at + apart) % count;
          const wins = (at < other) === ((at * 7 + apart * 3 + rater * 5 + category.length) % 5 > 0);
          lines.push(`m${at},m${other},${wins ? 'a' : 'b'},human:r${at}-${rater},${category}`);
        }
      }
    }
  }
  return lines;
}

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
  for (const count of [200, 300]) {
    await call(arena.base, 'POST', '/arenas', { slug: `many-${count}`, title: 'Many' }, await arena.adminKey());
    await arena.importVotes(`many-${count}`, 'csv', votes(count));
  }
});

/** Layout shifts that nobody asked for, summed as browsers sum them. */
const watched = (page) =>
  page.addInitScript(() => {
    window.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    document.addEventListener('change', () => {
      const table = () => document.querySelector('.board-table tbody')?.textContent;
      const [since, before] = [performance.now(), table()];
      const look = () => {
        if (table() === before || document.querySelector('[aria-busy=true]')) requestAnimationFrame(look);
        else requestAnimationFrame(() => { window.painted = performance.now() - since; });
      };
      window.painted = undefined;
      look();
    }, true);
  });

test('L5: on 200 models a filter change is painted soon and shifts nothing', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await watched(page);
  await page.goto(`${arena.base}/arenas/many-200/leaderboard`);
  await page.locator('tr[data-model]').nth(199).waitFor();
  await page.waitForLoadState('networkidle');
  t.diagnostic(`layout shift of the page as it comes: ${(await page.evaluate(() => window.shifts)).toFixed(4)}`);
  await page.getByLabel('Category').focus();
  const times = { 'first asked': [], 'asked again': [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const isNew = round < CATEGORIES.length;
    // Down through the categories, then up and down again.
    await page.keyboard.press(isNew || round % 4 > 1 ? 'ArrowDown' : 'ArrowUp');
    times[isNew ? 'first asked' : 'asked again'].push(await (await page.waitForFunction(() => window.painted)).jsonValue());
  }
  for (const [when, all] of Object.entries(times)) {
    t.diagnostic(`200 models, ${when}: median ${median(all).toFixed(0)} ms (${all.map((each) => each.toFixed(0))})`);
  }
  await page.waitForTimeout(600);
  const shifts = await page.evaluate(() => window.shifts);
  t.diagnostic(`layout shift in all: ${shifts.toFixed(4)}`);
  assert.ok(shifts < 0.1, `layout shift ${shifts}`);
  assert.equal(await page.locator('tr[data-model]').count(), 200);
});

test('a board of 300 models can be used soon after its data have come', async (t) => {
  const times = [];
  for (let round = 0; round < 4; round += 1) {
    const page = await openPage(t, browser, arena.base);
    await page.goto(`${arena.base}/arenas/many-300/leaderboard`);
    await page.locator('tr[data-model]').nth(299).waitFor();
    times.push(await page.evaluate(async () => {
      const data = performance.getEntriesByType('resource').find((each) => new URL(each.name).pathname.endsWith('/leaderboard'));
      const sort = [...document.querySelectorAll('th button')].find((each) => each.textContent.startsWith('Votes'));
      sort.click();
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return document.querySelector('th[aria-sort] button') === sort ? performance.now() - data.responseEnd : NaN;
    }));
  }
  t.diagnostic(`300 models, sorted by another column ${median(times).toFixed(0)} ms after the data came (${times.map((each) => each.toFixed(0))})`);
  assert.ok(times.every((each) => Number.isFinite(each)), 'the table is sorted by the column that was pressed');
});
