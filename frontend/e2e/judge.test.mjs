import assert from 'node:assert/strict';
import { call, openPage, picture, prepared, world } from './fixtures.mjs';
import { JUDGES, makeJudgedArena, SLUG } from './judges.mjs';

let arena;
let browser;
const test = prepared(async () => {
  [arena, browser] = await world();
  await makeJudgedArena(arena, await arena.adminKey());
});

const asked = (judge, query = {}) => call(arena.base, 'GET', `/arenas/${SLUG}/consistency?${new URLSearchParams({ judge, ...query })}`);
const board = (query) => call(arena.base, 'GET', `/arenas/${SLUG}/leaderboard?${new URLSearchParams(query)}`);
const share = (value) => new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 }).format(value);
const plain = (value, digits = 2) => new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

async function openJudge(t, judge, query = '', options = {}) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(`${arena.base}/arenas/${SLUG}/judges/${judge}${query}`);
  await page.locator('.verdict').waitFor();
  return page;
}

/** Every figure of a line of a table: what stands there, and what it stands for. */
const figures = (page, section, line) =>
  page.locator(`#${section} tr[data-line="${line}"]`).first().locator('td').evaluateAll((cells) =>
    cells.map((cell) => {
      const figure = cell.querySelector('.figure');
      return figure && { text: figure.firstElementChild.innerText, limits: figure.children[1]?.innerText ?? '', value: Number(figure.dataset.value), lower: Number(figure.dataset.lower), upper: Number(figure.dataset.upper), n: Number(figure.dataset.n) };
    }),
  );
const told = (measure, format) => ({ text: format(measure.value), limits: `${format(measure.lower)} to ${format(measure.upper)}`, value: measure.value, lower: measure.lower, upper: measure.upper, n: measure.n });

