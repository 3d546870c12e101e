"""Many raters, some of them missing: Fleiss κ, Krippendorff alpha, and the agreement of pairs on one item.

`ratings` (N, k) counts, for each of N items, how many raters gave each of the k labels; a rater rates an item
once, and who did not rate it is in no count. `pairs_within` and `pairs_between` turn them into tables by item,
which every measure of `labels` takes: the same coefficient for people against each other and for people
against a judge is what makes one the ceiling of the other.

>>> people = rated(items=np.array([0, 0, 0, 1, 1]), labels=np.array([0, 0, 1, 2, 2]), size=(2, 3))
>>> people.tolist()
[[2, 1, 0], [0, 0, 2]]
>>> pair_agreement(people).value, pair_agreement(people).n
(0.5, 4)
"""

from typing import Any, Literal

import krippendorff
import numpy as np
from numpy.typing import NDArray

from app.stats.agreement.bootstrap import from_counts, multiplicities, percentile_limits, ratio
from app.stats.agreement.labels import agreement, agreement_no_ties
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats, Ints

Ratings = NDArray[Any]
Level = Literal["nominal", "ordinal", "interval"]

NO_PAIRS = "no item has two ratings"
ONE_LABEL = "every rating is one and the same label, so agreement by chance is certain"
UNEVEN = "items have different numbers of ratings; Krippendorff's alpha allows for that"


def rated(items: Ints, labels: Ints, size: tuple[int, int]) -> Ints:
    """Count ratings, one entry each of `items` and `labels` (whole numbers from 0), to `size` (N, k).

    Raises ValueError for an item or a label outside `size`.
    """
    for column, limit in ((items, size[0]), (labels, size[1])):
        if column.size and (column.min() < 0 or column.max() >= limit):
            raise ValueError(f"an item or a label is outside 0..{limit - 1}")
    cells = np.asarray(items) * size[1] + np.asarray(labels)
    return np.bincount(cells, minlength=size[0] * size[1]).reshape(size)


def plurality(ratings: Ratings, otherwise: int) -> Ints:
    """The label with most ratings, (N,); `otherwise` where two lead, −1 where there is no rating.

    >>> plurality(np.array([[2, 1, 0], [1, 1, 0], [0, 0, 0]]), otherwise=2).tolist()
    [0, 2, -1]
    """
    counts = _checked(ratings)
    most = counts.max(axis=1)
    leaders = (counts == most[:, None]).sum(axis=1)
    label = np.where(leaders > 1, otherwise, counts.argmax(axis=1))
    return np.where(most == 0, -1, label)


def pairs_within(ratings: Ratings) -> Floats:
    """Tables (N, k, k) of the pairs of different raters of one item, each pair half in either order.

    >>> pairs_within(np.array([[2, 1]])).tolist()
    [[[1.0, 1.0], [1.0, 0.0]]]
    """
    counts = _checked(ratings)
    tables = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    tables[:, diagonal, diagonal] -= counts
    return tables / 2


def pairs_between(reference: Ratings, judges: Ratings) -> Floats:
    """Tables (N, k, k) of the pairs of one rater of the first group and one of the second, on the same items.

    Raises ValueError unless both are (N, k).

    >>> pairs_between(np.array([[2, 1]]), np.array([[0, 1]])).tolist()
    [[[0.0, 2.0], [0.0, 1.0]]]
    """
    rows, columns = _checked(reference), _checked(judges)
    if rows.shape != columns.shape:
        raise ValueError("both groups must rate the same items with the same labels")
    return rows[:, :, None] * columns[:, None, :]


def pair_agreement(ratings: Ratings, interval: Interval | None = None) -> Measure:
    """Share of the pairs of different raters on one item that give one label; n counts pairs.

    Items with many raters weigh most. Limits come from resampled items.
    """
    return agreement(pairs_within(ratings), interval)


def pair_agreement_no_ties(ratings: Ratings, interval: Interval | None = None) -> Measure:
    """The same among pairs where neither ties: labels 0 and 1 are A and B, what follows are ties. n counts these pairs.

    >>> measure = pair_agreement_no_ties(np.array([[2, 1, 5]]))
    >>> round(measure.value, 4), measure.n
    (0.3333, 3)
    """
    return agreement_no_ties(pairs_within(ratings), interval)


