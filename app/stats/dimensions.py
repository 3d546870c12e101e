"""Ballots: what one voter said of one battle on every quality dimension, with how often the same was said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from app.stats.tally import COUNTED, BothBad, Floats, Ints, Tally, Ties
from app.stats.verdicts import Verdict

OVERALL = "overall"
"""The dimension whose votes say how much each of the others matters."""

NONE = -1
"""The code of a dimension on which a ballot says nothing that counts."""

Bools = NDArray[np.bool_]
_TIED = [COUNTED.index(Verdict.TIE), COUNTED.index(Verdict.BOTH_GOOD)]


@dataclass(frozen=True, slots=True, eq=False)
class Dimensions:
    """`count[b]` ballots compared `models[first[b]]`, shown as A, with `models[second[b]]`, shown as B, on prompts
    of the category `categories[category[b]]`, and said `COUNTED[verdict[b, d]]` on `dimensions[d]`, NONE (−1)
    where they say nothing or abstain.

    `verdict` is (ballots, dimensions), the rest (ballots,), whole numbers; all become read-only. The same ballot
    may stand in several entries, and a cell of which only one dimension is known is an entry with NONE on the
    others: its votes then count as ballots of their own. The name "" is for prompts without a category; without
    `category` all are of the first. Raises ValueError for shapes that do not fit, a name given twice, a model
    against itself, an index that names nothing, or a negative count.

    >>> said = {"accuracy": Verdict.A, "style": Verdict.TIE}
    >>> ballots = Dimensions.of([("x", "y", said, 3), ("y", "x", {"style": Verdict.A}, 1)])
    >>> ballots.dimensions, ballots.verdict.tolist(), ballots.tally().votes
    (('accuracy', 'style'), [[0, 2], [-1, 0]], 7)
    """

    models: tuple[str, ...]
    dimensions: tuple[str, ...]
    first: Ints
    second: Ints
    verdict: Ints
    count: Ints
    categories: tuple[str, ...] = ("",)
    category: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        ballots = len(np.asarray(self.count))
        if not np.size(self.category):
            object.__setattr__(self, "category", np.zeros(ballots, dtype=np.int64))
        for names in (self.models, self.dimensions, self.categories):
            if len(set(names)) < len(names):
                raise ValueError("a name is given twice")
        self._freeze("verdict", (ballots, len(self.dimensions)), NONE, len(COUNTED))
        for column in ("first", "second"):
            self._freeze(column, (ballots,), 0, len(self.models))
        self._freeze("category", (ballots,), 0, len(self.categories))
        self._freeze("count", (ballots,), 0, None)
        if (self.first == self.second).any():
            raise ValueError("a model is compared with itself")

    @classmethod
    def of(
        cls,
        ballots: Iterable[tuple[str, str, Mapping[str, Verdict], int]],
        models: Iterable[str] = (),
        category: str = "",
    ) -> Self:
        """Ballots of one category from (shown as A, shown as B, verdict by dimension, count).

        `models` come first and in their order; names met only in ballots follow, sorted, as dimensions do.
        """
        rows, listed = list(ballots), tuple(models)
        met = {name for first, second, *_ in rows for name in (first, second)}
        names = listed + tuple(sorted(met.difference(listed)))
        dimensions = tuple(sorted({dimension for *_, said, _ in rows for dimension in said}))
        number = {name: position for position, name in enumerate(names)}
        verdict = [
            [COUNTED.index(said[dimension]) if dimension in said else NONE for dimension in dimensions]
            for *_, said, _ in rows
        ]
        return cls(
            names,
            dimensions,
            np.array([number[first] for first, *_ in rows], dtype=np.int64),
            np.array([number[second] for _, second, *_ in rows], dtype=np.int64),
            np.array(verdict, dtype=np.int64).reshape(len(rows), len(dimensions)),
            np.array([count for *_, count in rows], dtype=np.int64),
            (category,),
        )

    def tally(self) -> Tally:
        """All verdicts counted, whatever their dimension."""
        ballot, dimension = np.nonzero(self.verdict != NONE)
        verdict = self.verdict[ballot, dimension]
        return Tally(self.models, self.first[ballot], self.second[ballot], verdict, self.count[ballot])

    def scores(self, ties: Ties, both_bad: BothBad) -> tuple[Floats, Bools]:
        """What the answer shown as A scored, 1, ½ or 0, and whether that counts: (ballots, dimensions) each."""
        score = np.full(self.verdict.shape, 0.5)
        score[self.verdict == COUNTED.index(Verdict.A)] = 1
        score[self.verdict == COUNTED.index(Verdict.B)] = 0
        counted = self.verdict != NONE
        if ties == "drop":
            counted &= ~np.isin(self.verdict, _TIED)
        if ties == "drop" or both_bad == "drop":
            counted &= self.verdict != COUNTED.index(Verdict.BOTH_BAD)
        return score, counted & (self.count > 0)[:, None]

    def _freeze(self, column: str, shape: tuple[int, ...], lowest: int, limit: int | None) -> None:
        values = np.asarray(getattr(self, column))
        if values.size and values.dtype.kind not in "iu":
            raise ValueError(f"{column} must hold whole numbers, not {values.dtype}")
        if values.shape != shape:
            raise ValueError(f"{column} has the shape {values.shape}, not {shape}")
        if values.size and (values.min() < lowest or (limit is not None and values.max() >= limit)):
            raise ValueError(f"{column} is outside its range")
        copy = values.astype(np.int64)
        copy.flags.writeable = False
        object.__setattr__(self, column, copy)
