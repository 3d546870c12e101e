import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { assertLargeTextFits, axe, call, DEVICES, inEveryLook, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';
import { HOSTILE, makeJudgedArena, SLUG } from './judges.mjs';

let arena;
let browser;
let reader;
const test = prepared(async () => {
  [arena, browser] = await world();
  const admin = await arena.adminKey();
  await makeJudgedArena(arena, admin);
  await makeArena(arena.base, admin, { slug: 'sealed', title: 'Sealed', public: false }, [{ id: 'p', text: 'Why?' }], { ash: [{ text: 'one' }], elm: [{ text: 'other' }] });
  await makeArena(arena.base, admin, { slug: 'unjudged', title: 'Unjudged' }, [{ id: 'p', text: 'Why?' }], { ash: [{ text: 'one' }], elm: [{ text: 'other' }] });
  const lines = ['model_a,model_b,winner,prompt_id,rater', 'ash,elm,a,p,human:ana', 'ash,elm,b,p,judge:careful'];
  await arena.importVotes('sealed', 'csv', lines);
  reader = (await call(arena.base, 'POST', '/keys', { scope: 'read' }, admin)).key;
});

const at = `/arenas/${SLUG}/judges`;
const PAGES = { judges: at, judge: `${at}/careful`, biased: `${at}/lopsided?category=code`, little: `${at}/late?language=fr` };
const READY = { judges: '.compared tbody tr', judge: '#ranking .point', biased: '.verdict', little: '.verdict' };

async function open(t, name, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(arena.base + PAGES[name]);
  await page.locator(READY[name]).first().waitFor();
  await page.locator('[aria-busy="false"]').waitFor();
  return page;
}

/** By its label's text alone, since a label's whole text holds every choice. */
const filter = (page, name) => page.locator('.filters label', { has: page.getByText(name, { exact: true }) }).locator('select');

test('J8: dimension, category and language stand in the address; Back, reload and a shared link agree', async (t) => {
  const page = await open(t, 'judge');
  const items = async () => {
    await page.locator('[aria-busy="false"]').waitFor();
    return page.locator('#ranking .counted span').first().innerText();
  };
  const reported = async (query) => {
    const { models, battles } = await call(arena.base, 'GET', `/arenas/${SLUG}/consistency?${new URLSearchParams({ judge: 'careful', ...query })}`);
    return `Models: ${models}. Battles that both judged: ${battles}.`;
  };
  const steps = [['Dimension', 'accuracy'], ['Category', 'code'], ['Language', 'fr']];
  const query = {};
  const seen = [await items()];
  for (const [label, value] of steps) {
    await filter(page, label).selectOption(value);
    query[label.toLowerCase()] = value;
    await page.waitForURL((url) => url.searchParams.get(label.toLowerCase()) === value);
    const expected = await reported(query);
    await page.getByText(expected).waitFor();
    seen.push(await items());
  }
  assert.equal(new Set(seen.slice(1)).size, 3, `each filter leaves fewer items: ${seen}`);
  const link = page.url();
  await page.reload();
  await page.getByText(seen[3]).waitFor();
  await page.goBack();
  await page.getByText(seen[2]).waitFor();
  assert.equal(await filter(page, 'Language').inputValue(), '');
  assert.equal(await filter(page, 'Category').inputValue(), 'code');
  await page.goto(link);
  await page.getByText(seen[3]).waitFor();
  assert.equal(await filter(page, 'Dimension').inputValue(), 'accuracy');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByText(seen[0]).waitFor();
});

test('J10: with a key the disagreements open their battles, the judge’s words stay text, and the file is the list', async (t) => {
  const page = await open(t, 'judge');
  const loaded = [];
  page.on('response', (answer) => loaded.push(answer));
  assert.equal(await page.locator('.disagreements').count(), 0);
  await page.getByLabel('API key').fill(reader);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('.disagreements tr[data-battle]').first().waitFor();
  const { items } = await call(arena.base, 'GET', `/arenas/${SLUG}/consistency/disagreements?judge=careful&limit=20`, undefined, reader);
  const battles = () => page.locator('.disagreements tr[data-battle]').evaluateAll((rows) => rows.map((row) => row.dataset.battle));
  assert.deepEqual(await battles(), items.map((row) => row.battle));
  await page.getByRole('button', { name: 'More of them' }).click();
  await page.locator('.disagreements tr[data-battle]').nth(20).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download all as CSV' }).click()]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const [head, ...rows] = Buffer.concat(chunks).toString().trim().split(/\r?\n/);
  assert.match(head, /^battle,prompt,/);
  assert.deepEqual(rows.slice(0, 20).map((row) => row.split(',')[0].replace(/^'/, '')), items.map((row) => row.battle));
  await picture(page, 'judge-disagreements');
  const first = items[0];
  await page.locator(`tr[data-battle="${first.battle}"] a`).click();
  await page.locator('.reasoning').first().waitFor();
  const words = await page.locator('.reasoning').first().innerText();
  assert.ok(words.startsWith(HOSTILE), words);
  assert.equal(await page.locator('.judged').evaluate((list) => list.querySelectorAll('img, a, em, strong a').length), 0, 'nothing of it becomes markup');
  assert.equal(await page.locator('.reasoning').count(), 2, 'both orders');
  assert.match(await page.locator('.answers').innerText(), /Answer of number \d[^]*Answer of number \d/);
  assert.match(await page.locator('main').innerText(), /Question \d+\?/);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'judge-battle');
  await page.getByRole('link', { name: 'Back to the judge' }).click();
  await page.locator('.disagreements tr[data-battle]').first().waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
  assert.equal(await page.locator('.disagreements').count(), 0);
});

test('J10: without a key, with a wrong one, and in an arena that is not public nothing is listed', async (t) => {
  const strange = `/api/v1/arenas/${SLUG}/consistency/disagreements`;
  for (const where of [`${strange}?judge=careful`, `${strange}.csv?judge=careful`, '/api/v1/arenas/sealed/consistency/disagreements?judge=careful', '/api/v1/arenas/sealed/consistency?judge=careful']) {
    assert.equal((await fetch(arena.base + where)).status, 404, where);
  }
  const page = await openPage(t, browser, arena.base, { allow: [/status of 40[134]/] });
  await page.goto(`${arena.base}${PAGES.judge}`);
  await page.getByLabel('API key').fill('pa_wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('This key is not known, or no longer valid').waitFor();
  await page.getByLabel('API key').fill(reader);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('.disagreements tr[data-battle]').first().waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
  await page.goto(`${arena.base}/arenas/sealed/judges/careful`);
  await page.getByRole('heading', { name: 'Not found' }).waitFor();
  await page.goto(`${arena.base}/arenas/sealed/judges/careful/battles/unknown`);
  await page.getByRole('heading', { name: 'Not found' }).waitFor();
});

test('what is not known says why, and an arena without judges says what to do', async (t) => {
  const page = await openPage(t, browser, arena.base, { allow: [/status of 404/] });
  await page.goto(`${arena.base}${at}/careful?category=writing&language=de`);
  await page.locator('.verdict-calibrate').waitFor();
  const words = await page.locator('main').innerText();
  assert.match(words, /no item has a label from both sides/);
  assert.ok(!/NaN|undefined|Infinity|null/.test(words), words);
  const blank = await page.locator('main td').evaluateAll((cells) => cells.filter((cell) => cell.textContent.trim() === '').length);
  assert.equal(blank, 0, 'no cell is blank');
  assert.deepEqual(await axe(page), []);
  await picture(page, 'judge-nothing');
  await page.goto(`${arena.base}/arenas/unjudged/judges`);
  await page.getByRole('heading', { name: 'No judge has voted here yet' }).waitFor();
  await page.goto(`${arena.base}${at}/nobody`);
  await page.getByRole('heading', { name: 'Not found' }).waitFor();
});

test('every chart has a name, a sentence, and a table beside it', async (t) => {
  const page = await open(t, 'judge');
  const charts = await page.locator('figure.chart').evaluateAll((all) =>
    all.map((chart) => ({ name: document.getElementById(chart.getAttribute('aria-labelledby')).innerText, said: chart.querySelector('svg').getAttribute('aria-label'), tables: chart.closest('section').querySelectorAll('table').length })),
  );
  assert.equal(charts.length, 4);
  for (const { name, said, tables } of charts) assert.ok(name.length > 5 && said.length > 20 && !/undefined|NaN/.test(said) && tables > 0, `${name}: ${said}`);
});

for (const name of Object.keys(PAGES)) {
  for (const [device, { options, looks }] of Object.entries(DEVICES)) {
    test(`${name}, ${device}: no accessibility violation and no sideways scroll in any look, nor with text at 200 % on a phone`, async (t) => {
      const page = await open(t, name, options);
      for (const part of await page.locator('#further summary').all()) await part.click();
      await inEveryLook(page, looks, name);
      if (device !== 'phone') return;
      const sizes = await page.locator('.chart text').evaluateAll((all) => all.map((each) => parseFloat(getComputedStyle(each).fontSize)));
      assert.ok(sizes.every((size) => size >= 11), `${sizes}`);
      await assertLargeTextFits(page, name);
    });
  }
}

test('the pages need at most 130 KB of scripts, and no markdown before a battle is opened', async (t) => {
  for (const name of ['judges', 'judge']) {
    const page = await openPage(t, browser, arena.base);
    const scripts = [];
    page.on('response', (answer) => answer.request().resourceType() === 'script' && scripts.push(answer.body()));
    await page.goto(arena.base + PAGES[name]);
    await page.locator(READY[name]).first().waitFor();
    await page.waitForLoadState('networkidle');
    const bodies = await Promise.all(scripts);
    const total = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
    t.diagnostic(`${name}: ${(total / 1024).toFixed(1)} KB in ${bodies.length} files`);
    assert.ok(bodies.every((body) => !body.includes('katex')), `${name} loads the markdown chunk`);
    assert.ok(total <= 130 * 1024, `${name}: ${total} bytes`);
  }
});
