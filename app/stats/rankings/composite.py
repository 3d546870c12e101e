"""Composite: one Bradley–Terry board from the votes on several dimensions, each dimension with its weight.

θ minimises Σ_c Σ_d w_d(c)·L_d,c(θ), L the Bradley–Terry loss summed over the votes on dimension d about prompts of
the category c: a vote on a dimension of weight ¾ counts ¾. This is one fit, not the weighted mean of ratings, so a
dimension with more votes says more (CompositeBradleyTerry of arena-rank; METHODS 3.2).

- `weights` are given (`accuracy=3,style=1`; made to add up to 1), `equal`, or fitted on the overall votes: once for
  the arena (`global`) or for each category (`by_category`, the default), where a category with few ballots stays
  near the whole. Only ballots with a verdict on every dimension and an overall one teach weights;
  `dimension_weights.fitted` says how. Where there is none, all weigh alike and the board says so.
- The dimension `overall` has a weight of its own only where it is named, or is the only one.
- Components, priors, limits and ranks are as `fitted` says. The votes of one ballot go together: the sandwich has
  Σ_ballots (Σ_d w_d(y_d − p))² for its middle. Votes of which only the dimension is known are ballots of their own,
  so limits from such cells are too narrow where one voter's dimensions agree. Fitted weights are taken as known.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

from app.stats.dimension_weights import DimensionWeights, fitted
from app.stats.dimensions import OVERALL, Bools, Dimensions
from app.stats.pairs import Pairs
from app.stats.rankings.fitted import Estimate, Estimator, FittedSettings, board, check
from app.stats.rankings.ranking import (
    Method,
    Ranking,
    UnusableValue,
    mean_win_probabilities,
    require_choice,
)
from app.stats.rankings.remarks import Remark
from app.stats.sandwich import root_of
from app.stats.strengths import strengths
from app.stats.tally import BothBad, Floats, Ints, Ties

_RULES = ("by_category", "global", "equal")


@dataclass(frozen=True, slots=True)
class Settings(FittedSettings):
    """`weights`: `by_category`, `global`, `equal`, or weights by dimension such as `accuracy=0.75,style=0.25`; what
    is not named then weighs nothing. `ties` and `both_bad`: how they count (a both-bad that is a tie follows
    `ties`). `scale`: points for odds of ten to one. `center`: mean rating of a component. `level`: of limits and
    ranks. `prior_weight`: virtual ties for a pair where a prior is needed. `rank_bounds`: `max_t`, or `overlap` as
    on LMArena's board.
    """

    weights: str = "by_category"
    ties: Ties = "half"
    both_bad: BothBad = "tie"

    def __post_init__(self) -> None:
        if self.weights not in _RULES:
            _given(self.weights)
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        check(self)


DEFAULTS = Settings()


class Weights(NamedTuple):
    """`by_category` (categories, D); `named` as shown; `ballots` those fitted on, None where nothing was."""

    by_category: Floats
    named: dict[str, float]
    ballots: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What `count` (L,) ballots of a `category` (L,) said, from the side of the model whose name comes first: `margin`
    (L, weighed dimensions) is 1, 0 or −1 and `overall` (L,) 1, ½ or 0.
    """

    category: Ints
    margin: Floats
    overall: Floats
    count: Floats


class Ballots(NamedTuple):
    """For pairs by place in a table (M, M) of models in the order of their names: Σ over ballots of squares and
    products of what a ballot scored for the first, Y = Σ_d w_d y_d, and of what it weighed, W = Σ_d w_d.
    """

    models: tuple[str, ...]
    games: Floats
    scored_squared: Floats
    scored_weighed: Floats
    weighed_squared: Floats


