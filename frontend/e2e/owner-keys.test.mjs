/** An owner's own keys in the browser: made, shown once, revoked; nobody else's. */
import assert from 'node:assert/strict';
import { axe, call, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';

let arena;
let browser;
let admin;
let acme;
let birch;
const test = prepared(async () => {
  [arena, browser] = await world();
  admin = await arena.adminKey();
  await makeArena(arena.base, admin, { slug: 'keyed', title: 'Keyed' }, [{ id: 'p', text: 'Why?' }], { elm: [{ text: 'one' }] });
  [acme, birch] = await Promise.all(['alder', 'beech'].map((owner) => call(arena.base, 'POST', '/keys', { scope: 'owner', owner }, admin)));
});

async function open(t, key, where, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(arena.base + where);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  return page;
}
const asks = (key) => fetch(`${arena.base}/api/v1/arenas/keyed/models`, { headers: { Authorization: `Bearer ${key}`, Connection: 'close' } }).then((answer) => answer.status);

test('an owner makes a key for one arena with the keyboard, copies it, and revokes it after a question', async (t) => {
  const page = await open(t, acme.key, '/owner', { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('link', { name: 'API keys' }).focus();
  await page.keyboard.press('Enter');
  const hand = page.locator(`tr[data-key="${acme.prefix}"]`);
  await hand.getByText('in use here').waitFor();
  assert.equal(await page.locator('tr[data-key]').count(), 1, 'nobody else’s');
  await page.getByLabel('For').selectOption('keyed');
  await page.getByRole('button', { name: 'Make it' }).focus();
  await page.keyboard.press('Enter');
  const made = await page.locator('.new-key code').innerText();
  assert.deepEqual([await asks(made), (await call(arena.base, 'GET', '/session', undefined, made)).arena], [200, 'keyed']);
  await page.getByRole('button', { name: 'Copy: API key' }).click();
  await page.getByText('Copied.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), made);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'own-keys');
  await page.reload();
  const row = page.locator(`tr[data-key="${made.slice(3, 13)}"]`);
  await row.getByText('keyed').waitFor();
  assert.ok(!(await page.content()).includes(made), 'it is not shown again');
  await row.getByRole('button', { name: 'Revoke' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`pa_${made.slice(3, 13)}`).waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'own-keys-question');
  await page.keyboard.press('Escape');
  assert.equal(await asks(made), 200, 'not before the question is answered');
  await row.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await row.getByText(/^revoked/).waitFor();
  assert.equal(await asks(made), 401);
  const entries = (await call(arena.base, 'GET', '/arenas/keyed/audit', undefined, admin)).items.filter((each) => each.owner === 'alder');
  assert.deepEqual(entries.map((each) => each.action), ['revoke_key', 'create_key']);
});

test('another owner’s key is not found, and one’s own ends one’s session', async (t) => {
  const page = await open(t, birch.key, '/owner/keys');
  await page.locator('tr[data-key]').first().waitFor();
  assert.deepEqual(await page.locator('tr[data-key]').evaluateAll((rows) => rows.map((row) => row.dataset.key)), [birch.prefix]);
  const headers = { Authorization: `Bearer ${birch.key}`, Connection: 'close' };
  const answer = await fetch(`${arena.base}/api/v1/keys/${acme.prefix}`, { method: 'DELETE', headers });
  assert.equal(answer.status, 404);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByText('You are signed in with this key, and will be signed out.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByLabel('API key').waitFor();
  assert.equal(await asks(birch.key), 401);
});

test('the page fits a phone, in the dark and from right to left', async (t) => {
  const page = await open(t, acme.key, '/owner/keys', { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, colorScheme: 'dark' });
  await page.locator('tr[data-key]').first().waitFor();
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.locator('.new-key').waitFor();
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'own-keys-phone');
  await page.evaluate(() => localStorage.setItem('arena.language', 'ar'));
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'مفاتيحي' }).waitFor();
  await page.getByRole('button', { name: 'أنشئ', exact: true }).click();
  await page.locator('.new-key').waitFor();
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'own-keys-arabic-phone');
  await page.setViewportSize({ width: 1280, height: 900 });
  await picture(page, 'own-keys-arabic');
});
