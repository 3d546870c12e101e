"""Votes folded to pairs of models, whatever side each was shown on: what the likelihood is computed from."""

from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np

from app.stats.tally import COUNTED, BothBad, Comparisons, Floats, Ints, Tally, Ties
from app.stats.verdicts import Verdict

OUTCOMES = 4
WON, LOST, TIED, BAD = range(OUTCOMES)
"""What a vote of a pair can say, in the order of `Folded.outcome`: of its first model, and BAD of both."""

_OUTCOME = {
    Verdict.A: WON,
    Verdict.B: LOST,
    Verdict.TIE: TIED,
    Verdict.BOTH_GOOD: TIED,
    Verdict.BOTH_BAD: BAD,
}
_TURNED = np.array([LOST, WON, TIED, BAD])


class Folded(NamedTuple):
    """Entries of a tally or of comparisons: `first` < `second` index `models`, which stand in the order of their
    names, `outcome` says what the entry's votes say, and `kept` which entries of the data these are.
    """

    models: tuple[str, ...]
    first: Ints
    second: Ints
    outcome: Ints
    kept: Ints


def folded(data: Tally | Comparisons, ties: Ties, both_bad: BothBad) -> Folded:
    """Every entry that counts. `ties="drop"` leaves out both-bad too, `both_bad="drop"` that alone."""
    by_name = np.array(sorted(range(len(data.models)), key=data.models.__getitem__), dtype=np.int64)
    place = np.empty_like(by_name)
    place[by_name] = np.arange(len(by_name))
    as_a, as_b = place[data.first], place[data.second]
    outcome = np.array([_OUTCOME[verdict] for verdict in COUNTED])[data.verdict]
    turned = as_a > as_b
    outcome = np.where(turned, _TURNED[outcome], outcome)
    first, second = np.where(turned, as_b, as_a), np.where(turned, as_a, as_b)
    models = tuple(data.models[index] for index in by_name)
    limit = TIED if ties == "drop" else BAD if both_bad == "drop" else OUTCOMES
    kept = np.flatnonzero(outcome < limit)
    if len(kept) == len(outcome):
        return Folded(models, first, second, outcome, kept)
    return Folded(models, first[kept], second[kept], outcome[kept], kept)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """For each pair that met `first[p] < second[p]` index `models`; `won`, `lost`, `tied` count its votes. Of
    the ties, `bad` said that both are bad.

    Models stand in the order of their names and pairs in the order of their models. So two tallies that say
    the same in another order, or with sides swapped, fold to equal pairs, and every result is the same to the
    last bit. Where votes have weights, the sums of these take the place of the counts.
    """

    models: tuple[str, ...]
    first: Ints
    second: Ints
    won: Floats
    lost: Floats
    tied: Floats
    bad: Floats

    @classmethod
    def of(cls, tally: Tally, ties: Ties, both_bad: BothBad) -> Self:
        """Fold a tally. Models without a counted vote stay, in no pair.

        >>> from app.stats.verdicts import Verdict
        >>> tally = Tally.of([("y", "x", Verdict.A, 7), ("x", "y", Verdict.A, 2), ("x", "y", Verdict.TIE, 1)])
        >>> pairs = Pairs.of(tally, "half", "tie")
        >>> pairs.models, pairs.won.tolist(), pairs.lost.tolist(), pairs.tied.tolist()
        (('x', 'y'), [2.0], [7.0], [1.0])
        """
        entries = folded(tally, ties, both_bad)
        return cls.summed(entries, tally.count[entries.kept].astype(np.float64))

    @classmethod
    def summed(cls, entries: Folded, weight: Floats) -> Self:
        """The pairs of these entries, each with a weight of at least 0; those of weight 0 in all never met."""
        size = len(entries.models)
        cell = (entries.first * size + entries.second) * OUTCOMES + entries.outcome
        table = np.bincount(cell, weight, size * size * OUTCOMES).reshape(-1, OUTCOMES)
        met = np.flatnonzero(table.any(axis=1))
        first, second = np.divmod(met, max(size, 1))
        won, lost, tied, bad = table[met].T.astype(np.float64)
        return cls(entries.models, first, second, won, lost, tied + bad, bad)

    @property
    def votes(self) -> int:
        return int(self.games.sum())

    @property
    def games(self) -> Floats:
        return self.won + self.lost + self.tied

    def among(self, members: Ints) -> Self:
        """The pairs between these models only (ascending indexes), numbered anew from 0."""
        number = np.full(len(self.models), -1, dtype=np.int64)
        number[members] = np.arange(len(members))
        kept = (number[self.first] >= 0) & (number[self.second] >= 0)
        names = tuple(self.models[index] for index in members)
        first, second = number[self.first[kept]], number[self.second[kept]]
        counts = (self.won[kept], self.lost[kept], self.tied[kept], self.bad[kept])
        return type(self)(names, first, second, *counts)

    def outcomes(self) -> Floats:
        """The counts by outcome, each vote in one: (4, P)."""
        return np.stack([self.won, self.lost, self.tied - self.bad, self.bad])

    def counting(self, outcomes: Floats) -> Self:
        """The same pairs with these counts by outcome, (4, P)."""
        won, lost, tied, bad = outcomes
        return replace(self, won=won, lost=lost, tied=tied + bad, bad=bad)

    def scaled(self, weight: Floats) -> Self:
        """Every vote of pair p times `weight[p]`."""
        return self.counting(self.outcomes() * weight)

    def with_ties(self, weight: float | Floats) -> Self:
        """The same with `weight` more ties for each pair that met."""
        return replace(self, tied=self.tied + weight)

    def without_ties(self) -> Self:
        """The same pairs, of which some may now have no votes."""
        return replace(self, tied=np.zeros_like(self.tied), bad=np.zeros_like(self.bad))

    def with_halves(self, weight: float | Floats) -> Self:
        """The same with `weight` more votes for each pair that met, half of them won by each side."""
        return replace(self, won=self.won + weight / 2, lost=self.lost + weight / 2)

    def laplacian(self, weight: Floats) -> Floats:
        """Σ_p weight[p]·x_p x_pᵀ with x_p = e_first − e_second: (M, M), its rows add up to 0."""
        size = len(self.models)
        matrix = np.zeros((size, size))
        matrix[self.first, self.second] = matrix[self.second, self.first] = -weight
        matrix[np.diag_indices(size)] = -matrix.sum(axis=1)
        return matrix

    def net(self, value: Floats) -> Floats:
        """Σ_p value[p]·x_p, one number a model."""
        return self.by_model(value, -value)

    def by_model(self, of_first: Floats, of_second: Floats) -> Floats:
        """Sum what each pair gives to its first and to its second model: (M,)."""
        size = len(self.models)
        gathered = np.bincount(self.first, of_first, size) + np.bincount(self.second, of_second, size)
        return gathered.astype(np.float64)
