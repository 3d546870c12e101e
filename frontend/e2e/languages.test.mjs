/** V25: every page in every language. Questions and answers are data: they keep their own language and direction. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { axe, call, DEMO, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';
import { openVote } from './voting.mjs';

const LANGUAGES = { en: 'English', fr: 'Français', zh: '中文', ar: 'العربية' };
const messages = Object.fromEntries(Object.keys(LANGUAGES).map((code) => [code, JSON.parse(readFileSync(new URL(`../src/i18n/${code}.json`, import.meta.url), 'utf8'))]));
const SIZES = {
  desktop: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
};
/** Each page, what says that it is there, and the status that the browser logs for it. */
const PAGES = {
  arenas: ['/', '.card'],
  vote: [`/arenas/${DEMO}/vote`, '.pane'],
  board: [`/arenas/${DEMO}/leaderboard?voters=simulated`, '.whisker'],
  empty: [`/arenas/${DEMO}/leaderboard`, '.notice'],
  dimensions: [`/arenas/${DEMO}/leaderboard?voters=simulated&view=all`, 'tr[data-model]'],
  ties: [`/arenas/${DEMO}/leaderboard?voters=simulated&view=ties`, 'tr[data-model]'],
  style: [`/arenas/${DEMO}/leaderboard?voters=simulated&view=style`, 'tr[data-model]'],
  pairs: [`/arenas/${DEMO}/leaderboard?voters=simulated&view=pairs`, '[aria-busy="false"]'],
  compare: [`/arenas/${DEMO}/leaderboard?voters=simulated&view=compare`, '[aria-busy="false"]'],
  history: [`/arenas/${DEMO}/leaderboard?voters=simulated&view=history`, '[aria-busy="false"]'],
  judges: [`/arenas/${DEMO}/judges`, 'main h1'],
  styled: [`/arenas/${DEMO}/leaderboard?voters=simulated&method=style_controlled`, '.whisker'],
  refused: [`/arenas/${DEMO}/leaderboard?method=nothing`, '.notice-bad', /status of 422/],
  missing: ['/arenas/nothing/vote', '.notice-bad', /status of 404/],
  me: ['/me', '.notice'],
  nowhere: ['/nowhere', 'h1'],
};
const HOSTILE = 'Fir \u202Eesrever\u2069 C++';

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
  const key = await arena.adminKey();
  const prompts = [{ id: 'p', text: 'مرحبا', language: 'ar' }];
  await makeArena(arena.base, key, { slug: 'names', title: HOSTILE, minimum_votes: 1 }, prompts, { one: [{ text: 'نعم' }], two: [{ text: 'no' }] });
});