def fleiss_kappa(ratings: Ratings, interval: Interval | None = None) -> Measure:
    """Fleiss' κ (1971): (P̄ − P_e)/(1 − P_e) with P_e = Σ_j p_j²; n counts items.

    P̄ is the mean over items of the share of agreeing pairs, Σ_j n_ij(n_ij − 1)/(r(r − 1)). Every item needs
    the same r ≥ 2 ratings; items without any are left out. Limits come from resampled items.

    >>> round(fleiss_kappa(np.array([[2, 1, 0], [3, 0, 0], [0, 3, 0], [1, 1, 1], [0, 2, 1]])).value, 6)
    0.227941
    """
    counts = _checked(ratings)
    counts = counts[counts.sum(axis=1) > 0]
    raters = counts.sum(axis=1)
    if (raters != raters[:1]).any():
        return Measure.missing(UNEVEN, len(counts))
    if raters.size == 0 or raters[0] < 2:
        return Measure.missing(NO_PAIRS, 0)
    each = float(raters[0])

    def kappa(sums: Floats) -> Floats:
        agreed = ratio(sums[..., 0], _items(sums) * each * (each - 1))
        shares = ratio(sums[..., 1:], sums[..., 1:].sum(axis=-1, keepdims=True))
        return 1 - ratio(1 - agreed, 1 - (shares**2).sum(axis=-1))

    def _items(sums: Floats) -> Floats:
        return np.asarray(sums[..., 1:].sum(axis=-1) / each)

    by_item = np.column_stack([(counts * (counts - 1)).sum(axis=1), counts])
    return from_counts(kappa, by_item, 1, interval, _items, ONE_LABEL)


def krippendorff_alpha(ratings: Ratings, interval: Interval | None = None) -> Measure:
    """Krippendorff's alpha = 1 − D_o/D_e (2011) for labels without an order; n counts items with two ratings.

    Takes any number of ratings an item; an item with fewer than two says nothing. Limits come from resampled
    items.

    >>> round(krippendorff_alpha(np.array([[2, 1, 0], [3, 0, 0], [0, 3, 0], [1, 1, 1], [0, 2, 1]])).value, 6)
    0.279412
    """
    return _alpha(ratings, "nominal", interval)


def krippendorff_alpha_ordinal(ratings: Ratings, interval: Interval | None = None) -> Measure:
    """`krippendorff_alpha` of grades in their order: disagreement is the number of ratings from one grade to the
    other, each end half, squared. n counts items with two ratings.

    >>> krippendorff_alpha_ordinal(np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2]])).value
    1.0
    """
    return _alpha(ratings, "ordinal", interval)


def krippendorff_alpha_interval(ratings: Ratings, interval: Interval | None = None) -> Measure:
    """`krippendorff_alpha` of grades at equal distances: disagreement is (i − j)². n counts items with two ratings.

    >>> krippendorff_alpha_interval(np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2]])).value
    1.0
    """
    return _alpha(ratings, "interval", interval)


def _alpha(ratings: Ratings, level: Level, interval: Interval | None) -> Measure:
    counts = _checked(ratings)
    counts = counts[counts.sum(axis=1) >= 2]
    if not len(counts):
        return Measure.missing(NO_PAIRS, 0)
    value = _alpha_of(counts, level)
    if np.isnan(value):
        return Measure.missing(ONE_LABEL, len(counts))
    if interval is None or len(counts) < 2:
        return Measure.of(value, len(counts), None, interval)
    # The library takes items, not sums over them: about half a millisecond a draw.
    drawn = multiplicities(len(counts), interval)
    values = np.array([_alpha_of(np.repeat(counts, times, axis=0), level) for times in drawn])
    return Measure.of(value, len(counts), percentile_limits(values, interval.level), interval)


def _alpha_of(counts: Floats, level: Level) -> float:
    """NaN where all ratings are one label, which the library divides by zero."""
    if np.count_nonzero(counts.any(axis=0)) < 2:
        return float("nan")
    return krippendorff.alpha(value_counts=counts, level_of_measurement=level)


def _checked(ratings: Ratings) -> Floats:
    counts = np.asarray(ratings, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[1] < 2:
        raise ValueError(f"ratings are (items, labels) with 2 or more labels, not {counts.shape}")
    if not np.isfinite(counts).all() or (counts < 0).any() or (counts % 1 != 0).any():
        raise ValueError("a count is negative or not a whole number")
    return counts
