/** Which verdicts a row offers, in which order. The key that chooses one is its place in the row. */
import type { Battle, BattleDimension, Verdict } from '../../api/types';

export const OVERALL = 'overall';

const OVERALL_ORDER: readonly Verdict[] = ['a', 'tie', 'b', 'both_good', 'both_bad', 'abstain'];
/** One quality of two answers is better in A, in B, or the same; “both bad” is about answers as a whole. */
const DIMENSION_ORDER: readonly Verdict[] = ['a', 'tie', 'b', 'abstain'];

export function verdictsFor(dimension: string, offered: readonly string[]): Verdict[] {
  const order = dimension === OVERALL ? OVERALL_ORDER : DIMENSION_ORDER;
  return order.filter((verdict) => offered.includes(verdict));
}

export function missing(battle: Battle, verdicts: Record<string, Verdict>): BattleDimension[] {
  const required = battle.dimensions.filter((dimension) => dimension.required && !verdicts[dimension.slug]);
  const anything = Object.keys(verdicts).length > 0;
  return required.length > 0 || anything ? required : battle.dimensions.slice(0, 1);
}
