import assert from 'node:assert/strict';
import { axe, call, DEMO, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';
import { readBoth } from './voting.mjs';

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
});

const boardPath = `/arenas/${DEMO}/leaderboard`;
const board = (query) => call(arena.base, 'GET', `${boardPath}?${query}`);

async function openBoard(t, query, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(`${arena.base}${boardPath}?${query}`);
  await page.locator('.board-table tbody tr').first().waitFor();
  return page;
}

/** What the table says, from its cells' own values. */
const tableRows = (page) =>
  page.locator('.board-table tr[data-model]').evaluateAll((rows) =>
    rows.map((row) => ({
      model: row.dataset.model,
      rank: row.querySelector('.rank').innerText.trim(),
      rating: row.querySelector('[data-value]').dataset.value,
      shown: row.querySelector('[data-value]').innerText.trim(),
      lower: row.querySelector('[data-lower]').dataset.lower,
      upper: row.querySelector('[data-upper]').dataset.upper,
    })),
  );
const settled = (page) => page.locator('[aria-busy="false"]').waitFor();

test('L1, L12: the table shows the API’s numbers with rank bounds and how they were made', async (t) => {
  const page = await openBoard(t, 'voters=simulated');
  const expected = await board('voters=simulated');
  const rows = await tableRows(page);
  assert.deepEqual(rows.map((row) => row.model), expected.rows.map((row) => row.model));
  for (const [index, row] of expected.rows.entries()) {
    assert.equal(rows[index].rank, `${row.rank_best}–${row.rank_worst}`);
    assert.equal(rows[index].shown, new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format(row.rating));
    assert.equal(Number(rows[index].lower), row.rating_lower);
    assert.equal(Number(rows[index].upper), row.rating_upper);
  }
  const how = await page.locator('.how').innerText();
  for (const part of ['Bradley–Terry, version 1', 'Ties: Half', expected.snapshot_id, `${expected.votes} votes by ${expected.raters} voters`]) {
    assert.ok(how.includes(part), `${part} in ${how}`);
  }
  assert.match(await page.locator('.simulated').innerText(), /Simulated votes/);
});

test('L2: the forest plot has the table’s rows, order and numbers, and draws them to scale', async (t) => {
  const page = await openBoard(t, 'voters=simulated&sort=name');
  const rows = await tableRows(page);
  const drawn = await page.locator('.whisker').evaluateAll((all) =>
    all.map((one) => ({
      model: one.dataset.model,
      rating: one.dataset.rating,
      lower: one.dataset.lower,
      upper: one.dataset.upper,
      at: ['circle', '.interval', '.interval'].map((part, index) => Number(one.querySelector(part).getAttribute(['cx', 'x1', 'x2'][index]))),
    })),
  );
  const told = (list) => list.map(({ model, rating, lower, upper }) => ({ model, rating, lower, upper }));
  assert.deepEqual(told(drawn), told(rows));
  const [one, other] = drawn;
  const unit = (other.at[0] - one.at[0]) / (other.rating - one.rating);
  for (const row of drawn) {
    assert.ok(Math.abs(row.at[0] - one.at[0] - (row.rating - one.rating) * unit) < 0.01);
    assert.ok(Math.abs(row.at[1] - row.at[0] - (row.lower - row.rating) * unit) < 0.01);
    assert.ok(Math.abs(row.at[2] - row.at[0] - (row.upper - row.rating) * unit) < 0.01);
  }
  assert.ok(unit > 0);
});

test('L3: headers sort, the address keeps it', async (t) => {
  const page = await openBoard(t, 'voters=simulated');
  const byRank = (await tableRows(page)).map((row) => row.model);
  await page.getByRole('button', { name: 'Votes' }).click();
  await page.waitForURL(/sort=-votes/);
  const byVotes = (await tableRows(page)).map((row) => row.model);
  const votes = Object.fromEntries((await board('voters=simulated')).rows.map((row) => [row.model, row.votes]));
  assert.deepEqual(byVotes, [...byRank].sort((one, other) => votes[other] - votes[one] || byRank.indexOf(one) - byRank.indexOf(other)));
  assert.equal(await page.getByRole('columnheader', { name: 'Votes' }).getAttribute('aria-sort'), 'descending');
  await page.reload();
  await page.locator('.board-table tbody tr').first().waitFor();
  assert.deepEqual((await tableRows(page)).map((row) => row.model), byVotes);
  await page.getByRole('button', { name: 'Rank' }).click();
  assert.deepEqual((await tableRows(page)).map((row) => row.model), byRank);
});

