"""Many rows at once, by the quickest way that each database has: COPY on PostgreSQL, prepared statements on SQLite."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

import psycopg
from sqlalchemy import Dialect, func, insert, select, text
from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db.schema import Table
from app.db.types import TransactionId

FEW = 50  # rows for which a statement of its own is quicker than COPY

Rows = Sequence[Mapping[str, Any]]


def inserted(session: Session, table: type[Table], values: Rows) -> list[int]:
    """Insert rows that all name the same columns; gives their ids in the order of the values.

    A column that they do not name gets its default; ids are chosen where they name none, and none are given where the
    table has no `id`. Constraints are checked as ever: raises IntegrityError.
    """
    if not values:
        return []
    built = cast("SqlTable", table.__table__)
    dialect = session.get_bind().dialect
    if len(values) < FEW and dialect.name == "postgresql" and "id" in built.c:
        query = insert(table).returning(built.c.id, sort_by_parameter_order=True)
        return list(session.scalars(query, [dict(row) for row in values]))
    given = list(values[0])
    columns = [list(map(itemgetter(name), values)) for name in given]
    if "id" in built.c and "id" not in given:
        given, columns = ["id", *given], [reserve(session, table, len(values)), *columns]
    for name, value in _defaults(session, built, given).items():
        given, columns = [*given, name], [*columns, [value] * len(values)]
    ready = [_bound(built, name, column, dialect) for name, column in zip(given, columns, strict=True)]
    put = _copy if dialect.name == "postgresql" else _execute_many
    put(session, built.name, given, list(zip(*ready, strict=True)))
    return columns[given.index("id")] if "id" in given else []


def reserve(session: Session, table: type[Table], count: int) -> list[int]:
    """Ids for rows to come, in growing order, that no other transaction will get."""
    built = cast("SqlTable", table.__table__)
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.nextval(func.pg_get_serial_sequence(built.name, "id"))
        return list(session.scalars(select(sequence).select_from(func.generate_series(1, count))))
    # SQLite has one writer, so the ids after the last are free.
    last = session.scalar(select(func.max(built.c.id))) or 0
    if built.dialect_options["sqlite"]["autoincrement"]:
        used = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = max(last, session.scalar(used, {"name": built.name}) or 0)
    return list(range(last + 1, last + 1 + count))


def _defaults(session: Session, table: SqlTable, given: Sequence[str]) -> dict[str, Any]:
    found = {}
    for column in table.c:
        if column.name not in given and column.default is not None:
            default: Any = column.default
            is_transaction = isinstance(default.arg, TransactionId)
            found[column.name] = session.scalar(select(default.arg)) if is_transaction else default.arg
    return found


def _bound(table: SqlTable, name: str, values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """The values as the driver takes them."""
    process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return values if process is None else [process(value) for value in values]


def _copy(session: Session, table: str, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    driven: Any = session.connection().connection.driver_connection
    listed = ", ".join(f'"{name}"' for name in names)
    statement = f'COPY "{table}" ({listed}) FROM STDIN'
    try:
        with driven.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as failed:
        raise DBAPIError.instance(statement, None, failed, psycopg.Error) from failed


def _execute_many(session: Session, table: str, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    listed, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    session.connection().exec_driver_sql(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', rows)
