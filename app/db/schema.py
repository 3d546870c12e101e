"""What every table has: names of constraints, types of columns, keys and references."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.db.types import Id, Json, UtcDateTime


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json}


def key() -> Mapped[int]:
    return mapped_column(Id, primary_key=True)


def to(column: str) -> Mapped[int]:
    return mapped_column(Id, ForeignKey(column))


def one_of(name: str, column: str, *words: str) -> CheckConstraint:
    """`info` holds the words by column, for whoever wants to say which one is wrong."""
    listed = ", ".join(repr(word) for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name, info={column: words})


def unique_where(condition: str, name: str, *columns: str) -> Index:
    return index_where(condition, name, *columns, unique=True)


def index_where(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
