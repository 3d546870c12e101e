"""Who gave which item which label: for what depends on single raters, and not only on how many said what."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.stats.agreement.raters import rated
from app.stats.tally import Ints


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """One entry a label in each column: `rater` gave `item` the `label`, numbers from 0 below those in `size`.

    `size` is (items, raters, labels). Labels of votes stand in the order A, B, then ties. Raises ValueError for
    columns that do not match, numbers out of range, and a rater who labels an item twice; see `latest`.

    >>> known = Annotations(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, 0, 2]), (2, 2, 3))
    >>> known.ratings().tolist(), known.matrix().tolist()
    ([[2, 0, 0], [0, 0, 1]], [[0, 0], [-1, 2]])
    """

    item: Ints
    rater: Ints
    label: Ints
    size: tuple[int, int, int]

    def __post_init__(self) -> None:
        columns = [np.asarray(column) for column in (self.item, self.rater, self.label)]
        for name, column, limit in zip(("item", "rater", "label"), columns, self.size, strict=True):
            if column.ndim != 1 or column.shape != columns[0].shape:
                raise ValueError("the columns must be one-dimensional and of one length")
            if column.size and (column.dtype.kind not in "iu" or column.min() < 0 or column.max() >= limit):
                raise ValueError(f"a number in {name} is outside 0..{limit - 1}")
            object.__setattr__(self, name, column.astype(np.int64))
        if len(np.unique(self.item * self.size[1] + self.rater)) < len(self.item):
            raise ValueError("a rater labels an item twice")

    @classmethod
    def of(cls, matrix: Ints, labels: int) -> "Annotations":
        """From labels (items, raters), −1 where a rater gave none."""
        item, rater = np.nonzero(np.asarray(matrix) >= 0)
        return cls(item, rater, np.asarray(matrix)[item, rater], (*np.shape(matrix), labels))

    @classmethod
    def latest(cls, item: Ints, rater: Ints, label: Ints, size: tuple[int, int, int]) -> "Annotations":
        """From rows in the order of time: of the labels of one rater for one item the last one counts.

        >>> Annotations.latest(np.array([0, 0]), np.array([1, 1]), np.array([2, 0]), (1, 2, 3)).label.tolist()
        [0]
        """
        key = np.asarray(item) * size[1] + np.asarray(rater)
        last = len(key) - 1 - np.unique(key[::-1], return_index=True)[1]
        return cls(np.asarray(item)[last], np.asarray(rater)[last], np.asarray(label)[last], size)

    def ratings(self) -> Ints:
        """(N, k) labels by item and label."""
        return rated(self.item, self.label, (self.size[0], self.size[2]))

    def matrix(self) -> Ints:
        """(N, R) labels by item and rater, −1 where there is none."""
        table = np.full(self.size[:2], -1, dtype=np.int64)
        table[self.item, self.rater] = self.label
        return table

    def on(self, items: NDArray[np.bool_]) -> "Annotations":
        """The labels of the items for which (N,) is true, among the same items."""
        kept = items[self.item]
        return Annotations(self.item[kept], self.rater[kept], self.label[kept], self.size)
