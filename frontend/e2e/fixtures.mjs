/**
 * The real backend on a spare port with a database of its own, and a browser that reports everything that must never
 * happen: page errors, console errors, violations of the page's policy, requests to another host.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ARENA = path.join(ROOT, '.venv/bin/arena');
const AXE = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const AXE_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Every server is a new Python: what the first has compiled need not be compiled again, wherever this may be written. */
const BYTECODE = { PYTHONDONTWRITEBYTECODE: '', PYTHONPYCACHEPREFIX: path.join(ROOT, 'build/bytecode') };
export const DEMO = 'style-over-substance';

/** Starts `arena demo` (or `serve`, with an empty database) with these ARENA_ settings. */
export async function startArena(command = 'demo', settings = {}) {
  assert.ok(existsSync(path.join(ROOT, 'app/web/dist/index.html')), 'the page is not built: npm run build');
  const folder = mkdtempSync(path.join(tmpdir(), 'arena-e2e-'));
  const database = `sqlite:///${path.join(folder, 'arena.db')}`;
  const options = { cwd: folder, env: { ...process.env, ...BYTECODE, ARENA_SECRET_KEY: 'for tests only, long enough to be accepted', ...settings } };
  const server = spawn(ARENA, [command, '--port', '0', '--database-url', database], options);
  const told = { text: '' };
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (told.text += chunk));
  const base = await address(server);
  await ready(base);
  const firstToken = () => /\/start#(\S+)/.exec(told.text)[1];
  let admin;
  const arena = {
    base,
    /** The link that makes whoever opens it the first admin, as the server printed it. */
    firstLink: () => `${base}/start#${firstToken()}`,
    /** The key of the first admin. */
    adminKey: async () => (admin ??= (await call(base, 'POST', '/session/first', { token: firstToken() })).key),
    /** Imports lines of a format into an arena that is there. */
    async importVotes(slug, format, lines) {
      const headers = { Connection: 'close', 'Content-Type': 'application/octet-stream', Authorization: `Bearer ${await arena.adminKey()}` };
      const answer = await fetch(`${base}/api/v1/arenas/${slug}/votes/import?format=${format}`, { method: 'POST', headers, body: lines.join('\n') + '\n' });
      assert.equal(answer.status, 201, await answer.text());
    },
    /** Writes down what a scripted judge replies. */
    script(name, lines) {
      mkdirSync(path.join(folder, 'scripts'), { recursive: true });
      writeFileSync(path.join(folder, 'scripts', name), lines.map((line) => JSON.stringify(line) + '\n').join(''));
    },
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  started.push(arena);
  return arena;
}

const once = (make) => {
  let made;
  return () => (made ??= make());
};

/** A browser for all files of a process. */
export const theBrowser = once(launch);
const theArena = once(() => startArena());

/** A server with the demo, the same for all files of a process, and the browser: a file makes arenas of its own names. */
export const world = () => Promise.all([theArena(), theBrowser()]);

const started = [];
let ends = false;

/** `test` of node, for a file whose tests need something made before the first of them. */
export function prepared(prepare) {
  if (!ends) {
    ends = true;
    after(async () => {
      await (await theBrowser()).close();
      await Promise.all(started.map((arena) => arena.stop()));
    });
  }
  const ready = once(async () => void (await prepare()));
  return (name, does) =>
    test(name, async (t) => {
      await ready();
      await does(t);
    });
}

