"""Is the judge guessing? Its labels, dealt anew to the items at random, say how well luck alone would agree.

Agreement above chance on a few items is no proof. Both sides keep how often they gave each label, so a judge
with one label for everything is found guessing too.

>>> guessing_p(np.array([[40, 10], [10, 40]])).value < 0.001, guessing_p(np.diag([9, 0])).value
(True, 1.0)
"""

import numpy as np
import scipy  # not scipy.stats, which is loaded when it is first used: it takes a second

from app.stats.agreement.bootstrap import wilson_limits
from app.stats.agreement.labels import NO_ITEMS, Tables, checked
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats, Ints

ONE_SIDED = "a side gave this label to every item or to none, so nothing can be told"

_DEALS = 10_000
_SEED = 20240


def guessing_p(tables: Tables, interval: Interval | None = None) -> Measure:
    """How often a judge that deals its labels at random agrees at least as much: one-sided permutation test of κ > 0.

    p = (1 + hits)/(1 + 10,000) over seeded tables with the same margins, in which κ depends on the diagonal
    alone; the limits say how far the deals leave it open. Items must be independent, one label a side: a
    plurality where an item has several raters. Raises ValueError for counts that are not whole. n counts items.

    >>> round(guessing_p(np.array([[5, 0], [0, 5]])).value, 3)
    0.005
    """
    table = _canonical(_summed(tables))
    n = int(table.sum())
    if n == 0:
        return Measure.missing(NO_ITEMS, 0)
    deals = scipy.stats.random_table(table.sum(axis=1), table.sum(axis=0)).rvs(
        _DEALS, random_state=np.random.default_rng(_SEED)
    )
    # The table at hand is one of the deals, so p is never 0.
    hits = 1 + int((np.trace(deals, axis1=1, axis2=2) >= np.trace(table)).sum())
    limits = None if interval is None else wilson_limits(hits, 1 + _DEALS, interval.level)
    return Measure.of(hits / (1 + _DEALS), n, limits, interval)


def guessing_by_label(tables: Tables) -> tuple[Measure, ...]:
    """For each label the exact p of `guessing_p`, that label against all others (Fisher's test, one-sided).

    Undefined for a label that the reference, or the judge, never gave or always gave. n counts items.

    >>> [round(p.value, 4) for p in guessing_by_label(np.array([[5, 0], [0, 5]]))]
    [0.004, 0.004]
    """
    table = _summed(tables)
    n = int(table.sum())
    both, reference, judge = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    p = scipy.stats.hypergeom.sf(both - 1, n, reference, judge)
    told = (reference % max(n, 1) > 0) & (judge % max(n, 1) > 0)
    return tuple(
        Measure.of(float(min(p[label], 1)), n)
        if told[label]
        else Measure.missing(ONE_SIDED if n else NO_ITEMS, n)
        for label in range(len(table))
    )


def _summed(tables: Tables) -> Ints:
    counts = checked(tables)
    table: Floats = counts if counts.ndim == 2 else counts.sum(axis=0)
    if (table % 1 != 0).any():
        raise ValueError("a test of guessing needs whole items, one label a side")
    return table.astype(np.int64)


def _canonical(table: Ints) -> Ints:
    """The same table whatever the labels are called, so that the same deals are drawn."""
    order = np.lexsort((np.diag(table), table.sum(axis=0), table.sum(axis=1)))
    return np.asarray(table[np.ix_(order, order)])
