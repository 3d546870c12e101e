"""How well people agree with people: what no judge can be asked to exceed.

For single votes it is the same measure over `raters.pairs_within`, or each person against the others. For rankings,
voters are split into halves many times, a board is fitted to each half, and the two are correlated.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.stats.agreement.annotations import Annotations
from app.stats.agreement.bootstrap import from_counts, percentile_limits, ratio
from app.stats.agreement.measure import Interval, Measure
from app.stats.agreement.ranks import Boards, footrule, kendall_tau_b, spearman
from app.stats.agreement.refits import ClusteredVotes
from app.stats.tally import Comparisons, Floats, Ints

NO_OTHERS = "nobody else labelled the same items"
FEW_VOTERS = "fewer than two voters"
FEW_MODELS = "fewer than two models have votes from both halves"
NO_SPLIT = "no split of the voters has two boards that can be correlated"


@dataclass(frozen=True, slots=True)
class SplitHalf:
    """`half` is the mean correlation of two halves, its limits the spread over the splits; `full` what two panels as
    large as all voters together would have, 2r/(1 + r) (Spearman 1910, Brown 1910), None below r = 0.
    """

    half: Measure
    full: float | None


@dataclass(frozen=True, slots=True)
class RankingCeiling:
    """Split halves of one set of votes in three coefficients. `splits` were drawn, of `voters`."""

    kendall_tau_b: SplitHalf
    spearman: SplitHalf
    footrule: SplitHalf
    splits: int
    voters: int


@dataclass(frozen=True, slots=True)
class Others:
    """How often people give the label that most others give: all labels together, and person by person."""

    agreement: Measure
    raters: dict[int, Measure]


def leave_one_out(
    people: Annotations, otherwise: int | None = None, interval: Interval | None = None
) -> Others:
    """Share of labels that equal the plurality of the others on the item (AlpacaFarm's 1-v-rest; Dubois et al. 2023).

    Where several labels lead among the others it is `otherwise`, or one of them by lot (its expectation) if None. n
    counts labels on items with others; limits resample items.

    >>> people = Annotations.of(np.array([[0, 0, 0, 0], [1, 1, 1, 0]]), 2)
    >>> found = leave_one_out(people)
    >>> found.agreement.value, found.raters[3].value
    (0.875, 0.5)
    """
    rest = people.ratings()[people.item]
    row = np.arange(len(people.label))
    rest[row, people.label] -= 1
    leads = (rest == rest.max(axis=1, keepdims=True)) & (rest > 0)
    several = leads.sum(axis=1)
    score = ratio(leads[row, people.label].astype(np.float64), several.astype(np.float64))
    if otherwise is not None:
        score = np.where(several > 1, people.label == otherwise, score)
    known = several > 0

    def share(chosen: NDArray[np.bool_]) -> Measure:
        item = np.unique(people.item[chosen], return_inverse=True)[1]
        by_item = np.column_stack([np.bincount(item, score[chosen]), np.bincount(item)]).astype(np.float64)
        return from_counts(
            lambda sums: ratio(sums[..., 0], sums[..., 1]), by_item, 1, interval, lambda sums: sums[..., 1], NO_OTHERS,
            NO_OTHERS,
        )  # fmt: skip

    raters = {int(rater): share(known & (people.rater == rater)) for rater in np.unique(people.rater)}
    return Others(share(known), raters)


def split_half(votes: Comparisons, interval: Interval | None = None) -> RankingCeiling:
    """Correlations between Bradley–Terry boards of random halves of the voters; n counts models.

    `interval.draws` splits, 100 unless given. A model without votes in one of the halves is left out of that
    split. Half the voters make noisier boards than all: compare a judge with `full`, and say so. Raises ValueError
    without the column `voter`.

    >>> first = np.tile([0, 0, 1], 40)
    >>> second = np.tile([1, 2, 2], 40)
    >>> voters = np.repeat(np.arange(40), 3)
    >>> votes = Comparisons(("x", "y", "z"), first, second, np.zeros(120, dtype=int), voter=voters)
    >>> ceiling = split_half(votes)
    >>> ceiling.kendall_tau_b.half.value, ceiling.splits, ceiling.voters
    (1.0, 100, 40)
    """
    if votes.voter is None:
        raise ValueError("halves of the voters need the column voter")
    asked = interval or Interval(draws=100)
    known, voter = np.unique(votes.voter, return_inverse=True)
    if len(known) < 2:
        missing = SplitHalf(Measure.missing(FEW_VOTERS, len(votes.models)), None)
        return RankingCeiling(missing, missing, missing, 0, len(known))
    counted = ClusteredVotes.of(votes, voter, len(known))
    halves = _halves(len(known), asked)
    boards = _boards(counted, halves)
    return RankingCeiling(
        _correlated(boards, kendall_tau_b, asked),
        _correlated(boards, spearman, asked),
        _correlated(boards, footrule, asked),
        splits=asked.draws,
        voters=len(known),
    )


def _halves(voters: int, interval: Interval) -> Ints:
    """(draws, voters): 1 in the first half, 0 in the second; an odd voter falls to the second."""
    generator = np.random.default_rng(interval.seed)
    first = (np.arange(voters) < voters // 2).astype(np.int64)
    return generator.permuted(np.tile(first, (interval.draws, 1)), axis=1)


def _boards(counted: ClusteredVotes, halves: Ints) -> list[Boards]:
    """The two boards of each split, of the models of the largest group with votes in both halves."""
    sides = [(counted.strengths(weights), counted.votes(weights)) for weights in (halves, 1 - halves)]
    (first, votes), (second, other) = sides
    shared = (votes > 0) & (other > 0) & (counted.island == 0)
    return [Boards(one[kept], two[kept]) for one, two, kept in zip(first, second, shared, strict=True)]


def _correlated(
    boards: list[Boards], coefficient: Callable[[Boards], Measure], interval: Interval
) -> SplitHalf:
    models = max(each.models for each in boards)
    if models < 2:
        return SplitHalf(Measure.missing(FEW_MODELS, models), None)
    found = [coefficient(each).value for each in boards]
    values: Floats = np.array([value for value in found if value is not None])
    if not values.size:
        return SplitHalf(Measure.missing(NO_SPLIT, models), None)
    r = float(values.mean())
    half = Measure.of(r, models, percentile_limits(values, interval.level), interval)
    return SplitHalf(half, 2 * r / (1 + r) if r >= 0 else None)
