"""Prediction-powered Bradley–Terry: few units that people labelled, many that only a judge did.

With n units that both labelled, N that only the judge did, and L the mean logistic loss of soft labels,

    θ minimises L_n(θ; human) + λ·[L_N(θ; judge) − L_n(θ; judge)],

so the judge's votes count, less the error that they are seen to make where people voted too. λ is tuned to the
smallest error, λ = ½tr(H⁻¹(C + Cᵀ)H⁻¹)/((1 + n/N)·tr(H⁻¹V H⁻¹)) within 0..1, with C the covariance of the gradients of
human and judge, V that of the judge's on all units (both divided by the number of units), and H the information of
the n units, all where people alone put θ.
The covariance of θ is H⁻¹[cov(∇human − λ∇judge)/n + λ²cov(∇judge)/N]H⁻¹ (Boyeau, Angelopoulos, Yosef, Malik & Jordan
2024, "AutoEval done right"; Angelopoulos, Duchi & Zrnic 2023, "PPI++"). Every unit weighs the same, however many
people voted on it.

- This holds if the units that people label are drawn at random from all, and the judge was fixed before.
- Components are those of the people's units: the judge alone puts no two models on one scale. A judge's unit between
  two components, or of a model on which no person voted, is left out.
- Priors, limits and ranks are as `fitted` says; a virtual vote is a unit on which human and judge say tie. Where the
  tuned λ leaves θ without a finite value, λ is 0.
- Of each component `figures` say λ, how many people's units alone would have the same error (`effective_sample_size`),
  and the units of both kinds; beyond the first component with its number.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from app.stats.judged import Bools, Judged
from app.stats.pairs import Pairs
from app.stats.rankings.fitted import Estimate, Estimator, FittedSettings, board, check
from app.stats.rankings.ranking import Method, Ranking, mean_win_probabilities, require_number
from app.stats.rankings.remarks import Remark
from app.stats.sandwich import root_of
from app.stats.strengths import strengths
from app.stats.tally import COUNTED, Floats, Ints, Tally
from app.stats.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Settings(FittedSettings):
    """Those of `FittedSettings`. `lam`: λ, from 0 for people only to 1, the first form of prediction-powered
    inference; tuned unless given.
    """

    lam: float | None = None

    def __post_init__(self) -> None:
        if self.lam is not None:
            require_number("lam", self.lam, 0, 1)
        check(self)


DEFAULTS = Settings()
_NO_SPREAD = 1e-6
_ROUNDING = 1e-12  # of the largest eigenvalue: that of the direction all ratings share is 0, but for rounding


class Moments(NamedTuple):
    """Of units by pair, labels from the side of the pair's first model: the number of those that both labelled, sums
    of their labels, squares and products, and the same of those that only the judge labelled.
    """

    units: Floats
    human: Floats
    judge: Floats
    human_squared: Floats
    judge_squared: Floats
    product: Floats
    others: Floats
    other: Floats
    other_squared: Floats

    def at(self, first: Ints, second: Ints) -> "Moments":
        """Those of some pairs, (P,) each, from tables (M, M)."""
        return Moments._make(table[first, second] for table in self)

    def with_ties(self, weight: Floats) -> "Moments":
        """With `weight` more units on which both say tie."""
        half, quarter = weight / 2, weight / 4
        more = (weight, half, half, quarter, quarter, quarter)
        return Moments._make(
            [own + added for own, added in zip(self[:6], more, strict=True)] + list(self[6:])
        )


@dataclass(frozen=True, slots=True, eq=False)
class Island:
    """A component: its pairs that anybody labelled, their moments with the prior's, which of them are not to be
    measured, and how many units people labelled.
    """

    pairs: Pairs
    moments: Moments
    unmeasured: Bools
    people: float

    @property
    def units(self) -> float:
        return float(self.moments.units.sum())

    @property
    def others(self) -> float:
        return float(self.moments.others.sum())


class Tuned(NamedTuple):
    models: tuple[str, ...]
    lam: float
    effective: float
    island: Island


def fit(units: Judged, settings: Settings = DEFAULTS) -> Ranking:
    """Fit units. The cost grows with the number of models, not of units.

    >>> both = [("x", "y", 1.0, 1.0)] * 6 + [("x", "y", 0.0, 0.0)] * 2 + [("x", "y", 1.0, 0.0)] * 2
    >>> ranking = fit(Judged.of([*both, *[("x", "y", 1.0, None)] * 70, *[("x", "y", 0.0, None)] * 30]))
    >>> {name: round(value, 2) for name, value in ranking.figures.items()}
    {'lambda': 0.53, 'effective_sample_size': 15.63, 'human_units': 10.0, 'judge_units': 100.0}
    """
    pairs, tables = _folded(units)
    tuned: list[Tuned] = []

    def estimate(pairs: Pairs, unmeasured: Ints) -> Estimate:
        island = _island(tables, sorted(units.models), pairs, unmeasured)
        found, lam, effective = _estimate(island, strengths(pairs), settings.lam)
        tuned.append(Tuned(pairs.models, lam, effective, island))
        return found

    estimator = Estimator(links=lambda pairs: pairs, prior=Pairs.with_ties, estimate=estimate)
    ranking = board(METHOD, _tally(units), settings, pairs, estimator)
    judged = {units.models[index] for index in np.concatenate([units.first, units.second])}
    rows = (
        replace(row, problem=Remark.NO_HUMAN_VOTES) if row.component is None and row.model in judged else row
        for row in ranking.rows
    )
    return replace(ranking, rows=tuple(rows), figures=_figures(ranking, tuned))


def _figures(ranking: Ranking, tuned: list[Tuned]) -> dict[str, float]:
    component = {row.model: row.component for row in ranking.rows}
    figures: dict[str, float] = {}
    for models, lam, effective, island in tuned:
        number = f"_{component[models[0]]}" if component[models[0]] else ""
        figures[f"lambda{number}"] = lam
        figures[f"effective_sample_size{number}"] = effective
        figures[f"human_units{number}"] = island.people
        figures[f"judge_units{number}"] = island.others
    return figures


def _folded(units: Judged) -> tuple[Pairs, Moments]:
    """The pairs that people labelled, and the moments of all as tables (M, M), models in the order of names."""
    models, size = tuple(sorted(units.models)), len(units.models)
    number = {model: position for position, model in enumerate(models)}
    place = np.array([number[model] for model in units.models], dtype=np.int64)
    sides = np.column_stack([place[units.first], place[units.second]])
    turned = sides[:, 0] > sides[:, 1]
    cell = sides.min(axis=1) * size + sides.max(axis=1)
    human, judge = (np.where(turned, 1 - label, label) for label in (units.human, units.judge))
    both, alone = units.labelled.astype(np.float64), (~units.labelled).astype(np.float64)

    def table(of_unit: Floats) -> Floats:
        return np.bincount(cell, of_unit, size * size).astype(np.float64).reshape(size, size)

    labelled = (np.ones_like(human), human, judge, human**2, judge**2, human * judge)
    tables = Moments._make(
        [table(both * value) for value in labelled]
        + [table(alone * value) for value in (np.ones_like(judge), judge, judge**2)]
    )
    first, second = np.nonzero(tables.units)
    tied = table(both * 2 * np.minimum(human, 1 - human))[first, second]
    won = np.maximum(tables.human[first, second] - tied / 2, 0)
    lost = np.maximum(tables.units[first, second] - tied - won, 0)
    return Pairs(models, first, second, won, lost, tied, np.zeros_like(tied)), tables


def _tally(units: Judged) -> Tally:
    """A vote for each unit that people labelled, by what most of them said."""
    kept = np.flatnonzero(units.labelled)
    codes = np.array([COUNTED.index(verdict) for verdict in (Verdict.B, Verdict.TIE, Verdict.A)])
    verdict = codes[1 + np.sign(units.human[kept] - 0.5).astype(np.int64)]
    return Tally(
        units.models, units.first[kept], units.second[kept], verdict, np.ones(len(kept), dtype=np.int64)
    )


def _island(tables: Moments, models: list[str], pairs: Pairs, unmeasured: Ints) -> Island:
    """The judge's units between these models added to the pairs that people labelled, prior included."""
    number = {model: position for position, model in enumerate(models)}
    members = np.array([number[model] for model in pairs.models], dtype=np.int64)
    size = len(members)
    games, hidden = np.zeros((size, size)), np.zeros((size, size), dtype=np.bool_)
    games[pairs.first, pairs.second] = pairs.games
    hidden[pairs.first[unmeasured], pairs.second[unmeasured]] = True
    own = Moments._make(table[np.ix_(members, members)] for table in tables)
    first, second = np.nonzero(games + own.others)
    moments = own.at(first, second)
    prior = np.where(games[first, second] > moments.units, games[first, second] - moments.units, 0)
    zero = np.zeros(len(first))
    return Island(
        Pairs(pairs.models, first, second, zero, zero, zero, zero),
        moments.with_ties(prior),
        hidden[first, second],
        float(moments.units.sum()),
    )


