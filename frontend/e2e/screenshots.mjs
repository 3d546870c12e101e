/** Takes the pictures of the README from the demo arena: `make screenshots`. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEMO, launch, startArena } from './fixtures.mjs';

const FOLDER = fileURLToPath(new URL('../../docs/pictures', import.meta.url));

const arena = await startArena();
const browser = await launch();
try {
  mkdirSync(FOLDER, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
  await page.goto(`${arena.base}/arenas/${DEMO}/vote`);
  await page.getByRole('heading', { name: 'Answer B' }).waitFor();
  await page.keyboard.press('1');
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: path.join(FOLDER, 'vote.png'), fullPage: true });
  await page.goto(`${arena.base}/arenas/${DEMO}/leaderboard?voters=simulated`);
  await page.getByRole('table').first().waitFor();
  await page.screenshot({ path: path.join(FOLDER, 'leaderboard.png'), fullPage: true });
} finally {
  await browser.close();
  await arena.stop();
}
