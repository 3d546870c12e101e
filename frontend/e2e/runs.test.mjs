import assert from 'node:assert/strict';
import http from 'node:http';
import { axe, call, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';

const HOSTILE = '<img src=x onerror="alert(1)"> **neither**, see [this](javascript:alert(1))';
const MODELS = ['ash', 'elm', 'fir', 'oak'];
const PROMPTS = 12;

let arena;
let browser;
let admin;
const test = prepared(async () => {
  [arena, browser] = await world();
  admin = await arena.adminKey();
  const prompts = Array.from({ length: PROMPTS }, (_, at) => ({ id: `p${at}`, text: at === 0 ? 'Say banana?' : `Question ${at}?` }));
  const models = Object.fromEntries(MODELS.map((name) => [name, prompts.map(({ id }) => ({ text: `${name} on ${id}` }))]));
  await makeArena(arena.base, admin, { slug: 'jury', title: 'Jury' }, prompts, models);
  await arena.script('replies.jsonl', [{ when: 'banana', text: HOSTILE }, { when: 'ash on p1', failure: 'overloaded' }, { text: '{"winner": "A"}' }]);
  await makeArena(arena.base, admin, { slug: 'hard', title: 'Hard' }, prompts.slice(0, 2), { ash: models.ash.slice(0, 2), elm: models.elm.slice(0, 2) });
  const endpoint = { file: 'replies.jsonl', seconds: 0.4, concurrency: 1, input_price: 1, output_price: 2 };
  for (const slug of ['jury', 'hard']) await call(arena.base, 'POST', `/arenas/${slug}/judges`, { name: 'ref', model: 'referee-1', provider: 'scripted', endpoint, dimensions: ['overall'] }, admin);
});

const start = (slug) => call(arena.base, 'POST', `/arenas/${slug}/judges/ref/runs`, { selection: { battles: 'new', most: 1000 } }, admin);
const told = (run) => call(arena.base, 'GET', `/runs/${run}`, undefined, admin);

async function open(t, where, options, base = arena.base) {
  const page = await openPage(t, browser, base, options);
  // Through the session as a browser has it, without the form.
  const answer = await page.context().request.post(`${base}/api/v1/session`, { data: { key: admin } });
  assert.equal(answer.status(), 200);
  await page.goto(base + where);
  return page;
}

const fact = (page, name) => page.locator(`[data-fact="${name}"] dd`).innerText();
const state = (page, word) => page.locator('.run [role="status"] strong', { hasText: word }).waitFor({ timeout: 60_000 });

test('a run is reckoned, started, paused, resumed under another budget, and read to its end', async (t) => {
  const page = await open(t, '/arenas/jury/runs');
  await page.getByText('No judge has been sent here yet').waitFor();
  await page.getByLabel('Which battles').selectOption('new');
  await page.getByLabel('How many, at most').fill('1000');
  await page.getByLabel('Money').fill('0.5');
  await page.getByRole('button', { name: 'What would it cost?' }).click();
  await page.locator('.foretold').waitFor();
  const all = (MODELS.length * (MODELS.length - 1)) / 2 * PROMPTS * 2;
  assert.match(await page.locator('.foretold').innerText(), new RegExp(`Judgments\\s*${all}\\s*Requests sent\\s*at most ${all}\\s[^]*Cost\\s*at most 0\\.\\d`));
  assert.equal((await call(arena.base, 'GET', '/arenas/jury/runs', undefined, admin)).items.length, 0, 'nothing is sent yet');
  assert.deepEqual(await axe(page), []);
  await picture(page, 'runs-new');
  await page.getByLabel('How many, at most').fill('20');
  assert.equal(await page.getByRole('button', { name: 'Start the run' }).count(), 0, 'what is changed is reckoned again');
  await page.getByRole('button', { name: 'What would it cost?' }).click();
  await page.getByRole('button', { name: 'Start the run' }).click();
  await page.getByRole('progressbar', { name: 'Judged' }).waitFor();
  const run = page.url().split('/').at(-1);
  await state(page, 'Running');
  await page.locator('[role="progressbar"]:not([aria-valuenow="0"])').waitFor();
  await picture(page, 'run-running');
  await page.getByRole('button', { name: 'Pause' }).click();
  await state(page, 'Paused');
  assert.equal((await told(run)).state, 'paused');
  assert.equal(await page.getByLabel('Money').inputValue(), '0.5');
  assert.deepEqual(await axe(page), []);
  await picture(page, 'run-paused');
  await page.getByLabel('Money').fill('0.75');
  await page.getByRole('button', { name: 'Resume' }).click();
  await state(page, 'Done');
  const end = await told(run);
  assert.deepEqual([end.judgments, end.ended, end.budget.micros], [40, 40, 750_000]);
  assert.equal(await page.getByRole('progressbar').getAttribute('aria-valuetext'), '40 of 40');
  assert.deepEqual([await fact(page, 'votes'), await fact(page, 'calls')], [`${end.votes}`, `${end.calls}`]);
  assert.match(await fact(page, 'known'), /^0\.\d+; the limit is 0\.75$/);
  await page.getByRole('link', { name: 'All runs' }).click();
  await page.locator(`[data-run="${run}"]`, { hasText: /ref@1\s*Done\s*40 of 40/ }).waitFor();
  await picture(page, 'runs');
});

test('what failed is shown in words with the exact question and reply as text; what got no reply is asked again', async (t) => {
  const run = (await start('hard')).id;
  const page = await open(t, `/arenas/hard/runs/${run}`, { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true });
  await state(page, 'Done');
  assert.equal((await told(run)).failed, 4);
  assert.match(await page.locator('main').innerText(), /The reply holds no verdict/);
  await page.getByRole('button', { name: 'Show the failed questions' }).click();
  const failed = page.locator('.call').first();
  await failed.locator('summary').click();
  assert.match(await failed.innerText(), /Say banana\?/);
  assert.ok((await failed.locator('pre').last().innerText()).includes(HOSTILE));
  assert.equal(await page.locator('.call img, .call pre a').count(), 0, 'nothing of it becomes markup');
  assert.deepEqual(await axe(page), []);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  await picture(page, 'run-failed-phone');
  await arena.script('replies.jsonl', [{ text: '{"winner": "A"}' }]);
  await page.getByRole('button', { name: 'Ask the failed ones again' }).click();
  await page.locator('[data-fact="votes"] dd', { hasText: /^2$/ }).waitFor({ timeout: 60_000 });
  await state(page, 'Done');
  assert.equal(await fact(page, 'failed'), '2', 'a reply that holds no verdict is paid for once');
});

/** Stands before the server and breaks streams off: the first after one event, the second before it begins. */
async function flaky(t) {
  const asked = [];
  const events = [];
  const proxy = http.createServer((request, answer) => {
    const turn = request.url.endsWith('/events') ? asked.push(request.headers['last-event-id'] ?? null) : 0;
    if (turn === 2) return answer.writeHead(503).end();
    const onward = http.request(arena.base + request.url, { method: request.method, headers: request.headers, agent: false }, (given) => {
      answer.writeHead(given.statusCode, given.headers);
      given.pipe(answer);
      if (turn !== 1) return;
      given.once('data', (chunk) => {
        events.push(/id: (\d+)/.exec(chunk)[1]);
        setTimeout(() => answer.destroy(), 100);
      });
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.closeAllConnections() ?? proxy.close());
  return { base: `http://127.0.0.1:${proxy.address().port}`, asked, events };
}

test('a stream that breaks is taken up where it was; without any the page asks by itself; cancelling asks first', async (t) => {
  const { base, asked, events } = await flaky(t);
  const run = (await start('jury')).id;
  const page = await open(t, `/arenas/jury/runs/${run}`, { allow: [/net::ERR|status of 503/] }, base);
  const until = async (holds) => {
    for (const end = Date.now() + 60_000; !holds(); ) {
      assert.ok(Date.now() < end, JSON.stringify(asked));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await until(() => asked.length === 2);
  assert.deepEqual(asked, [null, events[0]], 'taken up after the last event that came');
  const bar = page.getByRole('progressbar');
  const before = await bar.getAttribute('aria-valuenow');
  await page.waitForFunction((value) => document.querySelector('[role=progressbar]').ariaValueNow !== value, before);
  assert.equal(asked.length, 2, 'the page went on without a stream');
  await until(() => asked.length === 3);
  await page.getByRole('button', { name: 'Cancel the run' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click();
  assert.equal((await told(run)).state, 'running');
  await page.getByRole('button', { name: 'Cancel the run' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
  await state(page, 'Cancelled');
  assert.equal((await told(run)).state, 'cancelled');
});

test('without a session nothing of a run is told', async (t) => {
  const page = await openPage(t, browser, arena.base, { allow: [/status of 40[134]/] });
  await page.goto(`${arena.base}/arenas/jury/runs`);
  await page.getByLabel('API key').waitFor();
  assert.ok(!(await page.locator('main').innerText()).includes('ref@1'));
});
