"""Fresh databases for tests, which is quicker than to migrate each: files are copied, PostgreSQL's are emptied."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from app.db.tables import Table
from app.db.upgrade import upgrade

POSTGRES_URL = os.environ.get("ARENA_TEST_POSTGRES_URL", "")
SMALL = 8 * 2**20
"""Bytes in tables up to which rows are deleted: to truncate is slow, since nearly every table refers to another."""
NO_POSTGRES = "no PostgreSQL: ARENA_TEST_POSTGRES_URL is not set (make test finds or starts a server)"


def migrated_sqlite(folder: Path) -> Path:
    """A database file with every migration and nothing in it."""
    template = folder / "template.db"
    upgrade(f"sqlite:///{template}")
    return template


def sqlite_copy(template: Path, folder: Path) -> str:
    """The address of a copy of its own."""
    copy = folder / "arena.db"
    shutil.copyfile(template, copy)
    return f"sqlite:///{copy}"


@contextmanager
def migrated_postgresql() -> Iterator[str]:
    """The name of a database with every migration and nothing in it, dropped at the end."""
    with new_postgresql() as address:
        upgrade(address)
        yield make_url(address).database or ""


@contextmanager
def new_postgresql(template: str = "template0") -> Iterator[str]:
    """The address of a new database, a copy of `template`, dropped at the end."""
    name = f"arena_test_{uuid.uuid4().hex[:16]}"
    _administer("CREATE DATABASE {} TEMPLATE {}", name, template)
    # No test pulls the server's plug, so none needs to wait for its disk.
    _administer("ALTER DATABASE {} SET synchronous_commit TO off", name)
    try:
        yield make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer("DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def emptied_postgresql(template: str) -> Iterator[Callable[[], str]]:
    """A function for the address of a database like the template: the same one, emptied, unless its schema was changed.

    To drop a database and copy another waits for the disk, longer than most tests take.
    """
    with ExitStack() as made:
        last: list[tuple[str, str]] = []

        def emptied() -> str:
            if not last or not _empty(*last[-1]):
                address = made.enter_context(new_postgresql(template))
                with _connection(address) as connection:
                    last.append((address, _version(connection)))
            return last[-1][0]

        yield emptied


def _empty(address: str, version: str) -> bool:
    """Empty all tables and begin all numbers anew; False where the schema is not of this version any more."""
    others = (
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    used = (
        "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0 AND relname <> 'alembic_version'"
    )
    begun = (
        "SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences WHERE last_value > 0"
    )
    with _connection(address) as connection:
        connection.execute(others)
        if _version(connection) != version:
            return False
        sizes = {str(name): int(size) for name, size in connection.execute(used)}
        if sum(sizes.values()) < SMALL:
            for table in reversed(Table.metadata.sorted_tables):
                if table.name in sizes:
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
        else:
            tables = sql.SQL(", ").join(map(sql.Identifier, sizes))
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))
        connection.execute(begun)
    return True


def _version(connection: psycopg.Connection) -> str:
    """The migration that a database is at."""
    found = connection.execute(
        "SELECT coalesce(string_agg(version_num, ','), '') FROM alembic_version"
    ).fetchone()
    assert found is not None
    return str(found[0])


def _connection(address: str) -> psycopg.Connection:
    plain = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _administer(statement: str, *names: str) -> None:
    with _connection(POSTGRES_URL) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
