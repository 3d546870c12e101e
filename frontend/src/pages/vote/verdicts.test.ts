import { expect, test } from 'vitest';
import type { Battle } from '../../api/types';
import { missing, verdictsFor } from './verdicts';

const OFFERED = ['a', 'b', 'tie', 'both_bad', 'abstain'];

test('the overall row has its order, a dimension asks nothing about both being bad', () => {
  expect(verdictsFor('overall', OFFERED)).toEqual(['a', 'tie', 'b', 'both_bad', 'abstain']);
  expect(verdictsFor('accuracy', OFFERED)).toEqual(['a', 'tie', 'b', 'abstain']);
  expect(verdictsFor('overall', ['a', 'b'])).toEqual(['a', 'b']);
});

test('required rows are missing until they are judged; a vote needs at least one verdict', () => {
  const dimension = (slug: string, required: boolean) => ({ slug, title: slug, question: '', rubric: '', required });
  const battle = { dimensions: [dimension('overall', true), dimension('accuracy', false), dimension('safety', true)] } as Battle;
  const slugs = (verdicts: Parameters<typeof missing>[1], of = battle) => missing(of, verdicts).map((each) => each.slug);
  expect(slugs({})).toEqual(['overall', 'safety']);
  expect(slugs({ overall: 'a' })).toEqual(['safety']);
  expect(slugs({ overall: 'a', safety: 'abstain' })).toEqual([]);
  const free = { dimensions: [dimension('one', false), dimension('two', false)] } as Battle;
  expect(slugs({}, free)).toEqual(['one']);
  expect(slugs({ two: 'b' }, free)).toEqual([]);
});