/** The filter of that name; by its label's text alone, since a label's whole text holds every choice. */
function filter(page, name) {
  return page.locator('.filters label', { has: page.getByText(name, { exact: true }) }).locator('select');
}

test('L4: filters live in the address; Back, Forward, reload and a shared link agree', async (t) => {
  const page = await openBoard(t, 'voters=simulated');
  const order = async () => (await tableRows(page)).map((row) => row.model).join();
  const overall = await order();
  await filter(page, 'Dimension').selectOption('accuracy');
  await page.getByText('Accuracy, votes of: Simulated').waitFor();
  await settled(page);
  const accuracy = await order();
  assert.notEqual(accuracy, overall, 'the demo’s boards disagree');
  await filter(page, 'Ties').selectOption('drop');
  await page.waitForURL(/voters=simulated&dimension=accuracy&ties=drop/);
  await page.getByText('Ties: Drop').waitFor();
  assert.equal(await filter(page, 'Ties').inputValue(), 'drop');
  const link = page.url();
  await page.goBack();
  await page.getByText('Ties: Half').waitFor();
  assert.equal(await filter(page, 'Ties').inputValue(), 'half');
  await page.goBack();
  await page.getByText('Overall, votes of: Simulated').waitFor();
  assert.equal(await filter(page, 'Dimension').inputValue(), 'overall');
  assert.equal(await order(), overall);
  await page.goForward();
  await page.getByText('Accuracy, votes of: Simulated').waitFor();
  assert.equal(await order(), accuracy);
  await page.goto(link);
  await page.getByText('Ties: Drop').waitFor();
  assert.equal(await filter(page, 'Dimension').inputValue(), 'accuracy');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.waitForURL((url) => url.search === '');
});

test('L6: a board without votes explains itself and shows the way', async (t) => {
  const page = await openBoard(t, '');
  await page.getByRole('heading', { name: 'No votes in this selection yet' }).waitFor();
  assert.equal(await page.locator('.whisker').count(), 0);
  assert.ok((await tableRows(page)).every((row) => /needs \d+ more votes/.test(row.rank) && row.shown === 'not rated'));
  assert.deepEqual(await axe(page), []);
  await picture(page, 'board-empty');
  await page.getByRole('button', { name: 'Votes of: Simulated' }).click();
  await page.locator('.whisker').first().waitFor();
  assert.match(page.url(), /voters=simulated/);
});

test('all dimensions side by side are the boards of the API', async (t) => {
  const page = await openBoard(t, 'voters=simulated');
  await page.getByRole('button', { name: 'All dimensions' }).click();
  await page.getByText('Ratings by dimension, votes of: Simulated').waitFor();
  await page.waitForURL(/view=all/);
  const { boards } = await call(arena.base, 'GET', `/arenas/${DEMO}/leaderboards?voters=simulated`);
  assert.deepEqual(boards.map((each) => each.method.name), ['elo', 'elo', 'elo', 'elo']);
  const shown = await page.locator('tr[data-model]').evaluateAll((rows) => rows.map((row) => [row.dataset.model, ...[...row.querySelectorAll('td strong')].map((cell) => cell.innerText)]));
  const format = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  const expected = boards[0].rows.map(({ model }) => [model, ...boards.map((each) => format.format(each.rows.find((row) => row.model === model).rating))]);
  assert.deepEqual(shown, expected);
  await picture(page, 'board-dimensions');
  await page.goBack();
  await page.locator('.whisker').first().waitFor();
});

test('groups that never met are not put on one scale', async (t) => {
  const key = await arena.adminKey();
  const [answer, none] = [{ text: 'an answer' }, {}];
  const lines = (...given) => given.flatMap((each, index) => (each === none ? [] : [{ ...each, prompt_id: `p${index}` }]));
  const prompts = [0, 1].map((each) => ({ id: `p${each}`, text: `Prompt ${each}` }));
  await makeArena(arena.base, key, { slug: 'islands', title: 'Islands', minimum_votes: 1 }, prompts, {});
  for (const [name, given] of Object.entries({ ash: [answer, none], elm: [answer, none], fir: [none, answer], oak: [none, answer] })) {
    await call(arena.base, 'POST', '/arenas/islands/models', { slug: name, name }, key);
    await call(arena.base, 'POST', `/arenas/islands/models/${name}/answers`, lines(...given), key);
  }
  const page = await openPage(t, browser, arena.base, { allow: [/status of 409/] });
  await page.clock.install();
  await page.goto(`${arena.base}/arenas/islands/vote`);
  for (let each = 0; each < 2; each++) {
    await page.getByRole('button', { name: 'Submit vote' }).waitFor();
    await readBoth(page);
    for (const pressed of ['1', 'Control+Enter']) await page.keyboard.press(pressed);
    await page.getByRole('button', { name: 'Next battle' }).click();
  }
  await page.getByRole('heading', { name: 'No battle left for you' }).waitFor();
  await page.getByRole('link', { name: 'See the leaderboard' }).click();
  await page.getByText('No votes connect these groups').waitFor();
  assert.equal(await page.locator('tr.group').count(), 2);
  assert.deepEqual(await page.locator('.chart').evaluateAll((charts) => charts.map((chart) => chart.querySelectorAll('.whisker').length)), [2, 2], 'each group has a scale of its own');
  assert.ok(await page.getByText('prior', { exact: true }).count() > 0, 'a model that never lost is marked');
  assert.deepEqual(await axe(page), []);
  await picture(page, 'board-islands');
});

