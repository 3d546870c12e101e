"""Rank centrality: ratings from where a walker, who moves on towards winners, spends most of the time.

From i the walker goes to j at the rate w_ji/(w_ij + w_ji), the share of their votes that j won, a tie being
half a win; the ratings are the logarithms of the stationary distribution π (Negahban, Oh & Shah 2012, "Iterative
ranking from pair-wise comparisons"). Where votes follow Bradley–Terry it estimates the same strengths, with
larger errors; every pair that met counts alike, however many votes it has. The stationary distribution is
computed by choix.

Components, priors, limits and ranks are as `fitted` says. The covariance is the delta method's: a share r_ij off
by ε moves π by ε(π_i + π_j)(D_j − D_i), D the deviation matrix of the chain, and the variance of a share is that
of its votes around π_j/(π_i + π_j).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from app.stats.pairs import Pairs
from app.stats.rankings.fitted import Estimate, Estimator, FittedSettings, board, check
from app.stats.rankings.ranking import Method, Ranking, mean_win_probabilities, require_choice
from app.stats.tally import BothBad, Floats, Ints, Tally, Ties


@dataclass(frozen=True, slots=True)
class Settings(FittedSettings):
    """`ties` and `both_bad`: how they count (a both-bad that is a tie follows `ties`). `scale`: points for
    odds of ten to one. `center`: mean rating of a component. `level`: of limits and ranks. `prior_weight`:
    virtual ties for a pair where a prior is needed. `rank_bounds`: `max_t`, or `overlap` as on LMArena's
    board.
    """

    ties: Ties = "half"
    both_bad: BothBad = "tie"

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        check(self)


DEFAULTS = Settings()


def fit(tally: Tally, settings: Settings = DEFAULTS) -> Ranking:
    """Fit a tally. The cost grows with the number of models, not of votes.

    >>> from app.stats.verdicts import Verdict
    >>> cells = [("x", "y", Verdict.A, 3), ("x", "y", Verdict.B, 1), ("y", "z", Verdict.TIE, 2)]
    >>> [(row.rank, row.model, round(row.rating, 2)) for row in fit(Tally.of(cells)).rows]
    [(1, 'x', 1127.23), (2, 'y', 936.38), (3, 'z', 936.38)]
    """
    pairs = Pairs.of(tally, settings.ties, settings.both_bad)
    return board(METHOD, tally, settings, pairs, _ESTIMATOR)


def _estimate(pairs: Pairs, unmeasured: Ints) -> Estimate:
    from choix.utils import statdist  # here: choix loads all of scipy.stats, a second at every start

    chain = _chain(pairs)
    try:
        weights = np.asarray(statdist(chain))
    except ValueError as cause:  # choix's word for a matrix that rounding has made singular
        raise ArithmeticError(*cause.args) from cause
    if not (weights > 0).all():
        raise ArithmeticError("the stationary distribution is below rounding")
    theta = np.log(weights)
    theta -= theta.mean()
    root = _error_root(pairs, chain, theta, unmeasured)
    return Estimate(theta, root, mean_win_probabilities(theta))


def _chain(pairs: Pairs) -> Floats:
    """Rates of the walk, (M, M), rows adding up to 0."""
    share = (pairs.won + pairs.tied / 2) / pairs.games
    size = len(pairs.models)
    chain = np.zeros((size, size))
    chain[pairs.second, pairs.first], chain[pairs.first, pairs.second] = share, 1 - share
    chain[np.diag_indices(size)] = -chain.sum(axis=1)
    return chain


def _error_root(pairs: Pairs, chain: Floats, theta: Floats, unmeasured: Ints) -> Floats:
    """Root (M, M − 1) of the covariance of θ in the mean-zero gauge: DᵀLD over π, L = Σ_pairs (π_i + π_j)²·var·xxᵀ."""
    stationary = np.exp(theta) / np.exp(theta).sum()
    gap = theta[pairs.first] - theta[pairs.second]
    p, q = expit(gap), expit(-gap)
    spread = pairs.won * q**2 + pairs.lost * p**2 + pairs.tied * ((q - p) / 2) ** 2
    spread[unmeasured] = (pairs.games * p * q)[unmeasured]
    pace = (stationary[pairs.first] + stationary[pairs.second]) / pairs.games
    deviation = np.linalg.inv(stationary - chain)
    scores = np.linalg.cholesky(pairs.laplacian(pace**2 * spread)[1:, 1:])
    root = ((deviation[1:] - deviation[0]).T @ scores) / stationary[:, None]
    return np.asarray(root - root.mean(axis=0))


_ESTIMATOR = Estimator(links=lambda pairs: pairs, prior=Pairs.with_ties, estimate=_estimate)

METHOD = Method(
    name="rank_centrality",
    version="1",
    summary="Stationary distribution of a walk towards winners, with intervals and ranks for all models at once",
    takes=Tally,
    settings=Settings,
    fit=fit,
)
