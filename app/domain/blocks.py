"""Blocks: rows of whole numbers, packed for the database, and the kinds of them.

A block holds the rows of one slice. Rows are told apart by their keys and carry sums; equal rows are one row, rows
whose sums are all 0 are none, and rows are sorted, so equal votes give equal bytes. Sums are whole numbers, so that a
vote that is taken back leaves nothing behind.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, Subquery

Ints = NDArray[np.int64]
Columns = tuple[Ints, ...]

LARGEST_TABLE = 2**24  # entries of a dense sum; beyond it the rows are sorted instead,
SPARSEST_TABLE = 50  # as they are where so many entries come on a row


@dataclass(frozen=True, slots=True)
class Kind:
    """What the blocks of a kind hold. `keys` and `sums` name the columns and their little-endian types.

    `rows` gives, for changes of votes (see `changes`), a query with the columns of PLACE, keys and sums: one row or
    more a change, sums signed by its `delta`. `votes` says how many votes that count stand behind columns. Blocks are
    written when at least `worth` changes wait: for large ones seldom, since readers add what waits.
    """

    name: str
    keys: Mapping[str, str]
    sums: Mapping[str, str]
    rows: Callable[[Subquery], Select[Any]]
    votes: Callable[[Columns], int]
    worth: int = 1

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.keys, *self.sums)


def pack(kind: Kind, columns: Sequence[Ints]) -> bytes:
    """The columns one after the other. Raises OverflowError for a number that its column cannot hold."""
    return b"".join(
        _narrowed(name, values, dtype) for (name, dtype), values in zip(_types(kind), columns, strict=True)
    )


def unpack(kind: Kind, data: bytes) -> Columns:
    """Raises ValueError for bytes that `pack` did not make."""
    if not data:
        return empty(kind)
    types = [np.dtype(dtype) for _, dtype in _types(kind)]
    rows, rest = divmod(len(data), sum(each.itemsize for each in types))
    if rest:
        raise ValueError(f"{len(data)} bytes are no block of {kind.name}")
    offsets = np.cumsum([0, *(each.itemsize * rows for each in types)]).tolist()
    return tuple(
        np.frombuffer(data, each, rows, offset).astype(np.int64)
        for each, offset in zip(types, offsets, strict=False)
    )


def empty(kind: Kind) -> Columns:
    return tuple(np.zeros(0, dtype=np.int64) for _ in kind.columns)


def columns_of(kind: Kind, rows: Iterable[Sequence[int]]) -> Columns:
    """The columns of rows of numbers."""
    given = [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)]
    return tuple(given) or empty(kind)


def summed(kind: Kind, parts: Sequence[Columns]) -> Columns:
    """All rows of the parts: sorted by their keys, equal keys once, without rows whose sums are all 0."""
    filled = [part for part in parts if len(part[0])]
    columns = [np.concatenate(each) for each in zip(*filled, strict=True)] or list(empty(kind))
    size = len(kind.keys)
    keys, sums = total(columns[:size], columns[size:])
    kept = np.logical_or.reduce([each != 0 for each in sums])
    return tuple(each[kept] for each in (*keys, *sums))


def total(keys: Sequence[Ints], amounts: Sequence[Ints]) -> tuple[Columns, Columns]:
    """Distinct rows of the keys, sorted, and the sum of each amount over them."""
    ranked = [distinct(each) for each in keys]
    shape = tuple(len(values) for values, _ in ranked)
    if not len(keys[0]):
        return tuple(keys), tuple(amounts)
    if prod(shape) > min(LARGEST_TABLE, SPARSEST_TABLE * len(keys[0])):
        return _total_by_sorting(keys, amounts)
    codes = ranked[0][1]
    for values, ranks in ranked[1:]:
        codes = codes * len(values) + ranks
    present = np.zeros(prod(shape), dtype=np.bool_)
    present[codes] = True
    found = np.flatnonzero(present)
    places = np.unravel_index(found, shape)
    merged = tuple(values[place] for (values, _), place in zip(ranked, places, strict=True))
    return merged, tuple(_table(codes, each, prod(shape))[found] for each in amounts)


def distinct(values: Ints) -> tuple[Ints, Ints]:
    """The distinct values, sorted, and the place of each value among them."""
    if not len(values):
        return values, values
    low, high = int(values.min()), int(values.max())
    if high - low >= LARGEST_TABLE:
        found, places = np.unique(values, return_inverse=True)
        return found, places.astype(np.int64)
    present = np.zeros(high - low + 1, dtype=np.bool_)
    present[values - low] = True
    rank = np.cumsum(present) - 1
    return np.flatnonzero(present) + low, rank[values - low]


def _total_by_sorting(keys: Sequence[Ints], amounts: Sequence[Ints]) -> tuple[Columns, Columns]:
    order = np.lexsort(tuple(reversed(keys)))
    ordered = [each[order] for each in keys]
    new = np.logical_or.reduce([each[1:] != each[:-1] for each in ordered])
    starts = np.flatnonzero(np.concatenate([[True], new]))
    merged = tuple(each[starts] for each in ordered)
    return merged, tuple(np.add.reduceat(each[order], starts) for each in amounts)


def _table(codes: Ints, amounts: Ints, size: int) -> Ints:
    table = np.zeros(size, dtype=np.int64)
    np.add.at(table, codes, amounts)  # whole numbers throughout: a weighted bincount would go through floats
    return table


def _types(kind: Kind) -> list[tuple[str, str]]:
    return [*kind.keys.items(), *kind.sums.items()]


def _narrowed(name: str, values: Ints, dtype: str) -> bytes:
    limits = np.iinfo(np.dtype(dtype))
    if len(values) and (values.min() < limits.min or values.max() > limits.max):
        raise OverflowError(f"{name} is outside {limits.min}..{limits.max}")
    return values.astype(dtype).tobytes()
