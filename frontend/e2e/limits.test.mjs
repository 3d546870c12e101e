/** Voters who are too fast are told so in words; a proof of work is asked for only where something looks like a flood. */
import assert from 'node:assert/strict';
import { axe, makeArena, prepared, startArena, theBrowser } from './fixtures.mjs';
import { openVote, readBoth } from './voting.mjs';

const PROMPTS = Array.from({ length: 6 }, (_, each) => ({ id: `p${each}`, text: `Question ${each}`, language: 'en' }));
const MODELS = { zebra: PROMPTS.map(() => ({ text: 'Stripes.' })), giraffe: PROMPTS.map(() => ({ text: 'Spots.' })) };

let browser;
let careful;
let slow;
const test = prepared(async () => {
  [browser, careful, slow] = await Promise.all([
    theBrowser(),
    startArena('serve', { ARENA_LIMIT_BATTLES: '1/minute', ARENA_PROOF_WORK: '2000' }),
    startArena('serve', { ARENA_LIMIT_VOTER: '2/hour' }),
  ]);
  for (const arena of [careful, slow]) await makeArena(arena.base, await arena.adminKey(), { slug: 'quick', title: 'Quick' }, PROMPTS, MODELS);
});

async function vote(page) {
  await readBoth(page);
  await page.keyboard.press('1');
  await page.keyboard.press('Control+Enter');
}

test('a voter without risk meets no challenge; over the usual pace the page solves one by itself, under its own policy', async (t) => {
  const page = await openVote(t, browser, careful.base, 'quick', { allow: [/428/] });
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await vote(page);
  const next = page.getByRole('button', { name: /^Next/ });
  await next.waitFor();
  assert.deepEqual(asked.filter((each) => /challenge|proof/.test(each)), [], 'no challenge and no code for one');
  await next.click();
  await page.locator('.outcome').waitFor({ state: 'detached' });
  await page.locator('.pane').first().waitFor();
  assert.ok(asked.includes('/api/v1/challenge'));
  await vote(page);
  await next.waitFor();
});

test('too many votes are told in words, the choices are kept, and the page is accessible', async (t) => {
  const page = await openVote(t, browser, slow.base, 'quick', { allow: [/429/] });
  await vote(page);
  await page.getByRole('button', { name: /^Next/ }).click();
  await page.locator('.outcome').waitFor({ state: 'detached' });
  await vote(page);
  await page.getByText('Your choices are kept').waitFor();
  assert.equal(await page.locator('#ballot input[value=a]').first().isChecked(), true);
  await page.goto(`${slow.base}/arenas/quick/vote`);
  await page.getByRole('heading', { name: 'One moment' }).waitFor();
  assert.deepEqual(await axe(page), []);
});