const RAW = /^[a-z]+(?:\.[a-zA-Z_]+)+$|\{\{/;

async function open(t, language, where, shown, options = {}) {
  const page = await openPage(t, browser, arena.base, { locale: language, ...options });
  await page.goto(arena.base + where);
  await page.locator(shown).first().waitFor();
  return page;
}
const said = (page) => page.evaluate(() => [document.title, document.body.innerText, ...[...document.querySelectorAll('[aria-label], [title], option')].flatMap((each) => [each.ariaLabel ?? '', each.title, each.label ?? ''])].join('\n'));
const direction = (page) => page.evaluate(() => [document.documentElement.lang, document.documentElement.dir, getComputedStyle(document.body).direction].join(' '));
const choose = async (page, language) => {
  await page.locator('header .language select').selectOption(language);
  await page.locator('footer label', { hasText: messages[language].site.theme }).waitFor();
};
const words = (page, selector) => page.locator(selector).first().innerText();

for (const [name, [where, shown, status]] of Object.entries(PAGES)) {
  test(`${name} in every language: no raw key, right direction, no violation, no sideways scroll`, async (t) => {
    const page = await open(t, 'en', where, shown, { allow: status ? [status] : [] });
    if (name === 'vote') await page.locator('[data-row="overall"] label').first().click();
    for (const language of Object.keys(LANGUAGES)) {
      await choose(page, language);
      for (const [size, { viewport, ...media }] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        await page.emulateMedia(media);
        const text = await said(page);
        assert.deepEqual(text.split(/\s+/).filter((each) => RAW.test(each)), []);
        assert.equal(await direction(page), language === 'ar' ? 'ar rtl rtl' : `${language} ltr ltr`);
        // The rules do not ask about the width; look.test.mjs asks for phones.
        if (size === 'desktop') assert.deepEqual(await axe(page), []);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${language}, ${size}: ${wide} px too wide`);
        await picture(page, `${name}-${language}-${size}`);
      }
    }
  });
}

test('what the page itself says is all in the language: no English is left in Arabic and Chinese', async (t) => {
  const { rows } = await call(arena.base, 'GET', `/arenas/${DEMO}/leaderboard`);
  const names = rows.map((row) => row.name);
  for (const language of ['ar', 'zh']) {
    const page = await open(t, language, PAGES.styled[0], PAGES.styled[1]);
    await page.locator('.method-settings summary').click();
    const own = await page.locator('nav, footer label, .segments button, .field > span, .method-settings option, thead th, summary, dt, .notice').allInnerTexts();
    assert.ok(own.length > 30);
    assert.deepEqual(own.filter((each) => !names.includes(each) && /[a-z]{3}/.test(each.replace(/Pairwise Arena|\u2068[^\u2069]*\u2069/g, ''))), []);
    assert.match(await words(page, '[data-value]'), /^[\d,.]+$/, 'the digits are those of the downloads');
  }
});

test('the browser’s languages choose; a choice is kept, loaded once, and there before the first paint', async (t) => {
  for (const [wanted, language] of [['ar-EG', 'ar'], ['zh-TW', 'zh'], ['fr-CA', 'fr'], ['en-GB', 'en'], ['sw', 'en']]) {
    const page = await open(t, wanted, '/', '.card');
    assert.match(await direction(page), new RegExp(`^${language} `));
  }
  const page = await openPage(t, browser, arena.base, { locale: 'fr' });
  const asked = [];
  page.on('request', (request) => asked.push(...(/\/assets\/((?:en|fr|zh|ar)-)/.exec(request.url())?.slice(1) ?? [])));
  await page.goto(arena.base);
  await page.getByRole('heading', { name: 'Arènes' }).waitFor();
  assert.deepEqual(asked, ['fr-'], 'other languages cost nothing');
  await choose(page, 'ar');
  await page.getByRole('heading', { name: 'الساحات' }).waitFor();
  assert.deepEqual(asked, ['fr-', 'ar-']);
  await page.route('**/assets/*.js', (route) => new Promise((resolve) => setTimeout(resolve, 500)).then(() => route.continue()));
  await page.goto(arena.base, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.documentElement.dir === 'rtl' && document.querySelector('#root')?.childElementCount === 0);
  await page.locator('.card').first().waitFor();
});

test('a language that cannot be fetched says so and changes nothing', async (t) => {
  const page = await open(t, 'en', '/', '.card', { allow: [/net::ERR_FAILED/] });
  await page.route('**/assets/zh-*', (route) => route.abort());
  await page.locator('header .language select').selectOption('zh');
  await page.getByRole('alert').getByText('could not be loaded').waitFor();
  assert.equal(await direction(page), 'en ltr ltr');
  assert.equal(await page.locator('header .language select').inputValue(), 'en');
});

test('V25: switching language keeps the draft, the address and the focus; the names are each in their own language', async (t) => {
  const page = await open(t, 'en', `/arenas/${DEMO}/vote?from=link`, '.pane');
  const battle = await words(page, '.prompt');
  await page.keyboard.press('3');
  await page.getByLabel('Comment').fill('nearly');
  const select = page.locator('header .language select');
  assert.deepEqual(await select.locator('option').evaluateAll((all) => all.map((each) => [each.value, each.lang, each.label])), Object.entries(LANGUAGES).map(([code, name]) => [code, code, name]));
  await select.focus();
  for (const language of ['ar', 'zh', 'fr', 'en']) {
    await choose(page, language);
    await page.locator('#ballot-title', { hasText: messages[language].vote.heading }).waitFor();
    assert.equal(await page.title(), `${messages[language].vote.titleIn.replace('{{arena}}', language === 'ar' ? '\u2068Style over substance\u2069' : 'Style over substance')} · Pairwise Arena`);
    assert.deepEqual(await page.locator('[data-row="overall"] input:checked').evaluateAll((all) => all.map((each) => each.value)), ['b']);
    assert.equal(await page.locator('textarea').inputValue(), 'nearly');
    assert.equal(await words(page, '.prompt'), battle);
    assert.match(page.url(), /vote\?from=link$/);
    assert.ok(await select.evaluate((each) => each === document.activeElement), 'the focus stays');
  }
});

test('a vote is cast in Arabic by an Arabic keyboard; A is first from the right, and arrows go where they point', async (t) => {
  const page = await openVote(t, browser, arena.base, DEMO, { locale: 'ar' });
  const left = (selector) => page.locator(selector).evaluateAll((all) => all.map((each) => each.getBoundingClientRect().left));
  const [a, b] = await left('.pane');
  assert.ok(a > b, 'A stands on the right');
  const choices = await left('[data-row="overall"] .choice');
  assert.ok(choices[0] > choices[1]);
  const press = (key, code) => page.evaluate((init) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })), { key, code });
  const chosen = (row) => page.locator(`[data-row="${row}"] input:checked`).inputValue();
  await press('١', 'Digit1');
  assert.equal(await chosen('overall'), 'a');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await chosen('overall'), 'tie', 'the choice to the left of A');
  await page.keyboard.press('ArrowRight');
  assert.equal(await chosen('overall'), 'a');
  await page.keyboard.press('ArrowDown');
  await press('٣', 'Digit3');
  assert.equal(await chosen('accuracy'), 'b');
  const [answer] = await Promise.all([page.waitForResponse((each) => each.url().endsWith('/votes')), page.keyboard.press('Control+Enter')]);
  assert.deepEqual([answer.status(), answer.request().postDataJSON().verdicts], [201, { overall: 'a', accuracy: 'b' }]);
  await page.getByRole('heading', { name: 'من كتب هاتين الإجابتين' }).waitFor();
  assert.match(await page.locator('main [role=status]').innerText(), /^حُفظ صوتك\. الإجابة A من \u2068.+\u2069، والإجابة B من \u2068.+\u2069\.$/);
  assert.deepEqual(await axe(page), []);
  await picture(page, 'reveal-ar-desktop');
  await press('ى', 'KeyN');
  await page.getByRole('button', { name: 'أرسل الصوت' }).waitFor();
});

test('a vote that is not counted says why in the language', async (t) => {
  const page = await openVote(t, browser, arena.base, DEMO, { locale: 'fr' });
  await page.keyboard.press('5');
  await page.keyboard.press('Control+Enter');
  await page.getByText('enregistré mais pas compté : « Je ne sais pas » ne compte pour aucun côté.').waitFor();
});

test('counts are said as Arabic says them', async (t) => {
  const expected = { 0: 'لا أصوات بشرية', 1: 'صوت بشري واحد', 2: 'صوتان بشريان', 3: '3 أصوات بشرية', 11: '11 صوتًا بشريًا', 100: '100 صوت بشري' };
  const page = await openPage(t, browser, arena.base, { locale: 'ar' });
  const { items } = await call(arena.base, 'GET', '/arenas');
  const counted = Object.keys(expected).map((human, index) => ({ ...items[0], slug: `n${index}`, counts: { ...items[0].counts, votes: { ...items[0].counts.votes, human: Number(human) } } }));
  await page.route('**/api/v1/arenas', (route) => route.fulfill({ json: { items: counted, next: null } }));
  await page.goto(arena.base);
  await page.locator('.card').nth(5).waitFor();
  assert.deepEqual(await page.locator('.facts li:nth-child(3)').allInnerTexts(), Object.values(expected));
});

test('charts run from left to right, with the names on the right; code and keys are never mirrored', async (t) => {
  const page = await open(t, 'ar', PAGES.board[0], PAGES.board[1]);
  const rows = await page.locator('.whisker').evaluateAll((all) => all.map((each) => [Number(each.dataset.rating), Number(each.querySelector('circle').getAttribute('cx')), each.querySelector('text').getBoundingClientRect().right, each.ownerSVGElement.getBoundingClientRect().right]));
  const byRating = rows.toSorted((one, other) => one[0] - other[0]).map((each) => each[1]);
  assert.deepEqual(byRating, byRating.toSorted((one, other) => one - other));
  assert.ok(rows.every(([, , name, chart]) => chart - name >= 0 && chart - name < 30));
  await page.goto(`${arena.base}/arenas/${DEMO}/vote`);
  await page.locator('.pane').first().waitFor();
  await page.keyboard.press('?');
  assert.deepEqual(await page.locator('dialog kbd').evaluateAll((all) => [...new Set(all.map((each) => getComputedStyle(each).direction))]), ['ltr']);
  await picture(page, 'legend-ar-desktop');
});

test('a name with overrides of direction reorders nothing around it', async (t) => {
  for (const language of ['en', 'ar']) {
    const page = await open(t, language, '/arenas/names/vote', '.pane');
    const heading = await words(page, 'h1');
    assert.doesNotMatch(heading.replace(/^[^\u2068]*\u2068|\u2069[^\u2069]*$/g, ''), /[\u202A-\u202E\u2066-\u2069]/);
    assert.doesNotMatch(await page.title(), /\u202E/);
    assert.deepEqual(await page.locator('.pane-body').evaluateAll((all) => all.map((each) => getComputedStyle(each).direction).sort()), ['ltr', 'rtl'], 'each answer has its own direction');
    await picture(page, `names-${language}-desktop`);
  }
});
