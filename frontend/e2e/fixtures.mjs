/**
 * The real backend on a spare port with a database of its own, and a browser that reports everything that must never
 * happen: page errors, console errors, violations of the page's policy, requests to another host.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ARENA = path.join(ROOT, '.venv/bin/arena');
const AXE = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const AXE_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
export const DEMO = 'style-over-substance';

/** Starts `arena demo` (or `serve`, with an empty database) with these ARENA_ settings. */
export async function startArena(command = 'demo', settings = {}) {
  assert.ok(existsSync(path.join(ROOT, 'app/web/dist/index.html')), 'the page is not built: npm run build');
  const folder = mkdtempSync(path.join(tmpdir(), 'arena-e2e-'));
  const database = `sqlite:///${path.join(folder, 'arena.db')}`;
  const options = { cwd: folder, env: { ...process.env, ARENA_SECRET_KEY: 'for tests only, long enough to be accepted', ...settings } };
  const server = spawn(ARENA, [command, '--port', '0', '--database-url', database], options);
  const told = { text: '' };
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (told.text += chunk));
  const base = await address(server);
  await ready(base);
  const arenaSays = async (...words) => (await promisify(execFile)(ARENA, [...words, '--database-url', database], options)).stdout;
  return {
    base,
    /** The link that makes whoever opens it the first admin, as the server printed it. */
    firstLink: () => `${base}/start${/\/start(#\S+)/.exec(told.text)[1]}`,
    /** A key of scope admin, or another, made by the command line. */
    adminKey: async (scope = 'admin') => (await arenaSays('keys', 'create', '--scope', scope)).match(/pa_\S+/)[0],
    /** Imports lines of a format as `arena import` does. */
    async importVotes(slug, format, lines) {
      const file = path.join(folder, `${slug}-${format}.txt`);
      writeFileSync(file, lines.join('\n') + '\n');
      return arenaSays('import', file, '--format', format, '--arena', slug);
    },
    /** Writes down what a scripted judge replies. */
    script(name, lines) {
      mkdirSync(path.join(folder, 'scripts'), { recursive: true });
      writeFileSync(path.join(folder, 'scripts', name), lines.map((line) => JSON.stringify(line) + '\n').join(''));
    },
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
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

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
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

/** Violations as `rule: element`, so that a failure says what to mend. */
export async function axe(page) {
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    const { violations } = await globalThis.axe.run({ runOnly: rules });
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
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${base} did not become ready`);
}