test('L13: the downloads are the board on the screen', async (t) => {
  const page = await openBoard(t, 'voters=simulated&dimension=language');
  const [json, csv] = await Promise.all(['JSON', 'CSV'].map((name) => page.getByRole('link', { name }).getAttribute('href')));
  const rows = await tableRows(page);
  const told = await (await fetch(arena.base + json)).json();
  assert.deepEqual(told.rows.map((row) => [row.model, row.rating]), rows.map((row) => [row.model, Number(row.rating)]));
  const answer = await fetch(arena.base + csv);
  assert.match(answer.headers.get('content-type'), /text\/csv/);
  const lines = (await answer.text()).trim().split(/\r?\n/);
  assert.equal(lines.length, rows.length + 1);
  for (const [index, row] of rows.entries()) assert.ok(lines[index + 1].includes(row.model) && lines[index + 1].includes(row.rating));
});

test('every setting that the registry names can be set, stands in the address, and goes with its method', async (t) => {
  const page = await openBoard(t, 'voters=simulated');
  const methods = await call(arena.base, 'GET', `/arenas/${DEMO}/methods`);
  await page.getByText('Settings of the method').click();
  const labels = await page.locator('.method-settings label > span').allInnerTexts();
  const named = methods.items.find((each) => each.name === 'bradley_terry').settings.map((each) => each.name);
  assert.deepEqual(labels.map((each) => each.toLowerCase().replaceAll(' ', '_')), named.filter((each) => !['ties', 'both_bad'].includes(each)));
  const models = await tableRows(page);
  await page.getByLabel('Reference').selectOption(models.at(-1).model);
  await page.getByRole('columnheader', { name: /^Minus / }).waitFor();
  const level = page.getByLabel('Level');
  await level.fill('0.9');
  await level.press('Enter');
  await page.getByRole('columnheader', { name: '90% interval' }).waitFor();
  assert.deepEqual(new URL(page.url()).searchParams.getAll('set').sort(), ['level=0.9', `reference=${models.at(-1).model}`]);
  const expected = await board(`voters=simulated&set=level%3D0.9&set=reference%3D${models.at(-1).model}`);
  assert.deepEqual((await tableRows(page)).map((row) => Number(row.lower)), expected.rows.map((row) => row.rating_lower));
  assert.deepEqual(await axe(page), []);
  await filter(page, 'Method').selectOption('davidson');
  await settled(page);
  assert.deepEqual(new URL(page.url()).searchParams.getAll('set'), []);
});

test('the same votes stand side by side under every treatment of ties', async (t) => {
  const page = await openBoard(t, 'voters=simulated');
  await page.getByRole('button', { name: 'Ties compared' }).click();
  await page.getByRole('columnheader', { name: /Rao–Kupper/ }).waitFor();
  const told = await call(arena.base, 'GET', `/arenas/${DEMO}/leaderboard/treatments?voters=simulated`);
  assert.equal(await page.locator('.board-table thead th').count(), told.items.length + 1);
  const first = page.locator('.board-table tbody tr').first();
  const shown = await first.locator('td strong').allInnerTexts();
  const model = await first.getAttribute('data-model');
  const ratings = told.items.map(({ board: each }) => each.rows.find((row) => row.model === model).rating);
  const format = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  assert.deepEqual(shown, ratings.map((rating) => format.format(rating)));
  assert.deepEqual(await axe(page), []);
});

test('days in the address choose the votes that count', async (t) => {
  const page = await openBoard(t, 'voters=simulated');
  await page.getByLabel('To day').fill('2001-01-01');
  await page.getByText('No votes in this selection yet').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('until'), '2001-01-01');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.locator('.simulated, .notice').first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get('until'), null);
});
