"""Live Elo: one pass over the votes in the order in which they were cast.

E_a = 1/(1 + 10^((R_b − R_a)/scale)); R_a += k·(S − E_a) and R_b −= k·(S − E_a), both from the ratings before
the game; S is 1, ½ or 0 and all start at `center` (FastChat's `compute_elo` with its k of 4). Recent votes
weigh most and the same votes in another order give other ratings, so it shows a movement and is no estimate:
it has no limits and no rank bounds.
"""

import math
from dataclasses import dataclass

import numpy as np

from app.stats.components import islands
from app.stats.pairs import Pairs
from app.stats.rankings.ranking import (
    Method,
    RankedModel,
    Ranking,
    assembled,
    mean_win_probabilities,
    require_choice,
    require_number,
)
from app.stats.tally import COUNTED, BothBad, Comparisons, Ties
from app.stats.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Settings:
    """`ties` and `both_bad`: how they count (a both-bad that is a tie follows `ties`). `scale`: points for
    odds of ten to one. `center`: where every model starts, and so the mean. `k`: points at stake in a game.
    """

    ties: Ties = "half"
    both_bad: BothBad = "tie"
    scale: float = 400
    center: float = 1000
    k: float = 4

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        require_number("scale", self.scale, 1e-3, 1e6)
        require_number("center", self.center, -1e6, 1e6)
        require_number("k", self.k, 1e-6, 1e4)


DEFAULTS = Settings()


def fit(votes: Comparisons, settings: Settings = DEFAULTS) -> Ranking:
    """Play the votes in their order; less than half a second for a million votes.

    >>> votes = [("A", "B", Verdict.A), ("B", "C", Verdict.A), ("C", "A", Verdict.TIE), ("B", "A", Verdict.A)]
    >>> [(row.model, round(row.rating, 4)) for row in fit(Comparisons.of(votes), Settings(k=32)).rows]
    [('B', 1017.3697), ('A', 997.8635), ('C', 984.7668)]
    """
    tally = votes.tally()
    pairs = Pairs.of(tally, settings.ties, settings.both_bad)
    groups = islands(pairs)
    final = dict(zip(votes.models, _play(votes, settings), strict=True))
    unit = settings.scale / np.log(10)
    rows = []
    for component, members in enumerate(groups):
        names = [pairs.models[member] for member in members]
        chances = mean_win_probabilities(np.array([final[name] for name in names]) / unit)
        rows += [
            RankedModel(
                model=name,
                rating=settings.center + final[name],
                mean_win_probability=float(chance),
                component=component,
            )
            for name, chance in zip(names, chances, strict=True)
        ]
    return assembled(METHOD, settings, tally, pairs, groups, rows)


def _play(votes: Comparisons, settings: Settings) -> list[float]:
    """Final ratings less `center`, in the order of `votes.models`."""
    scores = [_score(verdict, settings) for verdict in COUNTED]
    ratings = [0.0] * len(votes.models)
    rate, k = math.log(10) / settings.scale, settings.k
    for a, b, verdict in zip(
        votes.first.tolist(), votes.second.tolist(), votes.verdict.tolist(), strict=True
    ):
        score = scores[verdict]
        if score is None:
            continue
        gain = k * (score - _expected(rate * (ratings[a] - ratings[b])))
        ratings[a] += gain
        ratings[b] -= gain
    return ratings


def _expected(exponent: float) -> float:
    """1/(1 + e^−exponent), without overflow."""
    if exponent >= 0:
        return 1 / (1 + math.exp(-exponent))
    odds = math.exp(exponent)
    return odds / (1 + odds)


def _score(verdict: Verdict, settings: Settings) -> float | None:
    """What the answer shown as A scores; None for a verdict that is dropped."""
    if verdict in (Verdict.A, Verdict.B):
        return 1.0 if verdict is Verdict.A else 0.0
    dropped = settings.ties == "drop" or (verdict is Verdict.BOTH_BAD and settings.both_bad == "drop")
    return None if dropped else 0.5


METHOD = Method(
    name="live_elo",
    version="1",
    summary="Online Elo in the order in which the votes were cast: a movement, not an estimate",
    takes=Comparisons,
    settings=Settings,
    fit=fit,
)
