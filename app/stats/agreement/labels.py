"""Two raters, one label an item each: agreement, and how much of it chance would give.

Every function takes counts: `tables` is k × k, `[i, j]` the items that the reference gave label i and the judge
label j, or (C, k, k), a table for each cluster (prompt or rater), which are then what is resampled. k is the number of
possible labels, met or not. Counts need not be whole: pairs of raters on one item are counted half each way.

Labels of votes stand in the order A, B, then every kind of tie, so the first two are the decided ones. What is
called agreement without ties leaves an item out when *either* side ties: setup S2 of MT-Bench (Zheng et al.
2023), S1 being all items.

Each coefficient is 1 − observed/expected disagreement (Artstein and Poesio 2008). It is undefined where chance leaves
no disagreement to expect, which is when only one label was given.

>>> table = np.array([[20, 5], [10, 15]])
>>> [round(kappa(table).value, 4) for kappa in (cohen_kappa, scott_pi, gwet_ac1)]
[0.4, 0.3939, 0.4059]
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.stats.agreement.bootstrap import from_counts, ratio, share
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats, Ints

Tables = NDArray[Any]

DECIDED = 2  # labels A and B come first; what follows are ties
NO_ITEMS = "no item has a label from both sides"
NONE_DECIDED = "no item is decided by both sides"
ONE_LABEL = "both sides gave one and the same label to every item, so agreement by chance is certain"


def crossed(reference: Ints, judge: Ints, labels: int) -> Ints:
    """Count the pairs of labels (N,), whole numbers in 0..labels−1; an item that lacks one (−1) is left out.

    Raises ValueError for other labels or columns of two lengths.

    >>> crossed(np.array([0, 1, 2, 1]), np.array([0, 2, 2, -1]), labels=3).tolist()
    [[1, 0, 0], [0, 0, 1], [0, 0, 1]]
    """
    reference, judge = np.asarray(reference), np.asarray(judge)
    if reference.shape != judge.shape or reference.ndim != 1:
        raise ValueError("the labels must be two columns of one length")
    for column in (reference, judge):
        if column.size and (column.dtype.kind not in "iu" or column.min() < -1 or column.max() >= labels):
            raise ValueError(f"a label is outside 0..{labels - 1}; -1 is for a missing one")
    both = (reference >= 0) & (judge >= 0)
    cells = reference[both] * labels + judge[both]
    return np.bincount(cells, minlength=labels * labels).reshape(labels, labels)


def decided(tables: Tables) -> Floats:
    """The items that both sides decided: A or B, no tie of any kind."""
    return checked(tables)[..., :DECIDED, :DECIDED]


def agreement(tables: Tables, interval: Interval | None = None) -> Measure:
    """Share of items with equal labels, Σ_i O_ii / n. n counts items.

    >>> agreement(np.array([[3, 1], [0, 4]])).value
    0.875
    """
    return share(_agreed, _items, checked(tables), 2, interval, NO_ITEMS)


def agreement_no_ties(tables: Tables, interval: Interval | None = None) -> Measure:
    """Share of equal labels among the items that both sides decided; n counts these.

    >>> agreement_no_ties(np.array([[3, 1, 9], [0, 4, 0], [9, 9, 9]])).n
    8
    """
    return share(_agreed, _items, decided(tables), 2, interval, NONE_DECIDED)


def cohen_kappa(tables: Tables, interval: Interval | None = None) -> Measure:
    """Cohen's κ (1960): chance agreement Σ_i p_i q_i, each side with its own shares p and q. n counts items.

    >>> cohen_kappa(np.array([[9, 0], [1, 0]])).value
    0.0
    """
    return _corrected(_cohen, checked(tables), interval, NO_ITEMS)


def cohen_kappa_no_ties(tables: Tables, interval: Interval | None = None) -> Measure:
    """Cohen's κ on the items that both sides decided; n counts these.

    >>> cohen_kappa_no_ties(np.array([[3, 1, 9], [1, 3, 9], [9, 9, 9]])).value
    0.5
    """
    return _corrected(_cohen, decided(tables), interval, NONE_DECIDED)


def scott_pi(tables: Tables, interval: Interval | None = None) -> Measure:
    """Scott's π (1955): chance agreement Σ_i π_i², π the mean share of both sides. n counts items.

    Below κ when the sides use the labels differently, which π holds against them.

    >>> round(scott_pi(np.array([[25, 35], [5, 35]])).value, 4)
    0.1919
    """
    return _corrected(_scott, checked(tables), interval, NO_ITEMS)


def gwet_ac1(tables: Tables, interval: Interval | None = None) -> Measure:
    """Gwet's AC1 (2008): chance agreement Σ_i π_i(1 − π_i)/(k − 1), with the k *possible* labels. n counts items.

    Stays near the raw agreement when one label dominates, where κ and π fall to 0 or below. Read them together.

    >>> skewed = np.array([[118, 5], [2, 0]])
    >>> round(gwet_ac1(skewed).value, 4), round(cohen_kappa(skewed).value, 4)
    (0.9408, -0.0234)
    """
    return _corrected(_gwet, checked(tables), interval, NO_ITEMS)


def weighted_kappa_linear(tables: Tables, interval: Interval | None = None) -> Measure:
    """Cohen's weighted κ (1968), disagreement |i − j|: for k *possible* grades in their order. n counts items.

    >>> grades = crossed(np.array([0, 1, 1, 2, 4, 4, 2, 0]), np.array([0, 1, 2, 2, 4, 2, 2, 1]), labels=5)
    >>> round(weighted_kappa_linear(grades).value, 6)
    0.652174
    """
    return _corrected(_weighted(power=1), checked(tables), interval, NO_ITEMS)


def weighted_kappa_quadratic(tables: Tables, interval: Interval | None = None) -> Measure:
    """Cohen's weighted κ (1968), disagreement (i − j)²: far grades count most. n counts items.

    >>> weighted_kappa_quadratic(np.array([[2, 0, 0], [0, 0, 0], [0, 0, 2]])).value
    1.0
    """
    return _corrected(_weighted(power=2), checked(tables), interval, NO_ITEMS)


def phi(table: Floats) -> Floats:
    """Correlation of two labels from counts (…, 2, 2) → (…), NaN where a side has only one label.

    >>> phi(np.array([[60.0, 10], [10, 20]])).round(4).item()
    0.5238
    """
    sides = table.sum(axis=-1).prod(axis=-1) * table.sum(axis=-2).prod(axis=-1)
    return ratio(table[..., 0, 0] * table[..., 1, 1] - table[..., 0, 1] * table[..., 1, 0], np.sqrt(sides))


def clipped(labels: Ints, highest: int) -> tuple[Ints, int]:
    """Grades above the highest one made equal to it, and how many there were: say the number beside every figure.

    >>> grades, stray = clipped(np.array([0, 5, 3, -1, 5]), highest=3)
    >>> grades.tolist(), stray
    ([0, 3, 3, -1, 3], 2)
    """
    return np.minimum(labels, highest), int((np.asarray(labels) > highest).sum())


Disagreements = Callable[[Floats], tuple[Floats, Floats]]
"""From shares (…, k, k) to observed and expected disagreement (…)."""


def _cohen(shares: Floats) -> tuple[Floats, Floats]:
    rows, columns = shares.sum(axis=-1), shares.sum(axis=-2)
    return 1 - _agreed(shares), 1 - (rows * columns).sum(axis=-1)


def _scott(shares: Floats) -> tuple[Floats, Floats]:
    mean = (shares.sum(axis=-1) + shares.sum(axis=-2)) / 2
    return 1 - _agreed(shares), 1 - (mean**2).sum(axis=-1)


def _gwet(shares: Floats) -> tuple[Floats, Floats]:
    mean = (shares.sum(axis=-1) + shares.sum(axis=-2)) / 2
    return 1 - _agreed(shares), 1 - (mean * (1 - mean)).sum(axis=-1) / (shares.shape[-1] - 1)


def _weighted(power: int) -> Disagreements:
    def disagreements(shares: Floats) -> tuple[Floats, Floats]:
        grades = np.arange(shares.shape[-1], dtype=np.float64)
        distance = np.abs(grades[:, None] - grades) ** power
        chance = shares.sum(axis=-1)[..., :, None] * shares.sum(axis=-2)[..., None, :]
        return (distance * shares).sum(axis=(-2, -1)), (distance * chance).sum(axis=(-2, -1))

    return disagreements


def _corrected(
    disagreements: Disagreements, tables: Floats, interval: Interval | None, empty: str
) -> Measure:
    def coefficient(summed: Floats) -> Floats:
        observed, expected = disagreements(ratio(summed, _items(summed)[..., None, None]))
        return 1 - ratio(observed, expected)

    return from_counts(coefficient, tables, 2, interval, _items, ONE_LABEL, empty)


def _agreed(tables: Floats) -> Floats:
    return np.asarray(np.trace(tables, axis1=-2, axis2=-1))


def _items(tables: Floats) -> Floats:
    return np.asarray(tables.sum(axis=(-2, -1)))


def checked(tables: Tables) -> Floats:
    counts = np.asarray(tables, dtype=np.float64)
    if counts.ndim not in (2, 3) or counts.shape[-1] != counts.shape[-2] or counts.shape[-1] < 2:
        raise ValueError(
            f"a table is k × k, or (clusters, k, k), with k of 2 or more labels, not {counts.shape}"
        )
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError("a count is negative or not a number")
    return counts
