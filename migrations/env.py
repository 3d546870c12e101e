"""Alembic's entry: online only, on the connection it is handed or on ARENA_DATABASE_URL."""

import os
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from app.db.session import Database
from app.db.tables import Table
from app.db.types import Id, Json, UtcDateTime


def _belongs(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    # Indexes of one dialect only are made by the migration itself.
    return not (kind == "index" and name is not None and name.endswith("_txid"))


def _spelled(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """A migration is frozen: it spells our types out instead of importing what may change."""
    if kind != "type":
        return False
    if isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return "ID" if thing is Id else "JSON" if thing is Json else False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        include_object=_belongs,
        render_item=_spelled,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    database = Database(os.environ.get("ARENA_DATABASE_URL", "sqlite:///./arena.db"))
    with database.engine.begin() as opened:
        _run(opened)
    database.close()
