"""The roll-up: blocks hold what lies before the marks, each vote once, on both databases."""

from collections import Counter, defaultdict
from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from app.db.session import Database
from app.db.tables import TallyBlock, TallyMark, Vote
from app.domain import changes, rollup, tallies
from app.domain.cells import STATES, VERDICTS
from app.domain.tallies import Slice
from tests.arenas import import_rows, make_arena, roll_up, roll_up_once, rows_of, votes
from tests.counting import assert_exact, every_vote, many_votes, move, stored


@pytest.fixture
def database(database: Database) -> Database:
    """With an arena that has nothing in it yet."""
    make_arena(database)
    return database


def expected(database: Database) -> tuple[dict[Any, Counter[Any]], dict[Any, Counter[Any]]]:
    """The cells and the raters of every block, by reading every vote."""
    cells: defaultdict[Any, Counter[Any]] = defaultdict(Counter)
    raters: defaultdict[Any, Counter[Any]] = defaultdict(Counter)
    for a, b, category, language, verdict, state, shown, moment, rater, kind, name, _ in every_vote(database):
        voters = f"judge:{name}" if kind == "judge" else kind
        sides = (a, b) if shown == "a" else (b, a)
        for day in ("", moment.astimezone(UTC).date().isoformat()):
            place = (day, voters, category, language)
            cells[place][(STATES.index(state), *sides, VERDICTS.index(verdict))] += 1
            if state == "counted" and verdict != "abstain":
                raters[place][(rater,)] += 1
    return cells, raters


def assert_rolled_up(database: Database) -> None:
    cells, raters = expected(database)
    assert stored(database) == cells
    assert {place: block for place, block in stored(database, "raters").items() if block} == raters
    votes = {
        place: sum(n for (state, *_, verdict), n in block.items() if state == 0 and verdict != 5)
        for place, block in cells.items()
    }
    place = (TallyBlock.day, TallyBlock.voters, TallyBlock.category, TallyBlock.language)
    with database.reading() as session:
        told = session.execute(select(*place, TallyBlock.votes).where(TallyBlock.kind == "cells")).all()
    assert {tuple(key): n for *key, n in told} == votes


def test_blocks_alone_are_the_votes_grouped(database: Database) -> None:
    import_rows(database, many_votes(3, 400))
    move(database, range(1, 60), "withdrawn")
    roll_up(database)
    assert_rolled_up(database)


def test_votes_taken_back_and_restored_are_compensated_in_every_block(database: Database) -> None:
    import_rows(database, many_votes(7, 200))
    move(database, range(1, 50), "set_aside")  # before the first roll-up
    roll_up(database)
    assert_rolled_up(database)
    move(database, range(30, 70), "counted")
    move(database, range(60, 120), "withdrawn")
    import_rows(database, many_votes(8, 50))
    roll_up(database)
    assert_rolled_up(database)
    move(database, range(1, 251), "counted")
    roll_up(database)
    assert_rolled_up(database)


def test_rolling_up_again_changes_nothing(database: Database) -> None:
    import_rows(database, many_votes(4, 50))
    roll_up(database)
    move(database, [1, 2, 3], "withdrawn")
    roll_up(database)
    before = [rows_of(database, *table.__table__.c) for table in (TallyBlock, TallyMark)]
    roll_up(database)
    assert [rows_of(database, *table.__table__.c) for table in (TallyBlock, TallyMark)] == before


def test_a_vote_of_a_slow_transaction_is_counted_once(postgresql_url: str) -> None:
    """On PostgreSQL ids do not commit in order. SQLite has one writer, for which the others wait."""
    database = Database(postgresql_url)
    make_arena(database)
    import_rows(database, votes("aya", "bloom", "a a"))
    columns = [column for column in Vote.__table__.c if column.name not in ("id", "txid")]
    with database.writing() as session:
        one = dict(session.execute(select(*columns).limit(1)).one()._mapping) | {"shown_as_a": "b"}
        session.execute(insert(Vote).values(one))
        import_rows(database, votes("aya", "bloom", "b"))
        roll_up_once(database)
    for _rolled in (False, True):
        with database.reading() as session:
            counted = tallies.count(session, Slice(1, 1))
        assert counted.cells == ((1, 2, "a", 2), (1, 2, "b", 1), (2, 1, "a", 1))
        roll_up(database)
    assert_rolled_up(database)
    database.close()


