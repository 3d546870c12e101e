"""Strengths fitted together with the parameters of ties: any model that gives each outcome of a vote a logit.

A model says, for each of K outcomes of a pair, an unnormalised log probability f_k(u), where the local
coordinates u are linear in (θ_first, θ_second, φ): natural-log strengths of the two sides and q parameters φ
that all pairs share. Newton's method maximises Σ_pairs Σ_k count_k·ln softmax(f)_k over θ and φ jointly.
Everything is a sum over pairs, so the cost depends on the number of models and not of votes. Arrays end in
the P pairs, so that each step of arithmetic runs along memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import log_softmax

from app.stats.clusters import Scores, profiled
from app.stats.pairs import Pairs
from app.stats.tally import Floats, Ints

_STEPS = 200
_HALVINGS = 60
_CLOSE = 1e-9  # Newton converges quadratically: after a step this small the next would be below rounding
_NO_LOSS = 1e-12  # of the votes: how much log likelihood rounding may seem to lose


class Logits(NamedTuple):
    """`value` (K, P), its derivatives `slope` (K, L, P) by the L local coordinates, and `bend`, which turns
    weights w (K, P) into Σ_k w_k·∂²value_k (L, L, P); None where all logits are linear.
    """

    value: Floats
    slope: Floats
    bend: Callable[[Floats], Floats] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeModel:
    """`chart` (L, 2 + q) gives the local coordinates from (θ_first, θ_second, φ); `logits` takes them, (L, P).

    `precision` (q,) is that of a normal prior of φ around 0; zeros where there is none.
    """

    chart: Floats
    logits: Callable[[Floats], Logits]
    precision: Floats

    def at(self, first: Floats, second: Floats, shared: Floats) -> Logits:
        """Logits for sides of these strengths, (P,) both."""
        repeated = np.broadcast_to(shared[:, None], (len(shared), len(first)))
        return self.logits(self.chart @ np.vstack([first, second, repeated]))


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Votes of each outcome, `counts` (K, P), for `pairs`, to be explained by `model`."""

    pairs: Pairs
    counts: Floats
    model: OutcomeModel


class Point(NamedTuple):
    """θ (M,) up to a constant, and φ (q,)."""

    theta: Floats
    shared: Floats


def maximum(votes: Counted, start: Point) -> Point:
    """Maximum likelihood by Newton's method. One strength, the best known, stays as it started.

    A step that would lose likelihood is halved until it does not. Raises ArithmeticError when no maximum is
    found, LinAlgError when the votes do not determine all parameters.
    """
    view = _View.of(votes, start)
    for _ in range(_STEPS):
        view, change = _uphill(view, _newton_step(view))
        if change <= _CLOSE:
            return view.point
    raise ArithmeticError("the likelihood has no maximum within reach")


def error_root(votes: Counted, point: Point, unmeasured: Ints, squares: Floats | None = None) -> Floats:
    """Root R (M + q, r) of the sandwich covariance of θ, in the mean-zero gauge, and φ: V = RRᵀ = H⁻¹BH⁻¹.

    H is minus the second derivative of the log likelihood, B = Σ over single votes of the score times its
    transpose, both over θ and φ jointly. `squares` (K, P) counts each vote with its squared weight; without it each
    weighs 1. Pairs listed in `unmeasured` take the model's own variance in B, as in `strengths.scatter`; so do all
    pairs where the votes are too few for B to have full rank. Raises LinAlgError when H is not positive definite.
    """
    view = _View.of(votes, point)
    information = _joint_matrix(votes, view.curvature())
    size = len(point.theta)
    free = _free(information, size)
    observed, expected = _scatter(view, unmeasured, squares)
    try:
        scores = np.linalg.cholesky(observed[np.ix_(free, free)])
    except np.linalg.LinAlgError:
        scores = np.linalg.cholesky(expected[np.ix_(free, free)])
    root = np.zeros((len(information), len(free)))
    root[free] = _solve(information, free, scores)
    root[:size] -= root[:size].mean(axis=0)
    return root


class OfStrengths(NamedTuple):
    """`information` and `scatter` (M, M) are those of θ, φ profiled out: H⁺BH⁺ is what `error_root` gives for θ."""

    information: Floats
    scatter: Floats
    scores: Scores


def of_strengths(
    votes: Counted, point: Point, says: Ints, unmeasured: Ints, squares: Floats | None = None
) -> OfStrengths:
    """The matrices of the sandwich, and the scores that clusters sum. `says` (4,) is the outcome of the model for
    each of `Pairs.outcomes`, −1 where it has none. Raises LinAlgError when φ is not determined.
    """
    view = _View.of(votes, point)
    information = _joint_matrix(votes, view.curvature())
    size = len(point.theta)
    across = information[:size, size:]
    profile = np.asarray(np.linalg.solve(information[size:, size:], across.T).T, dtype=np.float64)
    by_model = np.where((says >= 0)[:, None, None], view.score[says], 0)
    return OfStrengths(
        information=information[:size, :size] - profile @ across.T,
        scatter=profiled(_scatter(view, unmeasured, squares)[0], profile),
        scores=Scores(np.einsum("klp,lc->kcp", by_model, votes.model.chart), profile),
    )


def information_of_a_vote(model: OutcomeModel, first: Floats, second: Floats, shared: Floats) -> Floats:
    """What one vote says about the gap of each pair of strengths, (P,), φ known: the variance of its score."""
    logits = model.at(first, second, shared)
    chances = np.exp(log_softmax(logits.value, axis=0))
    slope = np.einsum("klp,l->kp", logits.slope, model.chart[:, 0] - model.chart[:, 1]) / 2
    return np.asarray((chances * slope**2).sum(axis=0) - (chances * slope).sum(axis=0) ** 2)


