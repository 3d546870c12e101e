"""Strengths fitted together with the coefficients of covariates: what else differs between the two sides of a vote.

P(first beats second) = expit(θ_first − θ_second + β·x), natural-log strengths θ and Q covariates x that are the first
side's advantage, so that swapping the sides of a vote turns their signs. A tie is half a win for each side. Votes
stand in groups, sorted by pair. A group is one vote with its own x, or many votes of which the mean x̄ and the
covariance C of x are known. Then the log odds of its votes are taken to lie at three points,

    η̄ − √(2v) (¼ of them),   η̄ (½),   η̄ + √(2v) (¼),   η̄ = θ_first − θ_second + β·x̄,   v = βᵀCβ,

which have the mean and the variance that they have, and with 2 about the kurtosis of what is bounded. That is exact
where C = 0, right to second order elsewhere, and keeps the log likelihood concave. The design matrix of votes × models
is never made: models enter through sums over the groups of each pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from app.stats.pairs import Pairs
from app.stats.tally import Floats, Ints

Number = TypeVar("Number", bound=np.generic)

_STEPS = 200
_HALVINGS = 60
_FLAT = 1e-4  # log odds: points nearer than this are one, for the slope between them would be rounding
_CLOSE = 1e-9  # Newton converges quadratically: after a step this small the next would be below rounding
_NO_LOSS = 1e-12  # of the votes: how much log likelihood rounding may seem to lose


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """G groups of votes: `starts` (P,) says where those of each pair begin, none of which is empty. `islands` are
    the groups of models that met, each with an origin of its own.

    `count` (G,) votes each gave the pair's first side the `score` (G,) 1, 0 or ½; `mean` (Q, G) is that of their
    covariates, as the first side's advantage. `covariance` (F, F, G) is that of the first F, the others being the same
    in all votes of a group; None where all are single votes. `precision` is that of a normal prior of the coefficients
    around 0.
    """

    pairs: Pairs
    islands: Sequence[Ints]
    starts: Ints
    count: Floats
    score: Floats
    mean: Floats
    covariance: Floats | None
    precision: float

    def by_group(self, of_pair: NDArray[Number]) -> NDArray[Number]:
        """What each pair has, (P,), for each of its groups, (G,)."""
        return np.repeat(of_pair, np.diff(self.starts, append=len(self.count)))


class Point(NamedTuple):
    """θ (M,), with mean 0 in each island, and β (Q,)."""

    theta: Floats
    coefficients: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the likelihood is largest: the votes seen from there, and their information on θ and β, (M + Q, M + Q)."""

    view: "_View"
    information: Floats

    @property
    def point(self) -> Point:
        theta, coefficients = self.view.point
        return Point(_centred(self.view.votes, theta), coefficients)


def maximum(votes: Observations) -> Maximum:
    """Maximum likelihood by Newton's method over θ and β jointly.

    A step that would lose likelihood is halved until it does not. Raises ArithmeticError when no maximum is found,
    LinAlgError when the votes do not determine all parameters.
    """
    view = _View.of(votes, Point(_log_odds(votes), np.zeros(len(votes.mean))))
    value = view.log_likelihood()
    for _ in range(_STEPS):
        information = view.matrix(view.curvature())
        view, value, change = _uphill(view, value, _step(view, information))
        if change <= _CLOSE:
            return Maximum(view, information)
    raise ArithmeticError("the likelihood has no maximum within reach")


def least_known(found: Maximum) -> float:
    """How much the votes tell, beside the models, about the mixture of coefficients they tell least about.

    The smallest eigenvalue of the information on β with θ unknown, the prior left out: next to nothing where a
    covariate alone explains every vote, or moves with a model or with another covariate.
    """
    votes, information = found.view.votes, found.information
    if not len(votes.mean):
        return np.inf
    size, free = len(found.view.point.theta), _free(votes, information)
    models = free[free < size]
    crossed = information[np.ix_(models, np.arange(size, len(information)))]
    factor = cho_factor(information[np.ix_(models, models)])
    return float(np.linalg.eigvalsh(information[size:, size:] - crossed.T @ cho_solve(factor, crossed))[0])


