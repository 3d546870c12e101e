import assert from 'node:assert/strict';
import { axe, call, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';

let arena;
let browser;
let admin;
const test = prepared(async () => {
  [arena, browser] = await world();
  admin = await arena.adminKey();
  await makeArena(arena.base, admin, { slug: 'trivia', title: 'Trivia' }, [{ id: 'p', text: 'Why?' }], { ash: [{ text: 'one' }], elm: [{ text: 'other' }] });
});

test('a judge is registered with the settings that the registries list, gets another version, and is taken off the list', async (t) => {
  const page = await openPage(t, browser, arena.base, { allow: [/status of 422/] });
  await page.goto(`${arena.base}/arenas/trivia/admin/judges`);
  await page.getByLabel('API key').fill(admin);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('No judge is registered').waitFor();
  const { items } = await call(arena.base, 'GET', '/arenas/trivia/providers');
  for (const provider of items) {
    await page.getByLabel('How it is reached').selectOption(provider.name);
    const fields = await page.locator('[name^="endpoint."]').evaluateAll((all) => all.map((each) => each.name.slice('endpoint.'.length)));
    assert.deepEqual(fields, provider.settings.map(({ name }) => name));
  }
  await page.getByLabel('How it is reached').selectOption('scripted');
  await page.getByLabel('How it is asked').selectOption('score');
  await page.getByLabel('Name', { exact: true }).fill('ref');
  await page.getByLabel('Model at the endpoint').fill('referee-1');
  await page.locator('[name="endpoint.file"]').fill('../secret');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('alert').waitFor();
  await page.locator('[name="endpoint.file"]').fill('replies.jsonl');
  await page.locator('[name="endpoint.seconds"]').fill('0.5');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByText('ref@1 is registered').waitFor();
  const registered = await call(arena.base, 'GET', '/arenas/trivia/judges/ref', undefined, admin);
  assert.deepEqual([registered.protocol, registered.model, registered.settings.endpoint.file, registered.settings.endpoint.seconds], ['score', 'referee-1', 'replies.jsonl', 0.5]);
  await page.getByLabel('Times asked').fill('2');
  await page.getByRole('button', { name: 'Register' }).click();
  const row = page.locator('tr[data-judge="ref"]');
  await row.getByText('ref@2').waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'register');
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  await picture(page, 'register-phone');
  await page.getByLabel('How it is asked').selectOption('persona');
  await page.getByLabel('Profile of the person').fill('age: 34\nsays: so: it is');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByText('ref@3 is registered').waitFor();
  await page.getByLabel('How it is asked').selectOption('constraint');
  await page.getByLabel('Constraints, one check').fill('at_most_words: 100\nask: Is it: polite? | it is long');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByText('ref@4 is registered').waitFor();
  const told = await Promise.all([3, 4].map((version) => call(arena.base, 'GET', `/arenas/trivia/judges/ref?version=${version}`, undefined, admin)));
  assert.deepEqual(told.map(({ settings }) => [settings.told.profile ?? {}, settings.told.constraints ?? []]), [[{ age: '34', says: 'so: it is' }, []], [{}, [{ check: 'at_most_words', value: 100, when: '' }, { check: 'ask', value: 'Is it: polite?', when: 'it is long' }]]]);
  await row.getByRole('button').click();
  await page.getByText('No judge is registered').waitFor();
});

test('the settings of an arena are changed, and its voters are listed with their votes', async (t) => {
  await arena.importVotes('trivia', 'csv', ['model_a,model_b,winner,prompt_id,rater', 'ash,elm,a,p,human:ana', 'ash,elm,b,p,human:ben']);
  const page = await openPage(t, browser, arena.base);
  await page.goto(`${arena.base}/arenas/trivia/admin/settings`);
  await page.getByLabel('API key').fill(admin);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('Guidelines for voters').fill('Read both.');
  await page.getByLabel('Votes asked of each voter').fill('12');
  await page.getByLabel('Names are shown').selectOption('never');
  await page.getByLabel('Votes as a file').selectOption('published');
  await page.getByLabel('Open to everybody').uncheck();
  await page.getByRole('button', { name: 'Store' }).click();
  await page.getByText('The settings are stored').waitFor();
  const { guidelines, goal, reveal, public: open, sampling, exports } = await call(arena.base, 'GET', '/arenas/trivia', undefined, admin);
  assert.deepEqual({ guidelines, goal, reveal, open, sampling, exports }, { guidelines: 'Read both.', goal: 12, reveal: 'never', open: false, sampling: 'variance_reduction', exports: 'published' });
  assert.deepEqual(await axe(page), []);
  await picture(page, 'settings');
  await page.goto(`${arena.base}/arenas/trivia/admin/raters`);
  await page.getByRole('link', { name: 'human:ana' }).waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'raters');
  for (const where of ['settings', 'raters']) {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(`${arena.base}/arenas/trivia/admin/${where}`);
    await page.locator('tbody tr, form').first().waitFor();
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320, where);
    await picture(page, `phone-${where}`);
  }
  await page.goto(`${arena.base}/arenas/trivia/admin/raters`);
  await page.getByRole('link', { name: 'human:ana' }).click();
  await page.locator('tr[data-vote]').waitFor();
  assert.match(await page.locator('tr[data-vote]').innerText(), /A is better[^]*human:ana/);
});
