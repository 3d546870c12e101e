"""Does a judge keep the spread of people's opinions, or only their majority?

`sides` (N, 2, k) counts the labels of each item: people's, then those of the judge, or judges, over repeats. A judge
that always copies the majority agrees as well as one can, and wipes out what the others said.

>>> sides = np.array([[[6, 4, 0], [5, 0, 0]], [[5, 5, 0], [3, 2, 0]], [[9, 1, 0], [5, 0, 0]]])
>>> minority_erasure(sides).value, minority_erasure(sides).n
(1.0, 1)
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.stats.agreement.bootstrap import from_counts, ratio
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats

Sides = NDArray[Any]

MINORITY = 0.2
NO_MINORITY = "no item has labels of the judge and a minority among people"
FEW_LABELS = "no item has two labels from either side"
NO_LABELS = "no item has a label from both sides"


def entropy(counts: Floats) -> Floats:
    """Of the labels of each item, in bits, (N,) from counts (N, k): 0 where all say the same. Over the orders and
    repeats of one judge it is FairEval's balanced position diversity entropy (Wang et al. 2023), there in nats.

    >>> entropy(np.array([[2.0, 2, 0], [4, 0, 0]])).tolist()
    [1.0, 0.0]
    """
    shares = ratio(counts, counts.sum(axis=1, keepdims=True))
    bits = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(0.0 - np.nansum(shares * bits, axis=1))


def minority_erasure(sides: Sides, interval: Interval | None = None) -> Measure:
    """Share of items on which an option of the minority gets no label of the judge; n counts items with such an option.

    An option of the minority has 20 % of people's labels or more and fewer than the one that leads. With one label
    of the judge an item the share is high by necessity: compare with repeats, or with judges among each other.
    Limits come from resampled items.
    """
    people, judge = _checked(sides)
    votes = people.sum(axis=1, keepdims=True)
    minority = (people >= MINORITY * votes) & (people > 0) & (people < people.max(axis=1, keepdims=True))
    has = minority.any(axis=1) & (judge.sum(axis=1) > 0)
    erased = has & (minority & (judge == 0)).any(axis=1)
    return _share(erased, has, interval, NO_MINORITY)


def entropy_gap(sides: Sides, interval: Interval | None = None) -> Measure:
    """Mean over items of the entropy of people's labels less that of the judge's, in bits: above 0 the judge is more of
    one mind than people are. n counts items with two labels or more from either side.

    Few labels make an entropy too small: ask the judge about as often as people. Limits come from resampled items.

    >>> entropy_gap(np.array([[[2, 2], [4, 0]]])).value
    1.0
    """
    people, judge = _checked(sides)
    both = (people.sum(axis=1) >= 2) & (judge.sum(axis=1) >= 2)
    return _share(np.where(both, entropy(people) - entropy(judge), 0), both, interval, FEW_LABELS)


def mode_error(sides: Sides, interval: Interval | None = None) -> Measure:
    """Share of items whose modal label of the judge is not that of people: AlpacaFarm's bias of an annotator, what is
    left of its errors when its own scatter is averaged out (Dubois et al. 2023). n counts items with both.

    Where several labels lead, each is the mode by lot, and this is the expectation. Its *variance*, the error of one of
    its labels against the mode of its others, is 1 less `ceiling.leave_one_out` of its repeats. Limits come from
    resampled items.

    >>> mode_error(np.array([[[3, 1], [4, 0]], [[4, 0], [1, 3]], [[2, 2], [4, 0]]])).value
    0.5
    """
    people, judge = _checked(sides)
    both = (people.sum(axis=1) > 0) & (judge.sum(axis=1) > 0)
    leads = [counts == counts.max(axis=1, keepdims=True) for counts in (people, judge)]
    equal = (leads[0] & leads[1]).sum(axis=1) / (leads[0].sum(axis=1) * leads[1].sum(axis=1))
    return _share(np.where(both, 1 - equal, 0), both, interval, NO_LABELS)


def _share(value: NDArray[Any], counted: NDArray[np.bool_], interval: Interval | None, empty: str) -> Measure:
    by_item = np.column_stack([value, counted]).astype(np.float64)
    return from_counts(
        lambda sums: ratio(sums[..., 0], sums[..., 1]),
        by_item,
        1,
        interval,
        lambda sums: sums[..., 1],
        empty,
        empty,
    )


def _checked(sides: Sides) -> tuple[Floats, Floats]:
    counts = np.asarray(sides, dtype=np.float64)
    if counts.ndim != 3 or counts.shape[1] != 2 or counts.shape[2] < 2:
        raise ValueError(f"sides are (items, 2, labels) with 2 or more labels, not {counts.shape}")
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError("a count is negative or not a number")
    return counts[:, 0], counts[:, 1]