def test_a_pass_takes_a_part_and_tallies_stay_exact(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite, where votes wait for the roll-up."""
    monkeypatch.setattr(rollup, "PASS", 40)
    database = Database(sqlite_url)
    make_arena(database)
    import_rows(database, many_votes(9, 100))
    move(database, range(1, 91), "withdrawn")
    move(database, range(1, 50), "counted")
    left: list[bool] = []
    while not left or left[-1]:
        with database.writing() as session:
            left.append(rollup.roll_up(session))
        assert_exact(database)
        if len(left) == 2:  # votes that come between
            import_rows(database, many_votes(10, 30))
    assert len(left) == 7  # 130 votes in four, the first events with the last votes, 139 events in four
    assert_rolled_up(database)
    database.close()


def test_changes_held_back_and_written_bit_by_bit_make_the_same_blocks(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup, "FETCHED", 7)
    monkeypatch.setattr(rollup, "HELD_ROWS", 10)
    monkeypatch.setattr(rollup, "HELD_BLOCKS", 3)
    import_rows(database, many_votes(11, 100))
    roll_up(database)
    assert_rolled_up(database)


def test_blocks_are_made_anew_from_the_logs(database: Database) -> None:
    import_rows(database, many_votes(12, 100))
    move(database, range(1, 20), "withdrawn")
    make_arena(database, "other")
    import_rows(database, votes("aya", "bloom", "a"), "other")
    roll_up(database)
    import_rows(database, many_votes(13, 20))
    rows = rows_of(database, *TallyBlock.__table__.c)
    with database.writing() as session:
        rollup.rebuild(session, 1)
    assert rows_of(database, *TallyBlock.__table__.c) == rows
    assert_exact(database)


def test_waiting_counts_votes_and_events_up_to_a_number(database: Database) -> None:
    def waiting(most: int) -> int:
        with database.reading() as session:
            return rollup.waiting(session, most)

    assert waiting(10) == 0
    import_rows(database, many_votes(14, 5))
    move(database, [1, 2], "withdrawn")
    assert [waiting(most) for most in (1, 3, 6, 10)] == [1, 3, 6, 7]
    roll_up(database)
    assert waiting(10) == 0


def test_few_late_votes_are_found_without_reading_the_others(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.reading() as session:
        late = select(func.count()).select_from(changes.after_marks(session, "cells", Slice(1, 1)))
        words = str(late.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
        plan = [step for *_, step in session.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
    logs = [step for step in plan if "USING INTEGER PRIMARY KEY (rowid>?)" in step]
    assert [step.split()[1] for step in logs] == ["votes", "vote_events", "vote_events"]
    assert not [step for step in plan if step.startswith("SCAN") and "votes" in step]
    database.close()


def test_a_roll_up_between_two_statements_of_a_reader_counts_nothing_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of one view of the data, the marks that were read first may be old when the blocks are read."""
    import_rows(database, many_votes(15, 30))
    move(database, range(1, 9), "withdrawn")
    roll_up(database)
    import_rows(database, many_votes(16, 10))
    monkeypatch.setattr(changes, "positions", lambda session, kind: dict.fromkeys(changes.LOGS, 0))
    assert_exact(database)


def test_a_pass_leaves_no_pages_that_every_later_question_would_read(postgresql_url: str) -> None:
    """With a page a range, each page of votes that came since the last pass is one that the index must learn of."""
    database = Database(postgresql_url)
    make_arena(database)
    unknown = text("SELECT brin_summarize_new_values('ix_votes_txid')")  # tells how many it did not know
    with database.writing() as session:
        session.execute(text("ALTER INDEX ix_votes_txid SET (pages_per_range = 1, autosummarize = off)"))
        session.execute(text("REINDEX INDEX ix_votes_txid"))
    import_rows(database, many_votes(3, 400))
    roll_up(database)
    with database.writing() as session:
        assert session.scalar(unknown) == 0
    database.close()