def error_root(found: Maximum, unmeasured: Ints) -> Floats:
    """Root R (M + Q, r) of the sandwich covariance of θ, in the mean-zero gauge of each island, and β.

    V = RRᵀ = H⁻¹BH⁻¹: H is minus the second derivative of the log likelihood and the prior, B = Σ over single votes of
    the score times its transpose plus the prior's own precision. Pairs listed in `unmeasured` take the model's own
    variance in B, as in `strengths.error_root`; so do all pairs where the votes are too few for B to have full rank.
    Raises LinAlgError when H is not positive definite.
    """
    view, votes, size = found.view, found.view.votes, len(found.view.point.theta)
    prior = np.diag(np.repeat([0.0, votes.precision], [size, len(votes.mean)]))
    information = found.information + prior
    scatter = view.scatter()
    if len(unmeasured):
        theirs = votes.by_group(np.isin(np.arange(len(votes.starts)), unmeasured))
        scatter = scatter.instead(view.curvature(), theirs)
    free = _free(votes, information)
    try:
        scores = np.linalg.cholesky((view.matrix(scatter) + prior)[np.ix_(free, free)])
    except np.linalg.LinAlgError:
        scores = np.linalg.cholesky(information[np.ix_(free, free)])
    root = np.zeros((len(information), len(free)))
    root[free] = _solve(information, free, scores)
    root[:size] = _centred(votes, root[:size])
    return root


class _Terms(NamedTuple):
    """What a vote of each group adds to a matrix over θ and β: level·zzᵀ + slant·(z tᵀ + t zᵀ) + width·C + curl·ttᵀ,
    with z = (e_first − e_second, x̄) and t = Cβ. `curved` (3, G) holds the last three, None for single votes.
    """

    level: Floats
    curved: Floats | None = None

    def instead(self, others: "_Terms", where: NDArray[np.bool_]) -> "_Terms":
        """These, and those of the others in the groups named."""
        level = np.where(where, others.level, self.level)
        if self.curved is None or others.curved is None:
            return _Terms(level)
        return _Terms(level, np.where(where, others.curved, self.curved))


class _View(NamedTuple):
    """The votes seen from a point. `gaps` (K, G) are the log odds of the first side at the points of each group, one or
    three, and `p` and `q` (K, G) the chances of the two sides there; `tilt` (F, G) is Cβ, `spread` (G,) is βᵀCβ.
    """

    votes: Observations
    point: Point
    gaps: Floats
    p: Floats
    q: Floats
    tilt: Floats | None
    spread: Floats | None

    @classmethod
    def of(cls, votes: Observations, point: Point) -> "_View":
        theta, beta = point
        gaps = (votes.by_group(theta[votes.pairs.first] - theta[votes.pairs.second]) + beta @ votes.mean)[
            None
        ]
        if votes.covariance is None:
            return cls(votes, point, gaps, expit(gaps), expit(-gaps), None, None)
        varying = beta[: len(votes.covariance)]
        tilt = np.einsum("qrg,r->qg", votes.covariance, varying)
        spread = np.maximum(varying @ tilt, 0)
        gaps = gaps + np.multiply.outer([-1, 0, 1], np.sqrt(2 * spread))
        return cls(votes, point, gaps, expit(gaps), expit(-gaps), tilt, spread)

    def log_likelihood(self) -> float:
        """With that of the prior."""
        votes, center = self.votes, len(self.gaps) // 2
        certain = _mean(np.log1p(np.exp(-np.abs(self.gaps))) + np.maximum(self.gaps, 0))
        penalty = votes.precision * (self.point.coefficients**2).sum() / 2
        return float(votes.count @ (votes.score * self.gaps[center] - certain) - penalty)

    def uphill(self) -> Floats:
        """Gradient of the log likelihood and the prior, (M + Q,)."""
        votes = self.votes
        by_gap = votes.count * (votes.score - _mean(self.p))
        beta = votes.mean @ by_gap - votes.precision * self.point.coefficients
        if self.tilt is not None:
            beta[: len(self.tilt)] -= self.tilt @ (votes.count * self._width())
        return np.concatenate([votes.pairs.net(np.add.reduceat(by_gap, votes.starts)), beta])

    def curvature(self) -> _Terms:
        """Minus the second derivative of each group."""
        return self._terms(self.p * self.q, None if self.spread is None else self._width())

    def scatter(self) -> _Terms:
        """Of each group the sum over its votes of the squared residual times zzᵀ."""
        squared = (self.votes.score - self.p) ** 2
        return self._terms(squared, _mean(squared))

    def matrix(self, terms: _Terms) -> Floats:
        """The sum over the groups, (M + Q, M + Q)."""
        votes, size = self.votes, len(self.point.theta)
        level = votes.count * terms.level
        heavy = level * votes.mean
        own = heavy @ votes.mean.T
        if terms.curved is not None and self.tilt is not None and votes.covariance is not None:
            slant, width, curl = votes.count * terms.curved
            varying, slanted = len(self.tilt), slant * self.tilt
            heavy[:varying] += slanted
            crossed = votes.mean @ slanted.T
            own[:, :varying] += crossed
            own[:varying] += crossed.T
            own[:varying, :varying] += votes.covariance @ width + (curl * self.tilt) @ self.tilt.T
        matrix = np.empty((size + len(own), size + len(own)))
        matrix[:size, :size] = votes.pairs.laplacian(np.add.reduceat(level, votes.starts))
        for column, by_pair in enumerate(np.add.reduceat(heavy, votes.starts, axis=1), size):
            matrix[:size, column] = matrix[column, :size] = votes.pairs.net(by_pair)
        matrix[size:, size:] = own
        return matrix

    def _width(self) -> Floats:
        """Twice the derivative of the expected log of the other side's chance by the spread."""
        return self._across(self.p, self.p[1] * self.q[1])

    def _across(self, values: Floats, flat: Floats | float) -> Floats:
        """The slope of values (3, G) between the outer points; `flat` where these are one to rounding."""
        distance = self.gaps[2] - self.gaps[0]
        apart = distance > _FLAT
        return np.where(apart, (values[2] - values[0]) / np.where(apart, distance, 1), flat)

    def _terms(self, values: Floats, width: Floats | None) -> _Terms:
        level = _mean(values)
        if self.spread is None or width is None:
            return _Terms(level)
        apart = self.gaps[2] - self.gaps[0] > _FLAT
        curl = ((values[0] + values[2]) / 2 - width) / np.where(apart, self.spread, 1)
        return _Terms(level, np.stack([self._across(values, 0), width, np.where(apart, curl, 0)]))