def fit(ballots: Dimensions, settings: Settings = DEFAULTS) -> Ranking:
    """Fit ballots. Raises UnusableValue for the weight of a dimension that there is not.

    >>> from app.stats.verdicts import Verdict
    >>> said = [("x", "y", {"accuracy": Verdict.A, "style": Verdict.B}, 3), ("x", "y", {"style": Verdict.A}, 1),
    ...         ("y", "x", {"accuracy": Verdict.A, "style": Verdict.B}, 1)]
    >>> ranking = fit(Dimensions.of(said), Settings(weights="accuracy=0.75,style=0.25"))
    >>> [(row.model, round(row.rating, 2)) for row in ranking.rows], ranking.votes
    ([('x', 1052.65), ('y', 947.35)], 9)
    """
    score, counted = ballots.scores(settings.ties, settings.both_bad)
    weights = _weights(ballots, settings, score, counted)
    weight = np.where(counted, weights.by_category[ballots.category], 0)
    pairs, together = _folded(ballots, weight, score)
    estimator = Estimator(
        links=lambda pairs: pairs, prior=Pairs.with_ties, estimate=partial(_estimate, together)
    )
    ranking = board(METHOD, ballots.tally(), settings, pairs, estimator)
    figures = dict(weights.named)
    if weights.ballots is not None:
        figures["ballots_weighed"] = weights.ballots
    told = (Remark.ALIKE,) if weights.ballots == 0 and ranking.components else ()
    return replace(
        ranking,
        votes=int(((weight > 0) * ballots.count[:, None]).sum()),
        remarks=ranking.remarks + told,
        figures=figures,
    )


def _weights(ballots: Dimensions, settings: Settings, score: Floats, counted: Bools) -> Weights:
    dimensions = ballots.dimensions
    if settings.weights not in _RULES:
        given = _given(settings.weights)
        if strange := sorted(set(given) - set(dimensions)):
            known = ", ".join(dimensions) or "none"
            raise UnusableValue(f"weights name {', '.join(strange)}; the dimensions with votes are {known}")
        return _alike(ballots, np.array([given.get(dimension, 0) for dimension in dimensions]))
    present = counted.any(axis=0)
    others = np.array([dimension != OVERALL for dimension in dimensions], dtype=bool) & present
    weighed = np.flatnonzero(others if others.any() else present)
    if settings.weights == "equal" or len(weighed) < 2:
        return _alike(ballots, np.isin(np.arange(len(dimensions)), weighed) / max(len(weighed), 1))
    return _taught(ballots, settings, score, counted, weighed)


def _taught(ballots: Dimensions, settings: Settings, score: Floats, counted: Bools, weighed: Ints) -> Weights:
    """Weights fitted on the ballots that say all."""
    names, lessons = ballots.dimensions, _lessons(ballots, score, counted, weighed)
    everywhere = fitted(lessons.margin, lessons.overall, lessons.count)
    table = np.zeros((len(ballots.categories), len(names)))
    table[:, weighed] = everywhere.shares
    number = int(lessons.count.sum())
    if settings.weights == "global" or len(ballots.categories) < 2:
        return Weights(table, _named(names, "", weighed, everywhere), number)
    named: dict[str, float] = {}
    for category, name in enumerate(ballots.categories):
        own = lessons.category == category
        found = fitted(lessons.margin[own], lessons.overall[own], lessons.count[own], around=everywhere.gain)
        table[category, weighed] = found.shares
        named |= _named(names, name or "no_category", weighed, found)
    return Weights(table, named, number)


def _lessons(ballots: Dimensions, score: Floats, counted: Bools, weighed: Ints) -> Lessons:
    """The ballots with a verdict on all weighed dimensions and overall, those that say the same together."""
    names = ballots.dimensions
    taught = OVERALL in names
    columns = [*weighed, names.index(OVERALL) if taught else 0]
    whole = np.flatnonzero(counted[:, columns].all(axis=1) & taught)
    seen = _from_first(ballots, score)[np.ix_(whole, columns)]
    code = ballots.category[whole]
    for column in seen.T:
        code = 3 * code + (2 * column).astype(np.int64)
    _, one, alike = np.unique(code, return_index=True, return_inverse=True)
    count = np.bincount(alike, ballots.count[whole], len(one)).astype(np.float64)
    return Lessons(ballots.category[whole][one], 2 * seen[one, :-1] - 1, seen[one, -1], count)


def _named(
    dimensions: tuple[str, ...], category: str, weighed: Ints, weights: DimensionWeights
) -> dict[str, float]:
    where = f"_in_{category}" if category else ""
    return {
        f"weight_{dimensions[dimension]}{where}": float(share)
        for dimension, share in zip(weighed, weights.shares, strict=True)
    }


