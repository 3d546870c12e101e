"""Elo averaged over orders: the mean of many passes over the same votes, each pass in another random order.

One pass is online Elo: E_a = 1/(1 + 10^((R_b − R_a)/scale)), then R_a += k·(S − E_a) and R_b −= k·(S − E_a),
both from the ratings before the game; S is 1, ½ or 0 and all start at `center`. A pass depends on the order
of the votes, so the mean over seeded shuffles is shown with `order_sd`, the standard deviation of a single
pass. Applied to each dimension on its own this is the Multi-Elo board of "Style Over Substance" (Wu & Aji
2023); its k and its number of shuffles are not published, the defaults here are ours.

There are no limits and no rank bounds: the spread over orders is not the error of having asked few voters.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

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
from app.stats.tally import BothBad, Floats, Tally, Ties

_BYTES_AT_ONCE = 2**28
_STEPS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """`ties` and `both_bad`: how they count (a both-bad that is a tie follows `ties`). `scale`: points for
    odds of ten to one. `center`: where every model starts, and so the mean. `k`: points at stake in a game.
    `shuffles`: orders to average over. `seed`: of the shuffles.
    """

    ties: Ties = "half"
    both_bad: BothBad = "tie"
    scale: float = 400
    center: float = 1000
    k: float = 32
    shuffles: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))
        require_number("scale", self.scale, 1e-3, 1e6)
        require_number("center", self.center, -1e6, 1e6)
        require_number("k", self.k, 1e-6, 1e4)
        require_number("shuffles", self.shuffles, 1, 10_000, whole=True)
        require_number("seed", self.seed, 0, 2**32 - 1, whole=True)


DEFAULTS = Settings()


def fit(tally: Tally, settings: Settings = DEFAULTS) -> Ranking:
    """Average Elo over seeded orders.

    All shuffles play their n-th game together, so time grows as votes × (4 + 0.04 × shuffles) µs on one core:
    under a tenth of a second for 10,000 votes and 100 shuffles, ten seconds for a million votes.

    >>> from app.stats.verdicts import Verdict
    >>> tally = Tally.of([("x", "y", Verdict.A, 1), ("y", "z", Verdict.A, 1), ("z", "x", Verdict.TIE, 1)])
    >>> [(row.model, round(row.rating), round(row.order_sd, 1)) for row in fit(tally).rows]
    [('x', 1016, 0.8), ('y', 1000, 0.7), ('z', 984, 0.7)]
    """
    pairs = Pairs.of(tally, settings.ties, settings.both_bad)
    groups = islands(pairs)
    passes = _passes(pairs, settings)
    mean = passes.mean(axis=0)
    spread = passes.std(axis=0, ddof=1) if settings.shuffles > 1 else None
    unit = settings.scale / np.log(10)
    rows = []
    for component, members in enumerate(groups):
        chances = mean_win_probabilities(mean[members] / unit)
        rows += [
            RankedModel(
                model=pairs.models[member],
                rating=float(settings.center + mean[member]),
                mean_win_probability=float(chance),
                component=component,
                order_sd=None if spread is None else float(spread[member]),
            )
            for member, chance in zip(members, chances, strict=True)
        ]
    return assembled(METHOD, settings, tally, pairs, groups, rows)


def _passes(pairs: Pairs, settings: Settings) -> Floats:
    """Final ratings less `center`, (shuffles, M).

    Games are kinds (pair and score) repeated as often as they were voted, a column of shuffled kinds for each
    pass.
    """
    generator = np.random.default_rng(settings.seed)
    counts = np.concatenate([pairs.won, pairs.lost, pairs.tied]).astype(np.int64)
    smallest = np.min_scalar_type(max(len(counts) - 1, 0))
    games = np.repeat(np.arange(len(counts), dtype=smallest), counts)
    together = max(1, _BYTES_AT_ONCE // max(1, games.nbytes))
    done = []
    for start in range(0, settings.shuffles, together):
        width = min(together, settings.shuffles - start)
        orders = np.empty((len(games), width), dtype=smallest)
        for column in range(width):
            orders[:, column] = generator.permutation(games)
        done.append(_play(pairs, orders, settings))
    return np.concatenate(done)


def _play(pairs: Pairs, orders: NDArray[np.unsignedinteger], settings: Settings) -> Floats:
    """Play every column of `orders` from the start, in step: ratings (columns, M) from 0."""
    size, width = len(pairs.models), orders.shape[1]
    first, second = np.tile(pairs.first, 3), np.tile(pairs.second, 3)
    score = np.repeat([1.0, 0.0, 0.5], len(pairs.first))
    own = np.arange(width) * size
    ratings = np.zeros(width * size)
    rate = np.log(10) / settings.scale
    for start in range(0, len(orders), _STEPS_AT_ONCE):
        kinds = orders[start : start + _STEPS_AT_ONCE]
        for a, b, scored in zip(first[kinds] + own, second[kinds] + own, score[kinds], strict=True):
            rating_a, rating_b = ratings[a], ratings[b]
            gain = settings.k * (scored - expit(rate * (rating_a - rating_b)))
            ratings[a] = rating_a + gain
            ratings[b] = rating_b - gain
    return ratings.reshape(width, size)


METHOD = Method(
    name="elo",
    version="1",
    summary="Online Elo averaged over seeded random orders of the votes, with the spread over orders",
    takes=Tally,
    settings=Settings,
    fit=fit,
)
