"""Votes as arrays: all that a ranking method ever sees.

A `Tally` counts votes in cells and forgets their order; `Comparisons` keeps one row a vote, in order. Both
name the models as they were shown, first as A and second as B, so position can still be studied. How ties
count is chosen when a tally is read, never when it is stored.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from app.stats.verdicts import Verdict

Ties = Literal["half", "drop"]
BothBad = Literal["tie", "drop"]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

COUNTED = (Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_GOOD, Verdict.BOTH_BAD)
"""The verdicts that a ranking can see, in the order of a tally's codes. An abstention is never counted."""

_CODE = {verdict: code for code, verdict in enumerate(COUNTED)}
_A, _B, _TIE, _BOTH_GOOD, _BOTH_BAD = range(len(COUNTED))
_LARGEST_TABLE = 2**24  # entries of a dense count; beyond it the distinct cells are sorted instead


@dataclass(frozen=True, slots=True)
class Record:
    """One model's votes from its own side. `ties` holds `tie` and `both_good`; the four add up to `votes`."""

    votes: int
    wins: int
    losses: int
    ties: int
    both_bad: int


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counted cells: `count[c]` votes said `COUNTED[verdict[c]]` of `models[first[c]]` shown as A and
    `models[second[c]]` shown as B.

    The four arrays are whole numbers of one length, copied unless they are read-only; the same cell may stand in
    several entries. A model without a cell has no votes. Raises ValueError for a model named twice, a model against
    itself, an index that names nothing, or a negative count.

    >>> Tally(("x", "y"), first=[0, 1], second=[1, 0], verdict=[0, 2], count=[7, 3]).votes
    10
    """

    models: tuple[str, ...]
    first: Ints
    second: Ints
    verdict: Ints
    count: Ints

    def __post_init__(self) -> None:
        _freeze(self, "first", "second", "verdict", "count")
        _check_sides(self.models, self.first, self.second, self.verdict)
        if self.count.shape != self.verdict.shape:
            raise ValueError("the columns must be one-dimensional and of one length")
        if (self.count < 0).any():
            raise ValueError("a count is negative")

    @classmethod
    def of(cls, cells: Iterable[tuple[str, str, Verdict, int]], models: Iterable[str] = ()) -> Self:
        """Merge (shown as A, shown as B, verdict, count) cells.

        `models` come first and in their order, with or without votes; names met only in cells follow, sorted.

        >>> cells = [("x", "y", Verdict.A, 7), ("x", "y", Verdict.A, 1), ("y", "x", Verdict.TIE, 2)]
        >>> tally = Tally.of(cells, models=["newcomer"])
        >>> tally.models, tally.votes, len(tally.count)
        (('newcomer', 'x', 'y'), 10, 2)
        """
        merged: Counter[tuple[str, str, Verdict]] = Counter()
        for first, second, verdict, count in cells:
            merged[first, second, verdict] += count
        names = _named(models, (name for first, second, _ in merged for name in (first, second)))
        index = {name: position for position, name in enumerate(names)}
        rows = [(index[a], index[b], _code(verdict), count) for (a, b, verdict), count in merged.items()]
        table = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return cls(names, table[:, 0], table[:, 1], table[:, 2], table[:, 3])

    @property
    def votes(self) -> int:
        return int(self.count.sum())

    def records(self) -> dict[str, Record]:
        """Every model's votes, wins, losses, ties and both-bad, in the order of `models`.

        >>> Tally.of([("x", "y", Verdict.A, 7), ("y", "x", Verdict.TIE, 3)]).records()["y"]
        Record(votes=10, wins=0, losses=7, ties=3, both_bad=0)
        """
        size, verdicts = len(self.models), len(COUNTED)
        shown_first = _count(self.first * verdicts + self.verdict, self.count, size * verdicts)
        shown_second = _count(self.second * verdicts + self.verdict, self.count, size * verdicts)
        as_a, as_b = shown_first.reshape(size, verdicts), shown_second.reshape(size, verdicts)
        wins = as_a[:, _A] + as_b[:, _B]
        losses = as_a[:, _B] + as_b[:, _A]
        both = as_a + as_b
        ties = both[:, _TIE] + both[:, _BOTH_GOOD]
        columns = (both.sum(axis=1), wins, losses, ties, both[:, _BOTH_BAD])
        return {
            model: Record(*(int(column[position]) for column in columns))
            for position, model in enumerate(self.models)
        }

    def outcomes(self, ties: Ties = "half", both_bad: BothBad = "tie") -> tuple[Floats, Floats]:
        """Wins (M, M), `[i, j]` the votes for i over j, and ties (M, M), symmetric, each once a side.

        `both_good` is a tie. `both_bad` is one too unless it is dropped; `ties="drop"` leaves out every tie.
        """
        size = len(self.models)
        wins = self._pairs(self.first, self.second, {_A}) + self._pairs(self.second, self.first, {_B})
        if ties == "drop":
            return wins, np.zeros((size, size))
        tied = self._pairs(
            self.first, self.second, {_TIE, _BOTH_GOOD} | ({_BOTH_BAD} if both_bad == "tie" else set())
        )
        return wins, tied + tied.T

    def win_matrix(self, ties: Ties = "half", both_bad: BothBad = "tie") -> Floats:
        """Wins (M, M), `[i, j]` those of i over j, where a tie that counts is half a win for each side.

        >>> Tally.of([("x", "y", Verdict.A, 7), ("y", "x", Verdict.TIE, 3)]).win_matrix().tolist()
        [[0.0, 8.5], [1.5, 0.0]]
        """
        wins, tied = self.outcomes(ties, both_bad)
        return wins + tied / 2

    def _pairs(self, left: Ints, right: Ints, verdicts: set[int]) -> Floats:
        size = len(self.models)
        kept = np.isin(self.verdict, list(verdicts))
        weights = np.where(kept, self.count, 0).astype(np.float64)
        sums = np.bincount(left * size + right, weights=weights, minlength=size * size)
        return sums.astype(np.float64).reshape(size, size)


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """One row a vote, in the order in which they were cast; columns as in `Tally`, which `tally()` counts.

    What is known beside the votes, one entry a vote, is None where nobody asked for it: `voter`, `prompt` and
    `ballot` are whole numbers that say which votes belong together, `probability` is that with which the pair was
    dealt, 0 where it is unknown, `reliability` how much the vote's voter is worth. Raises ValueError as `Tally` does,
    and for a probability outside 0..1 or a reliability that is not above 0.

    >>> votes = Comparisons.of([("x", "y", Verdict.A), ("y", "x", Verdict.A), ("x", "y", Verdict.A)])
    >>> votes.tally().win_matrix().tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """

    models: tuple[str, ...]
    first: Ints
    second: Ints
    verdict: Ints
    voter: Ints | None = None
    prompt: Ints | None = None
    ballot: Ints | None = None
    probability: Floats | None = None
    reliability: Floats | None = None

    def __post_init__(self) -> None:
        known = [name for name in ("voter", "prompt", "ballot") if getattr(self, name) is not None]
        _freeze(self, "first", "second", "verdict", *known)
        _check_sides(self.models, self.first, self.second, self.verdict)
        if any(getattr(self, name).shape != self.verdict.shape for name in known):
            raise ValueError("the columns must be one-dimensional and of one length")
        if self.probability is not None:
            object.__setattr__(self, "probability", _probabilities(self.probability, len(self.verdict)))
        if self.reliability is not None:
            object.__setattr__(self, "reliability", _reliabilities(self.reliability, len(self.verdict)))

    @classmethod
    def of(cls, votes: Iterable[tuple[str, str, Verdict]], models: Iterable[str] = ()) -> Self:
        """Rows of (shown as A, shown as B, verdict); models are ordered as in `Tally.of`."""
        rows = list(votes)
        names = _named(models, (name for first, second, _ in rows for name in (first, second)))
        index = {name: position for position, name in enumerate(names)}
        table = np.array([(index[a], index[b], _code(v)) for a, b, v in rows], dtype=np.int64).reshape(-1, 3)
        return cls(names, table[:, 0], table[:, 1], table[:, 2])

    @property
    def votes(self) -> int:
        return len(self.verdict)

    def tally(self) -> Tally:
        """The same votes without their order, each cell once."""
        size, verdicts = len(self.models), len(COUNTED)
        codes = self.first * size
        codes += self.second
        codes *= verdicts
        codes += self.verdict
        cells, count = _distinct(codes, size * size * verdicts)
        pair, verdict = np.divmod(cells, verdicts)
        first, second = np.divmod(pair, max(size, 1))
        return Tally(self.models, first, second, verdict, count)


def _distinct(codes: Ints, possible: int) -> tuple[Ints, Ints]:
    if possible > _LARGEST_TABLE:
        return np.unique(codes, return_counts=True)
    counts = np.bincount(codes, minlength=possible)
    present = np.flatnonzero(counts)
    return present, counts[present]


def _count(codes: Ints, weights: Ints, size: int) -> Ints:
    table = np.zeros(size, dtype=np.int64)
    np.add.at(table, codes, weights)  # whole numbers throughout: a weighted bincount would go through floats
    return table


def _named(models: Iterable[str], met: Iterator[str]) -> tuple[str, ...]:
    listed = tuple(models)
    return listed + tuple(sorted(set(met).difference(listed)))


def _code(verdict: Verdict) -> int:
    code = _CODE.get(verdict)
    if code is None:
        raise ValueError(f"{str(verdict)!r} is never counted; count one of {', '.join(COUNTED)}")
    return code


def _freeze(table: Tally | Comparisons, *columns: str) -> None:
    for column in columns:
        values = np.asarray(getattr(table, column))
        if values.size and values.dtype.kind not in "iu":
            raise ValueError(f"{column} must hold whole numbers, not {values.dtype}")
        if values.flags.writeable or values.dtype != np.int64:
            values = values.astype(np.int64)
            values.flags.writeable = False
        object.__setattr__(table, column, values)


def _probabilities(given: Floats, votes: int) -> Floats:
    values = _floats(given, votes)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("a probability is outside 0..1")
    return values


def _reliabilities(given: Floats, votes: int) -> Floats:
    values = _floats(given, votes)
    if not ((values > 0) & (values < np.inf)).all():
        raise ValueError("a reliability is not above 0")
    return values


def _floats(given: Floats, votes: int) -> Floats:
    values = np.array(given, dtype=np.float64)
    if values.shape != (votes,):
        raise ValueError("the columns must be one-dimensional and of one length")
    values.flags.writeable = False
    return values


def _check_sides(models: tuple[str, ...], first: Ints, second: Ints, verdict: Ints) -> None:
    if len(set(models)) < len(models):
        raise ValueError("a model is named twice")
    if not first.shape == second.shape == verdict.shape or first.ndim != 1:
        raise ValueError("the columns must be one-dimensional and of one length")
    for column, limit in ((first, len(models)), (second, len(models)), (verdict, len(COUNTED))):
        # A negative number is a very large one there: one look at each instead of two.
        if column.size and column.view(np.uint64).max() >= limit:
            raise ValueError(f"an index is outside 0..{limit - 1}")
    if (first == second).any():
        raise ValueError("a model is compared with itself")
