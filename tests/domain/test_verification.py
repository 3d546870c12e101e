"""Verification finds every difference between blocks and votes, and none where there is none, on both databases."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from app.db.session import Database
from app.db.tables import TallyBlock, TallyMark, Vote
from app.domain import rollup, verification
from app.domain.blocks import Columns, columns_of, pack, summed, unpack
from app.domain.cells import CELLS, KINDS
from app.domain.verification import Verified
from tests.arenas import import_rows, make_arena, roll_up, vote, votes
from tests.counting import many_votes, move

DAY = "2026-01-31"


@pytest.fixture
def database(database: Database) -> Database:
    """With an arena that has nothing in it yet."""
    make_arena(database)
    return database


def verify(database: Database, *arenas: int) -> Verified:
    with database.reading() as session:
        return verification.verify(session, arenas or (1,))


def tell(verified: Verified) -> list[tuple[str, str, str, str, str]]:
    return [(each.kind, each.day, each.row, each.blocks_say, each.votes_say) for each in verified.differences]


def spoil(database: Database, kind: str, day: str, change: Callable[[Columns], Columns]) -> None:
    """Change what the one block of this kind and day holds."""
    ours = next(each for each in KINDS if each.name == kind)
    block = (TallyBlock.kind == kind, TallyBlock.day == day)
    with database.writing() as session:
        data = session.scalars(select(TallyBlock.data).where(*block)).one()
        columns = summed(ours, [change(unpack(ours, data))])
        values = {"data": pack(ours, columns), "votes": ours.votes(columns)}
        session.execute(update(TallyBlock).where(*block).values(values))


def test_what_is_equal_is_found_equal_at_any_moment(database: Database) -> None:
    assert verify(database) == Verified(0, 0, ())
    import_rows(database, many_votes(1, 120))
    assert verify(database).differences == ()
    roll_up(database)
    move(database, range(1, 40), "withdrawn")
    move(database, range(30, 60), "superseded")
    assert verify(database).differences == ()
    roll_up(database)
    move(database, range(1, 20), "counted")
    import_rows(database, many_votes(2, 30))
    verified = verify(database)
    assert (verified.votes, verified.differences) == (150, ())


def test_votes_and_cells_are_counted(database: Database) -> None:
    import_rows(database, [*votes("aya", "bloom", "a a b abstain"), vote("bloom", "aya", language="zh")])
    roll_up(database)
    assert verify(database) == Verified(votes=5, cells=4, differences=())
    make_arena(database, "other")
    import_rows(database, votes("aya", "bloom", "a"), "other")
    assert verify(database, 1, 2).votes == 6


@pytest.mark.parametrize("day", ["", DAY])
def test_a_cell_that_holds_too_much_too_little_or_nothing_is_named(database: Database, day: str) -> None:
    import_rows(database, votes("aya", "bloom", "a a b tie", category="law"))
    roll_up(database)
    more, other = columns_of(CELLS, [(0, 1, 2, 0, 1)]), columns_of(CELLS, [(0, 1, 2, 2, -1), (2, 2, 1, 3, 5)])
    spoil(database, "cells", day, lambda columns: summed(CELLS, [columns, more, other]))
    assert tell(verify(database)) == [
        ("cells", day, "counted aya bloom a", "3", "2"),
        ("cells", day, "counted aya bloom tie", "0", "1"),
        ("cells", day, "withdrawn bloom aya both_good", "5", "0"),
    ]
    found = verify(database).differences[0]
    assert (found.arena, found.dimension, found.voters, found.category) == ("quiz", "overall", "human", "law")


def test_a_rater_who_is_forgotten_is_named(database: Database) -> None:
    import_rows(database, [vote("aya", "bloom", rater="human:ana"), vote("aya", "bloom", rater="human:ben")])
    roll_up(database)
    spoil(database, "raters", "", lambda columns: tuple(each[:1] for each in columns))
    assert tell(verify(database)) == [("raters", "", "human:ben", "0", "1")]


def test_a_lost_block_a_broken_one_and_a_wrong_sum_are_told(database: Database) -> None:
    import_rows(database, votes("aya", "bloom", "a"))
    roll_up(database)
    blocks: tuple[dict[str, Any], ...] = ({"data": b"broken"}, {"votes": 7})
    with database.writing() as session:
        for change, day in zip(blocks, ("", DAY), strict=True):
            where = (TallyBlock.kind == "cells", TallyBlock.day == day)
            session.execute(update(TallyBlock).where(*where).values(**change))
        session.execute(delete(TallyBlock).where(TallyBlock.kind == "raters", TallyBlock.day == ""))
    assert tell(verify(database)) == [
        ("cells", "", "the block", "6 bytes are no block of cells", "columns"),
        ("cells", DAY, "votes that count", "7", "1"),
        ("cells", "", "counted aya bloom a", "0", "1"),
        ("raters", "", "human:ana", "0", "1"),
    ]


def change(database: Database, statement: Any) -> None:
    with database.writing() as session:
        session.execute(statement)


def test_marks_that_skipped_votes_or_went_back_are_found(database: Database) -> None:
    import_rows(database, votes("aya", "bloom", "a"))
    change(database, update(TallyMark).values(position=10**9))
    roll_up(database)
    import_rows(database, votes("aya", "bloom", "b"))
    with database.writing() as session:
        for kind in KINDS:
            session.merge(TallyMark(kind=kind.name, log="votes", position=10**12))
    told = tell(verify(database))
    assert ("cells", "", "counted aya bloom b", "0", "1") in told
    change(database, update(TallyMark).values(position=0))
    assert ("cells", "", "counted aya bloom a", "2", "1") in tell(verify(database))


def test_a_state_without_its_event_is_found(database: Database) -> None:
    import_rows(database, votes("aya", "bloom", "a"))
    roll_up(database)
    change(database, update(Vote).values(state="withdrawn"))
    told = tell(verify(database))
    assert ("cells", "", "counted aya bloom a", "1", "0") in told
    assert ("cells", DAY, "withdrawn aya bloom a", "0", "1") in told


def test_what_is_made_anew_is_equal_again(database: Database) -> None:
    import_rows(database, many_votes(3, 60))
    roll_up(database)
    with database.writing() as session:
        session.execute(update(TallyBlock).where(TallyBlock.day != "").values(data=b"", votes=3))
    assert verify(database).differences
    import_rows(database, many_votes(4, 20))
    with database.writing() as session:
        rollup.rebuild(session, 1)
    assert verify(database).differences == ()
