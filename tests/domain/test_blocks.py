"""Blocks: packing is exact both ways, and equal rows become one however they are summed."""

import random
from collections import Counter

import numpy as np
import pytest

from app.domain import blocks
from app.domain.blocks import columns_of, empty, pack, summed, unpack
from app.domain.cells import CELLS, RATERS

ROWS = [(0, 3, 1, 5, 2), (0, 1, 3, 0, 7), (3, 70_000, 4_000_000_000, 4, -1)]


def test_what_is_packed_is_what_comes_out() -> None:
    columns = columns_of(CELLS, ROWS)
    data = pack(CELLS, columns)
    assert len(data) == len(ROWS) * (1 + 4 + 4 + 1 + 4)
    assert list(zip(*(each.tolist() for each in unpack(CELLS, data)), strict=True)) == ROWS


def test_columns_stand_one_after_the_other_in_little_endian() -> None:
    assert pack(RATERS, columns_of(RATERS, [(258, 1), (5, -2)])) == bytes.fromhex(
        "02010000 05000000 01000000 feffffff"
    )


def test_no_rows_are_no_bytes() -> None:
    assert pack(CELLS, empty(CELLS)) == b""
    assert [each.tolist() for each in unpack(CELLS, b"")] == [[], [], [], [], []]
    for parts in ([], [empty(CELLS)]):
        assert [each.tolist() for each in summed(CELLS, parts)] == [[], [], [], [], []]


@pytest.mark.parametrize(
    "row", [(-1, 1, 2, 0, 1), (0, 2**32, 2, 0, 1), (0, 1, 2, 256, 1), (0, 1, 2, 0, 2**31)]
)
def test_a_number_that_does_not_fit_is_refused(row: tuple[int, ...]) -> None:
    with pytest.raises(OverflowError, match="is outside"):
        pack(CELLS, columns_of(CELLS, [row]))


def test_bytes_of_a_wrong_length_are_no_block() -> None:
    with pytest.raises(ValueError, match="15 bytes are no block of cells"):
        unpack(CELLS, bytes(15))


@pytest.mark.parametrize("largest", [0, blocks.LARGEST_TABLE], ids=["sorted", "in a table"])
def test_equal_rows_are_one_and_rows_of_nothing_are_none(
    largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "LARGEST_TABLE", largest)
    generator = random.Random(1)
    ids = (0, 1, 7, 4_000_000_000)
    rows = [
        (generator.randrange(4), generator.choice(ids), generator.choice(ids), generator.randrange(6), amount)
        for amount in generator.choices((-2, -1, 1, 2, 2**40), k=2_000)
    ]
    parts = [columns_of(CELLS, rows[start : start + 300]) for start in range(0, len(rows), 300)]
    counted: Counter[tuple[int, ...]] = Counter()
    for *key, amount in rows:
        counted[tuple(key)] += amount
    expected = sorted((*key, amount) for key, amount in counted.items() if amount)
    assert len(expected) < len(counted)
    got = summed(CELLS, parts)
    assert list(zip(*(each.tolist() for each in got), strict=True)) == expected
    assert all(each.dtype == np.int64 for each in got)
