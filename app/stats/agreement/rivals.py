"""Is one judge better than another? Both score the same items, so their errors are compared item by item.

A score is 1 where the judge gives the reference's label and 0 where not, or the share of people whose label it
gives. Items of one prompt move together: pass its number as `cluster`.

>>> right, wrong = np.ones(40), np.zeros(40)
>>> found = compare(np.where(np.arange(40) < 30, right, wrong), np.where(np.arange(40) < 20, right, wrong))
>>> found.difference.value, found.p_permutation < 0.01
(0.25, True)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.stats.agreement.bootstrap import percentile_limits, ratio
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats, Ints

NO_ITEMS = "no item has a score of both judges"

_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class JudgeComparison:
    """`difference`: mean score of the first less the second, n counts items. Both p are one-sided, of "the first is
    no better": `p_bootstrap` is the share of resamples with a difference below 0 (half of those at 0),
    `p_permutation` how often swapping the two judges' scores at random makes it as large. None without items.
    """

    difference: Measure
    p_bootstrap: float | None
    p_permutation: float | None
    clusters: int


def compare(
    first: NDArray[Any], second: NDArray[Any], cluster: Ints | None = None, interval: Interval | None = None
) -> JudgeComparison:
    """Paired bootstrap and permutation test over clusters of items (RoSE: Liu et al. 2023), 10,000 draws unless given.

    Scores (N,), NaN where a judge has none. With few clusters read the permutation p: the bootstrap is too sure.
    Raises ValueError for columns of other lengths.
    """
    asked = interval or Interval(draws=10_000)
    sides = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    number = np.arange(len(sides[0])) if cluster is None else np.asarray(cluster)
    if sides[0].ndim != 1 or not sides[0].shape == sides[1].shape == number.shape:
        raise ValueError("scores and clusters must be columns of one length")
    difference = sides[0] - sides[1]
    known = ~np.isnan(difference)
    if not known.any():
        return JudgeComparison(Measure.missing(NO_ITEMS, 0), None, None, 0)
    place = np.unique(number[known], return_inverse=True)[1]
    sums = np.column_stack([np.bincount(place, difference[known]), np.bincount(place)]).astype(np.float64)
    drawn = _resampled(sums, asked)
    limits = percentile_limits(drawn, asked.level) if len(sums) > 1 else None
    value = Measure.of(float(difference[known].mean()), int(known.sum()), limits, asked)
    below = float((drawn < -_NEAR).mean() + (np.abs(drawn) <= _NEAR).mean() / 2)
    return JudgeComparison(value, below, _swapped(sums[:, 0], asked), len(sums))


def _resampled(sums: Floats, interval: Interval) -> Floats:
    """(draws,) mean differences. Equal clusters are interchangeable, so they are drawn together."""
    kinds, count = np.unique(sums, axis=0, return_counts=True)
    generator = np.random.default_rng(interval.seed)
    drawn = generator.multinomial(len(sums), count / len(sums), interval.draws) @ kinds
    return ratio(drawn[:, 0], drawn[:, 1])


def _swapped(sums: Floats, interval: Interval) -> float:
    """(1 + hits)/(1 + draws): a swap turns a cluster's sign, and those of one size are turned together."""
    sizes, count = np.unique(np.abs(sums), return_counts=True)
    generator = np.random.default_rng(interval.seed)
    kept = generator.binomial(count, 0.5, (interval.draws, len(count)))
    hits = ((2 * kept - count) @ sizes >= sums.sum() - _NEAR).sum()
    return float((1 + hits) / (1 + interval.draws))
