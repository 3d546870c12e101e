"""Ranking methods: a tally, or ordered comparisons, in; a frozen `Ranking` that says how it was made out.

>>> from app.stats.tally import Tally
>>> from app.stats.verdicts import Verdict
>>> tally = Tally.of([("x", "y", Verdict.A, 3), ("x", "y", Verdict.B, 1)])
>>> board = rank("bradley_terry", tally, {"center": 1500})
>>> [(row.rank, row.model, round(row.rating, 2)) for row in board.rows]
[(1, 'x', 1595.42), (2, 'y', 1404.58)]

To add a kind, write `<name>.py` beside the others: a frozen dataclass of settings with their defaults, a
function of data and settings, and a `Method` that names both. Then list it in `METHODS`: the API, the command
line, the web page and `tests/stats/test_every_method.py` take it from there. Methods do not import each
other; what they share is in `ranking.py`, `fitted.py`, `likelihood.py` and `tie_models.py`.

>>> from dataclasses import dataclass
>>> from app.stats.components import islands
>>> from app.stats.pairs import Pairs
>>> from app.stats.rankings.ranking import Method, RankedModel, Ranking, assembled
>>> @dataclass(frozen=True, slots=True)
... class Settings:
...     points: float = 100
>>> def fit(tally: Tally, settings: Settings) -> Ranking:
...     pairs = Pairs.of(tally, "half", "tie")
...     groups = islands(pairs)
...     share = {model: record.wins / max(record.votes, 1) for model, record in tally.records().items()}
...     rows = []
...     for component, members in enumerate(groups):
...         names = [pairs.models[member] for member in members]
...         rows += [RankedModel(name, settings.points * share[name], component=component) for name in names]
...     return assembled(METHOD, settings, tally, pairs, groups, rows)
>>> METHOD = Method("win_share", "1", "Share of votes won", Settings, Tally, fit)
>>> [(row.rank, row.model, row.rating) for row in fit(tally, METHOD.configured({"points": 1000})).rows]
[(1, 'x', 750.0), (2, 'y', 250.0)]
"""

from collections.abc import Mapping
from typing import Any

from app.stats.clusters import Carried
from app.stats.rankings import (
    both_bad_aware,
    bradley_terry,
    composite,
    davidson,
    elo,
    glicko2,
    live_elo,
    plackett_luce,
    prediction_powered,
    rank_centrality,
    ranked_pairs,
    rao_kupper,
    style_controlled,
    win_rate,
)
from app.stats.rankings.ranking import Method, RankedModel, Ranking, Setting, UnknownMethod
from app.stats.tally import Comparisons, Tally

__all__ = ["METHODS", "Method", "RankedModel", "Ranking", "rank"]

METHODS: dict[str, Method[Any, Any]] = {
    module.METHOD.name: module.METHOD
    for module in (
        bradley_terry,
        davidson,
        rao_kupper,
        both_bad_aware,
        style_controlled,
        elo,
        live_elo,
        glicko2,
        win_rate,
        rank_centrality,
        plackett_luce,
        ranked_pairs,
        composite,
        prediction_powered,
    )
}


def rank(name: str, data: object, settings: Mapping[str, Setting]) -> Ranking:
    """Fit the method of that name; settings not given have their defaults.

    Comparisons are counted for a method that takes a tally, unless these settings need the votes one by one; a tally
    `Carried` with the spread of an earlier count does then too. Raises UnknownMethod, UnknownSetting or UnusableValue
    (all ValueErrors that say what exists), and TypeError for other data than the method takes.
    """
    method = METHODS.get(name)
    if method is None:
        raise UnknownMethod(f"there is no ranking method {name!r}; there are {', '.join(METHODS)}")
    configured = method.configured(settings)
    if method.takes is Tally and isinstance(data, Comparisons) and not method.by_vote(configured):
        data = data.tally()
    carried = method.spread is not None and isinstance(data, Comparisons | Carried)
    if not isinstance(data, method.takes) and not carried:
        raise TypeError(f"{name} takes {method.takes.__name__}, not a {type(data).__name__}")
    return method.fit(data, configured)
