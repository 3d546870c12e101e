"""Sessions: one `with` block is one transaction, and this file is the only one that commits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

BUSY_SECONDS = 15
POOL = {"pool_size": 10, "max_overflow": 40, "pool_timeout": 30}
# What people wrote, and the hashes of keys, stay out of errors and so out of logs.
HIDDEN = {"hide_parameters": True}


class Database:
    """The arena's data behind a SQLAlchemy address: `sqlite:///FILE` or `postgresql+psycopg://…`.

    >>> database = Database("sqlite:///:memory:")
    Traceback (most recent call last):
    ...
    ValueError: an arena in memory would be lost: name a file, as in sqlite:///./arena.db
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        # SQLite has one writer. Its own waiting polls and starves; a lock in the process queues.
        self._one_writer = threading.Lock() if self.engine.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the data and stores nothing."""
        with Session(self.engine, autoflush=False) as session:
            session.connection(
                execution_options={"isolation_level": "REPEATABLE READ"} if self._is_postgresql else {}
            )
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose work is stored when the block ends, all of it or, after an error, nothing."""
        with self._one_writer, Session(self.engine, autoflush=False) as session:
            session.connection(execution_options={} if self._is_postgresql else {"begin": "IMMEDIATE"})
            yield session
            session.commit()

    def close(self) -> None:
        self.engine.dispose()

    @property
    def _is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"


def _engine(url: str) -> Engine:
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(
            address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **POOL, **HIDDEN
        )
    if address.get_backend_name() != "sqlite":
        raise ValueError(
            f"{address.get_backend_name()!r} is not supported: use sqlite:///FILE or postgresql://…"
        )
    if not address.database or address.database == ":memory:":
        raise ValueError("an arena in memory would be lost: name a file, as in sqlite:///./arena.db")
    if not Path(address.database).parent.is_dir():
        raise ValueError(f"there is no folder {Path(address.database).parent} for the database file")
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS}, **POOL, **HIDDEN)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late (before the first write), so it is switched off.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
