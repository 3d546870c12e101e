/** The pages of model owners: O1 to O8, each by its number. */
import assert from 'node:assert/strict';
import { axe, call, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';

let arena;
let browser;
let admin;
let acme;
let birch;
const PROMPTS = Array.from({ length: 12 }, (_, index) => ({ id: `p${index + 1}`, text: `Question ${index + 1}?` }));
const test = prepared(async () => {
  [arena, browser] = await world();
  admin = await arena.adminKey();
  await makeArena(arena.base, admin, { slug: 'contest', title: 'Contest' }, PROMPTS, { elm: PROMPTS.map((_, index) => ({ text: `elm ${index}` })) });
  acme = (await call(arena.base, 'POST', '/keys', { scope: 'owner', owner: 'acme' }, admin)).key;
  birch = (await call(arena.base, 'POST', '/keys', { scope: 'owner', owner: 'birch' }, admin)).key;
  for (const slug of ['ash', 'oak', 'yew']) await call(arena.base, 'POST', '/arenas/contest/models', { slug, name: `Model ${slug}` }, acme);
  await call(arena.base, 'POST', '/arenas/contest/models', { slug: 'fir', name: 'Model fir' }, birch);
});

const line = (number, text, more = {}) => JSON.stringify({ prompt_id: `p${number}`, text, ...more });
const file = (name, lines) => ({ name, mimeType: 'application/x-ndjson', buffer: Buffer.from(lines.join('\n') + '\n') });
const answered = async (model) => (await call(arena.base, 'GET', `/arenas/contest/models/${model}`, undefined, acme)).coverage.answered;

async function open(t, key, where, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(arena.base + where);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  return page;
}

const count = (page, name) => page.locator(`[data-count="${name}"] dd`).innerText();

test('O1 bad line 7 is named and nothing is stored before it is confirmed; O2 all that a dry run finds is counted and listed', async (t) => {
  const page = await open(t, acme, '/owner');
  await page.getByRole('link', { name: 'Model ash' }).click();
  const lines = [
    line(1, 'One.'), line(2, 'I am ChatGPT, a language model made by OpenAI.'), line(3, 'Three.'), line(99, 'Nowhere.'),
    line(1, 'Again.'), line(4, 'x'.repeat(400_001)), '{"prompt_id": "p5", "text": ', line(6, 'Six.'),
  ];
  await page.getByLabel('A file of answers').setInputFiles(file('ash.jsonl', lines));
  await page.locator('[data-table="problems"]').waitFor();
  assert.match(await page.locator('[data-table="problems"] [data-line="7"]').innerText(), /unreadable[^]*not JSON/);
  const kinds = await page.locator('[data-table="problems"] tbody tr').evaluateAll((rows) => rows.map((row) => [row.dataset.line, row.cells[2].innerText]));
  assert.deepEqual(kinds, [['4', 'unknown prompt'], ['5', 'duplicate'], ['6', 'too long'], ['7', 'unreadable']]);
  const counts = {};
  for (const name of ['lines', 'matched', 'new', 'rejected', 'self_naming', 'missing']) counts[name] = await count(page, name);
  assert.deepEqual(counts, { lines: '8', matched: '4', new: '4', rejected: '4', self_naming: '1', missing: '8' });
  assert.match(await page.locator('[data-table="leaks"] [data-line="2"]').innerText(), /introduces itself[^]*I am ChatGPT/);
  await page.getByText('Prompts without an answer: 8 of 8').click();
  await page.getByText('p12').first().waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'owner-found');
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await axe(page), [], 'dark');
  await picture(page, 'owner-found-dark');
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  assert.deepEqual(await axe(page), [], 'phone');
  await picture(page, 'owner-found-phone');
  assert.equal(await answered('ash'), 0);
  await page.getByRole('button', { name: 'Confirm: store 4 answers' }).click();
  await page.getByText('4 answers are stored; 0 replaced others.').waitFor();
  assert.equal(await answered('ash'), 4);
  await page.getByText('4 of 12 prompts answered').waitFor();
});