def mean_scores(model: OutcomeModel, point: Point, scores: NDArray[np.floating]) -> Floats:
    """For each model the mean over the others of its expected score; `scores` (K,) are those of the first
    side for each outcome.
    """
    size = len(point.theta)
    left, right = np.repeat(point.theta, size), np.tile(point.theta, size)
    value = model.at(left, right, point.shared).value
    table = (scores @ np.exp(log_softmax(value, axis=0))).reshape(size, size)
    return np.asarray((table.sum(axis=1) - np.diag(table)) / (size - 1))


class _View(NamedTuple):
    """The votes seen from a point: log probabilities, expected counts and scores of every outcome."""

    votes: Counted
    point: Point
    logits: Logits
    log_chances: Floats
    expected: Floats
    score: Floats

    @classmethod
    def of(cls, votes: Counted, point: Point) -> "_View":
        theta, shared = point
        logits = votes.model.at(theta[votes.pairs.first], theta[votes.pairs.second], shared)
        log_chances = log_softmax(logits.value, axis=0)
        chances = np.exp(log_chances)
        score = logits.slope - (chances[:, None] * logits.slope).sum(axis=0)
        return cls(votes, point, logits, log_chances, votes.counts.sum(axis=0) * chances, score)

    def curvature(self) -> Floats:
        """Minus the second derivative of each pair's log likelihood by its local coordinates, (L, L, P)."""
        straight = _outer(self.expected, self.score)
        return (
            straight - self.logits.bend(self.votes.counts - self.expected) if self.logits.bend else straight
        )


def _scatter(view: _View, unmeasured: Ints, squares: Floats | None) -> tuple[Floats, Floats]:
    """B over θ and φ as observed, and as the model expects it everywhere."""
    counts = view.votes.counts if squares is None else squares
    expected = _outer(counts.sum(axis=0) * np.exp(view.log_chances), view.score)
    observed = _outer(counts, view.score)
    observed[:, :, unmeasured] = expected[:, :, unmeasured]
    return _joint_matrix(view.votes, observed), _joint_matrix(view.votes, expected)


def _newton_step(view: _View) -> Floats:
    votes, shared = view.votes, view.point.shared
    uphill = _joint_vector(votes, ((votes.counts - view.expected)[:, None] * view.logits.slope).sum(axis=0))
    uphill[len(view.point.theta) :] -= votes.model.precision * shared
    try:
        return _step(view, view.curvature(), uphill)
    except np.linalg.LinAlgError:  # not concave here; the expected curvature is, and leads uphill too
        return _step(view, _outer(view.expected, view.score), uphill)


def _step(view: _View, curvature: Floats, uphill: Floats) -> Floats:
    information = _joint_matrix(view.votes, curvature)
    free = _free(information, len(view.point.theta))
    step = np.zeros(len(uphill))
    step[free] = _solve(information, free, uphill[free])
    return step


def _uphill(view: _View, step: Floats) -> tuple[_View, float]:
    """Where the step leads, halved until the likelihood does not fall, and the largest change."""
    (theta, shared), votes = view.point, view.votes
    allowed = _NO_LOSS * (1 + votes.counts.sum())
    for _ in range(_HALVINGS):
        reached = _View.of(votes, Point(theta + step[: len(theta)], shared + step[len(theta) :]))
        gain = (votes.counts * (reached.log_chances - view.log_chances)).sum()
        gain -= votes.model.precision @ (reached.point.shared**2 - shared**2) / 2
        if gain >= -allowed:
            return reached, float(np.abs(step).max())
        step = step / 2
    raise ArithmeticError("no step leads uphill")


def _outer(weights: Floats, score: Floats) -> Floats:
    """Σ_k weights_k·score_k score_kᵀ: (L, L, P)."""
    return np.asarray(np.einsum("klp,kmp->lmp", weights[:, None] * score, score))


def _joint_vector(votes: Counted, local: Floats) -> Floats:
    """Sum local vectors (L, P) over pairs: (M + q,)."""
    both = votes.model.chart.T @ local
    return np.concatenate([votes.pairs.by_model(both[0], both[1]), both[2:].sum(axis=1)])


def _joint_matrix(votes: Counted, local: Floats) -> Floats:
    """Sum local matrices (L, L, P) over pairs: (M + q, M + q), with the prior's precision for φ."""
    pairs, chart = votes.pairs, votes.model.chart
    size, width = len(pairs.models), chart.shape[1]
    both = np.einsum("amp,mb->abp", np.tensordot(chart, local, axes=(0, 0)), chart)
    matrix = np.zeros((size + width - 2, size + width - 2))
    matrix[pairs.first, pairs.second] = matrix[pairs.second, pairs.first] = both[0, 1]
    matrix[np.arange(size), np.arange(size)] = pairs.by_model(both[0, 0], both[1, 1])
    for column in range(2, width):
        crossed = pairs.by_model(both[0, column], both[1, column])
        matrix[:size, size + column - 2] = matrix[size + column - 2, :size] = crossed
    matrix[size:, size:] = both[2:, 2:].sum(axis=2) + np.diag(votes.model.precision)
    return matrix


def _free(information: Floats, models: int) -> Ints:
    """All parameters but the best known strength: only differences of strengths are determined."""
    return np.delete(np.arange(len(information)), np.diag(information)[:models].argmax())


def _solve(information: Floats, free: Ints, right: NDArray[np.floating]) -> Floats:
    factor = cho_factor(information[np.ix_(free, free)], check_finite=False)
    return np.asarray(cho_solve(factor, right, check_finite=False))
