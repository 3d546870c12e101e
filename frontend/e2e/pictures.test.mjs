/** Pictures beside a text: in a new prompt, in answers that an owner writes, and in the preview before they are stored. */
import assert from 'node:assert/strict';
import { axe, call, makeArena, openPage, picture, prepared, world } from './fixtures.mjs';
import { png } from './png.mjs';

let arena;
let browser;
let admin;
let acme;
const test = prepared(async () => {
  [arena, browser] = await world();
  admin = await arena.adminKey();
  await makeArena(arena.base, admin, { slug: 'gallery', title: 'Gallery', modality: 'image' }, [{ id: 'sky', text: 'Draw the sky.' }], { elm: [{ text: 'No.' }] });
  await makeArena(arena.base, admin, { slug: 'words', title: 'Words' }, [{ id: 'p', text: 'Why?' }], {});
  acme = (await call(arena.base, 'POST', '/keys', { scope: 'owner', owner: 'studio' }, admin)).key;
  await call(arena.base, 'POST', '/arenas/gallery/models', { slug: 'ash', name: 'Model ash' }, acme);
});

const file = (name, colour, mimeType = 'image/png') => ({ name, mimeType, buffer: Buffer.from(png(40, 30, colour, 'made by ash'), 'base64') });
const PHONE = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, colorScheme: 'dark' };
const fits = async (page) => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= page.viewportSize().width);

async function open(t, key, where, options) {
  const page = await openPage(t, browser, arena.base, options);
  await page.goto(arena.base + where);
  await page.getByLabel('API key').fill(key);
  await page.keyboard.press('Enter');
  return page;
}

/** As if the files came from another window. */
async function drop(page, names) {
  const data = await page.evaluateHandle(([list, base]) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(base), (each) => each.charCodeAt(0));
    for (const [name, type, size] of list) transfer.items.add(new File([size ? new Uint8Array(size) : bytes], name, { type }));
    return transfer;
  }, [names, png(40, 30, [0, 90, 200])]);
  await page.locator('.drop').first().dispatchEvent('drop', { dataTransfer: data });
}

test('an admin writes a prompt with pictures, is told what does not fit, and voters get it with its caption', async (t) => {
  const page = await open(t, admin, '/arenas/gallery/admin/prompts', { allow: [/status of 422/] });
  await page.getByLabel('Prompt', { exact: true }).fill('Which season is **this**?');
  await page.getByLabel('Pictures beside it').setInputFiles([file('tree.png', [200, 60, 0]), file('bad.bmp', [0, 0, 0], 'image/bmp')]);
  await page.getByRole('alert').getByText('bad.bmp is no PNG').waitFor();
  await drop(page, [['sky.png', 'image/png', 0], ['huge.jpg', 'image/jpeg', 10_000_001]]);
  await page.getByRole('alert').getByText('huge.jpg is larger than 10 MB.').waitFor();
  await page.getByRole('button', { name: 'Add the prompt' }).click();
  assert.equal((await call(arena.base, 'GET', '/arenas/gallery')).counts.prompts, 1, 'not before each picture is described');
  await page.getByLabel('What tree.png shows').fill('a red tree');
  await page.getByLabel('What sky.png shows').fill('a blue sky');
  const preview = page.getByRole('region', { name: 'As voters will see it' });
  assert.deepEqual(await preview.locator('figcaption').allInnerTexts(), ['a red tree', 'a blue sky']);
  await preview.locator('strong', { hasText: 'this' }).waitFor();
  assert.deepEqual(await axe(page), []);
  await picture(page, 'pictures-prompt');
  await page.getByRole('button', { name: 'Remove: sky.png' }).focus();
  await page.keyboard.press('Enter');
  assert.equal(await preview.locator('figure').count(), 1);
  await page.getByRole('button', { name: 'Add the prompt' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('1 prompt is stored.').waitFor();
  assert.equal(await page.locator('.chosen-pictures li').count(), 0);
  await page.getByLabel('Prompt', { exact: true }).fill('And this?');
  await page.getByLabel('Pictures beside it').setInputFiles({ name: 'fake.png', mimeType: 'image/png', buffer: Buffer.from('no picture at all') });
  await page.getByLabel('What fake.png shows').fill('nothing');
  await page.getByRole('button', { name: 'Add the prompt' }).click();
  await page.getByRole('alert').getByText('expected PNG, JPEG, GIF or WebP').waitFor();
  assert.equal(await page.locator('.chosen-pictures li').count(), 1, 'what was chosen is kept');
});

test('an owner writes an answer with a picture, sees it as voters will, and confirms it', async (t) => {
  const page = await open(t, acme, '/arenas/gallery/owner/ash');
  await page.getByText('Or write answers here').click();
  await page.getByLabel('Draw the sky.', { exact: true }).fill('Here it is:');
  await page.getByLabel('Pictures beside it: Draw the sky.').setInputFiles(file('sky.png', [0, 90, 200]));
  await page.getByLabel('What sky.png shows').fill('a blue sky');
  assert.deepEqual(await axe(page), []);
  await picture(page, 'pictures-answer');
  await page.getByRole('button', { name: 'Check the answers' }).click();
  const shown = page.locator('.preview .pane').first();
  const image = shown.getByRole('img', { name: 'a blue sky' });
  await image.waitFor();
  assert.deepEqual(await image.evaluate((each) => [each.complete, each.naturalWidth, each.naturalHeight]), [true, 40, 30]);
  assert.ok(!Buffer.from((await image.getAttribute('src')).split(',')[1], 'base64').includes('made by ash'), 'nothing but pixels');
  assert.deepEqual(await axe(page), []);
  await picture(page, 'pictures-preview');
  const coverage = async () => (await call(arena.base, 'GET', '/arenas/gallery/models/ash', undefined, acme)).coverage.answered;
  assert.equal(await coverage(), 0);
  await page.getByRole('button', { name: 'Confirm: store 1 answer' }).click();
  await page.getByText('1 answer is stored').waitFor();
  assert.equal(await coverage(), 1);
});

test('an arena of texts asks for no pictures; on a phone and from right to left the field fits', async (t) => {
  const page = await open(t, admin, '/arenas/words/admin/prompts', PHONE);
  await page.getByRole('button', { name: 'Add the prompt' }).waitFor();
  assert.equal(await page.locator('.drop').count(), 0);
  await page.goto(`${arena.base}/arenas/gallery/admin/prompts`);
  const look = async (name, label) => {
    await page.getByLabel(label).first().setInputFiles([file('a-name-that-is-rather-long-and-has-no-end.png', [200, 60, 0])]);
    await page.locator('.chosen-pictures li').waitFor();
    await fits(page);
    assert.deepEqual(await axe(page), []);
    await picture(page, name);
  };
  await look('pictures-phone', 'Pictures beside it');
  await page.evaluate(() => localStorage.setItem('arena.language', 'ar'));
  await page.reload();
  await look('pictures-arabic', 'صور ترافقه');
});