def _alike(ballots: Dimensions, weight: Floats) -> Weights:
    """The same weights (D,) in every category, shown where there is more than one."""
    shares = weight / (weight.sum() or 1)
    heavy = np.flatnonzero(shares)
    named = {f"weight_{ballots.dimensions[dimension]}": float(shares[dimension]) for dimension in heavy}
    return Weights(np.tile(shares, (len(ballots.categories), 1)), named if len(heavy) > 1 else {})


def _given(text: object) -> dict[str, float]:
    """Weights by dimension from `accuracy=0.75,style=0.25`. Raises UnusableValue."""
    words = [word.partition("=") for word in text.split(",")] if isinstance(text, str) else []
    try:
        given = {name.strip(): float(weight) for name, _, weight in words}
    except ValueError:
        given = {}
    usable = all(0 <= weight < 1e6 for weight in given.values()) and any(given.values())
    if not usable or len(given) < len(words):
        raise UnusableValue(
            f"weights is {text!r}; it must be one of {', '.join(_RULES)}, or weights by dimension "
            "such as accuracy=0.75,style=0.25"
        )
    return given


def _from_first(ballots: Dimensions, score: Floats) -> Floats:
    """Scores of the model whose name comes first, whichever side it was shown on."""
    place = _place(ballots)
    turned = place[ballots.first] > place[ballots.second]
    return np.where(turned[:, None], 1 - score, score)


def _place(ballots: Dimensions) -> Ints:
    """Each model's place in the order of names."""
    place = {model: position for position, model in enumerate(sorted(ballots.models))}
    return np.array([place[model] for model in ballots.models], dtype=np.int64)


def _folded(ballots: Dimensions, weight: Floats, score: Floats) -> tuple[Pairs, Ballots]:
    """Weighted pairs, and what their ballots say together."""
    models, size = tuple(sorted(ballots.models)), len(ballots.models)
    place = _place(ballots)
    sides = np.sort(np.column_stack([place[ballots.first], place[ballots.second]]), axis=1)
    cell = sides[:, 0] * size + sides[:, 1]
    score = _from_first(ballots, score)

    def summed(of_ballot: Floats) -> Floats:
        table = np.bincount(cell, ballots.count * of_ballot, size * size)
        return np.asarray(table.reshape(size, size), dtype=np.float64)

    scored, weighed = (weight * score).sum(axis=1), weight.sum(axis=1)
    won, lost, tied = (summed((weight * (score == worth)).sum(axis=1)) for worth in (1, 0, 0.5))
    first, second = np.nonzero(won + lost + tied)
    counts = (table[first, second] for table in (won, lost, tied, np.zeros_like(tied)))
    pairs = Pairs(models, first, second, *counts)
    together = Ballots(
        models, won + lost + tied, summed(scored**2), summed(scored * weighed), summed(weighed**2)
    )
    return pairs, together


def _estimate(together: Ballots, pairs: Pairs, unmeasured: Ints) -> Estimate:
    theta = strengths(pairs)
    gap = theta[pairs.first] - theta[pairs.second]
    p, q = expit(gap), expit(-gap)
    number = {model: position for position, model in enumerate(together.models)}
    at = np.array([number[model] for model in pairs.models], dtype=np.int64)
    cell = at[pairs.first], at[pairs.second]
    squared = together.weighed_squared[cell]
    spread = together.scored_squared[cell] - 2 * p * together.scored_weighed[cell] + p**2 * squared
    virtual = pairs.games - together.games[cell]
    spread = np.maximum(spread, 0) + virtual * ((q - p) / 2) ** 2
    spread[unmeasured] = np.maximum((squared + virtual) * p * q, spread)[unmeasured]
    root = root_of(pairs.laplacian(pairs.games * p * q), pairs.laplacian(spread))
    return Estimate(theta, root, mean_win_probabilities(theta))


METHOD: Method[Any, Settings] = Method(
    name="composite",
    version="1",
    summary="One fit of weighted dimensions; weights given, or fitted by category on the overall votes",
    takes=Dimensions,
    settings=Settings,
    fit=fit,
)
