"""Verification: every vote counted from scratch, and compared with what the blocks and the votes after the marks say.

All that a reader sees is checked, each kind of block for all time and for each day: so it holds beside live votes, for
a session that sees one state of the data.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Subquery, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Dimension, Model, Rater, TallyBlock
from app.domain import changes
from app.domain.blocks import Columns, Kind, summed, total, unpack
from app.domain.cells import CELLS, KINDS, STATES, VERDICTS
from app.domain.changes import PLACE
from app.domain.rollup import Place, grouped, on_all_days
from app.domain.slices import EVERYBODY, Slice

Parts = defaultdict[Place, list[Columns]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What the blocks say of one row and what the votes say; `place` names the block, "" for all time or unknown."""

    kind: str
    arena: str
    dimension: str
    day: str
    voters: str
    category: str
    language: str
    row: str
    blocks_say: str
    votes_say: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many votes there are, in how many cells, and where the blocks say something else."""

    votes: int
    cells: int
    differences: tuple[Difference, ...]


def verify(session: Session, arena_ids: Sequence[int]) -> Verified:
    """Compare blocks and votes of these arenas."""
    votes, cells, differences = 0, 0, list[Difference]()
    for dimension in session.scalars(
        select(Dimension).where(Dimension.arena_id.in_(arena_ids)).order_by(Dimension.id)
    ):
        which = Slice(dimension.arena_id, dimension.id, EVERYBODY)
        for kind in KINDS:
            truth = _counted(session, kind, changes.standing(which))
            if kind is CELLS:
                everything = [
                    summed(kind, parts) for place, parts in truth.items() if place == on_all_days(place)
                ]
                votes += sum(int(each[-1].sum()) for each in everything)
                cells += sum(len(each[-1]) for each in everything)
            differences += _differences(session, kind, dimension, truth)
    return Verified(votes, cells, tuple(differences))


def _counted(session: Session, kind: Kind, found: Subquery) -> Parts:
    parts: Parts = defaultdict(list)
    for place, columns in grouped(session, kind, found):
        parts[place].append(columns)
        parts[on_all_days(place)].append(columns)
    return parts


def _differences(session: Session, kind: Kind, dimension: Dimension, truth: Parts) -> list[Difference]:
    names = _Names(session, dimension)
    which = Slice(dimension.arena_id, dimension.id, EVERYBODY)
    said = _counted(session, kind, changes.after_marks(session, kind.name, which))
    found = []
    for place, votes, data in _blocks(session, kind, dimension.id):
        try:
            columns = unpack(kind, data)
        except ValueError as broken:
            found.append(names.difference(kind, place, "the block", str(broken), "columns"))
            continue
        said[place].append(columns)
        if votes != kind.votes(columns):
            found.append(
                names.difference(kind, place, "votes that count", str(votes), str(kind.votes(columns)))
            )
    for place in sorted(said.keys() | truth.keys()):
        for row, blocks_say, votes_say in _unequal(kind, said.get(place, ()), truth.get(place, ())):
            found.append(names.difference(kind, place, names.row(row), blocks_say, votes_say))
    return found


def _blocks(session: Session, kind: Kind, dimension_id: int) -> Iterable[tuple[Place, int, bytes]]:
    place = [TallyBlock.__table__.c[name] for name in PLACE]
    query = select(*place, TallyBlock.votes, TallyBlock.data).where(
        TallyBlock.kind == kind.name, TallyBlock.dimension_id == dimension_id
    )
    for *key, votes, data in session.execute(query, execution_options={"yield_per": 100}):
        yield tuple(key), votes, data


def _unequal(
    kind: Kind, said: Sequence[Columns], truth: Sequence[Columns]
) -> Iterable[tuple[Mapping[str, int], str, str]]:
    """Rows by their keys with both amounts, where these differ."""
    one, other = summed(kind, said), summed(kind, truth)
    if all(np.array_equal(a, b) for a, b in zip(one, other, strict=True)):
        return
    size = len(kind.keys)
    keys = [np.concatenate(pair) for pair in zip(one[:size], other[:size], strict=True)]
    amounts = [np.concatenate([each, np.zeros_like(other[0])]) for each in one[size:]]
    amounts += [np.concatenate([np.zeros_like(one[0]), each]) for each in other[size:]]
    merged, both = total(keys, amounts)
    sums = len(kind.sums)
    for at in range(len(merged[0])):
        row = [int(each[at]) for each in both]
        if row[:sums] != row[sums:]:
            named = {name: int(each[at]) for name, each in zip(kind.keys, merged, strict=True)}
            yield named, ", ".join(map(str, row[:sums])), ", ".join(map(str, row[sums:]))


class _Names:
    """What people call the ids and codes in blocks."""

    def __init__(self, session: Session, dimension: Dimension) -> None:
        self._arena = session.get_one(Arena, dimension.arena_id).slug
        self._dimension = dimension.slug
        models = session.execute(select(Model.id, Model.slug).where(Model.arena_id == dimension.arena_id))
        self._models = {row.id: row.slug for row in models}
        self._session = session

    def difference(self, kind: Kind, place: Place, row: str, blocks_say: str, votes_say: str) -> Difference:
        _arena, _dimension, day, voters, category, language = place
        where = (self._arena, self._dimension, day, voters, category, language)
        return Difference(kind.name, *where, row, blocks_say, votes_say)

    def row(self, keys: Mapping[str, int]) -> str:
        return " ".join(self._word(name, value) for name, value in keys.items())

    def _word(self, name: str, value: int) -> str:
        if name in ("first", "second"):
            return str(self._models.get(value, f"model {value}"))
        if name == "rater":
            rater = self._session.get(Rater, value)
            return f"rater {value}" if rater is None else f"{rater.kind}:{rater.name}"
        words: Mapping[str, Sequence[str]] = {"state": STATES, "verdict": VERDICTS}
        if name in words and value < len(words[name]):
            return str(words[name][value])
        return f"{name} {value}"
