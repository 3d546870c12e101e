"""Bring a database to the schema of this program with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.db.session import Database

_PACKAGE = Path(__file__).resolve().parent.parent


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations up to `revision`; on PostgreSQL several processes may call this at once."""
    database = Database(url)
    try:
        with database.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7305)")
            command.upgrade(_config(connection), revision)
    finally:
        database.close()


def downgrade(url: str, revision: str) -> None:
    """Run the migrations back to `revision`, `base` for an empty database."""
    database = Database(url)
    try:
        with database.engine.begin() as connection:
            command.downgrade(_config(connection), revision)
    finally:
        database.close()


def is_current(connection: Connection) -> bool:
    """Whether the database has every migration of this program."""
    heads = set(ScriptDirectory.from_config(_config(connection)).get_heads())
    return set(MigrationContext.configure(connection).get_current_heads()) == heads


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    return config


def _migrations() -> Path:
    """A checkout keeps `migrations/` beside the package; a wheel carries it inside."""
    carried = _PACKAGE / "migrations"
    return carried if carried.is_dir() else _PACKAGE.parent / "migrations"
