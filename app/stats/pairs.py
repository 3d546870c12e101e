"""Votes folded to pairs of models, whatever side each was shown on: what the likelihood is computed from."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from app.stats.tally import BothBad, Floats, Ints, Tally, Ties


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """For each pair that met `first[p] < second[p]` index `models`; `won`, `lost`, `tied` count its votes.

    Models stand in the order of their names and pairs in the order of their models. So two tallies that say
    the same in another order, or with sides swapped, fold to equal pairs, and every result is the same to the
    last bit.
    """

    models: tuple[str, ...]
    first: Ints
    second: Ints
    won: Floats
    lost: Floats
    tied: Floats

    @classmethod
    def of(cls, tally: Tally, ties: Ties, both_bad: BothBad) -> Self:
        """Fold a tally. Models without a counted vote stay, in no pair.

        >>> from app.stats.verdicts import Verdict
        >>> tally = Tally.of([("y", "x", Verdict.A, 7), ("x", "y", Verdict.A, 2), ("x", "y", Verdict.TIE, 1)])
        >>> pairs = Pairs.of(tally, "half", "tie")
        >>> pairs.models, pairs.won.tolist(), pairs.lost.tolist(), pairs.tied.tolist()
        (('x', 'y'), [2.0], [7.0], [1.0])
        """
        by_name = np.array(sorted(range(len(tally.models)), key=tally.models.__getitem__), dtype=np.int64)
        wins, tied = (table[np.ix_(by_name, by_name)] for table in tally.outcomes(ties, both_bad))
        first, second = np.nonzero(np.triu(wins + wins.T + tied, 1))
        models = tuple(tally.models[index] for index in by_name)
        return cls(models, first, second, wins[first, second], wins[second, first], tied[first, second])

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
        return type(self)(names, first, second, self.won[kept], self.lost[kept], self.tied[kept])

    def with_ties(self, weight: float) -> Self:
        """The same with `weight` more ties for each pair that met."""
        return replace(self, tied=self.tied + weight)

    def without_ties(self) -> Self:
        """The same pairs, of which some may now have no votes."""
        return replace(self, tied=np.zeros_like(self.tied))

    def with_halves(self, weight: float) -> Self:
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
