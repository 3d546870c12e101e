import { expect, test } from 'vitest';
import { constraintsOf, pairsOf } from './told';

test('a profile is read line by line, and a value may hold a colon', () => expect(pairsOf('age: 34\n\nsays: a: b')).toEqual({ age: '34', says: 'a: b' }));

test('constraints have a number, a text or nothing, and may say when they apply', () =>
  expect(constraintsOf('at_most_words: 100\nask: Is it: so? | it is long\njson')).toEqual([
    { check: 'at_most_words', value: 100, when: '', extract: '' },
    { check: 'ask', value: 'Is it: so?', when: 'it is long', extract: '' },
    { check: 'json', value: null, when: '', extract: '' },
  ]));
