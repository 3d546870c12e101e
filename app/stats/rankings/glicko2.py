"""Glicko-2: ratings with a deviation and a volatility of their own, moved after each rating period.

Every model starts at μ = 0 with the same deviation φ and volatility, in natural logarithms of odds. The votes of a
period count as simultaneous. With g(φ) = 1/√(1 + 3φ²/π²), E_j = expit(g(φ_j)(μ − μ_j)), s_j the score against j and
v = 1/Σ g(φ_j)²E_j(1 − E_j), first the volatility follows how surprising the scores are, then

    φ ← 1/√(1/(φ² + volatility²) + 1/v),  μ ← μ + φ²·Σ g(φ_j)(s_j − E_j);

a model that meets nobody in a period keeps μ and volatility and has φ ← √(φ² + volatility²) (Glickman 2012, "Example of
the Glicko-2 system", http://www.glicko.net/glicko/glicko2.pdf). The steps are computed by glicko2-py.

The same votes in another order, or in periods of another length, give other ratings: it follows models that change,
and is no estimate for models that do not. Sums are not kept, so the ratings of a component are shifted to have the
mean `center`. Limits are rating ± z·deviation, as Glickman shows them; they say how sure the method is of each rating
by itself, and there are no rank bounds. A model enters with its first counted vote.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from glicko2.exceptions import ConvergenceError
from glicko2.math import UpdatedRating, update_rating
from scipy.special import expit, ndtri

from app.stats.components import islands
from app.stats.pairs import Pairs
from app.stats.rankings.ranking import (
    Method,
    RankedModel,
    Ranking,
    assembled,
    require_choice,
    require_number,
)
from app.stats.rankings.remarks import Remark
from app.stats.tally import COUNTED, BothBad, Comparisons, Floats, Ties
from app.stats.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Settings:
    """`ties` and `both_bad`: how they count (a both-bad that is a tie follows `ties`). `scale`: points for odds of
    ten to one. `center`: mean rating of a component. `level`: of the limits. `period`: counted votes in a rating
    period; Glickman advises ten to fifteen a model. `deviation` and `volatility`: of a model that enters, the first
    in points of a scale of 400 whatever `scale` is. `tau`: how far volatility may move, .3 to 1.2 as Glickman says.
    """

    ties: Ties = "half"
    both_bad: BothBad = "tie"
    scale: float = 400
    center: float = 1000
    level: float = 0.95
    period: int = 100
    deviation: float = 350
    volatility: float = 0.06
    tau: float = 0.5

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        require_number("scale", self.scale, 1e-3, 1e6)
        require_number("center", self.center, -1e6, 1e6)
        require_number("level", self.level, 0.5, 0.9999)
        require_number("period", self.period, 1, 10**9, whole=True)
        require_number("deviation", self.deviation, 1, 1000)
        require_number("volatility", self.volatility, 1e-3, 1)
        require_number("tau", self.tau, 0.1, 2)


DEFAULTS = Settings()


def fit(votes: Comparisons, settings: Settings = DEFAULTS) -> Ranking:
    """Follow the votes in their order: a million on a hundred models take twenty seconds, nine in periods of 1,000.

    >>> votes = [("x", "y", Verdict.A), ("y", "z", Verdict.A), ("z", "x", Verdict.TIE)] * 5
    >>> [(row.model, row.rating > 1000, row.upper > row.rating) for row in fit(Comparisons.of(votes)).rows]
    [('x', True, True), ('y', False, True), ('z', False, True)]
    """
    tally = votes.tally()
    pairs = Pairs.of(tally, settings.ties, settings.both_bad)
    groups = islands(pairs)
    rows: list[RankedModel] = []
    try:
        final = dict(zip(votes.models, _followed(votes, settings), strict=True))
    except (ArithmeticError, ConvergenceError):
        final = {}
    for component, members in enumerate(groups):
        names = [pairs.models[member] for member in members]
        if final:
            rows += _rows(names, np.array([final[name][:2] for name in names]).T, component, settings)
        else:
            rows += [RankedModel(name, component=component, problem=Remark.RAN_AWAY) for name in names]
    return assembled(METHOD, settings, tally, pairs, groups, rows)


def _followed(votes: Comparisons, settings: Settings) -> list[UpdatedRating]:
    """What every model has after the last period, in the order of `votes.models`."""
    start = UpdatedRating(0.0, settings.deviation * math.log(10) / 400, settings.volatility)
    models = [start] * len(votes.models)
    entered: set[int] = set()
    for games in _periods(votes, settings):
        entered |= games.keys()
        before = tuple(models)
        for model in entered:
            met = [(before[other].mu, before[other].phi, score) for other, score in games.get(model, ())]
            models[model] = update_rating(*before[model], met, tau=settings.tau)
            if not all(math.isfinite(value) for value in models[model]):
                raise OverflowError(Remark.RAN_AWAY)
    return models


def _periods(votes: Comparisons, settings: Settings) -> Iterator[dict[int, list[tuple[int, float]]]]:
    """For each period whom each model met, and what it scored."""
    scores = np.array([_score(verdict, settings) for verdict in COUNTED])[votes.verdict]
    counted = np.flatnonzero(~np.isnan(scores))
    for start in range(0, len(counted), settings.period):
        rows = counted[start : start + settings.period]
        games: dict[int, list[tuple[int, float]]] = {}
        columns: Sequence[list[float]] = (votes.first[rows].tolist(), votes.second[rows].tolist())
        for a, b, score in zip(*columns, scores[rows].tolist(), strict=True):
            games.setdefault(a, []).append((b, score))
            games.setdefault(b, []).append((a, 1 - score))
        yield games


def _score(verdict: Verdict, settings: Settings) -> float:
    """What the answer shown as A scores; NaN for a verdict that is dropped."""
    if verdict in (Verdict.A, Verdict.B):
        return 1.0 if verdict is Verdict.A else 0.0
    dropped = settings.ties == "drop" or (verdict is Verdict.BOTH_BAD and settings.both_bad == "drop")
    return math.nan if dropped else 0.5


def _rows(names: list[str], final: Floats, component: int, settings: Settings) -> list[RankedModel]:
    mu, phi = final
    unit = settings.scale / np.log(10)
    ratings = settings.center + unit * (mu - mu.mean())
    margin = ndtri((1 + settings.level) / 2) * unit * phi
    chances = _chances(mu, phi)
    return [
        RankedModel(
            model=name,
            rating=float(ratings[i]),
            lower=float(ratings[i] - margin[i]),
            upper=float(ratings[i] + margin[i]),
            mean_win_probability=float(chances[i]),
            component=component,
        )
        for i, name in enumerate(names)
    ]


def _chances(mu: Floats, phi: Floats) -> Floats:
    """For each model the mean over the others of expit(g(√(φ_i² + φ_j²))(μ_i − μ_j))."""
    spread = phi[:, None] ** 2 + phi[None, :] ** 2
    wins = expit((mu[:, None] - mu[None, :]) / np.sqrt(1 + 3 * spread / np.pi**2))
    return np.asarray((wins.sum(axis=1) - 0.5) / (len(mu) - 1))


METHOD = Method(
    name="glicko2",
    version="1",
    summary="Glicko-2 over rating periods in the order of the votes: follows models that change",
    takes=Comparisons,
    settings=Settings,
    fit=fit,
)
