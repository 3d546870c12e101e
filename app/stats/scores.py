"""What single readings come to for one model: sums over counts, with limits from resampled prompts.

Readings of one prompt move together, so the prompts are resampled and not the readings (Efron and Tibshirani 1993).
Every figure and every judge sees the same resamples, so that figures of several judges can be mixed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.stats.agreement.bootstrap import percentile_limits, ratio
from app.stats.agreement.measure import Interval, Measure
from app.stats.pools import mixed as mixed_by_share
from app.stats.tally import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A figure of `n` readings on so many prompts, NaN where it is not defined, and its values on the resamples."""

    value: float
    draws: Floats
    n: int
    prompts: int

    def measure(self, interval: Interval, undefined: str) -> Measure:
        """With percentile limits; without them on a single prompt, where nothing can be resampled."""
        if np.isnan(self.value):
            return Measure.missing(undefined, self.n)
        limits = percentile_limits(self.draws, interval.level) if self.prompts > 1 else None
        return Measure.of(self.value, self.n, limits, interval)


def estimate(sums: Floats, counts: Floats, prompt: Ints, times: Ints) -> Estimate:
    """Σ sums / Σ counts over the readings (N,) on `prompt` (N,), each prompt drawn as often as `times` (draws, C) says.

    A reading with a count of 0 says nothing of this figure.

    >>> times = np.array([[2, 0], [1, 1]])
    >>> found = estimate(np.array([1.0, 2.0, 0.0]), np.array([1.0, 3.0, 0.0]), np.array([0, 1, 1]), times)
    >>> found.value, found.draws.tolist(), found.n
    (0.75, [1.0, 0.75], 2)
    """
    told = counts > 0
    columns = [np.bincount(prompt, each * told, times.shape[1]) for each in (sums, counts)]
    by_prompt = np.stack(columns, axis=1).astype(np.float64)
    total, drawn = by_prompt.sum(axis=0), times @ by_prompt
    value = float(ratio(total[0], total[1]))
    return Estimate(value, ratio(drawn[:, 0], drawn[:, 1]), int(told.sum()), len(np.unique(prompt[told])))


def mixed(estimates: Sequence[Estimate], shares: Sequence[float]) -> Estimate:
    """The mean of several judges' figures, weighted by their shares: Σ_p w_p·score_p (IQA-EVAL, Li et al. 2024). Not
    defined where one of them is not. Raises UnusableValue for shares that do not add up to 1.

    >>> nothing = np.zeros(0)
    >>> judges = [Estimate(score, nothing, 1, 1) for score in (4.0, 3.0, 5.0, 2.0)]
    >>> round(mixed(judges, [0.4, 0.3, 0.2, 0.1]).value, 4)
    3.7
    """
    values = mixed_by_share(np.array([each.value for each in estimates]), shares)
    draws = mixed_by_share(np.stack([each.draws for each in estimates]), shares)
    return Estimate(
        float(values), draws, sum(each.n for each in estimates), min(each.prompts for each in estimates)
    )
