/** What keeps votes from counting, set on a page: gates beside what they did, leaks, control battles; and votes as a file for everybody. */
import assert from 'node:assert/strict';
import { axe, call, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';

const PROMPTS = Array.from({ length: 3 }, (_, each) => ({ id: `p${each}`, text: `Question ${each}` }));
const VOTERS = 50;
const RECOGNISED = 6;

let arena;
let browser;
let admin;
const test = prepared(async () => {
  [arena, browser] = await world();
  admin = await arena.adminKey();
  await makeArena(arena.base, admin, { slug: 'trusted', title: 'Trusted' }, PROMPTS, { ash: PROMPTS.map(() => ({ text: 'one' })), elm: PROMPTS.map(() => ({ text: 'other' })) });
  for (let voter = 0; voter < VOTERS; voter++) await vote(voter < RECOGNISED);
});

/** One vote of a voter of its own. */
async function vote(recognised) {
  const send = (where, body, cookie) => fetch(`${arena.base}/api/v1${where}`, { method: 'POST', body: JSON.stringify(body), headers: { Connection: 'close', 'Content-Type': 'application/json', ...(cookie && { Cookie: cookie }) } });
  const dealt = await send('/arenas/trusted/battles', {});
  const cookie = dealt.headers.get('set-cookie').split(';')[0];
  const cast = await send(`/battles/${(await dealt.json()).id}/votes`, { verdicts: { overall: 'a' }, recognised }, cookie);
  assert.equal(cast.status, 201);
}

async function open(t, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(`${arena.base}/arenas/trusted/admin/trust`);
  await page.getByLabel('API key').fill(admin);
  await page.keyboard.press('Enter');
  await page.locator('[data-gate]').first().waitFor();
  return page;
}
const rules = () => call(arena.base, 'GET', '/arenas/trusted');
const fits = async (page) => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= page.viewportSize().width);

test('every gate that the server has is there with its settings, its rate and its alarm, as the server tells them', async (t) => {
  const page = await open(t);
  const { items } = await call(arena.base, 'GET', '/arenas/trusted/gates', undefined, admin);
  assert.deepEqual(await page.locator('[data-gate]').evaluateAll((all) => all.map((each) => each.dataset.gate)), items.map((each) => each.gate));
  for (const each of items) {
    const fields = await page.locator(`[name^="${each.gate}."]`).evaluateAll((all) => all.map((field) => field.name.split('.')[1]));
    assert.deepEqual(fields, ['on', ...each.parameters.map(({ name }) => name)]);
  }
  const recognised = page.locator('[data-gate="recognised"]');
  await recognised.getByText('Of the newest 50 votes it set 6 aside (12%); 0 of these count again.').waitFor();
  await recognised.getByText('More than 10%').waitFor();
  assert.equal(await page.getByText('More than 10%').count(), 1);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'trust');
});

test('with the keyboard a gate is set and another turned off; what is refused is told, and what is stored stays', async (t) => {
  const page = await open(t, { allow: [/status of 422/] });
  await page.locator('[name="cap.votes"]').focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('0');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText(/votes is 0/).waitFor();
  await page.locator('[name="cap.votes"]').fill('40');
  await page.locator('[name="echo.on"]').focus();
  await page.keyboard.press('Space');
  await page.locator('[name="leak.on"]').check();
  await page.getByLabel('A battle with such an answer').selectOption('redeal');
  await page.getByLabel('Share that comes a second time').fill('0.05');
  await page.getByRole('button', { name: 'Store' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('This is stored.').waitFor();
  const { gates, leaks, repeat_share: repeats, gold_share: gold } = await rules();
  assert.deepEqual({ gates, leaks, repeats, gold }, { gates: { cap: { votes: 40 }, leak: { on: true }, echo: { on: false } }, leaks: 'redeal', repeats: 0.05, gold: 0 });
  await page.reload();
  await page.locator('[name="cap.votes"]').waitFor();
  assert.deepEqual(await page.locator('form.trust').evaluate((form) => [form.elements['cap.votes'].value, form.elements['echo.on'].checked, form.elements['leak.on'].checked]), ['40', false, true]);
});

test('a battle whose verdict is known is added and dealt no more; a wrong model is refused in words', async (t) => {
  const page = await open(t, { allow: [/status of 4(04|22)/] });
  await page.getByText('There is none yet.').waitFor();
  const fill = async (given) => {
    for (const [label, text] of Object.entries(given)) await page.getByLabel(label).fill(text);
    await page.keyboard.press('Enter');
  };
  await fill({ 'Prompt, by its name': 'p0', Better: 'ash', Worse: 'oak', 'How that is known': 'the other is empty' });
  await page.getByRole('alert').getByText('There is no such model here.').waitFor();
  await fill({ Worse: 'elm' });
  const row = page.locator('tr[data-gold]');
  await row.getByText('the other is empty').waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'trust-gold');
  await row.getByRole('button', { name: 'Deal it no more' }).click();
  await page.getByText('There is none yet.').waitFor();
  assert.deepEqual((await call(arena.base, 'GET', '/arenas/trusted/gold', undefined, admin)).items, []);
});

test('votes are a file for everybody while the settings say so, and the board leads to it', async (t) => {
  const page = await open(t);
  const board = `${arena.base}/arenas/trusted/leaderboard`;
  const link = page.getByRole('link', { name: 'Votes of people and judges (CSV)' });
  const publish = async (value) => {
    await page.goto(`${arena.base}/arenas/trusted/admin/settings`);
    await page.getByLabel('Votes as a file').selectOption(value);
    await page.getByRole('button', { name: 'Store' }).click();
    await page.getByText('The settings are stored.').waitFor();
    await page.goto(board);
    await page.getByRole('link', { name: 'JSON' }).waitFor();
  };
  await publish('published');
  assert.deepEqual(await axe(page), []);
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  assert.equal(download.suggestedFilename(), 'trusted.csv');
  await picture(page, 'trust-board');
  await publish('closed');
  assert.equal(await link.count(), 0);
});

test('the page fits a phone, in the dark and from right to left', async (t) => {
  const page = await open(t, { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, colorScheme: 'dark' });
  await fits(page);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'trust-phone');
  await page.evaluate(() => localStorage.setItem('arena.language', 'ar'));
  await page.reload();
  await page.getByRole('heading', { level: 2, name: 'البوابات' }).waitFor();
  await fits(page);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'trust-arabic-phone');
  await page.setViewportSize({ width: 1280, height: 900 });
  await picture(page, 'trust-arabic');
});