test('O1 a file that is dropped is taken as one that is chosen; O4 it is seen in the voter’s own panes, without a name', async (t) => {
  const page = await open(t, acme, '/arenas/contest/owner/oak');
  await page.locator('.drop').waitFor();
  const data = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'oak.jsonl'));
    return transfer;
  }, [line(1, 'Oak says **one**.'), line(2, 'Oak says two.')].join('\n'));
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: data });
  const preview = page.locator('.preview');
  await preview.locator('.pane strong', { hasText: 'one' }).waitFor();
  assert.equal(await preview.locator('.pane').count(), 2);
  assert.match(await preview.locator('.prompt').innerText(), /Question 1\?/);
  assert.ok(!/Model oak|acme/i.test(await preview.innerText()), 'no name');
  await picture(page, 'owner-preview');
  await page.getByRole('button', { name: 'Next' }).click();
  await preview.getByText('Oak says two.').waitFor();
  await preview.getByText('Line 2, prompt p2').waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole('button', { name: 'Cancel the upload' }).click();
  await page.getByText('nothing was stored').last().waitFor();
  assert.equal(await answered('oak'), 0);
});

test('O3 a large upload shows how far it is, survives a reload, goes on where it stopped, and can be cancelled', async (t) => {
  const page = await open(t, acme, '/arenas/contest/owner/yew', { allow: [/ERR_FAILED|status of 409/] });
  const large = file('yew.jsonl', PROMPTS.map((_, index) => line(index + 1, `${index} `.repeat(130_000))));
  const offsets = [];
  let cut = true;
  await page.route('**/uploads/*?offset=*', (route) => {
    const offset = Number(new URL(route.request().url()).searchParams.get('offset'));
    if (cut && offset >= 2_000_000) return route.abort();
    offsets.push(offset);
    return route.continue();
  });
  await page.getByLabel('A file of answers').setInputFiles(large);
  await page.getByLabel('Go on with the same file').waitFor();
  await page.reload();
  const bar = page.getByRole('progressbar', { name: 'Sent' });
  await bar.waitFor();
  assert.equal(await bar.getAttribute('aria-valuenow'), '2000000');
  await page.getByText('The upload of yew.jsonl has stopped').waitFor();
  await picture(page, 'owner-stopped');
  const other = { ...large, buffer: Buffer.from(large.buffer).fill('x', 0, 100) };
  await page.getByLabel('Go on with the same file').setInputFiles(other);
  await page.getByRole('alert').getByText('not the file whose upload has stopped').waitFor();
  cut = false;
  await page.getByLabel('Go on with the same file').setInputFiles(large);
  await page.locator('[data-count="matched"]').waitFor();
  assert.equal(await count(page, 'matched'), '12');
  assert.ok(offsets.filter((each) => each === 0).length <= 3 && offsets.includes(2_000_000), `${offsets}`);
  await page.getByRole('button', { name: 'Cancel the upload' }).click();
  await page.getByText('The upload is cancelled').waitFor();
  assert.equal(await answered('yew'), 0);
});

