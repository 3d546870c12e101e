import assert from 'node:assert/strict';
import { axe, call, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';

const PHONE = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true };
const MARKUP = '<img src=x onerror=alert(1)> call +33 6 12 34 56 78';
const TEXTS = '/arenas/reviewed/admin/texts';
const LONG = `Write to ana.li@posteo.de. ${'word '.repeat(200)}end of it`;

let arena;
let browser;
let admin;
const test = prepared(async () => {
  [arena, browser] = await world();
  admin = await arena.adminKey();
  const prompts = [{ id: 'p', text: 'Why?' }, { id: 'set/1', text: LONG }, { id: 'q', text: 'Account DE89 3704 0044 0532 0130 00' }];
  await makeArena(arena.base, admin, { slug: 'reviewed', title: 'Reviewed' }, prompts, { ash: prompts.map(() => ({ text: 'one' })), elm: prompts.map(() => ({ text: 'other' })) });
  const comments = ['first', MARKUP, 'third'].map((comment, index) => `ash,elm,a,p,human:v${index},${comment}`);
  await arena.importVotes('reviewed', 'csv', ['model_a,model_b,winner,prompt_id,rater,comment', ...comments]);
  await call(arena.base, 'PUT', '/arenas/reviewed/findings/set%2F1', { state: 'held' }, admin);
  await call(arena.base, 'PUT', '/arenas/reviewed/findings/q', { state: 'held' }, admin);
});

async function open(t, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(arena.base + TEXTS);
  await page.getByLabel('API key').fill(admin);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Comments of voters' }).waitFor();
  return page;
}

const comments = async (state) => (await call(arena.base, 'GET', `/arenas/reviewed/comments?state=${state}`, undefined, admin)).items.map(({ text }) => text);
const findings = async (state) => (await call(arena.base, 'GET', `/arenas/reviewed/findings?state=${state}`, undefined, admin)).items.map(({ prompt }) => prompt);
const focused = (page) => page.evaluate(() => document.activeElement?.closest('[data-comment], section')?.textContent ?? '');

test('comments and held prompts are shown with what they seem to hold, in light, in dark, on a phone and in Arabic', async (t) => {
  for (const [look, options] of Object.entries({ light: { colorScheme: 'light' }, dark: { colorScheme: 'dark' }, phone: PHONE })) {
    const page = await open(t, options);
    await page.locator('[data-comment]', { hasText: MARKUP }).getByText('a telephone number').waitFor();
    await page.locator('[data-finding="set/1"]').getByText('an email address').waitFor();
    await page.locator('[data-finding="q"]').getByText('a bank account').waitFor();
    assert.deepEqual(await axe(page), []);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= page.viewportSize().width, look);
    await picture(page, `texts-${look}`);
    if (look !== 'light') continue;
    await page.evaluate(() => localStorage.setItem('arena.language', 'ar'));
    await page.reload();
    await page.locator('[data-finding="set/1"]').getByText('عنوان بريد إلكتروني').waitFor();
    assert.deepEqual(await axe(page), []);
    await picture(page, 'texts-arabic');
  }
});

test('by keyboard a comment is published and another refused, the focus goes on to the next, and it is decided again', async (t) => {
  const page = await open(t);
  const rows = page.locator('[data-comment]');
  const row = (text) => rows.filter({ hasText: text });
  await rows.nth(2).waitFor();
  await row('third').getByRole('button', { name: 'Publish' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('The comment is published').waitFor();
  await row('third').waitFor({ state: 'detached' });
  assert.match(await focused(page), /alert/, 'the focus is on the next comment');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.getByText('The comment is refused').waitFor();
  await row(MARKUP).waitFor({ state: 'detached' });
  assert.deepEqual([await comments('undecided'), await comments('published'), await comments('refused')], [['first'], ['third'], [MARKUP]]);
  await row('first').getByRole('button', { name: 'Refuse' }).click();
  await page.getByText('No comment waits for you.').waitFor();
  assert.match(await focused(page), /^Comments of voters/, 'the focus is on the heading');
  assert.deepEqual(await axe(page), []);
  await page.getByLabel('Show').first().selectOption('refused');
  assert.equal(await row('first').getByRole('button', { name: 'Refuse' }).count(), 0);
  await row('first').getByRole('button', { name: 'Publish' }).click();
  await row('first').waitFor({ state: 'detached' });
  assert.deepEqual(await comments('published'), ['third', 'first']);
});

test('a prompt is released, another held back by its name, and what fails says why', async (t) => {
  const page = await open(t, { allow: [/status of 40[34]/, /net::ERR_FAILED/] });
  const row = page.locator('[data-finding="set/1"]');
  assert.ok(!(await row.locator('blockquote').first().innerText()).includes('end of it'));
  await row.getByText('The whole text').click();
  await row.getByText('end of it').waitFor();
  await row.getByRole('button', { name: 'Release' }).click();
  await page.getByText('The prompt is released').waitFor();
  await row.waitFor({ state: 'detached' });
  assert.deepEqual([await findings('held'), await findings('released')], [['q'], ['set/1']]);
  const another = page.getByLabel('Hold another prompt back');
  await another.fill('nothing');
  await another.press('Enter');
  await page.getByRole('alert').waitFor();
  assert.deepEqual(await axe(page), []);
  await another.fill('p');
  await another.press('Enter');
  await page.locator('[data-finding="p"]').waitFor();
  assert.deepEqual(await findings('held'), ['p', 'q']);
  await page.getByLabel('Show').nth(1).selectOption('released');
  await row.getByRole('button', { name: 'Hold back' }).click();
  await page.getByText('No prompt was released.').waitFor();
  await page.route('**/findings**', (route) => route.abort());
  await page.getByLabel('Show').nth(1).selectOption('held');
  await page.locator('[data-finding="p"]').getByRole('button', { name: 'Release' }).click();
  await page.getByRole('alert').first().waitFor();
  assert.deepEqual(await findings('held'), ['p', 'set/1', 'q']);
});

test('the page of the administration leads there, and a key that may only read does not get in', async (t) => {
  const { key } = await call(arena.base, 'POST', '/keys', { scope: 'read', owner: 'Ben', arena: 'reviewed' }, admin);
  const page = await open(t);
  await page.goto(`${arena.base}/admin`);
  await page.getByRole('link', { name: 'Texts to look at · Reviewed' }).click();
  await page.getByRole('heading', { name: 'Texts to look at: ' }).waitFor();
  const other = await openPage(t, browser, arena.base);
  await other.goto(arena.base + TEXTS);
  await other.getByLabel('API key').fill(key);
  await other.getByRole('button', { name: 'Sign in', exact: true }).click();
  await other.getByText('a key of scope read').waitFor();
  assert.equal(await other.getByRole('heading', { name: 'Comments of voters' }).count(), 0);
});
