import assert from 'node:assert/strict';
import { axe, call, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';

let arena;
let browser;
let admin;
const test = prepared(async () => {
  [arena, browser] = await world();
  admin = await arena.adminKey();
  await makeArena(arena.base, admin, { slug: 'quiz', title: 'Quiz' }, [{ id: 'p', text: 'Why?' }], { ash: [{ text: 'one' }], elm: [{ text: 'other' }] });
  await makeArena(arena.base, admin, { slug: 'secret', title: 'Secret', public: false }, [{ id: 'p', text: 'Why?' }], { ash: [{ text: 'one' }], elm: [{ text: 'other' }] });
});

const PHONE = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true };

async function enter(page, key) {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Everything that scripts of the page can read of what it keeps. */
const kept = (page) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, document.documentElement.outerHTML]));

test('an admin signs in with a key, which is kept nowhere, sees private arenas too, and signs out', async (t) => {
  const page = await openPage(t, browser, arena.base, { allow: [/status of 40[13]/] });
  await page.goto(arena.base);
  await page.getByRole('contentinfo').getByRole('link', { name: 'Administration' }).click();
  await page.getByRole('heading', { name: 'Administration' }).waitFor();
  await enter(page, 'pa_wrong');
  await page.getByRole('alert').getByText('This key is not known').waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'admin-sign-in');
  await enter(page, admin);
  await page.getByRole('heading', { name: 'Secret' }).waitFor();
  const session = await page.evaluate(async () => (await fetch('/api/v1/session')).json());
  assert.deepEqual([session.scope, session.cookie], ['admin', true]);
  assert.match(await page.locator('.facts-list').innerText(), new RegExp(`pa_${session.prefix}[^]*everything: in all arenas`));
  assert.ok(!(await kept(page)).includes(admin), 'the key is nowhere');
  assert.deepEqual(await axe(page), []);
  await picture(page, 'admin');
  await page.reload();
  await page.getByRole('heading', { name: 'Secret' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
  assert.ok(!(await page.locator('main').innerText()).includes('Secret'));
});

test('a key of another scope is told so, and a key that is revoked ends the session', async (t) => {
  const page = await openPage(t, browser, arena.base, PHONE);
  await page.goto(`${arena.base}/admin`);
  await enter(page, (await call(arena.base, 'POST', '/keys', { scope: 'read' }, admin)).key);
  await page.getByText('a key of scope read').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('a key of scope read').waitFor({ state: 'detached' });
  const { prefix, key } = await call(arena.base, 'POST', '/keys', { scope: 'admin', owner: 'Ana', arena: 'quiz' }, admin);
  await enter(page, key);
  await page.getByText('everything: quiz').waitFor();
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  await picture(page, 'admin-phone');
  await call(arena.base, 'DELETE', `/keys/${prefix}`, undefined, admin);
  await page.reload();
  await page.getByLabel('API key').waitFor();
});

const votes = ['model_a,model_b,winner,prompt_id,rater', 'ash,elm,a,p,human:ana', 'ash,elm,a,p,human:ben', 'ash,elm,b,p,human:cat', 'ash,elm,b,p,judge:ref'];

test('votes are filtered, chosen by keyboard, set aside with a reason, and counted again', async (t) => {
  await arena.importVotes('quiz', 'csv', votes);
  const counted = async () => (await call(arena.base, 'GET', '/arenas/quiz/leaderboard?voters=human')).votes;
  assert.equal(await counted(), 3);
  const page = await openPage(t, browser, arena.base);
  await page.goto(`${arena.base}/arenas/quiz/admin/votes`);
  await enter(page, admin);
  const rows = page.locator('tr[data-vote]');
  await rows.nth(3).waitFor();
  await page.getByLabel('Cast by').selectOption('human');
  await page.getByLabel('Verdict').selectOption('a');
  await page.getByRole('button', { name: 'Show these' }).click();
  await page.waitForURL(/kind=human&verdict=a$/);
  await rows.nth(1).waitFor();
  assert.equal(await rows.count(), 2);
  await rows.first().getByRole('checkbox').focus();
  await page.keyboard.press('Space');
  await page.getByText('1 vote chosen').waitFor();
  await page.getByRole('button', { name: 'Set aside' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 vote would no longer count.').waitFor();
  await dialog.getByRole('button', { name: 'Set aside' }).click();
  assert.equal(await counted(), 3, 'not without a reason');
  await dialog.getByLabel('Reason').fill('voted too fast');
  await picture(page, 'votes-why');
  await page.keyboard.press('Enter');
  await page.getByText('1 vote is set aside.').waitFor();
  await rows.first().getByText('voted too fast').waitFor();
  assert.equal(await counted(), 2);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'votes');
  await page.getByLabel('All votes that fit the filters').check();
  await page.getByRole('button', { name: 'Count again' }).click();
  await dialog.getByText('1 vote would count again.').waitFor();
  await dialog.getByLabel('Reason').fill('it was fine');
  await dialog.getByRole('button', { name: 'Count again' }).click();
  await page.getByText('1 vote counts again.').waitFor();
  assert.equal(await counted(), 3);
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  await picture(page, 'votes-phone');
});

test('a key is shown once and revoked, a dimension gets another version, and the audit log tells both', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await page.goto(`${arena.base}/admin/keys`);
  await enter(page, admin);
  await page.getByLabel('Whose').fill('Ben');
  await page.getByLabel('May do').selectOption('read');
  await page.getByRole('button', { name: 'Make it' }).click();
  const key = await page.locator('.notice code').innerText();
  assert.equal((await call(arena.base, 'GET', '/session', undefined, key)).scope, 'read');
  const row = page.locator(`tr[data-key="${key.slice(3, 13)}"]`);
  await row.getByText('Ben').waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'keys');
  await page.reload();
  await row.waitFor();
  assert.ok(!(await page.content()).includes(key), 'it is not shown again');
  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await row.getByText('revoked').waitFor();
  await page.goto(`${arena.base}/arenas/quiz/admin/dimensions`);
  const dimension = page.locator('[data-dimension="overall"]');
  await dimension.locator('summary', { hasText: 'version 1' }).click();
  await dimension.getByLabel('Question').fill('Which one helps more?');
  await dimension.getByRole('button', { name: 'Store' }).click();
  await dimension.locator('summary', { hasText: 'version 2' }).click();
  assert.equal((await call(arena.base, 'GET', '/arenas/quiz/dimensions/overall')).question, 'Which one helps more?');
  assert.deepEqual(await axe(page), []);
  await picture(page, 'dimensions');
  await page.goto(`${arena.base}/admin/audit`);
  const entries = page.locator('tbody tr');
  await entries.first().getByText('put_dimension').waitFor();
  await entries.nth(1).getByText('revoke_key').waitFor();
  await entries.nth(2).getByText('create_key').waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'audit');
  for (const where of ['/admin', '/admin/keys', '/admin/audit', '/arenas/quiz/admin/dimensions']) {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(arena.base + where);
    await page.getByRole('heading', { level: 2 }).or(page.locator('tbody tr')).first().waitFor();
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320, where);
    await picture(page, `phone${where.replaceAll('/', '-')}`);
  }
});
