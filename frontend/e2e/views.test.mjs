/** The views of a board beside its table: pairs, two models, the past, style held equal. */
import assert from 'node:assert/strict';
import { axe, call, DEMO, openPage, picture, prepared, world } from './fixtures.mjs';

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
});

const where = `/arenas/${DEMO}`;
const ask = (path) => call(arena.base, 'GET', `${where}/${path}`);

async function open(t, query, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(`${arena.base}${where}/leaderboard?${query}`);
  await page.locator('.board-table tbody tr').first().waitFor();
  return page;
}
const percent = (share) => new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 }).format(share);

/** WCAG's contrast of a text with what lies behind it, from the computed colours. */
const contrasts = (page, selector) =>
  page.locator(selector).evaluateAll((cells) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const luminance = (colour) => {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((each) => (each / 255 <= 0.03928 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    return cells.map((cell) => {
      const [one, other] = [luminance(getComputedStyle(cell.querySelector('a')).color), luminance(getComputedStyle(cell).backgroundColor)];
      return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    });
  });

test('L7: cells show win share and votes, work by arrow keys, diverge around one half and can be read in both themes', async (t) => {
  const matrix = await ask('matrix?voters=simulated');
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(t, 'voters=simulated&view=pairs', { colorScheme });
    const told = await page.locator('.heatmap td[data-at]').evaluateAll((cells) => cells.map((cell) => [cell.dataset.at, cell.querySelector('a').firstChild.textContent, cell.querySelector('small').textContent]));
    assert.equal(told.length, matrix.models.length * (matrix.models.length - 1));
    for (const [at, text, small] of told) {
      const [i, j] = at.split(' ').map(Number);
      const ties = matrix.ties[i][j] + matrix.both_bad[i][j];
      const votes = matrix.wins[i][j] + matrix.wins[j][i] + ties;
      assert.equal(text, votes ? percent((matrix.wins[i][j] + ties / 2) / votes) : '–');
      assert.match(small, new RegExp(`^${votes} vote`));
    }
    const heats = await page.locator('.heatmap td[data-at]').evaluateAll((cells) => cells.map((cell) => [Number(cell.dataset.share), Number(cell.dataset.heat)]));
    for (const [share, heat] of heats) assert.ok(Math.sign(heat) === Math.sign(share - 0.5) || heat === 0, `${share} is ${heat}`);
    assert.ok(Math.min(...(await contrasts(page, '.heatmap td[data-heat]'))) >= 4.5);
    assert.deepEqual(await axe(page), []);
    await picture(page, `pairs-${colorScheme}`);
  }
  const page = await open(t, 'voters=simulated&view=pairs');
  await page.locator('[data-at="0 1"] a').focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.activeElement.parentElement.dataset.at), '2 1', 'the diagonal is stepped over');
  await page.keyboard.press('End');
  assert.equal(await page.evaluate(() => document.activeElement.parentElement.dataset.at), `2 ${matrix.models.length - 1}`);
  assert.equal(await page.locator('.heatmap a[tabindex="0"]').count(), 1, 'one stop of the Tab key');
});

test('L8: observed, predicted and counts; how ties count is stated; sums match', async (t) => {
  const matrix = await ask('matrix?voters=simulated');
  const page = await open(t, 'voters=simulated&view=pairs');
  await page.getByText('A tie, and a both-bad, is half a win.').waitFor();
  await page.getByRole('button', { name: 'Predicted' }).click();
  await page.waitForURL(/cells=predicted/);
  assert.equal(await page.locator('[data-at="0 1"] a').evaluate((link) => link.firstChild.textContent), percent(matrix.predicted[0][1]));
  await page.getByRole('button', { name: 'Counts' }).click();
  await page.waitForURL(/cells=counts/);
  const counts = await page.locator('.heatmap td[data-at] a').evaluateAll((links) => links.map((link) => Number(link.firstChild.textContent.replaceAll(',', ''))));
  const { votes } = await ask('leaderboard?voters=simulated');
  assert.equal(counts.reduce((sum, each) => sum + each, 0), 2 * votes);
});

test('L9: at most six models, bands of their intervals, a table with the same numbers', async (t) => {
  const past = await ask('leaderboard/history?voters=simulated');
  const page = await open(t, 'voters=simulated&view=history');
  const drawn = await page.locator('.course').count();
  assert.ok(drawn >= 2 && drawn <= 6);
  const rows = await page.locator('.board-table tbody tr').count();
  assert.equal(rows, past.items.length);
  const [first] = past.items;
  const shown = await page.locator('.board-table tbody tr').first().locator('td').nth(1).evaluate((cell) => cell.firstChild.textContent);
  const name = await page.locator('.board-table thead th').nth(2).innerText();
  const then = first.rows.find((row) => row.name === name);
  assert.equal(shown, new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format(then.rating));
  await page.getByRole('checkbox', { checked: true }).last().uncheck();
  await page.waitForURL(/models=/);
  assert.equal(await page.locator('.course').count(), drawn - 1);
  await page.reload();
  await page.locator('.course').first().waitFor();
  assert.equal(await page.locator('.course').count(), drawn - 1);
  assert.match(await page.getByRole('img').getAttribute('aria-label'), /Ratings with intervals at/);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'history');
});

