"""Limits of a statistic: by resampling what is independent, or in closed form for a plain share.

What is resampled are clusters: prompts or raters, never the single votes that share one, which move together
and would make every interval too narrow (Efron and Tibshirani 1993). A statistic that sees only sums over the
clusters costs one matrix product for all draws together; for any other, `multiplicities` says how often each
cluster was drawn.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from app.stats.agreement.measure import Interval, Limits, Measure
from app.stats.tally import Floats, Ints

Statistic = Callable[[Floats], Floats]
"""From counts (…, one cell shape) to values (…), NaN where it is not defined."""

_BLOCK = 2**21  # drawn clusters held at once


def multiplicities(clusters: int, interval: Interval) -> Ints:
    """How often each cluster is in each resample, (draws, clusters): rows add up to `clusters`.

    >>> multiplicities(3, Interval(draws=2, seed=1)).sum(axis=1).tolist()
    [3, 3]
    """
    generator = np.random.default_rng(interval.seed)
    return _drawn(clusters, interval.draws, generator)


def resampled_sums(counts: Floats, interval: Interval) -> Floats:
    """Sums over resampled clusters: (C, …) counts become (draws, …) sums.

    >>> resampled_sums(np.array([[1.0, 0.0], [1.0, 2.0]]), Interval(draws=3, seed=1)).tolist()
    [[2.0, 2.0], [2.0, 4.0], [2.0, 0.0]]
    """
    clusters = len(counts)
    flat = counts.reshape(clusters, -1)
    sums = np.empty((interval.draws, flat.shape[1]))
    generator = np.random.default_rng(interval.seed)
    step = max(1, _BLOCK // max(clusters, 1))
    for start in range(0, interval.draws, step):
        rows = min(step, interval.draws - start)
        sums[start : start + rows] = _drawn(clusters, rows, generator) @ flat
    return sums.reshape(interval.draws, *counts.shape[1:])


def resampled_items(counts: Floats, interval: Interval) -> Floats:
    """Resamples of counts whose items are independent: (draws, *shape), each with as many items.

    >>> resampled_items(np.array([[2.0, 0.0], [0.0, 2.0]]), Interval(draws=2, seed=0)).tolist()
    [[[2.0, 0.0], [0.0, 2.0]], [[1.0, 0.0], [0.0, 3.0]]]
    """
    total = counts.sum()
    generator = np.random.default_rng(interval.seed)
    drawn = generator.multinomial(round(total), counts.ravel() / total, interval.draws)
    return drawn.reshape(interval.draws, *counts.shape).astype(np.float64)


def percentile_limits(values: Floats, level: float) -> Limits | None:
    """The percentiles (1 ± level)/2 of the draws where the statistic is defined.

    None when it is undefined on more than a share (1 − level)/2 of them: these could be a whole tail.

    >>> percentile_limits(np.arange(101.0), level=0.5)
    (25.0, 75.0)
    >>> percentile_limits(np.array([0.1, np.nan, 0.3]), level=0.9) is None
    True
    """
    defined = values[~np.isnan(values)]
    tail = (1 - level) / 2
    if not defined.size or (values.size - defined.size) > tail * values.size:
        return None
    lower, upper = np.quantile(defined, [tail, 1 - tail])
    return float(lower), float(upper)


def wilson_limits(hits: float, n: float, level: float) -> Limits:
    """The score interval of a share hits/n of n > 0 independent items (Wilson 1927).

    Unlike a bootstrap it does not shrink to a point when every item, or none, is a hit.

    >>> [round(limit, 4) for limit in wilson_limits(10, 10, level=0.95)]
    [0.7225, 1.0]
    """
    z = float(ndtri((1 + level) / 2))
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    margin = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, float(middle - margin)), min(1.0, float(middle + margin))


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Elementwise quotient, NaN where the denominator is 0."""
    undefined = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    divided: Floats = np.divide(numerator, denominator, out=undefined, where=np.asarray(denominator) != 0)
    return divided


def from_counts(
    statistic: Statistic,
    counts: Floats,
    axes: int,
    interval: Interval | None,
    size: Statistic,
    undefined: str,
    empty: str = "no items",
) -> Measure:
    """The statistic of the summed counts, with limits when asked for.

    `counts` hold the last `axes` axes of one cell shape. With one axis more, they are counts by cluster and
    the clusters are resampled; without, each item is its own cluster. `size` gives n from summed counts; n = 0 is
    undefined because of `empty`, a NaN of the statistic because of `undefined`. Fewer than two clusters
    give no limits.
    """
    total = counts if counts.ndim == axes else counts.sum(axis=0)
    n = round(float(size(total)))
    if n == 0:
        return Measure.missing(empty, 0)
    value = float(statistic(total))
    if np.isnan(value):
        return Measure.missing(undefined, n)
    if interval is None:
        return Measure.of(value, n)
    return Measure.of(value, n, _limits(statistic, counts, axes, interval), interval)


def share(
    hits: Statistic, size: Statistic, counts: Floats, axes: int, interval: Interval | None, empty: str
) -> Measure:
    """hits/size of summed counts: `from_counts`, except that independent items have Wilson's limits."""

    def quotient(summed: Floats) -> Floats:
        return ratio(hits(summed), size(summed))

    plain = from_counts(quotient, counts, axes, None if counts.ndim == axes else interval, size, empty, empty)
    if interval is None or plain.value is None or counts.ndim > axes:
        return plain
    limits = wilson_limits(float(hits(counts)), float(size(counts)), interval.level)
    return Measure.of(plain.value, plain.n, limits, interval)


def _limits(statistic: Statistic, counts: Floats, axes: int, interval: Interval) -> Limits | None:
    if counts.ndim == axes:
        return percentile_limits(statistic(resampled_items(counts, interval)), interval.level)
    if len(counts) < 2:
        return None
    return percentile_limits(statistic(resampled_sums(counts, interval)), interval.level)


def _drawn(clusters: int, draws: int, generator: np.random.Generator) -> Ints:
    chosen = generator.integers(0, max(clusters, 1), (draws, clusters))
    cells = chosen + np.arange(draws)[:, None] * clusters
    return np.bincount(cells.ravel(), minlength=draws * clusters).reshape(draws, clusters)