def _estimate(island: Island, alone: Floats, lam: float | None) -> tuple[Estimate, float, float]:
    """θ, λ and the effective sample size; `alone` is θ of people alone."""
    usual = _root(island, alone, 0)
    if np.abs(usual).max() <= _NO_SPREAD:  # so few units that strengths meet each: no spread to be measured
        island = replace(island, unmeasured=np.ones_like(island.unmeasured))
        usual = _root(island, alone, 0)
    wanted = _tuned(island, alone) if lam is None else lam
    wanted = wanted if island.others else 0
    try:
        theta = _theta(island, alone, wanted) if wanted else alone
        root = _root(island, theta, wanted) if wanted else usual
    except (ArithmeticError, np.linalg.LinAlgError):
        if lam is not None:
            raise
        theta, root, wanted = alone, usual, 0
    effective = island.people * float((usual**2).sum() / (root**2).sum())
    return Estimate(theta, root, mean_win_probabilities(theta)), wanted, effective


def _theta(island: Island, start: Floats, lam: float) -> Floats:
    """The loss is that of Bradley–Terry with sums of labels that may be negative, but counts that are not."""
    moments, ratio = island.moments, island.units / island.others
    won = moments.human + lam * (moments.other * ratio - moments.judge)
    games = moments.units + lam * (moments.others * ratio - moments.units)
    return strengths(replace(island.pairs, won=won, lost=games - won), start)


