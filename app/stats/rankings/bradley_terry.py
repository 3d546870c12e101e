"""Bradley–Terry: the ratings under which the votes, in whatever order they came, are most likely.

P(a over b) = 1/(1 + 10^((R_b − R_a)/scale)), fitted by maximum likelihood on counted pairs; a tie is half a
win for each side. Bradley & Terry 1952; interval and ranks as described at `strengths.error_root` and
`rank_bounds.max_t`.

Components, anchor, priors, limits and ranks are as `fitted` says, the prior being virtual ties; clusters, weights and
bootstrap as `likelihood` says.
"""

from dataclasses import dataclass

from app.stats.clusters import Spread
from app.stats.pairs import Pairs
from app.stats.rankings.likelihood import (
    Likelihood,
    LikelihoodSettings,
    StrengthFit,
    by_vote,
    check,
    likelihood_board,
    spread_of,
)
from app.stats.rankings.ranking import Method, Ranking, require_choice
from app.stats.rankings.samples import Votes
from app.stats.tally import BothBad, Comparisons, Tally, Ties


@dataclass(frozen=True, slots=True)
class Settings(LikelihoodSettings):
    """Those of `LikelihoodSettings`. `ties` and `both_bad`: how they count; a both-bad that is a tie follows `ties`."""

    ties: Ties = "half"
    both_bad: BothBad = "tie"

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        check(self)


DEFAULTS = Settings()


def fit(votes: Votes, settings: Settings = DEFAULTS) -> Ranking:
    """Fit a tally, whose cost grows with the number of models and not of votes; or votes one by one.

    >>> from app.stats.verdicts import Verdict
    >>> cells = [("x", "y", Verdict.A, 7), ("y", "x", Verdict.A, 3), ("x", "z", Verdict.A, 8),
    ...          ("x", "z", Verdict.B, 2), ("y", "z", Verdict.A, 6), ("y", "z", Verdict.B, 4)]
    >>> for row in fit(Tally.of(cells)).rows:
    ...     limits = f"[{row.lower:.0f}, {row.upper:.0f}]"
    ...     print(row.rank, row.model, f"{row.rating:.2f}", limits, row.rank_best, row.rank_worst)
    1 x 1128.65 [1011, 1246] 1 3
    2 y 974.10 [866, 1083] 1 3
    3 z 897.25 [784, 1010] 1 3
    """
    return likelihood_board(METHOD, votes, settings, (settings.ties, settings.both_bad), _LIKELIHOOD)


def spread(votes: Comparisons, settings: Settings) -> Spread:
    """What clusters add to the scatter of these votes, to be carried to later tallies."""
    return spread_of(votes, settings, (settings.ties, settings.both_bad), _LIKELIHOOD)


_LIKELIHOOD = Likelihood(links=lambda pairs: pairs, prior=Pairs.with_ties, fit=StrengthFit.of)

METHOD = Method(
    name="bradley_terry",
    version="1",
    summary="Maximum likelihood on counted pairs, with intervals and ranks that hold for all models at once",
    takes=Tally,
    settings=Settings,
    fit=fit,
    by_vote=by_vote,
    spread=spread,
)
