"""One block is one transaction; times are UTC; SQLite is set up to lose nothing."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, StatementError

from app.db.session import Database
from app.db.tables import Arena, Battle, Rater, Table
from app.domain import arenas
from app.domain.arenas import ArenaRules

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def test_what_a_block_wrote_is_there_afterwards(database: Database) -> None:
    with database.writing() as session:
        arenas.create(session, "kept", ArenaRules("Kept"), NOW)
    assert _arenas(database) == ["kept"]


def test_an_error_in_a_block_stores_nothing_of_it(database: Database) -> None:
    def broken() -> None:
        with database.writing() as session:
            arenas.create(session, "lost", ArenaRules("Lost"), NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert _arenas(database) == []


def test_a_reading_block_stores_nothing(database: Database) -> None:
    with database.reading() as session:
        arenas.create(session, "read", ArenaRules("Read"), NOW)
    assert _arenas(database) == []


def test_a_reading_block_sees_one_state(database: Database) -> None:
    with database.reading() as reader:
        before = reader.scalar(select(func.count()).select_from(Arena))
        with database.writing() as session:
            arenas.create(session, "later", ArenaRules("Later"), NOW)
        assert reader.scalar(select(func.count()).select_from(Arena)) == before == 0


def test_times_come_back_as_the_same_moment_in_utc(database: Database) -> None:
    tokyo = datetime(2026, 1, 31, 21, 0, tzinfo=timezone(timedelta(hours=9)))
    with database.writing() as session:
        session.add(Rater(kind="human", name="ana", version="", created_at=tokyo))
    with database.reading() as session:
        found = session.scalars(select(Rater.created_at)).one()
    assert (found, found.utcoffset()) == (NOW, timedelta(0))


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    ana = Rater(kind="human", name="ana", version="", created_at=NOW.replace(tzinfo=None))
    with pytest.raises(StatementError, match="naive datetime"):
        _store(database, ana)


def test_foreign_keys_are_checked(database: Database) -> None:
    battle = Battle(public_id="x", arena_id=1, model_a_id=1, model_b_id=2, language="", category="")
    battle.state, battle.dealt_at = "open", NOW
    with pytest.raises(IntegrityError):
        _store(database, battle)


def test_a_word_outside_the_list_is_refused_by_the_database(database: Database) -> None:
    with pytest.raises(IntegrityError):
        _store(database, Rater(kind="robot", name="ana", version="", created_at=NOW))


def test_sqlite_writes_ahead_and_syncs_each_commit(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 15_000]
    database.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:////no/such/folder/arena.db"])
def test_an_address_that_cannot_hold_an_arena_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"not supported|in memory|no folder"):
        Database(url)


def _store(database: Database, row: Table) -> None:
    with database.writing() as session:
        session.add(row)


def _arenas(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Arena.slug)))
