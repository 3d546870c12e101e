"""Davidson: strengths of models whose votes may be ties, with one parameter for how common ties are.

P(i) : P(j) : P(tie) = π_i : π_j : ν√(π_iπ_j) with π = 10^(R/scale) and ν > 0, fitted by maximum likelihood
jointly in ratings and ln ν (Davidson 1970, "On extending the Bradley–Terry model to accommodate ties in paired
comparison experiments"). Where votes follow it, half a win for each side of a tie draws ratings together
however many votes there are; this does not.

Components, anchor, priors, limits and ranks are as `fitted` says, the prior being half-won votes and no ties; clusters,
weights and bootstrap as `likelihood` says. The expected score counts a tie as a half.
"""

import numpy as np

from app.stats.clusters import Spread
from app.stats.outcomes import Logits, OutcomeModel
from app.stats.rankings.likelihood import by_vote
from app.stats.rankings.ranking import Method, Ranking
from app.stats.rankings.samples import Votes
from app.stats.rankings.tie_models import GAP, Settings, TieModel, tie_board, tie_spread
from app.stats.tally import Comparisons, Floats, Tally

DEFAULTS = Settings()

_SLOPE = np.array([[0.5, 0], [-0.5, 0], [0, 1]])  # of won, lost, tied by the gap and ln ν


def fit(votes: Votes, settings: Settings = DEFAULTS) -> Ranking:
    """Fit a tally, whose cost grows with the number of models and not of votes; or votes one by one.

    >>> from app.stats.verdicts import Verdict
    >>> cells = [("x", "y", Verdict.A, 8), ("x", "y", Verdict.B, 2), ("x", "y", Verdict.TIE, 4)]
    >>> for row in fit(Tally.of(cells)).rows:
    ...     print(row.rank, row.model, f"{row.rating:.2f} [{row.lower:.0f}, {row.upper:.0f}]")
    1 x 1120.41 [986, 1255]
    2 y 879.59 [745, 1014]
    """
    return tie_board(METHOD, votes, settings, _MODEL)


def spread(votes: Comparisons, settings: Settings) -> Spread:
    """What clusters add to the scatter of these votes, to be carried to later tallies."""
    return tie_spread(votes, settings, _MODEL)


def _logits(local: Floats) -> Logits:
    slope = np.broadcast_to(_SLOPE[:, :, None], (*_SLOPE.shape, local.shape[1]))
    return Logits(value=_SLOPE @ local, slope=slope)


_MODEL = TieModel(
    outcomes=OutcomeModel(chart=GAP, logits=_logits, precision=np.zeros(1)),
    parameter=lambda odds: float(np.log(2 * odds)),
)

METHOD = Method(
    name="davidson",
    version="1",
    summary="Maximum likelihood where a tie has its own probability, with intervals and simultaneous ranks",
    takes=Tally,
    settings=Settings,
    fit=fit,
    by_vote=by_vote,
    spread=spread,
)
