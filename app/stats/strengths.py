"""Bradley–Terry strengths from pairs: maximum likelihood by Newton's method, and its sandwich covariance.

P(i beats j) = expit(θ_i − θ_j), natural-log strengths θ with mean 0; a tie is half a win for each side.
Everything is a sum over pairs, so the cost depends on the number of models and not of votes.
"""

import numpy as np
from scipy.linalg.lapack import dposv
from scipy.special import expit

from app.stats.clusters import Scores
from app.stats.pairs import Pairs
from app.stats.tally import Floats, Ints

_STEPS = 200
_FAR = 300.0  # in natural logs: below it one exponential for each model serves all its pairs
_CLOSE = 1e-9  # Newton converges quadratically: after a step this small the next would be below rounding


def strengths(pairs: Pairs, start: Floats | None = None) -> Floats:
    """Maximum likelihood θ (M,), mean 0. `start` is a guess (M,).

    Raises ArithmeticError when there is no maximum: unless wins and ties connect all (`components.strong`).

    >>> from app.stats.tally import Tally
    >>> from app.stats.verdicts import Verdict
    >>> pairs = Pairs.of(Tally.of([("x", "y", Verdict.A, 3), ("x", "y", Verdict.B, 1)]), "half", "tie")
    >>> (strengths(pairs) / np.log(3)).round(9).tolist()
    [0.5, -0.5]
    """
    wins, losses = pairs.won + pairs.tied / 2, pairs.lost + pairs.tied / 2
    theta = _log_odds(pairs, wins, losses) if start is None else start
    for _ in range(_STEPS):
        p, q = _probabilities(pairs, theta)
        slope = pairs.net(wins * q - losses * p)
        step = _solve(*_held(pairs.laplacian(pairs.games * p * q), slope))
        step = _shortened(pairs, step)
        theta = theta + step
        if np.abs(step).max() <= _CLOSE:
            return np.asarray(theta - theta.mean())
    raise ArithmeticError("the likelihood has no maximum: some models never lost or tied against the others")


def error_root(
    pairs: Pairs, theta: Floats, unmeasured: Ints | None = None, squares: Pairs | None = None
) -> Floats:
    """Root R (M, M − 1) of the sandwich covariance of θ in the mean-zero gauge: V = RRᵀ = H⁺BH⁺.

    H = Σ_pairs n p(1−p) xxᵀ with x = e_i − e_j, and B as `scatter` says.

    R = H⁻¹ chol(B) with one model held at 0, then centred: exactly the pseudo-inverse, and RRᵀ has no
    negative variance whatever the rounding.

    >>> from app.stats.tally import Tally
    >>> from app.stats.verdicts import Verdict
    >>> pairs = Pairs.of(Tally.of([("x", "y", Verdict.A, 50), ("x", "y", Verdict.B, 50)]), "half", "tie")
    >>> root = error_root(pairs, strengths(pairs))
    >>> (root @ root.T).round(6).tolist()
    [[0.01, -0.01], [-0.01, 0.01]]
    """
    p, q = _probabilities(pairs, theta)
    matrix = pairs.laplacian(pairs.games * p * q)
    best_known = int(np.diag(matrix).argmax())
    observed, _ = _held(_scatter(squares or pairs, p, q, unmeasured), np.zeros(len(theta)), best_known)
    lower: Floats = np.linalg.cholesky(observed).astype(np.float64, copy=False)
    root = _solve(*_held(matrix, lower, best_known))
    root = np.delete(root, best_known, axis=1)
    return np.asarray(root - root.mean(axis=0))


def information(pairs: Pairs, theta: Floats) -> Floats:
    """H = Σ_pairs n p(1−p) xxᵀ, (M, M): minus the second derivative of the log likelihood."""
    p, q = _probabilities(pairs, theta)
    return pairs.laplacian(pairs.games * p * q)


def scatter(
    pairs: Pairs, theta: Floats, unmeasured: Ints | None = None, squares: Pairs | None = None
) -> Floats:
    """B = Σ_pairs [won(1−p)² + lost p² + tied(½−p)²] xxᵀ, (M, M): a sum over single votes, not over pair totals.

    `squares` counts each vote with its squared weight; without it each weighs 1. Pairs listed in `unmeasured` take
    n p(1−p), the model's own variance: where every vote of the only link between two groups says the same,
    residuals vanish and would claim certainty from a single vote.
    """
    return _scatter(squares or pairs, *_probabilities(pairs, theta), unmeasured)


def scores(pairs: Pairs, theta: Floats) -> Scores:
    """Of one vote: y − p for the first model of its pair and p − y for the second, y ∈ {1, 0, ½, ½}."""
    p, q = _probabilities(pairs, theta)
    residual = np.stack([q, -p, (q - p) / 2, (q - p) / 2])
    return Scores(np.stack([residual, -residual], axis=1), np.zeros((len(theta), 0)))


def _scatter(squares: Pairs, p: Floats, q: Floats, unmeasured: Ints | None) -> Floats:
    observed = squares.won * q**2 + squares.lost * p**2 + squares.tied * ((q - p) / 2) ** 2
    if unmeasured is not None:
        observed[unmeasured] = (squares.games * p * q)[unmeasured]
    return squares.laplacian(observed)


def _log_odds(pairs: Pairs, wins: Floats, losses: Floats) -> Floats:
    """Where Newton starts: each model's log odds of winning, as if it had met one average opponent."""
    won, lost = pairs.by_model(wins, losses), pairs.by_model(losses, wins)
    return np.log((won + 0.5) / (lost + 0.5))


def _probabilities(pairs: Pairs, theta: Floats) -> tuple[Floats, Floats]:
    """p and 1 − p of each pair, both exact far from a half."""
    if np.ptp(theta) < _FAR:
        weight = np.exp(theta - theta.mean())
        first, second = weight[pairs.first], weight[pairs.second]
        return first / (first + second), second / (first + second)
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


def _held(matrix: Floats, right: Floats, model: int | None = None) -> tuple[Floats, Floats]:
    """The equations with one model, the best known unless given, held at 0, both changed in place.

    Holding one model keeps a newcomer's few votes apart from the millions of the rest; adding c·11ᵀ instead,
    which is the same in exact arithmetic, would drown them in rounding.
    """
    held = int(np.diag(matrix).argmax()) if model is None else model
    matrix[held] = matrix[:, held] = right[held] = 0
    matrix[held, held] = 1
    return matrix, right


def _solve(matrix: Floats, right: Floats) -> Floats:
    _, solution, failed = dposv(matrix.T, right, overwrite_a=True)
    if failed:
        raise np.linalg.LinAlgError("the votes do not determine the strengths")
    return np.asarray(solution, dtype=np.float64)
