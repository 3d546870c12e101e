"""Several judges as one: majority, mean, weighted by how well each agrees, and whether they err alike.

Labels (N, J) of N items by J judges, −1 where one gave none. A panel is worth more than its best member only as far
as its members err on different items: read `error_correlations` first.

>>> labels = np.array([[0, 0, 1], [1, 2, 2], [0, 1, 2], [1, -1, -1]])
>>> majority(labels, 3, otherwise=2).tolist(), mean_label(labels).tolist()
([0, 2, 2, 1], [0, 1, 2, 1])
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.stats.agreement.bootstrap import from_counts, ratio
from app.stats.agreement.labels import cohen_kappa, crossed, phi
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats, Ints

NO_ITEMS = "no item has a label from both sides"
NO_ERRORS = "one of the judges is right on every item, or on none"

_WORTH = np.array([1.0, -1.0])  # A and B; every tie is 0
_NEAR = 1e-9
_ROUNDS = 1000


def majority(labels: Ints, size: int, otherwise: int, weights: Floats | None = None) -> Ints:
    """The label with most weight (N,); `otherwise` where two lead, −1 where no judge said anything.

    `weights` (J,) ≥ 0, one each unless given. Raises ValueError for labels outside 0..size−1 or other weights.

    >>> majority(np.array([[0, 1, 1]]), 3, otherwise=2, weights=np.array([0.6, 0.2, 0.2])).tolist()
    [0]
    """
    known, worth = _checked(labels, size), _weights(labels, weights)
    votes = (worth[:, None] * (known[:, :, None] == np.arange(size))).sum(axis=1)
    most = votes.max(axis=1, keepdims=True)
    leaders = (votes >= most - _NEAR).sum(axis=1)
    return np.where(most[:, 0] == 0, -1, np.where(leaders > 1, otherwise, votes.argmax(axis=1)))


def mean_label(labels: Ints, weights: Floats | None = None, margin: float = 0.0, tie: int = 2) -> Ints:
    """A or B, whichever side the weighted mean favours by more than `margin`, else `tie`: A is 1, B −1, ties 0.

    Unlike a majority it counts a tie as half a vote for either side. −1 where no judge said anything.
    """
    known, worth = _checked(labels, None), _weights(labels, weights)
    said = known >= 0
    value = np.where(known < len(_WORTH), _WORTH[np.clip(known, 0, 1)], 0.0)
    mean = ratio((worth * said * value).sum(axis=1), (worth * said).sum(axis=1))
    label = np.select([mean > margin + _NEAR, mean < -margin - _NEAR], [0, 1], tie)
    return np.where(np.isnan(mean), -1, label)


def agreement_weights(labels: Ints, reference: Ints, size: int) -> Floats:
    """Weights (J,) that add up to 1: each judge's Cohen κ with the reference, 0 below 0; equal where none is above.

    Take them from other items than those that the panel then labels, else it is flattered.
    """
    known = _checked(labels, size)
    kappas = [cohen_kappa(crossed(reference, known[:, judge], size)).value for judge in range(known.shape[1])]
    worth = np.maximum([kappa or 0.0 for kappa in kappas], 0)
    return np.asarray(worth / worth.sum()) if worth.sum() > 0 else np.full(len(worth), 1 / len(worth))


def peer_weights(win_rates: Floats) -> Floats:
    """Weights (J,) of judges that are contestants too: as good as the others, so weighted, find them (PRD, Li et al.
    2023). `win_rates[j, m]` is the win rate of m with judge j, above 0 for some other judge.

    w ← wᵀW, divided by its sum, until it stays. Raises ArithmeticError where it does not.

    >>> peer_weights(np.array([[0.9, 0.1], [0.7, 0.3]])).round(4).tolist()
    [0.875, 0.125]
    """
    rates = np.asarray(win_rates, dtype=np.float64)
    if rates.ndim != 2 or rates.shape[0] != rates.shape[1] or not (rates >= 0).all():
        raise ValueError("win rates are of judges by the same judges, and not negative")
    worth = np.full(len(rates), 1 / len(rates))
    for _ in range(_ROUNDS):
        newer = worth @ rates
        if newer.sum() <= 0:
            break
        newer = newer / newer.sum()
        if np.abs(newer - worth).max() < _NEAR:
            return np.asarray(newer)
        worth = newer
    raise ArithmeticError("the weights of the judges do not settle")


@dataclass(frozen=True, slots=True)
class JudgePair:
    """Two judges by position, and φ of their errors on the items that both labelled."""

    first: int
    second: int
    correlation: Measure


def error_correlations(
    labels: Ints, reference: Ints, interval: Interval | None = None
) -> tuple[JudgePair, ...]:
    """For each pair of judges the correlation of being wrong; see `error_correlation`."""
    known = _checked(labels, None)
    wrong = np.where((known < 0) | (reference[:, None] < 0), -1, known != reference[:, None])
    return tuple(
        JudgePair(i, j, error_correlation(crossed(wrong[:, i], wrong[:, j], 2), interval))
        for i, j in combinations(range(known.shape[1]), 2)
    )


def error_correlation(tables: NDArray[Any], interval: Interval | None = None) -> Measure:
    """φ of two judges' errors from counts (2, 2) or (C, 2, 2) of items, right then wrong, first judge by second.

    0: they err independently, so that a panel helps; 1: on the same items, so that they count as one. n counts items.

    >>> round(error_correlation(np.array([[60, 10], [10, 20]])).value, 4)
    0.5238
    """
    counts = np.asarray(tables, dtype=np.float64)
    if counts.ndim not in (2, 3) or counts.shape[-2:] != (2, 2) or not (counts >= 0).all():
        raise ValueError("errors are counted right and wrong by right and wrong")

    return from_counts(phi, counts, 2, interval, lambda table: table.sum(axis=(-2, -1)), NO_ERRORS, NO_ITEMS)


def _checked(labels: Ints, size: int | None) -> Ints:
    known = np.asarray(labels)
    if known.ndim != 2 or known.dtype.kind not in "iu" or (known.size and known.min() < -1):
        raise ValueError("labels are whole numbers by item and judge, -1 for a missing one")
    if size is not None and known.size and known.max() >= size:
        raise ValueError(f"a label is outside 0..{size - 1}; -1 is for a missing one")
    return known


def _weights(labels: Ints, weights: Floats | None) -> Floats:
    judges = np.asarray(labels).shape[1]
    worth = np.ones(judges) if weights is None else np.asarray(weights, dtype=np.float64)
    if worth.shape != (judges,) or not (np.isfinite(worth) & (worth >= 0)).all():
        raise ValueError(f"{judges} judges have as many weights of 0 or more")
    return worth