test('the verdict comes first, in words, with every reason', async (t) => {
  const expected = { careful: 'trusted', lopsided: 'do_not_automate', coin: 'do_not_automate', late: 'calibrate' };
  for (const [judge, trust] of Object.entries(expected)) {
    const page = await openJudge(t, judge);
    const report = await asked(judge);
    assert.equal(report.verdict.trust, trust);
    assert.equal(await page.locator('.verdict').getAttribute('data-trust'), trust);
    const first = await page.locator('main h2').first().innerText();
    assert.equal(first, { trusted: 'Trusted here', calibrate: 'Calibrate before use', do_not_automate: 'Do not automate' }[trust]);
    const listed = await page.locator('.reasons li').evaluateAll((all) => all.map(({ dataset }) => dataset.rule ?? dataset.lacks));
    const reasons = report.verdict.reasons.map((each) => each.rule);
    assert.deepEqual([...listed].sort(), [...reasons, ...report.shortcomings.map((each) => each.code)].sort());
    const words = await page.locator('.reasons').innerText();
    assert.ok(!/undefined|NaN|\{\{/.test(words), words);
    assert.equal(await page.locator('.reasons [lang="en"]').count(), 0, 'every rule has words in the page’s language');
    await picture(page, `judge-${judge}`);
  }
});

test('J1: rank correlations with intervals, models and battles, and the snapshot of the leaderboard', async (t) => {
  const page = await openJudge(t, 'careful');
  const report = await asked('careful');
  for (const name of ['spearman', 'kendall_tau_b']) {
    assert.deepEqual((await figures(page, 'ranking', name))[0], told(report.ranking[name], plain));
  }
  const counted = await page.locator('#ranking .counted').innerText();
  assert.match(counted, new RegExp(`Models: ${report.models}\\. Battles that both judged: ${report.battles}\\.`));
  for (const [side, voters] of [['reference', 'human'], ['judge', 'judge:careful']]) {
    const { snapshot_id: snapshot } = await board({ voters });
    assert.equal(report.boards[side], snapshot);
    assert.ok(counted.includes(snapshot), `${snapshot} in ${counted}`);
  }
});

test('J2: scatter with both intervals, the line of equals, named outliers, and a table with the differences', async (t) => {
  const page = await openJudge(t, 'ash-judge');
  const { ranks } = await asked('ash-judge');
  const drawn = await page.locator('#ranking .point').evaluateAll((all) =>
    all.map((point) => ({
      key: point.dataset.key, x: Number(point.dataset.x), y: Number(point.dataset.y), marked: point.classList.contains('marked'),
      lines: [...point.querySelectorAll('.interval')].map((line) => ['x1', 'x2', 'y1', 'y2'].map((each) => Number(line.getAttribute(each)))),
    })),
  );
  assert.deepEqual(drawn.map(({ key, x, y }) => [key, x, y]), ranks.map((row) => [row.model, row.human.rating, row.judge.rating]));
  const [low, high] = [drawn.reduce((a, b) => (a.x < b.x ? a : b)), drawn.reduce((a, b) => (a.x > b.x ? a : b))];
  const middle = (point) => [(point.lines[1][0] + point.lines[1][1]) / 2, (point.lines[0][2] + point.lines[0][3]) / 2];
  const unit = (middle(high)[0] - middle(low)[0]) / (high.x - low.x);
  for (const point of drawn) {
    const { human, judge } = ranks.find((row) => row.model === point.key);
    const [[x1, x2], [, , y1, y2]] = point.lines;
    assert.ok(Math.abs(x2 - x1 - unit * (human.rating_upper - human.rating_lower)) < 0.5, 'the horizontal line is people’s interval');
    assert.ok(Math.abs(Math.abs(y2 - y1) - (judge.rating_upper - judge.rating_lower) * Math.abs((middle(high)[1] - middle(low)[1]) / (high.y - low.y))) < 0.5, 'the vertical one is the judge’s');
  }
  const outliers = ranks.filter(({ human, judge }) => judge.rating_lower > human.rating_upper || judge.rating_upper < human.rating_lower).map((row) => row.model);
  assert.ok(outliers.includes('ash-small'), 'the judge lifts its own family');
  assert.deepEqual(drawn.filter((point) => point.marked).map((point) => point.key), outliers);
  const names = await page.locator('#ranking .name').allTextContents();
  assert.deepEqual([...names].sort(), outliers.map((model) => `Model ${model}`).sort());
  assert.equal(await page.locator('#ranking .equal').count(), 1);
  const moved = await page.locator('#ranking tr[data-model]').evaluateAll((rows) => rows.map((row) => [row.dataset.model, row.querySelector('[data-moved]').dataset.moved]));
  assert.deepEqual(moved, ranks.map((row) => [row.model, String(row.moved)]));
  const badges = await page.locator('#ranking tr:has(.badge)').evaluateAll((rows) => rows.map((row) => row.dataset.model));
  assert.deepEqual(badges.sort(), ['ash-large', 'ash-small']);
});

test('J3: agreement and kappa with intervals beside people’s own, with and without ties', async (t) => {
  const page = await openJudge(t, 'careful');
  const { votes, ceiling } = await asked('careful');
  for (const [name, format] of [['agreement', share], ['agreement_no_ties', share], ['cohen_kappa', plain], ['cohen_kappa_no_ties', plain]]) {
    const [judge, people] = await figures(page, 'agreement', name);
    assert.deepEqual([judge, people], [told(votes[name], format), told(ceiling[name], format)], name);
  }
});

test('J4: three labels by three, counts and per cent of the row, which add up to n', async (t) => {
  const page = await openJudge(t, 'careful');
  const { plurality } = await asked('careful');
  const { confusion, agreement } = plurality.as_shown;
  const rows = await page.locator('.confusion tr[data-label]').evaluateAll((all) =>
    all.map((row) => ({ label: row.dataset.label, counts: [...row.querySelectorAll('[data-count]')].map((cell) => Number(cell.dataset.count)), shares: [...row.querySelectorAll('[data-count] small')].map((cell) => parseInt(cell.innerText, 10)), sum: Number(row.querySelector('[data-sum]').dataset.sum) })),
  );
  const order = [0, 2, 1];
  assert.deepEqual(rows.map((row) => row.label), ['a', 'tie', 'b']);
  assert.deepEqual(rows.map((row) => row.counts), order.map((row) => order.map((column) => confusion[row][column])));
  for (const row of rows) {
    assert.equal(row.counts.reduce((one, other) => one + other), row.sum);
    assert.deepEqual(row.shares, row.counts.map((count) => Math.round((100 * count) / row.sum)));
  }
  assert.equal(rows.reduce((sum, row) => sum + row.sum, 0), agreement.n);
});

test('J5: the first side in both orders with intervals, the line at one half, and the flips', async (t) => {
  const page = await openJudge(t, 'lopsided');
  const { position } = (await asked('lopsided')).biases;
  const drawn = await page.locator('#position .share').evaluateAll((all) => all.map((each) => ({ ...each.dataset, at: Number(each.querySelector('circle').getAttribute('cx')) })));
  const measures = [...position.by_order, position.first_share, position.reference_first_share];
  assert.deepEqual(drawn.map((each) => [each.key, Number(each.value), Number(each.lower), Number(each.upper)]), ['straight', 'turned', 'both', 'people'].map((key, at) => [key, measures[at].value, measures[at].lower, measures[at].upper]));
  const half = Number(await page.locator('#position .half line').getAttribute('x1'));
  for (const each of drawn) assert.equal(Number(each.value) > 0.5, each.at > half);
  assert.ok(position.first_share.lower > 0.7, 'lopsided takes what stands first');
  assert.match(await page.locator('#position .counted').innerText(), new RegExp(`${position.flips} of ${position.flip_rate.n} items`));
  assert.deepEqual((await figures(page, 'position', 'flip_rate'))[0], told(position.flip_rate, share));
});

test('J6: the calibration curve has n at each bin, its error, and hollow bins under 20', async (t) => {
  const page = await openJudge(t, 'late');
  const { bins, ece } = (await asked('late')).calibration;
  const drawn = await page.locator('#calibration .dot').evaluateAll((all) =>
    all.map((dot) => ({ x: Number(dot.dataset.x), y: Number(dot.dataset.y), n: dot.querySelector('.count').textContent, fill: getComputedStyle(dot.querySelector('circle')).fill })),
  );
  const filled = bins.filter((bin) => bin.n > 0);
  assert.deepEqual(drawn.map(({ x, y, n }) => [x, y, n]), filled.map((bin) => [bin.confidence, bin.accuracy, plain(bin.n, 0)]));
  const page_colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.deepEqual(drawn.map(({ fill }) => fill === page_colour), filled.map((bin) => bin.n < 20));
  assert.ok(filled.some((bin) => bin.n < 20) && filled.some((bin) => bin.n >= 20), 'the seed has bins of both kinds');
  assert.deepEqual((await figures(page, 'calibration', 'ece'))[0], told(ece, plain));
  const silent = await openJudge(t, 'coin');
  assert.match(await silent.locator('#calibration').innerText(), /not known\s*the judge said nothing of its certainty/);
});

test('J7: people and the judge against the difference in length, on one chart', async (t) => {
  const page = await openJudge(t, 'careful');
  const { length } = (await asked('careful')).factors;
  for (const side of ['judge', 'human']) {
    const drawn = await page.locator(`#length .curve[data-key="${side}"] .dot`).evaluateAll((all) => all.map((dot) => [Number(dot.dataset.y), Number(dot.dataset.n)]));
    assert.deepEqual(drawn, length.filter((band) => band[side].value !== null).map((band) => [band[side].value, band[side].n]));
  }
  assert.equal(await page.locator('#length .chart svg').count(), 1);
  const widest = await figures(page, 'length', String(length.at(-1).lower));
  assert.deepEqual(widest, [told(length.at(-1).human, share), told(length.at(-1).judge, share)]);
});

test('J9: up to four judges side by side, with version, prompt hash and days; models of the own family are marked', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await page.goto(`${arena.base}/arenas/${SLUG}/leaderboard`);
  await page.getByRole('link', { name: 'Judges' }).click();
  await page.locator('.compared thead a').nth(3).waitFor();
  const heads = () => page.locator('.compared th[data-judge]').evaluateAll((all) => all.map((each) => each.dataset.judge));
  assert.deepEqual(await heads(), JUDGES.slice(0, 4));
  assert.ok(await page.getByRole('checkbox', { name: 'lopsided' }).isDisabled(), 'four are enough');
  await page.getByRole('checkbox', { name: 'coin' }).uncheck();
  await page.getByRole('checkbox', { name: 'lopsided' }).check();
  await page.locator('th[data-judge="lopsided"]').waitFor();
  assert.deepEqual(new URL(page.url()).searchParams.getAll('judge'), ['ash-judge', 'careful', 'late', 'lopsided']);
  await page.reload();
  await page.locator('th[data-judge="lopsided"]').waitFor();
  const cells = (line) => page.locator(`.compared tr[data-line="${line}"] td`).allInnerTexts();
  const reports = await Promise.all((await heads()).map((judge) => asked(judge)));
  const [version, prompt, own, kappa] = [await cells('version'), await cells('prompt'), await cells('own'), await cells('kappa')];
  for (const [at, report] of reports.entries()) {
    const [{ votes }] = report.judge_versions;
    assert.match(version[at], new RegExp(`^v1: ${plain(votes, 0)} votes, \\w+ \\d+, \\d{4}$`));
    assert.match(prompt[at], /not recorded: these votes were imported/);
    assert.ok(kappa[at].startsWith(plain(report.votes.cohen_kappa.value)), kappa[at]);
  }
  assert.match(own[0], /Model ash-large.*Model ash-small|Model ash-small[^]*Model ash-large|Model ash-large[^]*Model ash-small/);
  assert.equal(own[1], 'none known');
  await picture(page, 'judges');
  await page.locator('.compared').getByRole('link', { name: 'lopsided' }).click();
  await page.getByRole('heading', { level: 1, name: 'Judge lopsided' }).waitFor();
});
