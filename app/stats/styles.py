"""Votes with the styles of the two answers: all that style control sees.

A difference of style is (f_a − f_b)/(f_a + f_b) for each feature of `texts.Style`, 0 where both are 0, a being the
answer shown first: between −1 and 1, and of opposite sign when the sides are swapped. Votes stand one by one, or as
moments of cells: how many votes, the sum of their differences, and the sums of the products of each two. Moments can be
added, so a database can keep them, and they cost the same whatever the number of votes.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.stats.tally import COUNTED, Comparisons, Floats, Ints, Tally
from app.stats.texts import FEATURES

WIDTH = len(FEATURES)
PRODUCTS = tuple((row, column) for row in range(WIDTH) for column in range(row, WIDTH))
"""Which two differences each product of the moments multiplies, in order."""

_ROWS, _COLUMNS = (np.array(index) for index in zip(*PRODUCTS, strict=True))
_ROUNDING = 1e-9  # by how much sums may leave what differences between −1 and 1 add up to


def differences(first: ArrayLike, second: ArrayLike) -> Floats:
    """Differences (N, 4) of styles (N, 4): of the answers shown first, and of those shown second.

    >>> differences([[300, 0, 2, 1]], [[100, 0, 0, 3]]).tolist()
    [[0.5, 0.0, 1.0, -0.5]]
    """
    ours, theirs = (np.asarray(values, dtype=np.float64) for values in (first, second))
    return np.asarray((ours - theirs) / np.maximum(ours + theirs, 1))


@dataclass(frozen=True, slots=True, eq=False)
class StyledVotes:
    """Votes in G groups: `count[g]` said `COUNTED[verdict[g]]` of `models[first[g]]` and `models[second[g]]`.

    Their differences of style have the `mean` (4, G), NaN where a text is not known, and the `covariance` (4, 4, G),
    None where each group is one vote. `placed` (G,) is 1 where the first was shown first, 0 where neither was. Made by
    `of_votes` and `of_cells`.
    """

    models: tuple[str, ...]
    first: Ints
    second: Ints
    verdict: Ints
    count: Ints
    mean: Floats
    covariance: Floats | None
    placed: Floats

    @classmethod
    def of_votes(
        cls, votes: Comparisons, styles: ArrayLike, neutral: NDArray[np.bool_] | None = None
    ) -> Self:
        """One group a vote. `styles` (N, 4) are the differences, with a NaN where a text is not known; `neutral` (N,)
        marks votes in which neither side was shown first.

        Raises ValueError for a difference outside −1..1 and for columns of another length.

        >>> from app.stats.verdicts import Verdict
        >>> votes = Comparisons.of([("x", "y", Verdict.A), ("y", "x", Verdict.A)])
        >>> StyledVotes.of_votes(votes, [[0.5, 0, 0, 0], [np.nan] * 4]).unknown
        1
        """
        values = np.array(styles, dtype=np.float64).reshape(-1, WIDTH)
        placed = np.ones(votes.votes) if neutral is None else np.where(neutral, 0.0, 1.0)
        if len(values) != votes.votes or placed.shape != (votes.votes,):
            raise ValueError("the columns must be of one length")
        if (np.abs(values) > 1).any():
            raise ValueError("a difference of style is outside −1..1")
        values[np.isnan(values).any(axis=1)] = np.nan
        count = np.ones(votes.votes, dtype=np.int64)
        return cls(votes.models, votes.first, votes.second, votes.verdict, count, values.T, None, placed)

    @classmethod
    def of_cells(cls, cells: Tally, known: ArrayLike, sums: ArrayLike, products: ArrayLike) -> Self:
        """From moments: of the votes of each of C cells, `known` (C,) have known texts, their differences add up to
        `sums` (C, 4) and the products of each two, as `PRODUCTS` names them, to `products` (C, 10).

        Raises ValueError where these cannot belong to one another.

        >>> from app.stats.verdicts import Verdict
        >>> cells = Tally.of([("x", "y", Verdict.A, 3)])
        >>> styled = StyledVotes.of_cells(cells, [2], [[1.0, 0, 0, 0]], [[0.75] + [0] * 9])
        >>> styled.count.tolist(), styled.mean[0].tolist(), styled.unknown
        ([2, 1], [0.5, nan], 1)
        """
        size, told = len(cells.count), np.array(known, dtype=np.int64)
        if told.shape != (size,) or (told < 0).any() or (told > cells.count).any():
            raise ValueError("votes with known texts must be some of the votes of each cell")
        first, second = (
            np.array(values, dtype=np.float64).reshape(size, width)
            for values, width in ((sums, WIDTH), (products, len(PRODUCTS)))
        )
        if (np.abs(np.hstack([first, second])) > told[:, None] * (1 + _ROUNDING) + _ROUNDING).any():
            raise ValueError("moments are larger than differences between −1 and 1 add up to")
        mean, covariance = _moments(first.T, second.T, told)
        every = np.concatenate([told, cells.count - told])
        here = np.concatenate([np.arange(size)] * 2)[every > 0]
        unknown = np.full_like(mean, np.nan), np.zeros_like(covariance)
        return cls(
            cells.models,
            cells.first[here],
            cells.second[here],
            cells.verdict[here],
            every[every > 0],
            np.concatenate([mean, unknown[0]], axis=1)[:, every > 0],
            np.concatenate([covariance, unknown[1]], axis=2)[:, :, every > 0],
            np.ones(len(here)),
        )

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which groups have votes of known texts, (G,)."""
        return np.asarray(~np.isnan(self.mean[0]))

    @property
    def unknown(self) -> int:
        """How many votes have a text that is not known."""
        return int(self.count[~self.known].sum())

    def tally(self) -> Tally:
        """All votes, in entries as they stand here."""
        return Tally(self.models, self.first, self.second, self.verdict, self.count)

    def only(self, kept: NDArray[np.bool_] | Ints) -> "StyledVotes":
        """These groups, in this order."""
        return StyledVotes(
            self.models,
            self.first[kept],
            self.second[kept],
            self.verdict[kept],
            self.count[kept],
            self.mean[:, kept],
            None if self.covariance is None else self.covariance[:, :, kept],
            self.placed[kept],
        )

    def moments(self) -> "StyledVotes":
        """The same votes as moments of cells; which of them were neutral is not kept.

        >>> from app.stats.verdicts import Verdict
        >>> votes = Comparisons.of([("x", "y", Verdict.A)] * 2)
        >>> moments = StyledVotes.of_votes(votes, [[0.5, 0, 0, 0.5], [-0.25, 0, 0, 0.5]]).moments()
        >>> moments.count.tolist(), moments.mean.T.tolist()
        ([2], [[0.125, 0.0, 0.0, 0.5]])
        """
        size = len(self.models)
        codes = (self.first * size + self.second) * len(COUNTED) + self.verdict
        code, cell = np.unique(codes, return_inverse=True)
        pair, verdict = np.divmod(code, len(COUNTED))
        first, second = np.divmod(pair, max(size, 1))

        def summed(values: Floats | Ints) -> Floats:
            return np.bincount(cell, values, len(code)).astype(np.float64)

        known = self.known
        mean = np.where(known, self.mean, 0)
        products = mean[_ROWS] * mean[_COLUMNS]
        if self.covariance is not None:
            products = products + self.covariance[_ROWS, _COLUMNS]
        told = self.count * known
        counts = (summed(values).astype(np.int64) for values in (self.count, told))
        sums, squares = (np.array([summed(row * told) for row in rows]).T for rows in (mean, products))
        return StyledVotes.of_cells(
            Tally(self.models, first, second, verdict, next(counts)), next(counts), sums, squares
        )


def _moments(sums: Floats, products: Floats, count: Ints) -> tuple[Floats, Floats]:
    """Means (4, C) and covariances (4, 4, C) from sums (4, C) and products (10, C)."""
    votes = np.maximum(count, 1)
    mean = sums / votes
    covariance = np.empty((WIDTH, WIDTH, len(count)))
    covariance[_ROWS, _COLUMNS] = covariance[_COLUMNS, _ROWS] = (
        products / votes - mean[_ROWS] * mean[_COLUMNS]
    )
    return mean, covariance