/** Calls the API and gives the JSON; fails on any status but the expected ones. */
export async function call(base, method, where, body, key) {
  // A kept connection may be closed by the server at the moment it is used again.
  const headers = { Connection: 'close', 'Content-Type': 'application/json', ...(key && { Authorization: `Bearer ${key}` }) };
  const answer = await fetch(`${base}/api/v1${where}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${where}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** Makes an arena through the API: `prompts` as the API takes them, `models` as name → one answer for each prompt. */
export async function makeArena(base, key, arena, prompts, models) {
  await call(base, 'POST', '/arenas', arena, key);
  const at = `/arenas/${arena.slug}`;
  await call(base, 'POST', `${at}/prompts`, prompts, key);
  for (const [name, answers] of Object.entries(models)) {
    await call(base, 'POST', `${at}/models`, { slug: name, name: `Model ${name}`, organization: `Maker of ${name}` }, key);
    const lines = answers.map((answer, index) => ({ prompt_id: prompts[index].id, ...answer }));
    await call(base, 'POST', `${at}/models/${name}/answers`, lines, key);
  }
}

/**
 * Chromium's new headless mode makes a whole window for every context. Without the two pages that its address bar
 * prepares in each, a page costs half the processor time. The rest is Playwright's own list, which this flag replaces.
 */
const WITHOUT = [
  'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess',
  'AimEnabled', 'AvoidCorsURLLoaderRestartOnRedirect', 'AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades', 'LensOverlay', 'MediaRouter', 'NetworkTimeServiceQuerying', 'OptimizationHints', 'PaintHolding', 'PreconnectToSearch', 'ThirdPartyStoragePartitioning',
];

export function launch() {
  const args = ['--no-sandbox', '--disable-dev-shm-usage', `--disable-features=${WITHOUT}`];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
}

/**
 * A page of its own voter. `t.after` closes it and checks that nothing forbidden happened; `allow` lists console errors
 * that a test provokes (the browser logs every answer of 400 and more).
 */
export async function openPage(t, browser, base, { allow = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  const page = await context.newPage();
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    const told = `${message.text()} ${message.location().url}`;
    if (['error', 'warning'].includes(message.type()) && !allow.some((each) => each.test(told))) wrong.push(`console: ${told}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== base) wrong.push(`foreign request: ${url}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(wrong, [], 'nothing forbidden may happen on a page');
  });
  return page;
}

/** What a page is looked at on, and in which looks: these change on the page as it stands, the device does not. */
export const DEVICES = {
  desktop: { options: {}, looks: { light: { colorScheme: 'light' }, dark: { colorScheme: 'dark' }, forced: { colorScheme: 'light', forcedColors: 'active' } } },
  phone: {
    options: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
    looks: { phone: { colorScheme: 'light' }, narrow: { colorScheme: 'dark', viewport: { width: 320, height: 640 } } },
  },
};

/** Gives a page these looks one after the other: no violation, no sideways scroll. */
export async function inEveryLook(page, looks, name) {
  for (const [look, { viewport, ...media }] of Object.entries(looks)) {
    if (viewport) await page.setViewportSize(viewport);
    await page.emulateMedia(media);
    assert.deepEqual(await axe(page), [], look);
    await assertFits(page);
    await picture(page, `${name}-${look}`);
  }
}

/** A phone's `innerWidth` grows with a page that is too wide, so the screen's own width is the measure. */
export async function assertFits(page) {
  const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
  const { width } = page.viewportSize();
  assert.ok(scroll <= width, `${page.url()} is ${scroll} px wide on a screen of ${width} px`);
}

/** As whoever doubles the size of all text on a phone sees the page. */
export async function assertLargeTextFits(page, name) {
  await page.setViewportSize(DEVICES.phone.options.viewport);
  await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
  await drawn(page);
  await assertFits(page);
  await picture(page, `${name}-large-text`);
}

/** The page has drawn what it is to draw, and what it measured on that: a table that scrolls can be reached by keys only then. */
export const drawn = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))));

/** Violations as `rule: element`, so that a failure says what to mend. */
export async function axe(page) {
  await drawn(page);
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    const { violations } = await globalThis.axe.run({ runOnly: rules, resultTypes: ['violations'], preload: false });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
  }, AXE_RULES);
}

/** Saves a picture when SCREENSHOTS names a folder. */
export async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}

/** The address that the server prints when it listens. */
function address(server) {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (chunk) => {
      said += chunk;
      const found = /running on (http:\/\/[\d.]+:\d+)/.exec(said);
      if (found) resolve(found[1]);
    };
    server.stdout.on('data', listen);
    server.stderr.on('data', listen);
    server.once('exit', (code) => reject(new Error(`arena ended with ${code}: ${said}`)));
  });
}

async function ready(base) {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const answer = await fetch(`${base}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${base} did not become ready`);
}
