/**
 * `npm run e2e` runs the files in parts, each a process with one server and one browser for its files, which take most of
 * the time to start. A file can be run by itself too. What no part names is run in the part `others`.
 */
import { readdirSync } from 'node:fs';

const PARTS = {
  // The first two show the board of the demo before anybody has voted on it.
  boards: ['leaderboard', 'languages', 'look', 'views', 'large', 'embed', 'owner-keys', 'pictures', 'register'],
  keeping: ['judge-reading', 'judge', 'owner', 'admin', 'admin-texts', 'admin-arena', 'runs', 'trust', 'start', 'sign-in'],
};

export async function run(part) {
  const named = Object.values(PARTS).flat();
  const all = readdirSync(new URL('.', import.meta.url)).flatMap((file) => /^(.+)\.test\.mjs$/.exec(file)?.[1] ?? []);
  for (const file of PARTS[part] ?? all.filter((each) => !named.includes(each))) await import(`./${file}.test.mjs`);
}
