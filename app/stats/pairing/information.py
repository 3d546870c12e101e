"""Information: votes that tell most about the Bradley–Terry strengths, with a share for pairs not told apart yet.

Strengths θ and their covariance V come from the votes and a prior of virtual ties, which lets islands, undefeated
models and newcomers have both: where the votes say nothing, V is as wide as the prior. With x = e_i − e_j and
p = expit(θ_i − θ_j), a vote between i and j

- adds the information p(1−p) about the difference of the two, whose variance is xᵀVx;
- lowers the sum of the variances of all strengths by p(1−p)·‖Vx‖²/(1 + p(1−p)·xᵀVx) (Sherman–Morrison; A-optimal
  design, Atkinson & Donev 1992).

Always taking the pair that lowers it most would give probabilities of 0 and 1, by which no vote can be weighted. So
pairs are drawn in proportion to a power of it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from app.stats.pairing.sampler import Sampler
from app.stats.settings import require_number
from app.stats.tally import Floats, Tally

APART = 1.96  # standard errors, at level .95
_STEPS = 100
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Settings:
    """`sharpness`: the power; 0 is uniform, and the larger the greedier. `close_share`: of the draws, how many
    are for close pairs: those whose difference is below 1.96 standard errors, in proportion to xᵀVx·p(1−p).
    `prior_votes`: virtual ties of each model, spread over all the others.
    """

    sharpness: float = 8
    close_share: float = 0.25
    prior_votes: float = 1

    def __post_init__(self) -> None:
        require_number("sharpness", self.sharpness, 0, 20)
        require_number("close_share", self.close_share, 0, 1)
        require_number("prior_votes", self.prior_votes, 0.01, 1000)


def needs(tally: Tally, settings: Settings) -> Floats:
    """For each pair half the share of the draws that it would get among all pairs. O(M³), whatever the votes.

    >>> from app.stats.verdicts import Verdict
    >>> cells = [("x", "y", Verdict.A, 60), ("x", "y", Verdict.B, 40), ("x", "z", Verdict.TIE, 20)]
    >>> (2 * needs(Tally.of(cells), Settings())).round(2).tolist()
    [[0.0, 0.0, 0.26], [0.0, 0.0, 0.74], [0.26, 0.74, 0.0]]
    """
    if len(tally.models) < 2:
        return np.zeros((len(tally.models), len(tally.models)))
    theta, covariance = posterior(tally.win_matrix(), settings.prior_votes)
    gap = theta[:, None] - theta
    variance = _of_differences(covariance)
    spread = expit(gap) * expit(-gap)
    gain = spread * _of_differences(covariance @ covariance) / (1 + spread * variance)
    greedy = _shares((gain / gain.max()) ** settings.sharpness)
    close = _shares(np.where(gap**2 < APART**2 * variance, variance * spread, 0))
    if not close.any():
        return greedy
    return np.asarray((1 - settings.close_share) * greedy + settings.close_share * close)


def posterior(wins: Floats, prior_votes: float) -> tuple[Floats, Floats]:
    """Most likely θ (M,), mean 0, and the inverse V (M, M) of the information there, in the same gauge.

    `wins` (M, M) counts wins of row over column, a tie half a win for each; M ≥ 2. Every pair has
    `prior_votes`/(M − 1) ties more, so there always is a maximum.

    >>> theta, covariance = posterior(np.array([[0.0, 2.5], [0.5, 0.0]]), prior_votes=1)
    >>> theta.round(6).tolist(), covariance.round(6).tolist()
    ([0.549306, -0.549306], [[0.333333, -0.333333], [-0.333333, 0.333333]])
    """
    size = len(wins)
    wins = wins + (1 - np.eye(size)) * prior_votes / (size - 1) / 2
    games = wins + wins.T
    won = wins.sum(axis=1)
    theta = np.log(won / games.sum(axis=1)) - np.log(wins.sum(axis=0) / games.sum(axis=1))
    for _ in range(_STEPS):
        chance = expit(theta[:, None] - theta)
        step = _solved(games * chance * chance.T, (won - (games * chance).sum(axis=1))[:, None])[:, 0]
        widest = float(np.ptp(step))
        # All of a Newton step is safe while no gap changes by more than 1 (Bach 2010), ln(1 + r)/r of it beyond.
        theta = theta + (step if widest <= 1 else step * np.log1p(widest) / widest)
        if widest <= _CLOSE:
            break
    chance = expit(theta[:, None] - theta)
    return np.asarray(theta - theta.mean()), _solved(games * chance * chance.T, np.eye(size) - 1 / size)


def _solved(weight: Floats, right: Floats) -> Floats:
    """L⁺·right for right sides whose columns add up to 0, L = Σ weight[i, j]·xxᵀ over the pairs."""
    size = len(weight)
    laplacian = np.diag(weight.sum(axis=1)) - weight
    anchor = (
        np.trace(laplacian) / size**2
    )  # 11ᵀ as heavy as the rest: what it adds is solved away by the sums of 0
    factor = cho_factor(laplacian + anchor, check_finite=False)
    found = cho_solve(factor, right, check_finite=False)
    return np.asarray(found - found.mean(axis=0))


def _of_differences(matrix: Floats) -> Floats:
    """xᵀAx for each pair, x = e_i − e_j, where rounding must not make it negative."""
    diagonal = np.diag(matrix)
    return np.maximum(diagonal[:, None] + diagonal - matrix - matrix.T, 0)


def _shares(weight: Floats) -> Floats:
    kept = weight * (1 - np.eye(len(weight)))
    total = kept.sum()
    return kept / total if total > 0 else kept


SAMPLER = Sampler(
    name="information",
    version="1",
    summary="Pairs whose vote tells most about all strengths, with a share for pairs not told apart yet",
    settings=Settings,
    needs=needs,
)
