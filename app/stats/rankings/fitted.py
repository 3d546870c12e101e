"""Boards of fitted strengths: what the methods whose strengths need not be finite do alike.

- Each component of models that met has its own scale: the mean of its ratings is `center`, and the limits are
  those of the distance to that mean. Models that never met have no common scale.
- A component whose votes determine no finite strengths is fitted with virtual votes for each pair that met,
  worth `prior_weight`, and its rows say `prior`. The limit on the side that the votes leave open is None.
  With `prior_weight` 0 such a component has no ratings.
- Limits are rating ± z·se with se from the sandwich covariance; ranks hold for all models at once.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from scipy.special import ndtri

from app.stats.components import decided, islands, one_sided, strong
from app.stats.pairs import Pairs
from app.stats.rank_bounds import max_t, overlap
from app.stats.rankings.ranking import (
    Dataclass,
    Method,
    RankedModel,
    Ranking,
    assembled,
    require_choice,
    require_number,
)
from app.stats.tally import Floats, Ints, Tally

LOPSIDED = "votes too lopsided to be fitted in double precision"
RankBounds = Literal["max_t", "overlap"]
_NONE = np.zeros(0, dtype=np.int64)


class FittedSettings(Dataclass, Protocol):
    """`scale`: points for odds of ten to one. `center`: mean rating of a component. `level`: of limits and
    ranks. `prior_weight`: virtual votes for a pair where a prior is needed. `rank_bounds`: `max_t`, or
    `overlap` as on LMArena's board.
    """

    @property
    def scale(self) -> float: ...
    @property
    def center(self) -> float: ...
    @property
    def level(self) -> float: ...
    @property
    def prior_weight(self) -> float: ...
    @property
    def rank_bounds(self) -> RankBounds: ...


class Estimate(NamedTuple):
    """θ (M,) in natural logs with mean 0, a root (M, r) of its covariance, and each model's mean over the
    others of the expected score against them (M,).
    """

    theta: Floats
    root: Floats
    chances: Floats


class Estimator(NamedTuple):
    """`links` gives the pairs as far as they tie strengths together: finite strengths exist if and only if
    they are strongly connected. `prior` adds virtual votes of a weight to each pair. `estimate` takes pairs,
    prior included, and the pairs whose spread is not to be measured; it raises ArithmeticError or LinAlgError
    where double precision does not suffice.
    """

    links: Callable[[Pairs], Pairs]
    prior: Callable[[Pairs, float], Pairs]
    estimate: Callable[[Pairs, Ints], Estimate]


def check(settings: FittedSettings) -> None:
    """Raises UnusableValue for a value outside its range."""
    require_number("scale", settings.scale, 1e-3, 1e6)
    require_number("center", settings.center, -1e6, 1e6)
    require_number("level", settings.level, 0.5, 0.9999)
    require_number("prior_weight", settings.prior_weight, 0.01 if settings.prior_weight else 0, 1000)
    require_choice("rank_bounds", settings.rank_bounds, ("max_t", "overlap"))


def board(
    method: Method[Tally, Any], tally: Tally, settings: FittedSettings, pairs: Pairs, estimator: Estimator
) -> Ranking:
    """The pairs of a tally, each component fitted and ranked on its own."""
    groups = islands(pairs)
    rows = [
        row
        for component, members in enumerate(groups)
        for row in _rated(pairs.among(members), component, settings, estimator)
    ]
    return assembled(method, settings, tally, pairs, groups, rows)


def _rated(pairs: Pairs, component: int, settings: FittedSettings, estimator: Estimator) -> list[RankedModel]:
    links = estimator.links(pairs)
    label = strong(links)
    unbeaten, winless = one_sided(links, label) if label.any() else (_NONE, _NONE)
    if len(unbeaten) and not settings.prior_weight:
        return _without_prior(pairs, component, unbeaten, winless)
    prior = len(unbeaten) > 0
    fitted = estimator.prior(pairs, settings.prior_weight) if prior else pairs
    try:
        estimate = estimator.estimate(fitted, _unmeasured(links, label))
    except (ArithmeticError, np.linalg.LinAlgError):  # a billion votes against one, say
        return [RankedModel(model, component=component, problem=LOPSIDED) for model in pairs.models]
    return _rows(pairs, component, settings, estimate, unbeaten, winless)


def _rows(
    pairs: Pairs,
    component: int,
    settings: FittedSettings,
    estimate: Estimate,
    unbeaten: Ints,
    winless: Ints,
) -> list[RankedModel]:
    theta, root, chances = estimate
    unit = settings.scale / np.log(10)
    ratings = settings.center + unit * theta
    margin = ndtri((1 + settings.level) / 2) * unit * np.sqrt((root**2).sum(axis=1))
    lower, upper = ratings - margin, ratings + margin
    lower[winless], upper[unbeaten] = -np.inf, np.inf
    if settings.rank_bounds == "overlap":
        best, worst = overlap(lower, upper)
    else:
        best, worst = max_t(theta, root, settings.level)
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
            prior=len(unbeaten) > 0,
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


def _unmeasured(links: Pairs, label: Ints) -> Ints:
    """Pairs between two groups that are linked one way only, or only by ties: no spread to be measured there."""
    one_way, only_tied = (group[links.first] != group[links.second] for group in (label, decided(links)))
    return np.flatnonzero(one_way | only_tied)


def _finite(limit: float) -> float | None:
    return float(limit) if np.isfinite(limit) else None
