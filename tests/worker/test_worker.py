"""The worker rolls up when enough votes wait or the first has waited long enough, and not for each vote."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select, update

from app import worker
from app.api.uploads import read_answer
from app.db.session import Database
from app.db.tables import TallyBlock
from app.worker import Pace
from tests.arenas import import_rows, make_arena, votes

PATIENCE = 30  # seconds
NEVER = 3_600.0


@pytest.fixture
def database(database: Database) -> Database:
    make_arena(database)
    return database


@contextmanager
def working(database: Database, pace: Pace) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(database, stop, pace, read_answer))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()


def in_blocks(database: Database) -> int:
    with database.reading() as session:
        query = select(func.sum(TallyBlock.votes)).where(TallyBlock.kind == "cells", TallyBlock.day == "")
        return session.scalar(query) or 0


def rolled_up(database: Database) -> int:
    worker.roll_up(database)
    return in_blocks(database)


def becomes(wanted: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if wanted():
            return True
        time.sleep(0.02)
    return False


def test_it_begins_with_what_is_there_and_goes_on_when_enough_votes_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOOK_SECONDS", 0.01)
    import_rows(database, votes("aya", "bloom", "a"))
    with working(database, Pace(votes=3, seconds=NEVER, refit_seconds=NEVER)):
        assert becomes(lambda: in_blocks(database) == 1)
        import_rows(database, votes("aya", "bloom", "a b"))
        time.sleep(0.2)
        assert in_blocks(database) == 1
        import_rows(database, votes("aya", "bloom", "a"))
        # On PostgreSQL a transaction of another test may hold some of them back, too few to wait for.
        assert becomes(lambda: in_blocks(database) > 1)
    assert becomes(lambda: rolled_up(database) == 4)


def test_a_vote_waits_no_longer_than_it_may(database: Database) -> None:
    with working(database, Pace(votes=1_000, seconds=0.05, refit_seconds=NEVER)):
        for expected in (1, 2):
            import_rows(database, votes("aya", "bloom", "a"))
            assert becomes(lambda expected=expected: in_blocks(database) == expected)  # type: ignore[misc]  # mypy loses the default


def test_a_broken_block_is_told_and_the_worker_goes_on(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    import_rows(database, votes("aya", "bloom", "a"))
    worker.roll_up(database)
    with working(database, Pace(votes=1, seconds=0.05, refit_seconds=NEVER)):
        assert becomes(lambda: in_blocks(database) == 1)
        with database.writing() as session:
            session.execute(update(TallyBlock).values(data=b"broken"))
        import_rows(database, votes("aya", "bloom", "b"))
        assert becomes(lambda: "6 bytes are no block of cells" in caplog.text)
        with database.writing() as session:
            session.execute(update(TallyBlock).values(data=b"", votes=0))
        assert becomes(lambda: in_blocks(database) == 1)
