/** What the tests of the vote page share: a voter who opens it, reads both answers and votes. */
import { openPage } from './fixtures.mjs';

/** Opens the vote page of an arena, with a clock that a test can move, and reads both answers. */
export async function openVote(t, browser, base, slug, options) {
  const page = await openPage(t, browser, base, options);
  await page.clock.install();
  await page.goto(`${base}/arenas/${slug}/vote`);
  await readBoth(page);
  return page;
}

/** Both answers have been on the screen, for more than three seconds: no vote is doubted after it. */
export async function readBoth(page) {
  await page.locator('.pane >> visible=true').first().waitFor();
  for (const pane of await page.locator('.pane').all()) {
    await pane.evaluate(async (element) => {
      element.scrollIntoView({ block: 'nearest' });
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });
  }
  await page.clock.fastForward(4_000);
}

/** The choice made in a row, or null. */
export const chosen = (page, row) => page.locator(`[data-row="${row}"] input:checked`).evaluateAll((all) => all[0]?.value ?? null);

export const submitted = (page) => page.waitForResponse((answer) => answer.url().endsWith('/votes') && answer.request().method() === 'POST');

/** Everything stored of the voter of a page: their battles, newest last. */
export const stored = async (page, base) => (await (await page.request.get(`${base}/api/v1/me/export`)).json()).battles;
