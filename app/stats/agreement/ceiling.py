"""How well people agree with people: what no judge can be asked to exceed.

For single votes it is the same measure over `raters.pairs_within`. For rankings, voters are split into halves many
times, a board is fitted to each half, and the two are correlated.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.stats.agreement.bootstrap import percentile_limits
from app.stats.agreement.measure import Interval, Measure
from app.stats.agreement.ranks import Boards, footrule, kendall_tau_b, spearman
from app.stats.agreement.refits import ClusteredVotes
from app.stats.tally import Comparisons, Floats, Ints

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
