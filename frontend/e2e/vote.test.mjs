import assert from 'node:assert/strict';
import { axe, call, DEMO, openPage, picture, prepared, world } from './fixtures.mjs';
import { chosen, openVote, readBoth, stored, submitted } from './voting.mjs';

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
});

const votePath = `/arenas/${DEMO}/vote`;
const humanVotes = async () => (await call(arena.base, 'GET', `/arenas/${DEMO}/leaderboard?voters=human`)).votes;

const open = (t, options) => openVote(t, browser, arena.base, DEMO, options);

test('V11, V12, V15: the keyboard alone votes, no row presets another, the reveal has the focus, N goes on', async (t) => {
  const page = await open(t);
  const before = await humanVotes();
  await page.keyboard.press('1');
  assert.equal(await chosen(page, 'overall'), 'a');
  for (const row of ['accuracy', 'helpfulness', 'language']) assert.equal(await chosen(page, row), null, 'no row presets another');
  await page.keyboard.press('ArrowDown');
  assert.equal(await chosen(page, 'accuracy'), null, 'moving into a row chooses nothing');
  await page.keyboard.press('3');
  assert.equal(await chosen(page, 'accuracy'), 'b');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('4');
  assert.equal(await chosen(page, 'helpfulness'), 'abstain');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('2');
  assert.equal(await chosen(page, 'accuracy'), 'tie');
  assert.equal(await chosen(page, 'overall'), 'a');
  await page.keyboard.press('Control+Enter');

  const heading = page.getByRole('heading', { name: 'Who wrote these' });
  await heading.waitFor();
  assert.ok(await heading.evaluate((element) => element === document.activeElement), 'the focus is on the reveal');
  assert.match(await page.locator('.outcome').innerText(), /Answer A was .+your choice[\s\S]+Answer B was /);
  assert.equal(await page.locator('main [role=status]').count(), 1);
  assert.match(await page.locator('main [role=status]').innerText(), /Answer A was .+, answer B was .+\./);
  assert.ok(await page.locator('[data-row="overall"] input').first().isDisabled(), 'after the reveal nothing can be changed');
  assert.equal(await humanVotes(), before + 1);
  assert.match(await page.getByRole('progressbar').getAttribute('aria-valuetext'), /^1 of 30$/);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'reveal-desktop');

  const prompt = await page.locator('.prompt').first().innerText();
  await page.keyboard.press('n');
  await page.getByRole('button', { name: 'Submit vote' }).waitFor();
  assert.equal(await chosen(page, 'overall'), null);
  assert.ok(prompt.length > 0);
  assert.ok(await page.locator('.turn h2').first().evaluate((element) => element === document.activeElement), 'the focus is on the new prompt');
});

