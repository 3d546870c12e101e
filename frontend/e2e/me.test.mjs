/** The voter's own page: what they said, what is stored of them, and the ways out. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { axe, call, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';
import { openVote, submitted } from './voting.mjs';

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
  const key = await arena.adminKey();
  const prompts = Array.from({ length: 45 }, (_, each) => ({ id: `p${each}`, text: `Question ${each}`, language: 'en' }));
  const models = { zebra: prompts.map(() => ({ text: 'Yes.' })), giraffe: prompts.map(() => ({ text: 'No.' })) };
  await makeArena(arena.base, key, { slug: 'open', title: 'Open' }, prompts, models);
  await makeArena(arena.base, key, { slug: 'untold', title: 'Untold', reveal: 'never' }, prompts, models);
});

const votes = async (slug) => (await call(arena.base, 'GET', `/arenas/${slug}/leaderboard`)).votes;
const counts = (page) => page.locator('.own-vote').count();

/** A vote without the page, by the voter of the page. */
async function vote(page, slug, said) {
  const battle = await (await page.request.post(`${arena.base}/api/v1/arenas/${slug}/battles`, { data: {} })).json();
  assert.equal((await page.request.post(`${arena.base}/api/v1/battles/${battle.id}/votes`, { data: said })).status(), 201);
}

test('somebody who has not voted reads so, and finds the way to the arenas', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await page.goto(arena.base);
  await page.getByRole('link', { name: 'My votes' }).click();
  await page.getByRole('heading', { name: 'No vote yet' }).waitFor();
  assert.deepEqual(await axe(page), []);
});

test('votes are listed with what they said, names where they are told, and why one does not count; one is withdrawn', async (t) => {
  const page = await openVote(t, browser, arena.base, 'open');
  const before = await votes('open');
  await page.keyboard.press('1');
  await Promise.all([submitted(page), page.keyboard.press('Control+Enter')]);
  await vote(page, 'untold', { verdicts: { overall: 'abstain' }, comment: '<b>bold</b>' });
  await page.goto(`${arena.base}/me`);
  await page.locator('.own-vote').nth(1).waitFor();
  const [newest, first] = await page.locator('.own-vote').allInnerTexts();
  assert.match(newest, /Can’t tell[\s\S]+does not tell who wrote[\s\S]+<b>bold<\/b>[\s\S]+Not counted: “can’t tell” counts for neither side/);
  assert.doesNotMatch(newest, /zebra|giraffe/i);
  assert.match(first, /A is better[\s\S]+Answer A\s+Model (zebra|giraffe)[\s\S]+Answer B\s+Model (zebra|giraffe)/);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'me');
  await page.locator('.own-vote').nth(1).getByRole('button', { name: 'Withdraw my vote' }).click();
  await page.getByText('Not counted: you withdrew it').waitFor();
  assert.equal(await votes('open'), before);
});

test('a long history comes in parts, newest first', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await page.goto(`${arena.base}/arenas/open/vote`);
  await page.locator('.pane').first().waitFor();
  for (let each = 0; each < 21; each++) await vote(page, 'open', { verdicts: { overall: 'tie' }, comment: `number ${each}` });
  await page.goto(`${arena.base}/me`);
  await page.locator('.own-vote').first().waitFor();
  assert.equal(await counts(page), 20);
  assert.match(await page.locator('.own-vote').first().innerText(), /number 20/);
  await page.getByRole('button', { name: 'Show older votes' }).click();
  await page.getByText('number 0', { exact: true }).waitFor();
  assert.equal(await counts(page), 21);
});

test('everything stored is taken along as a file, then erased by a typed word, and the board forgets the vote', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await page.goto(`${arena.base}/arenas/open/vote`);
  await page.locator('.pane').first().waitFor();
  const before = await votes('open');
  await vote(page, 'open', { verdicts: { overall: 'a' }, comment: 'mine' });
  await page.goto(`${arena.base}/me`);
  await page.locator('.own-vote').first().waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download everything' }).click()]);
  assert.equal(download.suggestedFilename(), 'votes.json');
  const file = JSON.parse(readFileSync(await download.path(), 'utf8'));
  assert.deepEqual([file.me.votes, file.battles.at(-1).ballots[0].comment], [1, 'mine']);
  await page.getByRole('button', { name: 'Erase my data' }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase my data' });
  await dialog.getByRole('textbox').fill('yes');
  await dialog.getByRole('button', { name: 'Erase for good' }).click();
  await dialog.getByRole('alert').getByText('Type').waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'me-erase');
  assert.equal(await votes('open'), before + 1);
  await dialog.getByRole('textbox').fill('erase');
  await dialog.getByRole('button', { name: 'Erase for good' }).click();
  await page.getByText('Erased. 1 vote has left the boards.').waitFor();
  await page.getByRole('heading', { name: 'No vote yet' }).waitFor();
  assert.equal(await votes('open'), before);
  assert.deepEqual((await (await page.request.get(`${arena.base}/api/v1/me/votes`)).json()).items, []);
});
