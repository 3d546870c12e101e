"""Bradley–Terry strengths from pairs: maximum likelihood by Newton's method, and its sandwich covariance.

P(i beats j) = expit(θ_i − θ_j), natural-log strengths θ with mean 0; a tie is half a win for each side.
Everything is a sum over pairs, so the cost depends on the number of models and not of votes.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from app.stats.pairs import Pairs
from app.stats.tally import Floats, Ints

_STEPS = 200
_CLOSE = 1e-9  # Newton converges quadratically: after a step this small the next would be below rounding


def strengths(pairs: Pairs) -> Floats:
    """Maximum likelihood θ (M,), mean 0.

    Raises ArithmeticError when there is no maximum: unless wins and ties connect all (`components.strong`).

    >>> from app.stats.tally import Tally
    >>> from app.stats.verdicts import Verdict
    >>> pairs = Pairs.of(Tally.of([("x", "y", Verdict.A, 3), ("x", "y", Verdict.B, 1)]), "half", "tie")
    >>> (strengths(pairs) / np.log(3)).round(9).tolist()
    [0.5, -0.5]
    """
    wins, losses = pairs.won + pairs.tied / 2, pairs.lost + pairs.tied / 2
    theta = _log_odds(pairs, wins, losses)
    for _ in range(_STEPS):
        p, q = _probabilities(pairs, theta)
        slope = pairs.net(wins * q - losses * p)
        step = _shortened(pairs, _solve(_factor(pairs.laplacian(pairs.games * p * q)), slope))
        theta = theta + step
        if np.abs(step).max() <= _CLOSE:
            return np.asarray(theta - theta.mean())
    raise ArithmeticError("the likelihood has no maximum: some models never lost or tied against the others")


def covariance(pairs: Pairs, theta: Floats, unmeasured: Ints | None = None) -> Floats:
    """Sandwich covariance V = H⁺BH⁺ of θ (M, M) in the mean-zero gauge, from single votes, not pair totals:

    H = Σ_pairs n p(1−p) xxᵀ and B = Σ_pairs [won(1−p)² + lost p² + tied(½−p)²] xxᵀ, x = e_i − e_j.

    Pairs listed in `unmeasured` take n p(1−p), the model's own variance, in B: where every vote of the only
    link between two groups says the same, residuals vanish and would claim certainty from a single vote. The
    gauge is removed exactly: with H + c·11ᵀ in place of H, H⁺B = (H + c·11ᵀ)⁻¹B because B1 = 0.
    """
    p, q = _probabilities(pairs, theta)
    expected = pairs.games * p * q
    observed = pairs.won * q**2 + pairs.lost * p**2 + pairs.tied * ((q - p) / 2) ** 2
    if unmeasured is not None:
        observed[unmeasured] = expected[unmeasured]
    factor = _factor(pairs.laplacian(expected))
    v = _solve(factor, _solve(factor, pairs.laplacian(observed)).T)
    return np.asarray((v + v.T) / 2)


def _log_odds(pairs: Pairs, wins: Floats, losses: Floats) -> Floats:
    """Where Newton starts: each model's log odds of winning, as if it had met one average opponent."""
    size = len(pairs.models)
    won = np.bincount(pairs.first, wins, size) + np.bincount(pairs.second, losses, size)
    lost = np.bincount(pairs.first, losses, size) + np.bincount(pairs.second, wins, size)
    return np.log((won + 0.5) / (lost + 0.5))


def _probabilities(pairs: Pairs, theta: Floats) -> tuple[Floats, Floats]:
    """p and 1 − p of each pair, both exact far from a half."""
    gap = theta[pairs.first] - theta[pairs.second]
    return expit(gap), expit(-gap)


def _shortened(pairs: Pairs, step: Floats) -> Floats:
    """The part of a Newton step that surely leads uphill, without evaluating the likelihood.

    Along a step the curvature grows at most as e^(tr), r the largest change of a gap (Bach 2010,
    "Self-concordant analysis for logistic regression"): all of it is safe for r ≤ 1, and ln(1 + r)/r of it
    otherwise.
    """
    change = np.abs(step[pairs.first] - step[pairs.second]).max()
    return step if change <= 1 else step * (np.log1p(change) / change)


def _factor(laplacian: Floats) -> tuple[Floats, bool]:
    """Cholesky with c·11ᵀ added, c = tr(H)/M²: H becomes definite, columns orthogonal to 1 stay theirs."""
    shifted = laplacian + np.trace(laplacian) / len(laplacian) ** 2
    factor, lower = cho_factor(shifted, check_finite=False)
    return factor, bool(lower)


def _solve(factor: tuple[Floats, bool], right: Floats) -> Floats:
    return np.asarray(cho_solve(factor, right, check_finite=False))