test('V10: Enter on a choice sends nothing, Enter on the button does', async (t) => {
  const page = await open(t);
  const before = await humanVotes();
  await page.keyboard.press('4');
  assert.equal(await chosen(page, 'overall'), 'both_bad');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(300);
  assert.equal(await page.locator('.outcome').count(), 0);
  await page.getByRole('button', { name: 'Submit vote' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.outcome').waitFor();
  assert.equal(await humanVotes(), before + 1);
});

test('V1: nothing names a model before the vote; the names are there after it', async (t) => {
  const board = await call(arena.base, 'GET', `/arenas/${DEMO}/leaderboard`);
  const names = board.rows.flatMap((row) => [row.model, row.name]);
  assert.ok(names.length >= 12);
  const page = await openPage(t, browser, arena.base);
  await page.clock.install();
  const seen = [];
  page.on('response', async (answer) => {
    seen.push(answer.url(), JSON.stringify(await answer.allHeaders().catch(() => ({}))), await answer.text().catch(() => ''));
  });
  page.on('console', (message) => seen.push(message.text()));
  await page.goto(arena.base + votePath);
  await readBoth(page);
  await page.keyboard.press('1');
  await page.waitForLoadState('networkidle');
  const found = async () => {
    const state = await page.evaluate(() => [
      document.documentElement.outerHTML, document.title, location.href, document.cookie,
      JSON.stringify(localStorage), JSON.stringify(sessionStorage), JSON.stringify(history.state),
    ]);
    const cookies = JSON.stringify(await page.context().cookies());
    const everything = [...seen, ...state, cookies].join('\n').toLowerCase();
    return names.filter((name) => everything.includes(name.toLowerCase()));
  };
  assert.ok(seen.some((text) => text.includes('"expires_at"')), 'the battle itself was looked at');
  assert.deepEqual(await found(), []);
  await page.keyboard.press('Control+Enter');
  await page.locator('.outcome').waitFor();
  await page.waitForLoadState('networkidle');
  assert.ok((await found()).length >= 2, 'the search finds names once they are told');
});

test('V10: two presses at once store one vote', async (t) => {
  const page = await open(t);
  const before = await humanVotes();
  let posts = 0;
  page.on('request', (request) => (posts += Number(request.method() === 'POST' && request.url().endsWith('/votes'))));
  await page.keyboard.press('2');
  await page.getByRole('button', { name: 'Submit vote' }).evaluate((button) => {
    button.click();
    button.click();
  });
  await page.locator('.outcome').waitFor();
  assert.equal(posts, 1);
  assert.equal(await humanVotes(), before + 1);
});

test('V10: a vote whose answer got lost is sent again under the same key and stored once', async (t) => {
  const page = await open(t, { allow: [/net::ERR_/] });
  const before = await humanVotes();
  const keys = [];
  await page.route('**/votes', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    await route.fetch();
    await route.abort('connectionreset');
  });
  await page.keyboard.press('1');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Your vote is kept on this device').waitFor();
  assert.equal(await humanVotes(), before + 1, 'the server had stored it');
  await picture(page, 'vote-not-sent');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.outcome').waitFor();
  assert.equal(keys.length, 2);
  assert.ok(keys[0] && keys[0] === keys[1]);
  assert.equal(await humanVotes(), before + 1);
});

test('V10: missing required parts are named and nothing is sent', async (t) => {
  const page = await open(t);
  let posts = 0;
  page.on('request', (request) => (posts += Number(request.url().endsWith('/votes'))));
  await page.getByRole('button', { name: 'Submit vote' }).click();
  await page.getByText('Still missing: Overall').waitFor();
  assert.equal(posts, 0);
  assert.ok(await page.locator('[data-row="overall"]').evaluate((row) => row.contains(document.activeElement)));
  assert.deepEqual(await axe(page), []);
  await picture(page, 'vote-missing');
});

test('V9, V13, V16: remarks open after the overall choice and are sent; keys are dead in them', async (t) => {
  const page = await open(t);
  assert.equal(await page.getByLabel('Comment').count(), 0);
  await page.keyboard.press('3');
  await page.getByRole('group', { name: 'About answer A' }).getByText('Incorrect').click();
  await page.getByRole('group', { name: 'About answer B' }).getByText('Clear').click();
  await page.getByLabel('I recognise one of these').check();
  await page.getByLabel('Comment').fill('12?sn');
  assert.equal(await chosen(page, 'overall'), 'b', 'keys are dead in a text field');
  assert.equal(await page.locator('dialog').count(), 0);
  await page.getByText('5 of 2,000 characters').waitFor();
  await picture(page, 'vote-remarks');
  const [answer] = await Promise.all([submitted(page), page.keyboard.press('Control+Enter')]);
  const sent = answer.request().postDataJSON();
  assert.equal(answer.status(), 201);
  assert.deepEqual(sent.reasons, { a: ['incorrect'], b: ['clear'] });
  assert.equal(sent.comment, '12?sn');
  assert.equal(sent.recognised, true);
  const [battle] = await stored(page, arena.base);
  assert.deepEqual([battle.ballots.length, battle.ballots[0].recognised, battle.ballots[0].comment], [1, true, '12?sn']);
});

test('V24: a phone votes by touch; both answers are on the page before the vote', async (t) => {
  const page = await open(t, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  const [a, b] = await page.locator('.pane').evaluateAll((panes) => panes.map((pane) => pane.getBoundingClientRect()));
  const ballot = await page.locator('#ballot').evaluate((form) => form.getBoundingClientRect());
  assert.ok(a.bottom <= b.top && b.bottom <= ballot.top, 'A, B, then the vote, one below the other');
  assert.ok(Math.abs(a.width - b.width) < 1);
  await page.locator('[data-row="overall"]').getByText('B is better').tap();
  await page.locator('[data-row="language"]').getByText('Tie').tap();
  await page.getByRole('button', { name: 'Submit vote' }).tap();
  await page.locator('.outcome').waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'reveal-phone');
  await page.getByRole('button', { name: 'Next battle' }).tap();
  await page.getByRole('button', { name: 'Submit vote' }).waitFor();
});
