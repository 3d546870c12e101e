"""Boards fitted anew on many resamples of the votes at once: what limits of rank measures are made of.

Votes are counted by cluster (prompt or voter) and pair of models once; a resample is then a row of weights, and
all resamples are fitted together by Newton's method. On both boards of `refitted` the same clusters are drawn.

>>> from app.stats.agreement.ranks import kendall_tau_b
>>> generator = np.random.default_rng(1)
>>> def votes(size):
...     first, prompt = generator.integers(0, 3, size), generator.integers(0, 20, size)
...     second = (first + generator.integers(1, 3, size)) % 3
...     verdict = np.where(generator.random(size) < 0.8, first > second, first < second).astype(int)
...     return Comparisons(("x", "y", "z"), first, second, verdict, prompt=prompt)
>>> found = refitted(votes(300), votes(200), "prompt", Interval(draws=50))
>>> found.models, found.boards.judge_draws.shape, kendall_tau_b(found.boards).value
(('x', 'y', 'z'), (50, 3), 1.0)
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit

from app.stats.agreement.bootstrap import multiplicities
from app.stats.agreement.certainty import Bounds
from app.stats.agreement.measure import Interval
from app.stats.agreement.ranks import Boards
from app.stats.components import islands, strong
from app.stats.pairs import Pairs
from app.stats.tally import Comparisons, Floats, Ints

PRIOR = 0.1
"""Virtual ties for each pair that met, so that a model unbeaten in some resample has finite strength there."""

Unit = Literal["prompt", "voter", "ballot"]

_STEPS = 100
_CLOSE = 1e-8
_BLOCK = 2**22  # entries of the matrices solved at once


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredVotes:
    """Votes of pairs of `models` by cluster: row c of `wins` (C, 2P) has those for the first model of each pair, then
    those for the second, a tie of any kind half of each. `island` (M,) numbers the models that met, −1 for those
    without votes; `finite` says that all votes together determine finite strengths.
    """

    models: tuple[str, ...]
    first: Ints
    second: Ints
    wins: csr_array
    island: Ints
    finite: bool

    @classmethod
    def of(cls, votes: Comparisons, cluster: Ints, clusters: int) -> Self:
        """Count the votes; `cluster` (N,) numbers what each belongs to, from 0."""
        pairs = Pairs.of(votes.tally(), "half", "tie")
        place = np.array([pairs.models.index(model) for model in votes.models], dtype=np.int64)
        left, right = place[votes.first], place[votes.second]
        number = np.full((len(pairs.models), len(pairs.models)), -1)
        number[pairs.first, pairs.second] = np.arange(len(pairs.first))
        pair = number[np.minimum(left, right), np.maximum(left, right)]
        won = np.select([votes.verdict == 0, votes.verdict == 1], [1.0, 0.0], 0.5)
        won = np.where(left < right, won, 1 - won)
        rows, columns = np.tile(cluster, 2), np.concatenate([pair, pair + len(pairs.first)])
        shape = (clusters, 2 * len(pairs.first))
        wins = csr_array((np.concatenate([won, 1 - won]), (rows, columns)), shape=shape)
        island = np.full(len(pairs.models), -1)
        for position, members in enumerate(islands(pairs)):
            island[members] = position
        label = strong(pairs)
        finite = bool((label[pairs.first] == label[pairs.second]).all())
        return cls(pairs.models, pairs.first, pairs.second, wins, island, finite)

    def board(self) -> Floats:
        """Bradley–Terry θ (M,) of all votes, without a prior unless some model is unbeaten; NaN without votes."""
        weights = np.ones((1, self.wins.shape[0]))
        return np.asarray(self.strengths(weights, 0.0 if self.finite else PRIOR)[0])

    def strengths(self, weights: Floats | Ints, prior: float = PRIOR) -> Floats:
        """Bradley–Terry θ (D, M) for each row of cluster weights (D, C), mean 0 in each island; NaN without votes.

        Raises ArithmeticError where Newton's method does not settle.
        """
        size = max(1, _BLOCK // max(len(self.models) ** 2, 1))
        blocks = [
            self._fitted(weights[start : start + size], prior) for start in range(0, len(weights), size)
        ]
        return np.concatenate(blocks) if blocks else np.zeros((0, len(self.models)))

    def votes(self, weights: Floats | Ints) -> Floats:
        """Votes on each model, (D, M), for each row of cluster weights (D, C)."""
        pairs = len(self.first)
        both = np.asarray(weights @ self.wins)
        return np.asarray((both[:, :pairs] + both[:, pairs:]) @ abs(self._signs()))

    def _signs(self) -> csr_array:
        """(P, M): 1 at the first model of each pair, −1 at the second."""
        pairs = len(self.first)
        places = np.tile(np.arange(pairs), 2), np.concatenate([self.first, self.second])
        return csr_array((np.repeat([1.0, -1.0], pairs), places), shape=(pairs, len(self.models)))

    def _fitted(self, weights: Floats | Ints, prior: float) -> Floats:
        pairs, models = len(self.first), len(self.models)
        both = np.asarray(weights @ self.wins) + prior / 2
        wins, losses = both[:, :pairs], both[:, pairs:]
        sign = self._signs()
        gauge = ((self.island[:, None] == self.island) & (self.island >= 0)).astype(np.float64)
        gauge[np.diag_indices(models)] += self.island < 0
        theta = np.zeros((len(both), models))
        for _ in range(_STEPS):
            gap = theta[:, self.first] - theta[:, self.second]
            p, q = expit(gap), expit(-gap)
            slope = (wins * q - losses * p) @ sign
            step = np.linalg.solve(self._information((wins + losses) * p * q) + gauge, slope[..., None])[
                ..., 0
            ]
            step *= _safe(np.abs(step[:, self.first] - step[:, self.second]).max(axis=1, initial=0))[:, None]
            theta += step
            if np.abs(step).max(initial=0) <= _CLOSE:
                return np.where(self.island < 0, np.nan, theta)
        raise ArithmeticError("the votes of a resample are too lopsided to be fitted")

    def _information(self, weight: Floats) -> Floats:
        models = len(self.models)
        matrix = np.zeros((len(weight), models, models))
        matrix[:, self.first, self.second] = matrix[:, self.second, self.first] = -weight
        diagonal = np.arange(models)
        matrix[:, diagonal, diagonal] = -matrix.sum(axis=2)
        return matrix


@dataclass(frozen=True, slots=True)
class Refitted:
    """The models on both boards, by name, and their strengths θ (natural logarithms of odds) on either."""

    models: tuple[str, ...]
    boards: Boards

    def bounds(self, level: float) -> Bounds | None:
        """Percentiles of the resampled strengths; None without resamples."""
        sides = self.boards.reference_draws, self.boards.judge_draws
        if sides[0] is None or sides[1] is None:
            return None
        tails = [(1 - level) / 2, (1 + level) / 2]
        limits = [limit for side in sides if side is not None for limit in np.quantile(side, tails, axis=0)]
        return Bounds(*limits)


def refitted(
    reference: Comparisons, judge: Comparisons, unit: Unit, interval: Interval | None = None
) -> Refitted:
    """Bradley–Terry boards of the models that both sides link, and the same on `interval.draws` resamples.

    Clusters are the numbers in the column `unit` of both sides, which must mean the same on both; they are drawn
    once for both boards. Of models that never met the largest group stays. Raises ValueError without the column.

    """
    number = _numbered(reference, judge, unit)
    sides = [
        ClusteredVotes.of(votes, where, number.clusters)
        for votes, where in ((reference, number.reference), (judge, number.judge))
    ]
    models = _shared(sides[0], sides[1])
    boards = [_columns(side, models, side.board()) for side in sides]
    if interval is None or number.clusters < 2:
        return Refitted(models, Boards(*boards))
    weights = multiplicities(number.clusters, interval)
    draws = [_columns(side, models, side.strengths(weights)) for side in sides]
    return Refitted(models, Boards(*boards, *draws))


@dataclass(frozen=True, slots=True)
class _Numbers:
    reference: Ints
    judge: Ints
    clusters: int


def _numbered(reference: Comparisons, judge: Comparisons, unit: Unit) -> _Numbers:
    columns = [getattr(votes, unit) for votes in (reference, judge)]
    if columns[0] is None or columns[1] is None:
        raise ValueError(f"both sides need the column {unit}")
    known, number = np.unique(np.concatenate(columns), return_inverse=True)
    return _Numbers(number[: len(columns[0])], number[len(columns[0]) :], len(known))


def _shared(first: ClusteredVotes, second: ClusteredVotes) -> tuple[str, ...]:
    """The largest group of models that both sides link; by name."""
    there = dict(zip(second.models, second.island.tolist(), strict=True))
    groups: dict[tuple[int, int], list[str]] = {}
    for model, island in zip(first.models, first.island.tolist(), strict=True):
        if island >= 0 and there.get(model, -1) >= 0:
            groups.setdefault((island, there[model]), []).append(model)
    largest = max(groups, key=lambda group: len(groups[group]), default=None)
    return () if largest is None else tuple(groups[largest])


def _columns(votes: ClusteredVotes, models: tuple[str, ...], theta: Floats) -> Floats:
    """θ (…, M) of these models only, mean 0."""
    chosen = theta[..., [votes.models.index(model) for model in models]]
    return np.asarray(chosen - chosen.mean(axis=-1, keepdims=True)) if models else chosen


def _safe(change: Floats) -> Floats:
    """The share of a Newton step that surely leads uphill: see `strengths`."""
    return np.where(change <= 1, 1.0, np.log1p(change) / np.maximum(change, 1))
