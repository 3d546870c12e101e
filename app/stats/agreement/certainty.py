"""What two boards are sure of: which models they tell apart, and how firmly.

Rank coefficients treat a lead of one vote like a lead of a hundred. These measures use limits of the ratings
(`Bounds`), resampled ratings (`Boards`), or the single comparisons (`Preferences`) instead.

>>> lower, upper = np.array([1100.0, 1090, 1095, 1000]), np.array([1120.0, 1105, 1101, 1010])
>>> separability(Bounds(lower, upper, lower, upper)).value
0.5
"""

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np

from app.stats.agreement.measure import Interval, Measure
from app.stats.agreement.ranks import FEW_MODELS, Boards
from app.stats.tally import Floats

NOTHING_SEPARATED = "the reference board tells no two models apart"
NO_RESAMPLES = "needs the judge's board fitted on resampled votes"
NO_PAIRS = "no pair of models was compared on both sides"

_EXACT_ITEMS = 12  # 4,096 ways to flip signs
_FLIPS = 1000
_SEED = 20240
_NEAR = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Limits (M,) of the ratings of the same models on two boards; an open one is infinite.

    Raises ValueError for limits that do not match, are NaN or stand the wrong way round.
    """

    reference_lower: Floats
    reference_upper: Floats
    judge_lower: Floats
    judge_upper: Floats

    def __post_init__(self) -> None:
        for name in ("reference_lower", "reference_upper", "judge_lower", "judge_upper"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        for lower, upper in (self._reference(), self._judge()):
            if not lower.shape == upper.shape == self.reference_lower.shape or lower.ndim != 1:
                raise ValueError("the boards must rate the same models")
            if not (lower <= upper).all():
                raise ValueError("a limit is NaN, or a lower one above its upper")

    @property
    def models(self) -> int:
        return len(self.reference_lower)

    def apart(self) -> tuple[Floats, Floats]:
        """For each pair of models, on either board: 1 the first above the second, −1 below, 0 they overlap."""
        upper = np.triu_indices(self.models, 1)
        first, second = (_above(*limits)[upper] for limits in (self._reference(), self._judge()))
        return first, second

    def _reference(self) -> tuple[Floats, Floats]:
        return self.reference_lower, self.reference_upper

    def _judge(self) -> tuple[Floats, Floats]:
        return self.judge_lower, self.judge_upper


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """How much better the first model of each pair did on each item, (P, N) for either side; NaN where not compared.

    The two sides may have different items. A vote counts 1, −1, or 0 for a tie; scores count their difference.
    Raises ValueError for infinite differences or other numbers of pairs.
    """

    reference: Floats
    judge: Floats

    def __post_init__(self) -> None:
        for name in ("reference", "judge"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        if self.reference.ndim != 2 or self.judge.ndim != 2 or len(self.reference) != len(self.judge):
            raise ValueError("both sides must be (pairs, items) with the same pairs")
        if np.isinf(self.reference).any() or np.isinf(self.judge).any():
            raise ValueError("a difference is infinite")

    @classmethod
    def of_scores(cls, reference: Floats, judge: Floats) -> Self:
        """The pairs i < j of the models of scores (M, N), in that order; NaN where a model has no score."""
        first, second = np.triu_indices(len(reference), 1)
        scores = np.asarray(reference, dtype=np.float64), np.asarray(judge, dtype=np.float64)
        return cls(*(side[first] - side[second] for side in scores))


def separability(bounds: Bounds, interval: Interval | None = None) -> Measure:
    """Share of pairs of models whose limits do not overlap on the judge's board (Li et al. 2024). n counts pairs.

    What it claims holds for one pair at a time: on a large board of equal models some pairs separate by luck.
    It has no limits.
    """
    judged = bounds.apart()[1]
    if not judged.size:
        return Measure.missing(FEW_MODELS, 0)
    return Measure.of(float(np.abs(judged).mean()), judged.size, None, interval)


def agreement_with_confidence(bounds: Bounds, interval: Interval | None = None) -> Measure:
    """Over the pairs that the reference tells apart, 1 where the judge does too and alike, −1 where it
    contradicts, 0 where it tells nothing apart; the mean (Li et al. 2024). n counts these pairs. It has no limits.

    >>> human = np.array([3.0, 2, 1]) - 0.1, np.array([3.0, 2, 1]) + 0.1
    >>> judge = np.array([3.0, 1, 2]) - 0.1, np.array([3.0, 1, 2]) + 0.1
    >>> round(agreement_with_confidence(Bounds(*human, *judge)).value, 4)
    0.3333
    """
    if bounds.models < 2:
        return Measure.missing(FEW_MODELS, 0)
    reference, judge = bounds.apart()
    told = reference != 0
    if not told.any():
        return Measure.missing(NOTHING_SEPARATED, 0)
    return Measure.of(float((reference * judge)[told].mean()), int(told.sum()), None, interval)


def pair_rank_brier(boards: Boards, interval: Interval | None = None) -> Measure:
    """Mean of (P̂(a above b) − 1[the reference puts a above b])², P̂ the share of the judge's resampled boards, ties
    half (Li et al. 2024): 0 is best, .25 is what certainty of nothing gives. n counts pairs untied on the
    reference board. It has no limits.

    >>> boards = Boards(np.array([2.0, 1]), np.array([2.0, 1]), None, np.array([[2.0, 1], [1, 2]]))
    >>> pair_rank_brier(boards).value
    0.25
    """
    if boards.models < 2:
        return Measure.missing(FEW_MODELS, 0)
    if boards.judge_draws is None:
        return Measure.missing(NO_RESAMPLES, 0)
    first, second = np.triu_indices(boards.models, 1)
    order = np.sign(boards.reference[first] - boards.reference[second])
    told = order != 0
    if not told.any():
        return Measure.missing(NOTHING_SEPARATED, 0)
    signs = np.sign(boards.judge_draws[:, first[told]] - boards.judge_draws[:, second[told]])
    chance = (1 + signs.mean(axis=0)) / 2
    error = float(np.square(chance - (order[told] > 0)).mean())
    return Measure.of(error, int(told.sum()), None, interval)


def soft_pairwise_accuracy(preferences: Preferences, interval: Interval | None = None) -> Measure:
    """1 − mean |p − p'| over pairs of models, p how likely chance alone makes the first at least so much better
    on each side (Thompson et al. 2024). n counts pairs compared on both sides. It has no limits.

    p is one-sided, from flipping the sign of each item's difference: all ways up to 12 items, else 1,000 seeded
    ones. A judge loses little for a pair on which people are unsure, and much for being sure of the opposite.

    >>> people = np.array([[0.8, 0.9, 0.7, 1, 0.6], [0.2, 0.3, 0.1, 0.4, 0], [0.7, 0.95, 0.6, 0.9, 0.65]])
    >>> judge = np.array([[3, 3, 2, 4, 3], [1, 2, 1, 2, 1], [4, 3, 3, 3, 3]])
    >>> soft_pairwise_accuracy(Preferences.of_scores(people, judge)).value
    0.78125
    """
    sides = preferences.reference, preferences.judge
    compared = np.all([(~np.isnan(side)).any(axis=1) for side in sides], axis=0)
    if not compared.any():
        return Measure.missing(NO_PAIRS, 0)
    reference, judge = (sign_flip_p(side[compared]) for side in sides)
    accuracy = float(1 - np.abs(reference - judge).mean())
    return Measure.of(accuracy, int(compared.sum()), None, interval)


def sign_flip_p(differences: Floats) -> Floats:
    """For each row of (P, N) differences, the share of sign flips whose sum is at least the row's own.

    NaN counts as no difference, which no flip changes; an item that no row has is left out.

    >>> sign_flip_p(np.array([[1.0, 1, 1], [1, -1, np.nan]])).tolist()
    [0.125, 0.75]
    """
    filled = np.nan_to_num(differences[:, ~np.isnan(differences).all(axis=0)])
    items = filled.shape[1]
    if items <= _EXACT_ITEMS:
        signs = np.array(list(product((1.0, -1.0), repeat=items)))
    else:
        signs = np.random.default_rng(_SEED).choice([1.0, -1.0], (_FLIPS, items))
    as_large = signs @ filled.T >= filled.sum(axis=1) - _NEAR
    return np.asarray(as_large.mean(axis=0))


def _above(lower: Floats, upper: Floats) -> Floats:
    higher = lower[:, None] > upper[None, :]
    return higher.astype(np.float64) - higher.T
