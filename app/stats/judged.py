"""Units that a judge labelled, some of which people labelled too: what prediction-powered inference works on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from app.stats.tally import Floats, Ints

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A unit is one question put to one pair of models: `judge[u]` in [0, 1] is how far the judge puts the answer
    of `models[first[u]]` above that of `models[second[u]]`, 1 for better, ½ for a tie, 0 for worse, or a mean or a
    probability between. `human[u]` is the mean of people's votes on the same question and pair, where `labelled[u]`
    says that there are any; elsewhere it counts for nothing.

    All arrays are (U,) and become read-only. Units of which only people said something are not of use and left out
    by whoever makes this. Raises ValueError for columns of different lengths, a model named twice or against itself,
    an index that names nothing, or a label outside 0..1.

    >>> units = Judged.of([("x", "y", 1.0, 0.75), ("y", "x", 0.5, None)])
    >>> units.models, units.labelled.tolist(), units.human.tolist()
    (('x', 'y'), [True, False], [0.75, 0.0])
    """

    models: tuple[str, ...]
    first: Ints
    second: Ints
    judge: Floats
    human: Floats
    labelled: Bools

    def __post_init__(self) -> None:
        for column in ("first", "second"):
            values = np.asarray(getattr(self, column))
            if values.size and values.dtype.kind not in "iu":
                raise ValueError(f"{column} must hold whole numbers, not {values.dtype}")
            self._freeze(column, values.astype(np.int64))
        for column in ("judge", "human"):
            self._freeze(column, np.asarray(getattr(self, column)).astype(np.float64))
        self._freeze("labelled", np.asarray(self.labelled).astype(np.bool_))
        self._check()

    @classmethod
    def of(cls, units: Iterable[tuple[str, str, float, float | None]], models: Iterable[str] = ()) -> Self:
        """Units from (first, second, judge, human or None); `models` come first, names met only in units follow."""
        rows, listed = list(units), tuple(models)
        met = {name for first, second, *_ in rows for name in (first, second)}
        names = listed + tuple(sorted(met.difference(listed)))
        number = {name: position for position, name in enumerate(names)}
        return cls(
            names,
            np.array([number[first] for first, *_ in rows], dtype=np.int64),
            np.array([number[second] for _, second, *_ in rows], dtype=np.int64),
            np.array([judge for *_, judge, _ in rows], dtype=np.float64),
            np.array([human or 0.0 for *_, human in rows], dtype=np.float64),
            np.array([human is not None for *_, human in rows], dtype=np.bool_),
        )

    def _freeze(self, column: str, values: Ints | Floats | Bools) -> None:
        values.flags.writeable = False
        object.__setattr__(self, column, values)

    def _check(self) -> None:
        columns = (self.first, self.second, self.judge, self.human, self.labelled)
        if len(set(self.models)) < len(self.models):
            raise ValueError("a model is named twice")
        if any(column.shape != (len(self.first),) for column in columns):
            raise ValueError("the columns must be one-dimensional and of one length")
        for column in (self.first, self.second):
            if column.size and (column.min() < 0 or column.max() >= len(self.models)):
                raise ValueError(f"an index is outside 0..{len(self.models) - 1}")
        if (self.first == self.second).any():
            raise ValueError("a model is compared with itself")
        for label in (self.judge, self.human[self.labelled]):
            if not ((label >= 0) & (label <= 1)).all():
                raise ValueError("a label is outside 0..1")
