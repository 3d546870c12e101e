/** Somebody without a key becomes an owner where an arena allows it; elsewhere the page says whom to ask. */
import assert from 'node:assert/strict';
import { axe, call, makeArena, openPage, picture, prepared, startArena, theBrowser } from './fixtures.mjs';

let arena;
let browser;
let admin;
const test = prepared(async () => {
  [arena, browser] = await Promise.all([startArena('serve', { ARENA_LIMIT_REGISTRATIONS: '1/hour', ARENA_PROOF_WORK: '2000' }), theBrowser()]);
  admin = await arena.adminKey();
  await makeArena(arena.base, admin, { slug: 'quiz', title: 'Quiz' }, [{ id: 'p', text: 'Why?' }], { elm: [{ text: 'one' }] });
});

async function open(t, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(`${arena.base}/owner`);
  await page.getByLabel('API key').waitFor();
  return page;
}
const fits = async (page) => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= page.viewportSize().width);

test('it is closed at first, and the page says whom to ask; an admin opens it in the settings', async (t) => {
  const page = await open(t);
  await page.getByText('an admin of it makes your key').waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'register-closed');
  await page.goto(`${arena.base}/arenas/quiz/admin/settings`);
  await page.getByLabel('API key').fill(admin);
  await page.keyboard.press('Enter');
  await page.getByLabel('Owners of models').selectOption('open');
  await page.getByRole('button', { name: 'Store' }).click();
  await page.getByText('The settings are stored.').waitFor();
  assert.equal((await call(arena.base, 'GET', '/arenas/quiz')).registration, 'open');
});

test('with the keyboard alone somebody registers, copies the key, and enters a model; a name is given once', async (t) => {
  await call(arena.base, 'PATCH', '/arenas/quiz', { registration: 'open' }, admin);
  const page = await open(t, { allow: [/status of 409/, /status of 428/] });
  await page.getByLabel('Your name').focus();
  await page.keyboard.type('Willow');
  await picture(page, 'register-open');
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Enter');
  const key = await page.locator('.new-key code').innerText();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'register-key');
  await page.getByRole('button', { name: 'I have copied it: sign in' }).focus();
  await page.keyboard.press('Enter');
  const section = page.locator('[data-arena="quiz"]');
  await section.getByText('You have no model here yet.').waitFor();
  await section.getByText('Register a model').click();
  await section.getByLabel('Short name').fill('twig');
  await page.keyboard.press('Enter');
  await section.getByRole('link', { name: 'twig' }).waitFor();
  const session = await call(arena.base, 'GET', '/session', undefined, key);
  assert.deepEqual([session.scope, session.owner, session.arena], ['owner', 'Willow', 'quiz']);
  const entries = (await call(arena.base, 'GET', '/arenas/quiz/audit', undefined, admin)).items.map((each) => each.action);
  assert.ok(entries.includes('register_owner'));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Your name').fill('willow');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('There is one with this name already.').waitFor();
  await page.getByLabel('Your name').fill('Rowan');
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.keyboard.press('Enter');
  await page.locator('.new-key').waitFor();
  assert.ok(asked.includes('/api/v1/challenge'), 'above the limit the page proves work by itself');
});

test('the form fits a phone, in the dark and from right to left', async (t) => {
  await call(arena.base, 'PATCH', '/arenas/quiz', { registration: 'open' }, admin);
  const page = await open(t, { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, colorScheme: 'dark' });
  await page.getByLabel('Your name').waitFor();
  await fits(page);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'register-phone');
  await page.evaluate(() => localStorage.setItem('arena.language', 'ar'));
  await page.reload();
  await page.getByLabel('اسمك أو اسم مؤسستك').waitFor();
  await fits(page);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'register-arabic');
});