def _tuned(island: Island, theta: Floats) -> float:
    pairs, moments, n, others = island.pairs, island.moments, island.units, island.others
    p, q = _chances(pairs, theta)
    human, judge, other = (
        pairs.net(count * p - labels)
        for count, labels in (
            (moments.units, moments.human),
            (moments.units, moments.judge),
            (moments.others, moments.other),
        )
    )
    shared = _products(moments.units, p, moments.human, moments.judge, moments.product)
    spread = _products(moments.units, p, moments.judge, moments.judge, moments.judge_squared)
    spread += _products(moments.others, p, moments.other, moments.other, moments.other_squared)
    together = pairs.laplacian(shared) / n - np.outer(human, judge) / n**2
    everywhere = judge + other
    total = n + others
    variance = (pairs.laplacian(spread) - np.outer(everywhere, everywhere) / total) / total
    inverse = np.linalg.pinv(pairs.laplacian(moments.units * p * q) / n, rcond=_ROUNDING, hermitian=True)
    least = float(np.trace(inverse @ variance @ inverse))
    if not others or least <= 0:
        return 0.0
    return float(np.clip(np.trace(inverse @ together @ inverse) / ((1 + n / others) * least), 0, 1))


def _root(island: Island, theta: Floats, lam: float) -> Floats:
    pairs, moments, n = island.pairs, island.moments, island.units
    p, q = _chances(pairs, theta)
    spread = _products(moments.units, p, moments.human, moments.human, moments.human_squared)
    spread -= 2 * lam * _products(moments.units, p, moments.human, moments.judge, moments.product)
    spread += lam**2 * _products(moments.units, p, moments.judge, moments.judge, moments.judge_squared)
    information = moments.units * p * q
    spread = np.where(island.unmeasured, np.maximum(spread, information), spread)
    slope = pairs.net((1 - lam) * moments.units * p - moments.human + lam * moments.judge)
    scatter = (pairs.laplacian(spread) - np.outer(slope, slope) / n) / n**2
    if lam:
        others = island.others
        judged = _products(moments.others, p, moments.other, moments.other, moments.other_squared)
        slope = pairs.net(moments.others * p - moments.other)
        scatter += lam**2 * (pairs.laplacian(judged) - np.outer(slope, slope) / others) / others**2
    return root_of(pairs.laplacian(information) / n, scatter)


def _products(count: Floats, p: Floats, one: Floats, other: Floats, product: Floats) -> Floats:
    """Σ (p − a)(p − b) over the units of each pair, from the sums of a, b and ab."""
    return count * p**2 - p * (one + other) + product


def _chances(pairs: Pairs, theta: Floats) -> tuple[Floats, Floats]:
    gap = theta[pairs.first] - theta[pairs.second]
    return expit(gap), expit(-gap)


METHOD: Method[Judged, Settings] = Method(
    name="prediction_powered",
    version="1",
    summary="Bradley–Terry on few units of people and many of a judge, whose errors are measured and taken out",
    takes=Judged,
    settings=Settings,
    fit=fit,
)
