import { expect, test } from 'vitest';
import { Breaks } from './breaks';

const MINUTE = 60_000;

test('a break is due after 25 votes, each counted once', () => {
  const breaks = new Breaks();
  for (let battle = 0; battle < 24; battle++) [1, 2].forEach(() => breaks.note(battle, `b${battle}`));
  expect(breaks.due(24)).toBe(false);
  breaks.note(24, 'b24');
  expect(breaks.due(24)).toBe(true);
  breaks.rest(25);
  expect(breaks.due(25)).toBe(false);
});

test('a break is due after 20 minutes of voting, and who was away has had one', () => {
  const breaks = new Breaks();
  for (let minute = 0; minute <= 19; minute++) breaks.note(minute * MINUTE);
  expect(breaks.due(19 * MINUTE)).toBe(false);
  expect(breaks.due(20 * MINUTE)).toBe(true);
  breaks.note(40 * MINUTE);
  expect(breaks.due(40 * MINUTE)).toBe(false);
  expect(new Breaks().due(40 * MINUTE)).toBe(false);
});