def _mean(values: Floats) -> Floats:
    """Of values (K, G) at the points of each group, (G,)."""
    return np.asarray(values[0] if len(values) == 1 else (values[0] + values[2]) / 4 + values[1] / 2)


def _log_odds(votes: Observations) -> Floats:
    """Where Newton starts: each model's log odds of winning, as if it had met one average opponent."""
    won, lost = (
        np.add.reduceat(votes.count * score, votes.starts) for score in (votes.score, 1 - votes.score)
    )
    return np.log((votes.pairs.by_model(won, lost) + 0.5) / (votes.pairs.by_model(lost, won) + 0.5))


def _step(view: _View, information: Floats) -> Floats:
    """Newton's."""
    own = np.repeat([0.0, view.votes.precision], [len(view.point.theta), len(view.votes.mean)])
    uphill, free = view.uphill(), _free(view.votes, information)
    step = np.zeros(len(uphill))
    step[free] = _solve(information + np.diag(own), free, uphill[free])
    return step


def _uphill(view: _View, value: float, step: Floats) -> tuple[_View, float, float]:
    """Where the step leads, halved until the likelihood does not fall, its value there and the largest change."""
    (theta, beta), votes = view.point, view.votes
    allowed = _NO_LOSS * (1 + votes.count.sum())
    for _ in range(_HALVINGS):
        reached = _View.of(votes, Point(theta + step[: len(theta)], beta + step[len(theta) :]))
        there = reached.log_likelihood()
        if there - value >= -allowed:
            return reached, there, float(np.abs(step).max(initial=0))
        step = step / 2
    raise ArithmeticError("no step leads uphill")


def _free(votes: Observations, information: Floats) -> Ints:
    """All parameters but the best known strength of each island, which is held at 0."""
    known, size = np.diag(information), len(votes.pairs.models)
    models = [np.delete(members, known[members].argmax()) for members in votes.islands]
    return np.concatenate([*models, np.arange(size, len(information))])


def _centred(votes: Observations, values: Floats) -> Floats:
    """The values of the models, (M,) or (M, r), less their mean over each island."""
    centred = values.copy()
    for members in votes.islands:
        centred[members] -= centred[members].mean(axis=0)
    return centred


def _solve(information: Floats, free: Ints, right: NDArray[np.floating]) -> Floats:
    factor = cho_factor(information[np.ix_(free, free)], check_finite=False)
    return np.asarray(cho_solve(factor, right, check_finite=False))
