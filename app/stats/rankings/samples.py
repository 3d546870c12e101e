"""The votes of a board with their weights, and which of them belong together."""

from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from app.stats.clusters import Carried, Cluster, Grouped, Spread
from app.stats.pairs import Folded, Pairs, folded
from app.stats.rankings.ranking import UnusableValue
from app.stats.tally import BothBad, Comparisons, Floats, Ints, Tally, Ties

Weights = Literal["none", "inverse_probability", "pairs", "reliability"]
BY_VOTE = ("inverse_probability", "reliability")
"""Weights that differ between votes on one pair, so that they take the votes one by one."""
Votes = Tally | Comparisons | Carried

_RARE = 50  # votes of a pair from which on more do not give it more weight, as in arena-rank


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Counted votes one by one: what they say, their weights, and the cluster of each (None: each is its own)."""

    entries: Folded
    weight: Floats
    cluster: Ints | None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """`counted` are the pairs with each vote as 1, `pairs` with its weight, `squares` with its squared weight.

    `rows` are there where clusters or weights are read from the votes themselves, `spread` where clusters come from
    an earlier count.
    """

    counted: Pairs
    pairs: Pairs
    squares: Pairs
    rows: Rows | None
    spread: Spread | None

    @classmethod
    def of(cls, data: Votes, ties: Ties, both_bad: BothBad, weights: Weights, cluster: Cluster) -> Self:
        """Raises UnusableValue where the data lack what weights or clusters need."""
        counted = Pairs.of(tally_of(data), ties, both_bad)
        rows = None
        if isinstance(data, Comparisons) and (cluster != "none" or weights in BY_VOTE):
            rows = _rows(data, folded(data, ties, both_bad), weights, cluster)
        pairs = squares = counted
        if weights == "pairs":
            weight = 1 / np.maximum(counted.games, _RARE)
            pairs, squares = counted.scaled(weight), counted.scaled(weight**2)
            rows = rows and replace(rows, weight=weight[_pair_of(rows.entries, counted)])
        elif weights in BY_VOTE:
            if rows is None:
                raise UnusableValue(
                    f"weights is {weights!r}; that takes the votes one by one, not counted in cells"
                )
            pairs, squares = (Pairs.summed(rows.entries, rows.weight**power) for power in (1, 2))
        spread = _of_today(_spread(data, cluster), squares) if rows is None and cluster != "none" else None
        return cls(counted, pairs, squares, rows, spread)

    def among(self, models: tuple[str, ...]) -> Self:
        """The same of one component."""
        if models == self.counted.models:
            return self
        members = np.searchsorted(np.array(self.counted.models), np.array(models))
        counted, pairs, squares = (each.among(members) for each in (self.counted, self.pairs, self.squares))
        if self.rows is None:
            return type(self)(counted, pairs, squares, None, self.spread)
        number = np.full(len(self.counted.models), -1, dtype=np.int64)
        number[members] = np.arange(len(members))
        all_votes = self.rows.entries
        kept = np.flatnonzero(number[all_votes.first] >= 0)
        sides = (number[all_votes.first[kept]], number[all_votes.second[kept]])
        entries = Folded(models, *sides, all_votes.outcome[kept], all_votes.kept[kept])
        cluster = None if self.rows.cluster is None else self.rows.cluster[kept]
        return type(self)(
            counted, pairs, squares, Rows(entries, self.rows.weight[kept], cluster), self.spread
        )

    def grouped(self) -> Grouped:
        """The votes by cluster. There must be rows."""
        assert self.rows is not None
        entries, count = self.rows.entries, len(self.counted.first)
        cell = entries.outcome * count + _pair_of(entries, self.counted)
        cluster = np.arange(len(cell)) if self.rows.cluster is None else self.rows.cluster
        return Grouped.of(cluster, cell, self.rows.weight, count)

    def clusters(self) -> Floats:
        """The effective number of clusters of each model, (M,). There must be rows or a spread."""
        if self.spread is not None:
            return self.spread.among(self.counted.models)[1]
        return self.grouped().effective(self.counted)

    def effective_votes(self) -> float:
        """(Σw)²/Σw² (Kish 1965): how many votes of equal weight would say as much."""
        squares = self.squares.games.sum()
        return float(self.pairs.games.sum() ** 2 / squares) if squares else 0.0


def tally_of(data: Votes) -> Tally:
    if isinstance(data, Comparisons):
        return data.tally()
    return data.tally if isinstance(data, Carried) else data


def _rows(data: Comparisons, entries: Folded, weights: Weights, cluster: Cluster) -> Rows:
    belongs = None if cluster == "none" else getattr(data, cluster)
    if cluster != "none" and belongs is None:
        raise UnusableValue(
            f"cluster is {cluster!r}, but the votes do not say which {cluster} each belongs to"
        )
    weight = np.ones(len(entries.kept))
    if weights == "inverse_probability":
        probability = np.zeros(data.votes) if data.probability is None else data.probability
        unknown = int((probability == 0).sum())
        if unknown:
            raise UnusableValue(
                f"weights is 'inverse_probability', but {unknown} of {data.votes} votes do not say with which "
                "probability their pair was dealt"
            )
        weight = 1 / probability[entries.kept]
    elif weights == "reliability":
        if data.reliability is None:
            raise UnusableValue(
                "weights is 'reliability', but the votes do not say how reliable their voters are"
            )
        weight = data.reliability[entries.kept]
    return Rows(entries, weight, None if belongs is None else belongs[entries.kept])


def _pair_of(entries: Folded, pairs: Pairs) -> Ints:
    """The number of the pair of each entry."""
    size = len(pairs.models)
    return np.searchsorted(pairs.first * size + pairs.second, entries.first * size + entries.second)


def _spread(data: Votes, cluster: Cluster) -> Spread:
    if not isinstance(data, Carried):
        raise UnusableValue(
            f"cluster is {cluster!r}; that takes the votes one by one, or a tally with the spread of an earlier count"
        )
    if data.spread.cluster != cluster:
        raise UnusableValue(f"cluster is {cluster!r}, but the spread is that of {data.spread.cluster}")
    return data.spread


def _of_today(spread: Spread, squares: Pairs) -> Spread:
    """The spread that today's votes would have: scaled by the squared weights of the models known then."""
    known = np.isin(np.array(squares.models), np.array(spread.models))
    now = squares.games[known[squares.first] & known[squares.second]].sum()
    return replace(spread, excess=spread.excess * (now / spread.weight if spread.weight else 0))
