import assert from 'node:assert/strict';
import { axe, call, DEMO, makeArena, picture, prepared, world } from './fixtures.mjs';
import { chosen, openVote, readBoth, stored, submitted } from './voting.mjs';

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
  const key = await arena.adminKey();
  const prompts = [1, 2].map((each) => ({ id: `p${each}`, messages: [{ role: 'user', content: `First ${each}` }, { role: 'user', content: `Second ${each}` }], language: 'en' }));
  const answers = (word) => prompts.map(() => ({ messages: [{ role: 'assistant', content: `${word}\n\n`.repeat(word === 'x' ? 9 : 1) }, { role: 'assistant', content: word }] }));
  await makeArena(arena.base, key, { slug: 'quiet', title: 'Never told', reveal: 'never' }, prompts, { zebra: answers('x'), giraffe: answers('y') });
});

const open = (t, slug, options) => openVote(t, browser, arena.base, slug, options);
const humanVotes = async (slug) => (await call(arena.base, 'GET', `/arenas/${slug}/leaderboard`)).votes;

test('V17: a skip takes a reason, stores no vote and goes on', async (t) => {
  const page = await open(t, DEMO);
  const before = await humanVotes(DEMO);
  const first = await page.locator('.battle').innerText();
  await page.keyboard.press('s');
  await page.getByRole('dialog', { name: 'Skip this battle' }).waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'vote-skip');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('dialog').count(), 0);
  await page.getByRole('button', { name: 'Skip' }).click();
  await page.getByLabel('I don’t know this topic').check();
  const [answer] = await Promise.all([
    page.waitForResponse((each) => each.url().endsWith('/skip')),
    page.getByRole('dialog').getByRole('button', { name: 'Skip' }).click(),
  ]);
  assert.deepEqual([answer.status(), (await answer.json()).reason], [201, 'topic']);
  await page.waitForFunction((old) => document.querySelector('.battle') && document.querySelector('.battle').innerText !== old, first);
  assert.equal(await humanVotes(DEMO), before);
  const [battle] = await stored(page, arena.base);
  assert.deepEqual([battle.state, battle.skip.reason, battle.ballots], ['skipped', 'topic', []]);
});

test('V9: the legend opens with ?, and switches one-key shortcuts off', async (t) => {
  const page = await open(t, DEMO);
  await page.keyboard.press('?');
  const legend = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await legend.waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'vote-legend');
  await page.keyboard.press('1');
  assert.equal(await chosen(page, 'overall'), null, 'keys are dead under a dialog');
  await legend.getByLabel('One-key shortcuts on').uncheck();
  await legend.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('1');
  assert.equal(await chosen(page, 'overall'), null);
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await legend.getByLabel('One-key shortcuts on').check();
  await legend.getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('Alt+1');
  assert.equal(await chosen(page, 'overall'), null, 'keys with Alt are somebody else’s');
  await page.keyboard.press('1');
  assert.equal(await chosen(page, 'overall'), 'a');
});

test('V18: choices and comment survive a reload and a lost connection, and are sent when it is back', async (t) => {
  const page = await open(t, DEMO, { allow: [/net::ERR_INTERNET_DISCONNECTED/] });
  const before = await humanVotes(DEMO);
  await page.keyboard.press('3');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('1');
  await page.getByLabel('Comment').fill('kept');
  const stored = await page.evaluate(() => JSON.stringify(localStorage));
  assert.match(stored, /kept/);
  await page.reload();
  await readBoth(page);
  assert.equal(await chosen(page, 'overall'), 'b');
  assert.equal(await chosen(page, 'accuracy'), 'a');
  assert.equal(await page.getByLabel('Comment').inputValue(), 'kept');
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Submit vote' }).click();
  await page.getByText('Not sent: the server did not answer').waitFor();
  assert.equal(await humanVotes(DEMO), before);
  await page.context().setOffline(false);
  await page.locator('.outcome').waitFor();
  assert.equal(await humanVotes(DEMO), before + 1);
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /kept/, 'nothing is left on the device');
});

