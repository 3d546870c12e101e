"""The migrations make the schema of tables.py, and can be undone, on both databases."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint, inspect

from app.db.session import Database
from app.db.tables import Table
from app.db.upgrade import downgrade, is_current, upgrade

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def test_the_migrations_make_the_schema_of_the_tables(database: Database) -> None:
    def made_by_hand(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        return not (kind == "index" and name is not None and name.endswith("_txid"))

    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": made_by_hand, "compare_type": True}
        )
        assert compare_metadata(context, Table.metadata) == []


def test_going_down_leaves_nothing_and_going_up_again_everything(database_url: str) -> None:
    downgrade(database_url, "base")
    assert _tables(database_url) <= {"alembic_version"}
    upgrade(database_url)
    assert _tables(database_url) == set(Table.metadata.tables) | {"alembic_version"}


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    upgrade(database_url)
    database = Database(database_url)
    with database.engine.connect() as connection:
        assert is_current(connection)
    database.close()


def test_an_older_database_is_not_current(database_url: str) -> None:
    downgrade(database_url, "base")
    database = Database(database_url)
    with database.engine.connect() as connection:
        assert not is_current(connection)
    database.close()


def test_the_logs_are_found_by_transaction_on_postgresql(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    found = inspect(database.engine)
    for table in ("votes", "vote_events"):
        assert f"ix_{table}_txid" in {index["name"] for index in found.get_indexes(table)}
    database.close()


def test_file_names_begin_with_the_date() -> None:
    names = [file.name for file in VERSIONS.glob("*.py")]
    assert names
    assert [name for name in names if not re.fullmatch(r"\d{4}_\d{2}_\d{2}_[a-z0-9_]+\.py", name)] == []


@pytest.mark.parametrize("table", sorted(Table.metadata.tables))
def test_every_constraint_is_named_by_the_convention(table: str) -> None:
    for constraint in Table.metadata.tables[table].constraints:
        if isinstance(constraint, UniqueConstraint | ForeignKeyConstraint | CheckConstraint):
            assert re.match(rf"(uq|fk|ck)_{table}_", str(constraint.name)), constraint


def _tables(url: str) -> set[str]:
    database = Database(url)
    names = set(inspect(database.engine).get_table_names())
    database.close()
    return names