test('L10: two models: the chance to win with its interval on each dimension, reached from a cell', async (t) => {
  const page = await open(t, 'voters=simulated&view=pairs');
  await page.locator('[data-at="0 1"] a').click();
  await page.waitForURL(/view=compare/);
  const matrix = await ask('matrix?voters=simulated');
  const [one, other] = matrix.models;
  const { boards } = await ask(`leaderboards?voters=simulated&method=bradley_terry&set=reference%3D${other}`);
  await page.locator('tr[data-dimension]').first().waitFor();
  for (const found of boards) {
    const row = found.rows.find((each) => each.model === one);
    const told = Number(await page.locator(`tr[data-dimension="${found.dimension}"]`).getAttribute('data-chance'));
    assert.ok(Math.abs(told - 1 / (1 + 10 ** (-row.difference / 400))) < 1e-9);
    assert.match(await page.locator(`tr[data-dimension="${found.dimension}"] td`).nth(1).innerText(), /\d+% to \d+%/);
  }
  await page.getByRole('button', { name: 'Swap' }).click();
  await page.waitForURL(new RegExp(`one=${other}`));
  await page.locator(`tr[data-dimension="overall"]`).waitFor();
  const swapped = async () => Number(await page.locator('tr[data-dimension="overall"]').getAttribute('data-chance'));
  const before = 1 / (1 + 10 ** (-boards.find((each) => each.dimension === 'overall').rows.find((each) => each.model === one).difference / 400));
  await page.waitForFunction((was) => Math.abs(Number(document.querySelector('tr[data-dimension="overall"]').dataset.chance) - was) < 1e-6, 1 - before);
  assert.ok(Math.abs((await swapped()) - (1 - before)) < 1e-6);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'compare');
});

test('L11: with style held equal, the change of rank is text and arrow', async (t) => {
  const [plain, styled] = await Promise.all([ask('leaderboard?voters=simulated'), ask('leaderboard?voters=simulated&style_control=true')]);
  const page = await open(t, 'voters=simulated&view=style');
  for (const row of plain.rows) {
    const moved = row.rank - styled.rows.find((each) => each.model === row.model).rank;
    const cell = await page.locator(`tr[data-model="${row.model}"] td`).last().innerText();
    const places = `${Math.abs(moved)} rank${Math.abs(moved) === 1 ? '' : 's'}`;
    assert.equal(cell, moved === 0 ? 'same rank' : moved > 0 ? `▲ up ${places}` : `▼ down ${places}`);
  }
  assert.deepEqual(await axe(page), []);
  await picture(page, 'style');
});

test('L14: every chart has a heading, a sentence for who does not see it, and a table', async (t) => {
  for (const view of ['one', 'history']) {
    const page = await open(t, `voters=simulated&view=${view}`);
    const charts = page.locator('figure.chart');
    assert.ok((await charts.count()) > 0, view);
    for (const chart of await charts.all()) {
      assert.ok((await chart.getByRole('heading').innerText()).length > 0);
      assert.ok((await chart.getByRole('img').getAttribute('aria-label')).length > 20);
    }
    assert.ok((await page.locator('.board-table tbody tr').count()) > 0);
  }
});

test('L15: on a phone the first column stays, tables scroll in themselves, the text of charts is 11 px or more', async (t) => {
  for (const view of ['one', 'pairs', 'history', 'compare', 'style']) {
    const page = await open(t, `voters=simulated&view=${view}`, { viewport: { width: 320, height: 700 }, hasTouch: true, isMobile: true });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), `${view} scrolls sideways`);
    const scroller = page.locator('.board-table').first();
    await scroller.evaluate((box) => box.scrollTo({ left: 200 * (document.dir === 'rtl' ? -1 : 1) }));
    const at = await scroller.evaluate((box) => box.querySelector('tbody th').getBoundingClientRect().left - box.getBoundingClientRect().left);
    assert.ok(Math.abs(at) < 3, `${view}: the first column is at ${at}`);
    const sizes = await page.locator('figure.chart text').evaluateAll((texts) => texts.map((text) => parseFloat(getComputedStyle(text).fontSize)));
    assert.ok(sizes.every((size) => size >= 11));
    await picture(page, `phone-${view}`);
  }
});
