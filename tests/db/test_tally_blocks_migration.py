"""A database from before the blocks is counted right at once after the upgrade, and in blocks again."""

from collections import Counter

from sqlalchemy import text

from app.db.session import Database
from app.db.upgrade import downgrade, upgrade
from app.domain import tallies, verification
from app.domain.tallies import Slice
from tests.arenas import import_rows, make_arena, roll_up, vote, votes

BEFORE = "8c41d07be1f2"


def counted(database: Database) -> tuple[Counter[str], int]:
    with database.reading() as session:
        found = tallies.count(session, Slice(1, 1))
    return Counter({f"{a} {b} {verdict}": n for a, b, verdict, n in found.cells}), found.raters


def differences(database: Database) -> tuple[verification.Difference, ...]:
    with database.reading() as session:
        return verification.verify(session, [1]).differences


def test_votes_from_before_are_counted_at_once_and_rolled_up_anew(
    database_url: str, database: Database
) -> None:
    make_arena(database)
    import_rows(database, [*votes("aya", "bloom", "a a b"), vote("bloom", "aya", "tie", rater="human:ben")])
    expected = Counter({"1 2 a": 2, "1 2 b": 1, "2 1 tie": 1}), 2
    database.engine.dispose()
    downgrade(database_url, BEFORE)
    with database.writing() as session:
        # As the roll-up of that time left them; what they say must not matter.
        session.execute(
            text("INSERT INTO tally_cells VALUES (1, 1, 'human', '', '', 'counted', 1, 2, 'a', 99)")
        )
        session.execute(text("INSERT INTO rater_cells VALUES (1, 1, 'human', '', '', 1, 99)"))
        session.execute(text("UPDATE tally_marks SET position = 1000000"))
    database.engine.dispose()
    upgrade(database_url)
    assert counted(database) == expected
    roll_up(database)
    assert counted(database) == expected
    assert differences(database) == ()
    import_rows(database, votes("aya", "bloom", "a"))
    assert counted(database) == (expected[0] + Counter({"1 2 a": 1}), 2)


def test_going_down_begins_to_count_anew(database_url: str, database: Database) -> None:
    make_arena(database)
    import_rows(database, votes("aya", "bloom", "a a b"))
    roll_up(database)
    database.engine.dispose()
    downgrade(database_url, BEFORE)
    with database.reading() as session:
        assert session.execute(text("SELECT * FROM tally_marks ORDER BY log")).all() == [
            ("vote_events", 0),
            ("votes", 0),
        ]
        for table, rows in (("tally_cells", 0), ("rater_cells", 0), ("votes", 3)):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == rows


def test_blocks_are_not_compressed_and_new_pages_are_summarised_on_postgresql(postgresql_url: str) -> None:
    """Either would make reading a board slower than it is."""
    database = Database(postgresql_url)
    with database.reading() as session:
        storage = "SELECT attstorage FROM pg_attribute WHERE attrelid = 'tally_blocks'::regclass AND attname = 'data'"
        assert session.scalar(text(storage)) == "e"
        options = "SELECT reloptions FROM pg_class WHERE relname IN ('ix_votes_txid', 'ix_vote_events_txid')"
        assert session.scalars(text(options)).all() == [["autosummarize=on"]] * 2
    database.close()
