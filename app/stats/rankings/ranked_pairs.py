"""Ranked pairs: the order that keeps the clearest majorities and gives up those that contradict them.

Each pair that met has a margin, the votes for one less the votes for the other. From the largest margin down
a majority is locked in unless it closes a cycle with those locked before (Tideman 1987, "Independence of clones
as a criterion for voting rules"; OpenAssistant merges its rankings so). Of equal margins the one with more votes
won goes first; majorities equal in both are locked together, those among them that would make a cycle not at
all, so that no name decides. A pair with a margin of 0 has no majority: it is kept, and puts neither above the other.

The rating says where a model then stands: the share of the others of its component, in per cent, that are below it
directly or through others, one neither above nor below counting half. 100 is above all, 0 below all. There are
no limits: an order has no standard error.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from app.stats.components import islands
from app.stats.pairs import Pairs
from app.stats.rankings.ranking import Method, RankedModel, Ranking, assembled, require_choice
from app.stats.tally import BothBad, Tally, Ties

Above = NDArray[np.bool_]
"""(M, M): `[i, j]` says that i is locked above j, directly or through others."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`ties` and `both_bad`: how they count (a both-bad that is a tie follows `ties`). A tie is for neither
    side, so it only links models that no other vote links.
    """

    ties: Ties = "half"
    both_bad: BothBad = "tie"

    def __post_init__(self) -> None:
        require_choice("ties", self.ties, ("half", "drop"))
        require_choice("both_bad", self.both_bad, ("tie", "drop"))


DEFAULTS = Settings()


def fit(tally: Tally, settings: Settings = DEFAULTS) -> Ranking:
    """Order a tally. Time grows with the number of pairs, not of votes.

    >>> from app.stats.verdicts import Verdict
    >>> beaten = [("x", "y", Verdict.A, 6), ("y", "z", Verdict.A, 4), ("z", "x", Verdict.A, 2)]
    >>> [(row.rank, row.model, row.rating) for row in fit(Tally.of(beaten)).rows]
    [(1, 'x', 100.0), (2, 'y', 50.0), (3, 'z', 0.0)]
    """
    pairs = Pairs.of(tally, settings.ties, settings.both_bad)
    groups = islands(pairs)
    rows = []
    for component, members in enumerate(groups):
        above = _locked(pairs.among(members))
        lead = above.sum(axis=1) - above.sum(axis=0)
        places = 50 + 50 * lead / (len(members) - 1)
        rows += [
            RankedModel(pairs.models[member], float(place), component=component)
            for member, place in zip(members, places, strict=True)
        ]
    return assembled(METHOD, settings, tally, pairs, groups, rows)


def _locked(pairs: Pairs) -> Above:
    above = np.zeros((len(pairs.models), len(pairs.models)), dtype=np.bool_)
    for winners, losers in _majorities(pairs):
        if len(winners) > 1:
            winners, losers = _without_cycles(above, winners, losers)
        for winner, loser in zip(winners, losers, strict=True):
            if not above[winner, loser] and not above[loser, winner]:
                _lock(above, winner, loser)
    return above


def _majorities(pairs: Pairs) -> Iterator[tuple[list[int], list[int]]]:
    """Winners and losers of the pairs with one margin and one number of votes won, the clearest first."""
    margin, won = pairs.won - pairs.lost, np.maximum(pairs.won, pairs.lost)
    order = np.lexsort((-won, -np.abs(margin)))
    order = order[margin[order] != 0]
    winners = np.where(margin > 0, pairs.first, pairs.second)[order].tolist()
    losers = np.where(margin > 0, pairs.second, pairs.first)[order].tolist()
    change = (np.diff(np.abs(margin)[order]) != 0) | (np.diff(won[order]) != 0)
    starts = [0, *(np.flatnonzero(change) + 1).tolist(), len(order)]
    return ((winners[start:end], losers[start:end]) for start, end in pairwise(starts))


def _without_cycles(above: Above, winners: list[int], losers: list[int]) -> tuple[list[int], list[int]]:
    """Those of the majorities that are in no cycle with each other and with what is locked."""
    undecided = ~(above[winners, losers] | above[losers, winners])
    edges = np.array([winners, losers])[:, undecided]
    if edges.shape[1] < 2:
        return edges[0].tolist(), edges[1].tolist()
    nodes, numbers = np.unique(edges, return_inverse=True)
    tails, heads = numbers.reshape(edges.shape)
    graph = above[np.ix_(nodes, nodes)]
    graph[tails, heads] = True
    label = connected_components(csr_array(graph), directed=True, connection="strong")[1]
    kept = edges[:, label[tails] != label[heads]].tolist()
    return kept[0], kept[1]


def _lock(above: Above, winner: int, loser: int) -> None:
    """Put the winner and all above it above the loser and all below it."""
    upper, lower = above[:, winner] & ~above[:, loser], above[loser].copy()
    upper[winner] = lower[loser] = True
    above[upper] |= lower


METHOD = Method(
    name="ranked_pairs",
    version="1",
    summary="The order that keeps the clearest majorities (Tideman), as the share of the others placed below",
    takes=Tally,
    settings=Settings,
    fit=fit,
    unit="percent",
)
