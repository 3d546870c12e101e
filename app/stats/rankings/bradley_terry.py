"""Bradley–Terry: the ratings under which the votes, in whatever order they came, are most likely.

P(a over b) = 1/(1 + 10^((R_b − R_a)/scale)), fitted by maximum likelihood on counted pairs; a tie is half a
win for each side. Bradley & Terry 1952; interval and ranks as described at `strengths.error_root` and
`rank_bounds.max_t`.

- Each component of models that met has its own scale: the mean of its ratings is `center`, and the limits are
  those of the distance to that mean. Models that never met have no common scale.
- A component in which some group never lost to, or never won against, the rest has no finite maximum. It is
  fitted with `prior_weight` virtual ties for each pair that met, and its rows say `prior`. The limit on the
  side that the votes leave open is None. With `prior_weight` 0 such a component has no ratings.
- Limits are rating ± z·se with se from the sandwich covariance; ranks hold for all models at once.
"""

from dataclasses import dataclass

from app.stats.pairs import Pairs
from app.stats.rankings.fitted import Estimate, Estimator, RankBounds, board, check
from app.stats.rankings.ranking import Method, Ranking, mean_win_probabilities, require_choice
from app.stats.strengths import error_root, strengths
from app.stats.tally import BothBad, Ints, Tally, Ties


@dataclass(frozen=True, slots=True)
class Settings:
    """`ties` and `both_bad`: how they count (a both-bad that is a tie follows `ties`). `scale`: points for
    odds of ten to one. `center`: mean rating of a component. `level`: of limits and ranks. `prior_weight`:
    virtual ties for a pair where a prior is needed. `rank_bounds`: `max_t`, or `overlap` as on LMArena's
    board.
    """

    ties: Ties = "half"
    both_bad: BothBad = "tie"
    scale: float = 400
    center: float = 1000
    level: float = 0.95
    prior_weight: float = 1
    rank_bounds: RankBounds = "max_t"

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        check(self)


DEFAULTS = Settings()


def fit(tally: Tally, settings: Settings = DEFAULTS) -> Ranking:
    """Fit a tally. The cost grows with the number of models, not of votes.

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
    pairs = Pairs.of(tally, settings.ties, settings.both_bad)
    return board(METHOD, tally, settings, pairs, _ESTIMATOR)


def _estimate(pairs: Pairs, unmeasured: Ints) -> Estimate:
    theta = strengths(pairs)
    return Estimate(theta, error_root(pairs, theta, unmeasured), mean_win_probabilities(theta))


_ESTIMATOR = Estimator(links=lambda pairs: pairs, prior=Pairs.with_ties, estimate=_estimate)

METHOD = Method(
    name="bradley_terry",
    version="1",
    summary="Maximum likelihood on counted pairs, with intervals and ranks that hold for all models at once",
    takes=Tally,
    settings=Settings,
    fit=fit,
)