test('V14: after the reveal only withdrawing is left, and the board forgets the vote', async (t) => {
  const page = await open(t, DEMO);
  const before = await humanVotes(DEMO);
  await page.keyboard.press('1');
  const [answer] = await Promise.all([submitted(page), page.keyboard.press('Control+Enter')]);
  const changed = await page.request.patch(answer.url(), { data: { verdicts: { overall: 'b' } } });
  assert.deepEqual([changed.status(), (await changed.json()).type], [409, '/problems/already-revealed']);
  await page.getByRole('button', { name: 'Withdraw my vote' }).click();
  await page.locator('.outcome').getByText('Your vote is withdrawn').waitFor();
  assert.equal(await humanVotes(DEMO), before);
  assert.equal(await page.getByRole('button', { name: 'Change vote' }).count(), 0);
});

test('V14, V21: an arena that never tells: the vote can be changed, turns are aligned, then no battle is left', async (t) => {
  const page = await open(t, 'quiet', { allow: [/status of 409/] });
  const tops = await page.locator('.pane').evaluateAll((panes) => panes.map((pane) => Math.round(pane.getBoundingClientRect().top)));
  assert.equal(tops.length, 4);
  assert.ok(tops[0] === tops[1] && tops[2] === tops[3] && tops[0] < tops[2], `A and B of a turn stand on one line: ${tops}`);
  const widths = await page.locator('.pane').evaluateAll((panes) => panes.map((pane) => pane.getBoundingClientRect().width));
  assert.ok(Math.max(...widths) - Math.min(...widths) < 1);
  await picture(page, 'vote-turns');

  await page.keyboard.press('1');
  await page.keyboard.press('Control+Enter');
  await page.locator('.outcome').getByText('You can change it').waitFor();
  assert.doesNotMatch(await page.locator('body').innerText(), /zebra|giraffe/i);
  const wins = async () => (await call(arena.base, 'GET', '/arenas/quiet/leaderboard')).rows.map((row) => row.wins).sort().join();
  assert.equal(await wins(), '0,1');
  await page.locator('[data-row="overall"]').getByText('Tie').click();
  await page.getByRole('button', { name: 'Change vote' }).click();
  await page.locator('.outcome').getByText('Your vote is changed').waitFor();
  assert.equal(await wins(), '0,0');
  assert.equal(await humanVotes('quiet'), 1);

  await page.getByRole('button', { name: 'Next battle' }).click();
  await page.getByRole('button', { name: 'Submit vote' }).waitFor();
  await readBoth(page);
  await page.keyboard.press('2');
  await page.keyboard.press('Control+Enter');
  await page.locator('.outcome').waitFor();
  await page.getByRole('button', { name: 'Next battle' }).click();
  await page.getByRole('heading', { name: 'No battle left for you' }).waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'vote-none-left');
});

test('a battle voted on in another tab says so and stores nothing twice', async (t) => {
  const page = await open(t, DEMO, { allow: [/status of 409/] });
  const other = await page.context().newPage();
  await other.clock.install();
  await other.goto(`${arena.base}/arenas/${DEMO}/vote`);
  await readBoth(other);
  const before = await humanVotes(DEMO);
  await other.evaluate(() => localStorage.clear());
  await other.keyboard.press('1');
  await other.keyboard.press('Control+Enter');
  await other.locator('.outcome').waitFor();
  await page.keyboard.press('3');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: 'Already voted' }).waitFor();
  assert.equal(await humanVotes(DEMO), before + 1);
  await page.getByRole('button', { name: 'Next battle' }).click();
  await page.getByRole('button', { name: 'Submit vote' }).waitFor();
});

test('an expired battle says so', async (t) => {
  const page = await open(t, DEMO, { allow: [/status of 410/] });
  await page.route('**/votes', (route) =>
    route.fulfill({ status: 410, contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems/battle-expired', title: 'Expired', status: 410, detail: 'expired' }) }));
  await page.keyboard.press('1');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: 'This battle has expired' }).waitFor();
  await picture(page, 'vote-expired');
});

test('a server error keeps the vote and offers another try', async (t) => {
  const page = await open(t, DEMO, { allow: [/status of 503/] });
  let failing = true;
  await page.route('**/votes', (route) => (failing ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{}' }) : route.continue()));
  await page.keyboard.press('2');
  await page.keyboard.press('Control+Enter');
  await page.getByText('error 503').waitFor();
  failing = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.outcome').waitFor();
});
