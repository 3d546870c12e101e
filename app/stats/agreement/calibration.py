"""Does a judge know when it is right? Stated probabilities against what happened.

>>> sure = Forecasts(np.array([0.9, 0.9, 0.6, 0.6]), np.array([1, 1, 1, 0]))
>>> round(brier(sure).value, 4), round(ece(sure).value, 4)
(0.135, 0.1)
>>> [(row.threshold, row.n, row.coverage, row.accuracy.value) for row in accuracy_coverage(sure, (0.5, 0.8))]
[(0.5, 4, 1.0, 0.75), (0.8, 2, 0.5, 1.0)]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy  # not scipy.stats, which is loaded when it is first used: it takes a second
from numpy.typing import NDArray

from app.stats.agreement.bootstrap import multiplicities, percentile_limits, wilson_limits
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats, Ints

BINS = 10
NO_FORECASTS = "no forecasts"
ONE_OUTCOME = "every outcome is the same, so none can be told from the other"
NONE_THAT_SURE = "no forecast is that sure"


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """Stated probabilities (N,) of events, and whether they happened, 1 or 0.

    `cluster` (N,) numbers the prompts or raters that forecasts share, which are resampled for limits; without it
    each forecast stands alone. Raises ValueError for what is no probability or no outcome.
    """

    probability: Floats
    happened: Ints
    cluster: Ints | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "probability", np.asarray(self.probability, dtype=np.float64))
        object.__setattr__(self, "happened", np.asarray(self.happened))
        columns = [self.probability, self.happened] + ([] if self.cluster is None else [self.cluster])
        if any(column.shape != self.probability.shape for column in columns) or self.probability.ndim != 1:
            raise ValueError("probabilities, outcomes and clusters must be columns of one length")
        if not ((self.probability >= 0) & (self.probability <= 1)).all():
            raise ValueError("a probability is outside 0..1")
        if not np.isin(self.happened, (0, 1)).all():
            raise ValueError("an outcome is neither 0 nor 1")

    @property
    def n(self) -> int:
        return len(self.probability)


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts with lower ≤ probability < upper; the last bin takes 1 too.

    `confidence` and `accuracy` are means, or None in an empty bin.
    """

    lower: float
    upper: float
    n: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of all forecasts, the share `coverage` (n of them) is at least as sure as `threshold`; so many are right."""

    threshold: float
    n: int
    coverage: float
    accuracy: Measure


def brier(forecasts: Forecasts, interval: Interval | None = None) -> Measure:
    """Mean (p − y)² (Brier 1950): 0 is best, .25 is what always saying ½ gives. n counts forecasts.

    >>> brier(Forecasts(np.array([1.0, 0.5]), np.array([1, 0]))).value
    0.125
    """
    return _measured(_brier, forecasts, interval, NO_FORECASTS)


def ece(forecasts: Forecasts, interval: Interval | None = None, bins: int = BINS) -> Measure:
    """Expected calibration error Σ_b n_b/n·|mean p − mean y| over equal bins (Naeini et al. 2015). n counts forecasts.

    Never quote it without its bins: other bins, another number. Chance alone keeps it above 0.

    >>> ece(Forecasts(np.array([0.75, 0.75]), np.array([1, 0]))).value
    0.25
    """
    if bins < 1:
        raise ValueError(f"bins is {bins}; it must be 1 or more")
    return _measured(partial(_ece, bins), forecasts, interval, NO_FORECASTS)


def auc(forecasts: Forecasts, interval: Interval | None = None) -> Measure:
    """Chance that an event that happened was given more than one that did not, ties half. n counts forecasts.

    .5 says that the probabilities tell nothing apart, whatever their level.

    >>> auc(Forecasts(np.array([0.9, 0.6, 0.7]), np.array([1, 0, 0]))).value
    1.0
    """
    return _measured(_auc, forecasts, interval, ONE_OUTCOME)


def reliability(forecasts: Forecasts, bins: int = BINS) -> tuple[Bin, ...]:
    """The bins that `ece` sums over, empty ones too.

    >>> reliability(Forecasts(np.array([0.5, 0.75]), np.array([0, 1])), bins=2)[1]
    Bin(lower=0.5, upper=1.0, n=2, confidence=0.625, accuracy=0.5)
    """
    member = _bin_of(forecasts.probability, bins)
    rows = []
    for number in range(bins):
        inside = member == number
        n = int(inside.sum())
        confidence = float(forecasts.probability[inside].mean()) if n else None
        accuracy = float(forecasts.happened[inside].mean()) if n else None
        rows.append(Bin(number / bins, (number + 1) / bins, n, confidence, accuracy))
    return tuple(rows)


def accuracy_coverage(
    forecasts: Forecasts, thresholds: Sequence[float], interval: Interval | None = None
) -> tuple[Coverage, ...]:
    """For each threshold, how many forecasts are at least so sure and how many of those are right.

    The event of each forecast is that the judge is right, its probability what the judge says of that. No
    accuracy without its coverage: the same threshold can keep all of one judge and nothing of another.
    """
    rows = []
    for threshold in thresholds:
        kept = forecasts.probability >= threshold
        n = int(kept.sum())
        coverage = n / forecasts.n if forecasts.n else 0.0
        rows.append(Coverage(threshold, n, coverage, _accuracy(forecasts, kept, interval)))
    return tuple(rows)


def multiclass_brier(probability: Floats, label: Ints) -> Measure:
    """Mean Σ_k (p_k − 1[label = k])² over (N, k) probabilities: for A, B and tie together; from 0 to 2. n counts rows.

    With two labels it is twice `brier`. Raises ValueError for rows that do not add up to 1, or no such label.

    >>> round(multiclass_brier(np.array([[0.7, 0.2, 0.1]]), np.array([0])).value, 4)
    0.14
    """
    rows, labels = np.asarray(probability, dtype=np.float64), np.asarray(label)
    if rows.ndim != 2 or labels.shape != rows.shape[:1]:
        raise ValueError("probabilities are (rows, labels), with one label for each row")
    if not (np.isfinite(rows).all() and (rows >= 0).all() and np.allclose(rows.sum(axis=1), 1)):
        raise ValueError("a row of probabilities does not add up to 1")
    if labels.size and (labels.min() < 0 or labels.max() >= rows.shape[1]):
        raise ValueError(f"a label is outside 0..{rows.shape[1] - 1}")
    if not len(rows):
        return Measure.missing(NO_FORECASTS, 0)
    truth = labels[:, None] == np.arange(rows.shape[1])
    return Measure.of(float(np.square(rows - truth).sum(axis=1).mean()), len(rows))


Score = Callable[[Floats, Ints], float]
"""From probabilities and outcomes (N,), N ≥ 1, to a number, NaN where it is not defined."""


def _measured(score: Score, forecasts: Forecasts, interval: Interval | None, undefined: str) -> Measure:
    if not forecasts.n:
        return Measure.missing(NO_FORECASTS, 0)
    value = score(forecasts.probability, forecasts.happened)
    if np.isnan(value):
        return Measure.missing(undefined, forecasts.n)
    if interval is None:
        return Measure.of(value, forecasts.n)
    cluster = np.arange(forecasts.n) if forecasts.cluster is None else forecasts.cluster
    names, member = np.unique(cluster, return_inverse=True)
    if len(names) < 2:
        return Measure.of(value, forecasts.n, None, interval)
    values = []
    for times in multiplicities(len(names), interval):
        rows = np.repeat(np.arange(forecasts.n), times[member])
        values.append(score(forecasts.probability[rows], forecasts.happened[rows]))
    return Measure.of(value, forecasts.n, percentile_limits(np.array(values), interval.level), interval)


def _accuracy(forecasts: Forecasts, kept: NDArray[np.bool_], interval: Interval | None) -> Measure:
    n = int(kept.sum())
    if not n:
        return Measure.missing(NONE_THAT_SURE, 0)
    if forecasts.cluster is None:
        right = int(forecasts.happened[kept].sum())
        limits = None if interval is None else wilson_limits(right, n, interval.level)
        return Measure.of(right / n, n, limits, interval)
    part = Forecasts(forecasts.probability[kept], forecasts.happened[kept], forecasts.cluster[kept])
    return _measured(lambda _, happened: float(happened.mean()), part, interval, NONE_THAT_SURE)


def _brier(probability: Floats, happened: Ints) -> float:
    return float(np.square(probability - happened).mean())


def _ece(bins: int, probability: Floats, happened: Ints) -> float:
    gaps = np.bincount(_bin_of(probability, bins), weights=probability - happened, minlength=bins)
    return float(np.abs(gaps).sum() / len(probability))


def _auc(probability: Floats, happened: Ints) -> float:
    events = int(happened.sum())
    others = len(happened) - events
    if not events or not others:
        return float("nan")
    above = scipy.stats.rankdata(probability)[happened == 1].sum() - events * (events + 1) / 2
    return float(above / (events * others))


def _bin_of(probability: Floats, bins: int) -> Ints:
    """Equal bins, closed below. k/bins is the float that prints so, which k·(1/bins) is not: .7 is in [.7, .8)."""
    edges = np.arange(1, bins) / bins
    return np.searchsorted(edges, probability, side="right")
