"""Rao–Kupper: strengths of models whose votes may be ties, a tie being a difference too small to see.

P(i) = π_i/(π_i + τπ_j), P(j) = π_j/(π_j + τπ_i) and P(tie) = (τ² − 1)·P(i)·P(j) with π = 10^(R/scale) and the
threshold τ ≥ 1, fitted by maximum likelihood jointly in ratings and ln(τ² − 1) (Rao & Kupper 1967, "Ties in
paired-comparison experiments: a generalization of the Bradley–Terry model"). Two answers are told apart when
they differ by more than ln τ on the scale of natural logs; τ = 1 is Bradley–Terry.

Components, anchor, priors, limits and ranks are as `fitted` says, the prior being half-won votes and no ties; clusters,
weights and bootstrap as `likelihood` says. The expected score counts a tie as a half.
"""

import numpy as np
from scipy.special import expit

from app.stats.clusters import Spread
from app.stats.outcomes import Logits, OutcomeModel
from app.stats.rankings.likelihood import by_vote
from app.stats.rankings.ranking import Method, Ranking
from app.stats.rankings.samples import Votes
from app.stats.rankings.tie_models import GAP, Settings, TieModel, tie_board, tie_spread
from app.stats.tally import Comparisons, Floats, Tally

DEFAULTS = Settings()


def fit(votes: Votes, settings: Settings = DEFAULTS) -> Ranking:
    """Fit a tally, whose cost grows with the number of models and not of votes; or votes one by one.

    >>> from app.stats.verdicts import Verdict
    >>> cells = [("x", "y", Verdict.A, 8), ("x", "y", Verdict.B, 2), ("x", "y", Verdict.TIE, 4)]
    >>> for row in fit(Tally.of(cells)).rows:
    ...     print(row.rank, row.model, f"{row.rating:.2f} [{row.lower:.0f}, {row.upper:.0f}]")
    1 x 1090.31 [995, 1186]
    2 y 909.69 [814, 1005]
    """
    return tie_board(METHOD, votes, settings, _MODEL)


def spread(votes: Comparisons, settings: Settings) -> Spread:
    """What clusters add to the scatter of these votes, to be carried to later tallies."""
    return tie_spread(votes, settings, _MODEL)


def _logits(local: Floats) -> Logits:
    """Over a common factor the probabilities are 1 + τe^gap : 1 + τe^−gap : τ² − 1; coordinates are the gap
    and κ = ln(τ² − 1), so ln τ = ln(1 + e^κ)/2. In these the likelihood is concave and τ > 1 without a bound.
    """
    gap, kappa = local
    threshold = np.logaddexp(0, kappa) / 2
    rise = expit(kappa) / 2  # of the threshold by κ
    ahead, behind = expit(threshold + gap), expit(threshold - gap)
    none, one = np.zeros_like(gap), np.ones_like(gap)

    def bend(weights: Floats) -> Floats:
        curve = weights[:2] * np.stack([ahead * (1 - ahead), behind * (1 - behind)])
        summed, crossed = curve.sum(axis=0), (curve[0] - curve[1]) * rise
        more = (weights[0] * ahead + weights[1] * behind) * rise * expit(-kappa)
        return np.stack([np.stack([summed, crossed]), np.stack([crossed, summed * rise**2 + more])])

    return Logits(
        value=np.stack([np.logaddexp(0, threshold + gap), np.logaddexp(0, threshold - gap), kappa]),
        slope=np.stack(
            [np.stack([ahead, ahead * rise]), np.stack([-behind, behind * rise]), np.stack([none, one])]
        ),
        bend=bend,
    )


_MODEL = TieModel(
    outcomes=OutcomeModel(chart=GAP, logits=_logits, precision=np.zeros(1)),
    parameter=lambda odds: float(np.log((1 + 2 * odds) ** 2 - 1)),
)

METHOD = Method(
    name="rao_kupper",
    version="1",
    summary="Maximum likelihood where a tie is a difference below a threshold, with intervals and ranks",
    takes=Tally,
    settings=Settings,
    fit=fit,
    by_vote=by_vote,
    spread=spread,
)
