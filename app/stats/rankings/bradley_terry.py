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
from typing import Literal

import numpy as np
from scipy.special import ndtri

from app.stats.components import decided, islands, one_sided, strong
from app.stats.pairs import Pairs
from app.stats.rank_bounds import max_t, overlap
from app.stats.rankings.ranking import (
    Method,
    RankedModel,
    Ranking,
    assembled,
    mean_win_probabilities,
    require_choice,
    require_number,
)
from app.stats.strengths import error_root, strengths
from app.stats.tally import BothBad, Ints, Tally, Ties

LOPSIDED = "votes too lopsided to be fitted in double precision"
_NONE = np.zeros(0, dtype=np.int64)


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
    rank_bounds: Literal["max_t", "overlap"] = "max_t"

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        require_number("scale", self.scale, 1e-3, 1e6)
        require_number("center", self.center, -1e6, 1e6)
        require_number("level", self.level, 0.5, 0.9999)
        require_number("prior_weight", self.prior_weight, 0.01 if self.prior_weight else 0, 1000)
        require_choice("rank_bounds", self.rank_bounds, ("max_t", "overlap"))


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
    groups = islands(pairs)
    rows = [
        row
        for component, members in enumerate(groups)
        for row in _component(pairs.among(members), component, settings)
    ]
    return assembled(METHOD, settings, tally, pairs, groups, rows)


def _component(pairs: Pairs, component: int, settings: Settings) -> list[RankedModel]:
    label = strong(pairs)
    unbeaten, winless = one_sided(pairs, label) if label.any() else (_NONE, _NONE)
    if len(unbeaten) and not settings.prior_weight:
        return _without_prior(pairs, component, unbeaten, winless)
    try:
        return _rated(pairs, component, settings, unbeaten, winless)
    except (ArithmeticError, np.linalg.LinAlgError):  # a billion votes against one, say
        return [RankedModel(model, component=component, problem=LOPSIDED) for model in pairs.models]


def _rated(
    pairs: Pairs, component: int, settings: Settings, unbeaten: Ints, winless: Ints
) -> list[RankedModel]:
    prior = len(unbeaten) > 0
    fitted = pairs.with_ties(settings.prior_weight) if prior else pairs
    theta = strengths(fitted)
    root = error_root(fitted, theta, _unmeasured(pairs))
    unit = settings.scale / np.log(10)
    ratings = settings.center + unit * theta
    margin = ndtri((1 + settings.level) / 2) * unit * np.sqrt((root**2).sum(axis=1))
    lower, upper = ratings - margin, ratings + margin
    lower[winless], upper[unbeaten] = -np.inf, np.inf
    if settings.rank_bounds == "overlap":
        best, worst = overlap(lower, upper)
    else:
        best, worst = max_t(theta, root, settings.level)
    chances = mean_win_probabilities(theta)
    return [
        RankedModel(
            model=model,
            rating=float(ratings[i]),
            lower=_finite(lower[i]),
            upper=_finite(upper[i]),
            rank_best=int(best[i]),
            rank_worst=int(worst[i]),
            mean_win_probability=float(chances[i]),
            component=component,
            prior=prior,
        )
        for i, model in enumerate(pairs.models)
    ]


def _without_prior(pairs: Pairs, component: int, unbeaten: Ints, winless: Ints) -> list[RankedModel]:
    problems = dict.fromkeys(range(len(pairs.models)), "no finite rating without a prior")
    problems |= dict.fromkeys(winless.tolist(), "never won and no prior")
    problems |= dict.fromkeys(unbeaten.tolist(), "never lost and no prior")
    return [
        RankedModel(model, component=component, problem=problems[i]) for i, model in enumerate(pairs.models)
    ]


def _unmeasured(pairs: Pairs) -> Ints:
    """Pairs between two groups that are linked one way only, or only by ties: no spread to be measured there."""
    first, second = pairs.first, pairs.second
    one_way, only_tied = (label[first] != label[second] for label in (strong(pairs), decided(pairs)))
    return np.flatnonzero(one_way | only_tied)


def _finite(limit: float) -> float | None:
    return float(limit) if np.isfinite(limit) else None


METHOD = Method(
    name="bradley_terry",
    version="1",
    summary="Maximum likelihood on counted pairs, with intervals and ranks that hold for all models at once",
    takes="tally",
    settings=Settings,
    fit=fit,
)
