"""Two boards of the same models: do they rank alike, and could that be luck?

A board is a rating for each model, the higher the better; ratings equal to 9 decimals are tied, as on the
leaderboards. Limits come from ratings fitted anew on resampled votes, the same resample for both boards.
The mean over resamples lies below the value, as each adds its own noise: show the value.

>>> boards = Boards(np.array([1177.0, 1112, 1104, 990]), np.array([1314.0, 1091, 1172, 970]))
>>> round(spearman(boards).value, 4), round(kendall_tau_b(boards).value, 4), footrule(boards).value
(0.8, 0.6667, 0.75)

Few models prove little: with four, one order in 24 is perfect by luck, and `exact_p` is never below 1/24.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
import scipy  # not scipy.stats, which is loaded when it is first used: it takes a second

from app.stats.agreement.bootstrap import percentile_limits, wilson_limits
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats, Ints

RBO_P = 0.9  # the first ten ranks then have 86 % of the weight
EXACT_MODELS = 8  # 40,320 orders
FEW_MODELS = "fewer than two models have a rating on both boards"
ALL_TIED = "all models of one board are tied"
TIED = "two models of one board are tied, and a list cannot say so"

_SAME = 9  # decimals to which two ratings must agree to be tied
_ORDERS = 10_000
_SEED = 20240
_NEAR = 1e-9  # sums that differ by rounding are equal


@dataclass(frozen=True, slots=True, eq=False)
class Boards:
    """Ratings (M,) of the same models in the same order, and the same resampled, (draws, M), or None.

    Raises ValueError for ratings that are not finite or do not match: leave out a model without one.
    """

    reference: Floats
    judge: Floats
    reference_draws: Floats | None = None
    judge_draws: Floats | None = None

    def __post_init__(self) -> None:
        for name in ("reference", "judge", "reference_draws", "judge_draws"):
            values = getattr(self, name)
            if values is not None:
                object.__setattr__(self, name, np.round(np.asarray(values, dtype=np.float64), _SAME))
        given = [
            x for x in (self.reference, self.judge, self.reference_draws, self.judge_draws) if x is not None
        ]
        if not all(np.isfinite(values).all() for values in given):
            raise ValueError("a rating is not finite")
        if self.reference.ndim != 1 or {values.shape[-1:] for values in given} != {self.reference.shape}:
            raise ValueError("the boards must rate the same models")

    @property
    def models(self) -> int:
        return len(self.reference)


Coefficient = Callable[[Floats, Floats], float]
"""From two boards (M,), M ≥ 2, to a coefficient, NaN where it is not defined."""


def spearman(boards: Boards, interval: Interval | None = None) -> Measure:
    """Spearman's rho: Pearson's correlation of average ranks. n counts models.

    >>> round(spearman(Boards(np.array([1.0, 2, 3, 4, 5]), np.array([1.0, 2, 3, 5, 4]))).value, 4)
    0.9
    """
    return _measured(_spearman, boards, interval, ALL_TIED)


def kendall_tau_b(boards: Boards, interval: Interval | None = None) -> Measure:
    """Kendall's τ-b: (concordant − discordant)/√((pairs − ties on one)(pairs − ties on the other)). n counts models.

    >>> round(kendall_tau_b(Boards(np.array([1.0, 2, 3, 4, 5]), np.array([1.0, 2, 2, 4, 3]))).value, 6)
    0.737865
    """
    return _measured(_kendall("b"), boards, interval, ALL_TIED)


def kendall_tau_c(boards: Boards, interval: Interval | None = None) -> Measure:
    """Stuart's τ-c, for boards with unequal numbers of distinct ratings. n counts models.

    >>> round(kendall_tau_c(Boards(np.array([1.0, 2, 3, 4, 5]), np.array([1.0, 2, 2, 4, 3]))).value, 6)
    0.746667
    """
    return _measured(_kendall("c"), boards, interval, ALL_TIED)


def pearson(boards: Boards, interval: Interval | None = None) -> Measure:
    """Pearson's correlation of the ratings: do the gaps agree, not only the order? n counts models.

    >>> round(pearson(Boards(np.array([1.0, 2, 3]), np.array([1.0, 2, 9]))).value, 4)
    0.9177
    """
    return _measured(_pearson, boards, interval, ALL_TIED)


def footrule(boards: Boards, interval: Interval | None = None) -> Measure:
    """1 − Σ|rank − rank'|/⌊M²/2⌋: 1 for one order, 0 for the opposite (Diaconis and Graham 1977). n counts models.

    ArtifactsBench's "ranking consistency". Ties have average ranks, and then 0 is not reached.

    >>> footrule(Boards(-np.array([1.0, 2, 3, 4, 5]), -np.array([2.0, 1, 3, 4, 5]))).value
    0.8333333333333334
    """
    return _measured(_footrule, boards, interval, ALL_TIED)


def rbo(boards: Boards, interval: Interval | None = None) -> Measure:
    """Rank-biased overlap at p = .9, extrapolated: the top of the board weighs most. n counts models.

    Undefined when a board has ties.

    >>> round(rbo(Boards(-np.array([1.0, 2, 3, 4, 5]), -np.array([2.0, 1, 3, 4, 5]))).value, 6)
    0.9
    """
    return _measured(_rbo, boards, interval, TIED)


def pairwise_accuracy(boards: Boards, interval: Interval | None = None) -> Measure:
    """Share of pairs of models ordered alike, a tie on both boards included (Deutsch et al. 2023). n counts models.

    >>> pairwise_accuracy(Boards(np.array([1.0, 2, 3, 4, 5]), np.array([1.0, 2, 2, 4, 3]))).value
    0.8
    """
    return _measured(_pairwise, boards, interval, FEW_MODELS)


@dataclass(frozen=True, slots=True)
class OrderTest:
    """`p` from all `orders` of the models when `exact`, else from so many seeded ones."""

    p: Measure
    exact: bool
    orders: int


def order_test(boards: Boards, interval: Interval | None = None) -> OrderTest:
    """How often a random order of the models correlates at least as highly (Spearman): one-sided permutation test.

    Up to 8 models all M! orders are tried, and p has no error. Beyond, p = (1 + hits)/(1 + draws) over 10,000
    seeded orders, and its limits say how far the draws leave it open.

    >>> same = np.arange(4.0)
    >>> test = order_test(Boards(same, same))
    >>> round(test.p.value, 4), test.exact, test.orders
    (0.0417, True, 24)
    """
    models = boards.models
    exact = models <= EXACT_MODELS
    if models < 2:
        return OrderTest(Measure.missing(FEW_MODELS, models), exact, 0)
    by_rating = np.lexsort((boards.judge, boards.reference))  # drawn orders do not see how models are named
    first, second = (
        scipy.stats.rankdata(boards.reference)[by_rating],
        scipy.stats.rankdata(boards.judge)[by_rating],
    )
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return OrderTest(Measure.missing(ALL_TIED, models), exact, 0)
    orders = _all_orders(models) if exact else _some_orders(models)
    hits = int((second[orders] @ first >= second @ first - _NEAR).sum())
    if exact:
        return OrderTest(Measure.of(hits / len(orders), models, None, interval), exact, len(orders))
    limits = None if interval is None else wilson_limits(hits, len(orders), interval.level)
    p = (1 + hits) / (1 + len(orders))
    return OrderTest(Measure.of(p, models, limits, interval), exact, len(orders))


def exact_p(boards: Boards, interval: Interval | None = None) -> Measure:
    """The p of `order_test`, which says whether it is exact: it is up to 8 models. n counts models.

    >>> exact_p(Boards(np.arange(3.0), -np.arange(3.0))).value
    1.0
    """
    return order_test(boards, interval).p


def rank_biased_overlap(first: Sequence[Hashable], second: Sequence[Hashable], p: float = RBO_P) -> float:
    """RBO_ext = X_k/k·p^k + (1 − p)/p·Σ_{d≤k} X_d/d·p^d, X_d the overlap of the first d (Webber et al. 2010).

    For lists of one length k ≥ 1 without repetition, best first. The first term extrapolates what lies below k;
    without it equal lists would have less than 1.

    >>> round(rank_biased_overlap("abcde", "edcba"), 6)
    0.737775
    """
    k = len(first)
    if k == 0 or k != len(second) or len(set(first)) < k or len(set(second)) < k:
        raise ValueError("the lists must have one length, no repetition and at least one entry")
    shares = [len(set(first[:depth]) & set(second[:depth])) / depth for depth in range(1, k + 1)]
    head = sum(share * p**depth for depth, share in enumerate(shares, 1))
    return float(shares[-1] * p**k + (1 - p) / p * head)


def _measured(statistic: Coefficient, boards: Boards, interval: Interval | None, undefined: str) -> Measure:
    if boards.models < 2:
        return Measure.missing(FEW_MODELS, boards.models)
    value = statistic(boards.reference, boards.judge)
    if np.isnan(value):
        return Measure.missing(undefined, boards.models)
    if interval is None or (boards.reference_draws is None and boards.judge_draws is None):
        return Measure.of(value, boards.models, None, interval)
    pairs = np.broadcast_arrays(*_draws(boards))
    values = np.array([statistic(first, second) for first, second in zip(*pairs, strict=True)])
    return Measure.of(value, boards.models, percentile_limits(values, interval.level), interval)


def _draws(boards: Boards) -> tuple[Floats, Floats]:
    """The draws of each board; a board without any stays as it is."""
    first = boards.reference[None] if boards.reference_draws is None else boards.reference_draws
    second = boards.judge[None] if boards.judge_draws is None else boards.judge_draws
    return first, second


def _pearson(first: Floats, second: Floats) -> float:
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _spearman(first: Floats, second: Floats) -> float:
    return _pearson(scipy.stats.rankdata(first), scipy.stats.rankdata(second))


def _kendall(variant: Literal["b", "c"]) -> Coefficient:
    def tau(first: Floats, second: Floats) -> float:
        if np.ptp(first) == 0 or np.ptp(second) == 0:
            return float("nan")
        return float(scipy.stats.kendalltau(first, second, variant=variant).statistic)

    return tau


def _footrule(first: Floats, second: Floats) -> float:
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    moved = np.abs(scipy.stats.rankdata(first) - scipy.stats.rankdata(second)).sum()
    return float(1 - moved / (len(first) ** 2 // 2))


def _rbo(first: Floats, second: Floats) -> float:
    if len(np.unique(first)) < len(first) or len(np.unique(second)) < len(second):
        return float("nan")
    return rank_biased_overlap(np.argsort(-first).tolist(), np.argsort(-second).tolist())


def _pairwise(first: Floats, second: Floats) -> float:
    upper = np.triu_indices(len(first), 1)
    signs = [np.sign(board[:, None] - board[None, :])[upper] for board in (first, second)]
    return float((signs[0] == signs[1]).mean())


def _all_orders(models: int) -> Ints:
    return np.array(list(permutations(range(models))), dtype=np.int64)


def _some_orders(models: int) -> Ints:
    generator = np.random.default_rng(_SEED)
    return generator.permuted(np.tile(np.arange(models), (_ORDERS, 1)), axis=1)
