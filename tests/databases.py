"""Fresh databases for tests: migrated once, then copied, which is quicker than migrating each."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from app.db.upgrade import upgrade

POSTGRES_URL = os.environ.get("ARENA_TEST_POSTGRES_URL", "")
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


def _administer(statement: str, *names: str) -> None:
    address = make_url(POSTGRES_URL).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
