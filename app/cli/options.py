"""What commands have in common: their options, the settings, an open database and the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError

from app.db.session import Database
from app.db.upgrade import upgrade
from app.settings import Settings

DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database-url", help="sqlite:///FILE or postgresql+psycopg://… (ARENA_DATABASE_URL)"),
]
ArenaSlug = Annotated[str, typer.Option("--arena", help="The arena's slug.")]


def read_settings(database_url: str | None = None, **given: Any) -> Settings:
    values = {"database_url": database_url, **given}
    try:
        return Settings(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as wrong:
        told = "; ".join(
            f"ARENA_{str(each['loc'][0]).upper()}: {each['msg']}" if each["loc"] else each["msg"]
            for each in wrong.errors()
        )
        raise typer.BadParameter(told) from wrong


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """An upgraded database."""
    try:
        database = Database(settings.database_url)
    except (ValueError, ArgumentError) as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--database-url") from wrong
    try:
        upgrade(settings.database_url)
        yield database
    finally:
        database.close()


def now() -> datetime:
    return datetime.now(UTC)
