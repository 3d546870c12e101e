"""A mean from few labels of people and many of a judge: prediction-powered inference."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from app.stats.tally import Floats


@dataclass(frozen=True, slots=True)
class PoweredMean:
    """`value` ± z·`error` between `lower` and `upper`. `lam` is λ, how far the judge was made use of;
    `effective_n` says how many people's labels alone would have the same error, None where both errors are 0.
    """

    value: float
    error: float
    lower: float
    upper: float
    lam: float
    effective_n: float | None


def powered_mean(
    human: Floats, judge: Floats, judge_only: Floats, lam: float | None = None, level: float = 0.95
) -> PoweredMean:
    """θ = λ·mean(f̃) + mean(Y − λf) with variance λ²var(f̃)/N + var(Y − λf)/n, all variances of populations.

    Y (n,) are people's labels and f (n,) the judge's of the same items, f̃ (N,) the judge's of others from the same
    distribution. `lam` is λ; None tunes it to the smallest variance, λ = cov(Y, f)/((1 + n/N)·var(f, f̃)) within
    0..1, the covariance over n and the variance of all f and f̃ together over n + N − 1, as ppi_py does. 0 is people
    only, 1 the first form of prediction-powered inference, which can be worse than people only (Angelopoulos, Duchi &
    Zrnic 2023, "PPI++"). Without other items λ is 0. Raises ValueError for no labels of people, or another number of
    the judge's.

    >>> found = powered_mean(np.array([1.0, 0, 1, 1]), np.array([0.9, 0.2, 0.8, 0.6]), np.array([0.4, 0.7]), lam=0)
    >>> found.value, round(found.error, 4), found.effective_n
    (0.75, 0.2165, 4.0)
    """
    if not len(human) or human.shape != judge.shape:
        raise ValueError(f"{len(human)} labels of people and {len(judge)} of the judge on the same items")
    if not len(judge_only):
        lam = 0.0
    elif lam is None:
        lam = _tuned(human, judge, judge_only)
    value = float((human - lam * judge).mean() + (lam * judge_only.mean() if lam else 0))
    variance = float((human - lam * judge).var() / len(human))
    variance += float(lam**2 * judge_only.var() / len(judge_only)) if lam else 0
    margin = float(ndtri((1 + level) / 2)) * variance**0.5
    alone = float(human.var())
    effective = alone / variance if variance else None
    return PoweredMean(value, variance**0.5, value - margin, value + margin, lam, effective)


def _tuned(human: Floats, judge: Floats, judge_only: Floats) -> float:
    pooled = np.concatenate([judge, judge_only]).var(ddof=1)
    if not pooled:
        return 0.0
    together = float(((human - human.mean()) * (judge - judge.mean())).mean())
    return float(np.clip(together / ((1 + len(human) / len(judge_only)) * pooled), 0, 1))