test('O5 another owner’s model is not found, on the page and in lists', async (t) => {
  const page = await open(t, birch, '/owner', { allow: [/status of 404/] });
  await page.getByRole('link', { name: 'Model fir' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Model ash' }).count(), 0);
  await page.goto(`${arena.base}/arenas/contest/owner/ash`);
  await page.getByRole('alert').getByText('There is no such model here.').waitFor();
  const seen = await page.evaluate(async () => (await fetch('/api/v1/arenas/contest/models/ash')).status);
  assert.equal(seen, 404);
  const own = await open(t, acme, '/owner');
  await own.getByRole('link', { name: 'Model ash' }).waitFor();
  assert.equal(await own.getByRole('link', { name: 'Model fir' }).count(), 0);
});

test('O6 ratings with intervals by dimension, category, language and opponent stand as the snapshot says; O7 reasons and comments come in sum, without voters', async (t) => {
  const votes = Array.from({ length: 24 }, (_, index) => `ash,elm,${index % 3 ? 'a' : 'b'},p${(index % 12) + 1},human:secret-voter-${index},${index % 2 ? 'fr' : 'zh'},art,${index === 1 ? 'Write to me' : ''}`);
  await arena.importVotes('contest', 'csv', ['model_a,model_b,winner,prompt_id,rater,language,category,comment', ...votes]);
  const page = await open(t, acme, '/arenas/contest/owner/ash');
  await page.getByText('A snapshot over 24 votes').waitFor();
  const board = await call(arena.base, 'GET', '/arenas/contest/leaderboard');
  const row = board.rows.find((each) => each.model === 'ash');
  const cells = await page.locator('[data-table="dimensions"] tbody tr').first().locator('td').allInnerTexts();
  const rounded = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
  assert.deepEqual(cells.slice(0, 2), [rounded(row.rating), `${rounded(row.rating_lower)}–${rounded(row.rating_upper)}`]);
  assert.equal(await page.locator('[data-table="languages"] tbody tr').count(), 2);
  assert.equal(await page.locator('[data-table="categories"] tbody th').innerText(), 'art');
  assert.match(await page.locator('[data-table="opponents"] tbody tr').innerText(), /Model elm\s+24\s+16\s+8\s+0/);
  assert.equal(await page.locator('[data-table="history"] tbody tr').count(), 1);
  await page.getByText('Your own votes on your own models are kept, but never count. 0 votes of yours').waitFor();
  await page.getByText('1 comment was written').waitFor();
  assert.ok(!(await page.content()).includes('Write to me'), 'not before an admin has published it');
  const [comment] = (await call(arena.base, 'GET', '/arenas/contest/comments', undefined, admin)).items;
  await call(arena.base, 'PUT', `/arenas/contest/comments/${comment.ballot}`, { state: 'published' }, admin);
  await page.reload();
  await page.locator('blockquote', { hasText: 'Write to me' }).waitFor();
  const payload = await page.evaluate(async () => (await fetch('/api/v1/arenas/contest/models/ash/report')).text());
  const keys = new Set(Array.from(payload.matchAll(/"(\w+)":/g), ([, key]) => key));
  for (const key of ['rater', 'voter', 'ballot', 'battle', 'id', 'vote_id', 'created_at']) assert.ok(!keys.has(key), key);
  assert.ok(!payload.includes('secret-voter'));
  assert.deepEqual(await axe(page), []);
  await picture(page, 'owner-report');
  await page.setViewportSize({ width: 320, height: 640 });
  assert.deepEqual(await page.evaluate(() => (document.documentElement.scrollWidth <= 320 ? [] : Array.from(document.querySelectorAll('main *')).filter((each) => each.getBoundingClientRect().right > 320 && !each.closest('.scroller')).map((each) => each.outerHTML.slice(0, 90)))), []);
  await picture(page, 'owner-report-phone');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.evaluate(() => localStorage.setItem('arena.language', 'ar'));
  await page.reload();
  await page.getByRole('heading', { name: 'ما تقوله الأصوات' }).waitFor();
  await page.locator('[data-table="opponents"]').waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'owner-report-arabic');
});

test('O8 a new version is a contestant of its own; a model is hidden, and withdrawn only by its typed name, which the audit log keeps', async (t) => {
  const page = await open(t, acme, '/arenas/contest/owner/oak');
  await page.getByText('New version', { exact: true }).click();
  await page.getByLabel('Short name').fill('oak-2');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.waitForURL(/owner\/oak-2$/);
  const states = async (slug) => (await call(arena.base, 'GET', `/arenas/contest/models/${slug}`, undefined, acme)).state;
  await page.locator('[data-state="active"]').waitFor();
  assert.equal(await states('oak'), 'retired');
  await page.getByRole('button', { name: 'Hide it' }).click();
  await page.locator('[data-state="hidden"]').waitFor();
  assert.equal(await states('oak-2'), 'hidden');
  await page.getByRole('button', { name: 'Show it again' }).click();
  await page.locator('[data-state="active"]').waitFor();
  await page.getByRole('button', { name: 'Withdraw it for good' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Type oak-2 to confirm').fill('oak');
  await page.keyboard.press('Enter');
  assert.equal(await states('oak-2'), 'active', 'not by another name');
  await dialog.getByLabel('Type oak-2 to confirm').fill('oak-2');
  assert.deepEqual(await axe(page), []);
  await picture(page, 'owner-withdraw');
  await page.keyboard.press('Enter');
  await page.getByText('This model is withdrawn.').waitFor();
  const [entry] = (await call(arena.base, 'GET', '/arenas/contest/audit', undefined, admin)).items;
  assert.deepEqual([entry.action, entry.owner, entry.outcome], ['withdraw_model', 'acme', 'withdrawn']);
});
