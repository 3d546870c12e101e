"""Boards of fitted strengths: what the methods whose strengths need not be finite do alike.

- Each component of models that met has its own scale: the mean of its ratings is `center`, and the limits are
  those of the distance to that mean. Models that never met have no common scale.
- `anchor` moves the scale of its component so that this model has the rating `anchor_rating` (`center` unless given).
  Limits move along: they stay those of the distance to the mean, so no model inherits the error of the anchor.
- A component whose votes determine no finite strengths is fitted with virtual votes for each pair that met,
  worth `prior_weight`, and its rows say `prior`. The limit on the side that the votes leave open is None.
  With `prior_weight` 0 such a component has no ratings.
- Limits are rating ± z·se with se from the sandwich covariance; ranks hold for all models at once. Those of the
  difference to the model `reference` come from the same covariance; its own difference is 0 from 0 to 0.
- `votes_needed` is how many votes between a model and the next below would have the board put one above the other
  with a power of 80 %, if the difference is the one found: beyond the critical value of the ranks with `max_t`, beyond
  that of a single comparison with `overlap`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.special import ndtri

from app.stats import power
from app.stats.components import decided, islands, one_sided, open_differences, strong
from app.stats.pairs import Pairs
from app.stats.rank_bounds import overlap, simultaneous, student
from app.stats.rankings.ranking import (
    Method,
    RankedModel,
    Ranking,
    UnusableValue,
    assembled,
    require_choice,
    require_number,
)
from app.stats.rankings.remarks import Remark
from app.stats.tally import Floats, Ints, Tally

RankBounds = Literal["max_t", "overlap"]
_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class FittedSettings:
    """`scale`: points for odds of ten to one. `center`: mean rating of a component. `level`: of limits and
    ranks. `prior_weight`: virtual votes for a pair where a prior is needed. `rank_bounds`: `max_t`, or
    `overlap` as on LMArena's board. `anchor`: the model whose rating is `anchor_rating`, or `center` unless given.
    `reference`: the model to which differences are shown.
    """

    scale: float = 400
    center: float = 1000
    level: float = 0.95
    prior_weight: float = 1
    rank_bounds: RankBounds = "max_t"
    anchor: str | None = None
    anchor_rating: float | None = None
    reference: str | None = None


class Estimate(NamedTuple):
    """θ (M,) in natural logs with mean 0, a root (M, r) of its covariance, and each model's mean over the
    others of the expected score against them (M,).

    `freedom` (M,) are the degrees of freedom of each model's limits where few clusters gave its votes, 0 where it has
    no limits at all; None for infinitely many. `of_a_vote` gives, for strengths of two sides
    (P,), what one more vote between them says about their gap (P,); that of a Bradley–Terry board with the
    component's share of ties unless given.
    """

    theta: Floats
    root: Floats
    chances: Floats
    freedom: Floats | None = None
    of_a_vote: Callable[[Floats, Floats], Floats] | None = None


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
    for name in ("anchor", "reference"):
        if not isinstance(getattr(settings, name), str | None):
            raise UnusableValue(f"{name} is {getattr(settings, name)!r}; it must be the name of a model")
    if settings.anchor_rating is not None:
        require_number("anchor_rating", settings.anchor_rating, -1e6, 1e6)
        if settings.anchor is None:
            raise UnusableValue(f"anchor_rating is {settings.anchor_rating:g}, but no anchor is named")


def board(
    method: Method[Any, Any], tally: Tally, settings: FittedSettings, pairs: Pairs, estimator: Estimator
) -> Ranking:
    """The pairs of a tally, each component fitted and ranked on its own. Raises UnusableValue for an anchor or a
    reference that has no rating.
    """
    groups = islands(pairs)
    rows = [
        row
        for component, members in enumerate(groups)
        for row in _anchored(_rated(pairs.among(members), component, settings, estimator), settings)
    ]
    rated = {row.model: row.component for row in rows if row.rating is not None}
    for name in ("anchor", "reference"):
        model = getattr(settings, name)
        if model is not None and model not in rated:
            known = ", ".join(sorted(rated)) or "none"
            raise UnusableValue(f"{name} is {model!r}, which has no rating here; those that have: {known}")
    ranking = assembled(method, settings, tally, pairs, groups, rows)
    elsewhere = settings.anchor is not None and len(groups) > 1
    return replace(ranking, remarks=(*ranking.remarks, Remark.ANCHORED)) if elsewhere else ranking


def _anchored(rows: list[RankedModel], settings: FittedSettings) -> list[RankedModel]:
    found = [row.rating for row in rows if row.model == settings.anchor and row.rating is not None]
    if not found:
        return rows
    shift = (settings.center if settings.anchor_rating is None else settings.anchor_rating) - found[0]
    return [
        row
        if row.rating is None
        else replace(
            row,
            rating=row.rating + shift,
            lower=None if row.lower is None else row.lower + shift,
            upper=None if row.upper is None else row.upper + shift,
        )
        for row in rows
    ]


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
        return [RankedModel(model, component=component, problem=Remark.LOPSIDED) for model in pairs.models]
    rows = _rows(pairs, component, settings, estimate, unbeaten, winless)
    return _compared(rows, links, settings, estimate)


def _rows(
    pairs: Pairs,
    component: int,
    settings: FittedSettings,
    estimate: Estimate,
    unbeaten: Ints,
    winless: Ints,
) -> list[RankedModel]:
    theta, root, chances = estimate[:3]
    unit = settings.scale / np.log(10)
    ratings = settings.center + unit * theta
    margin = unit * _margin(root, settings.level, estimate.freedom)
    lower, upper = ratings - margin, ratings + margin
    lower[winless], upper[unbeaten] = -np.inf, np.inf
    best, worst, needed = _told_apart(pairs, settings, estimate, lower, upper)
    columns = (ratings, lower, upper, best, worst, chances)
    return [
        RankedModel(
            model=model,
            rating=rating,
            lower=_finite(below),
            upper=_finite(above),
            rank_best=first,
            rank_worst=last,
            mean_win_probability=chance,
            component=component,
            prior=len(unbeaten) > 0,
            votes_needed=needed.get(i),
        )
        for i, (model, rating, below, above, first, last, chance) in enumerate(
            zip(pairs.models, *(column.tolist() for column in columns), strict=True)
        )
    ]


def _told_apart(
    pairs: Pairs, settings: FittedSettings, estimate: Estimate, lower: Floats, upper: Floats
) -> tuple[Ints, Ints, dict[int, int | None]]:
    """Best and worst ranks, and the votes until each model and the next below are told apart, by the better one."""
    critical: float | Floats
    if settings.rank_bounds == "overlap":
        best, worst = overlap(lower, upper)
        critical = float(ndtri((1 + settings.level) / 2))
    else:
        best, worst, critical = simultaneous(estimate.theta, estimate.root, settings.level, estimate.freedom)
    of_a_vote = estimate.of_a_vote or power.bradley_terry(float(pairs.tied.sum() / pairs.games.sum()))
    found = power.neighbours(estimate.theta, estimate.root, critical=critical, of_a_vote=of_a_vote)
    return best, worst, {each.better: each.votes for each in found}


def _compared(
    rows: list[RankedModel], links: Pairs, settings: FittedSettings, estimate: Estimate
) -> list[RankedModel]:
    """The rows with their difference to the reference, if it is one of them."""
    if settings.reference not in links.models:
        return rows
    reference = links.models.index(settings.reference)
    unit = settings.scale / np.log(10)
    difference = unit * (estimate.theta - estimate.theta[reference])
    freedom = None if estimate.freedom is None else np.minimum(estimate.freedom, estimate.freedom[reference])
    margin = unit * _margin(estimate.root - estimate.root[reference], settings.level, freedom)
    lower, upper = difference - margin, difference + margin
    above, below = open_differences(links, reference)
    lower[below], upper[above] = -np.inf, np.inf
    lower[reference] = upper[reference] = 0
    return [
        replace(
            row,
            difference=float(difference[i]),
            difference_lower=_finite(lower[i]),
            difference_upper=_finite(upper[i]),
        )
        for i, row in enumerate(rows)
    ]


def _margin(root: Floats, level: float, freedom: Floats | None) -> Floats:
    """How far limits are from what has this root of its covariance (M, r): (M,), infinite without freedom."""
    error = np.sqrt((root**2).sum(axis=1))
    if freedom is None:
        return np.asarray(ndtri((1 + level) / 2) * error)
    margin = np.full(len(root), np.inf)
    known = freedom > 0
    margin[known] = student((1 + level) / 2, freedom[known]) * error[known]
    return margin


def _without_prior(pairs: Pairs, component: int, unbeaten: Ints, winless: Ints) -> list[RankedModel]:
    problems = dict.fromkeys(range(len(pairs.models)), Remark.NO_PRIOR)
    problems |= dict.fromkeys(winless.tolist(), Remark.NEVER_WON)
    problems |= dict.fromkeys(unbeaten.tolist(), Remark.NEVER_LOST)
    return [
        RankedModel(model, component=component, problem=problems[i]) for i, model in enumerate(pairs.models)
    ]


def _unmeasured(links: Pairs, label: Ints) -> Ints:
    """Pairs between two groups that are linked one way only, or only by ties: no spread to be measured there."""
    one_way, only_tied = (group[links.first] != group[links.second] for group in (label, decided(links)))
    return np.flatnonzero(one_way | only_tied)


def _finite(limit: float) -> float | None:
    return float(limit) if math.isfinite(limit) else None
