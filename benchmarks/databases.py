"""Databases that are filled with very many votes at once, on SQLite and on PostgreSQL, and dropped at the end."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psycopg
from psycopg import sql
from scipy.special import expit
from sqlalchemy import func, insert, make_url, select
from sqlalchemy.orm import Session

from app.db.session import Database
from app.db.tables import Ballot, Battle, Dimension, Model, Rater, Table, Vote
from app.db.types import TransactionId
from app.db.upgrade import upgrade
from app.domain import arenas, tallies
from app.domain.arenas import OVERALL, ArenaRules
from app.stats.tally import Ints

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
VERDICTS = ("a", "b", "tie", "both_bad")


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many votes by how many people between how many models, over how many categories, languages and days."""

    models: int = 300
    votes: int = 1_000_000
    people: int = 5_000
    categories: int = 1
    languages: int = 1
    days: int = 30


@contextmanager
def new_sqlite() -> Iterator[str]:
    """The address of a new, migrated file."""
    with TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'arena.db'}"
        upgrade(address)
        yield address


@contextmanager
def new_postgresql(server: str) -> Iterator[str]:
    """The address of a new, migrated database on this server, which must let us create one."""
    name = f"arena_benchmark_{secrets.token_hex(6)}"
    _administer(server, "CREATE DATABASE {}", name)
    try:
        address = make_url(server).set(database=name).render_as_string(hide_password=False)
        upgrade(address)
        yield address
    finally:
        _administer(server, "DROP DATABASE {} WITH (FORCE)", name)


def fill(database: Database, slug: str, crowd: Crowd, seed: int) -> None:
    """An arena of that name with a crowd's votes, all rolled up."""
    chance = np.random.default_rng(seed)
    with database.writing() as session:
        arena = arenas.create(session, slug, ArenaRules(slug.title()), FIRST_DAY)
        models = _models(session, arena.id, crowd.models)
        people = _people(session, arena.id, crowd.people)
        _cast(session, arena.id, models, people, crowd, chance)
    while _rolled_up(database):
        pass
    if database.engine.dialect.name == "postgresql":  # which would do it by itself, a while later
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


def add_vote(session: Session, slug: str) -> None:
    """One more vote, as if it had just been cast."""
    arena = arenas.find(session, slug)
    models, people = (
        np.array(session.scalars(select(table.id).where(table.arena_id == arena.id)).all(), dtype=np.int64)
        for table in (Model, Rater)
    )
    _cast(session, arena.id, models, people, Crowd(votes=1, days=1), np.random.default_rng())


def _rolled_up(database: Database) -> bool:
    with database.writing() as session:
        return tallies.roll_up(session)


def _models(session: Session, arena_id: int, number: int) -> Ints:
    made = {"arena_id": arena_id, "state": "active", "created_at": FIRST_DAY}
    rows = [{**made, "slug": f"model-{index:04}", "name": f"Model {index}"} for index in range(number)]
    session.execute(insert(Model), rows)
    return np.array(
        session.scalars(select(Model.id).where(Model.arena_id == arena_id).order_by(Model.id)).all()
    )


def _people(session: Session, arena_id: int, number: int) -> Ints:
    made = {"arena_id": arena_id, "kind": "human", "version": "", "created_at": FIRST_DAY}
    session.execute(insert(Rater), [{**made, "name": f"person {index}"} for index in range(number)])
    return np.array(
        session.scalars(select(Rater.id).where(Rater.arena_id == arena_id).order_by(Rater.id)).all()
    )


def _cast(
    session: Session, arena_id: int, models: Ints, people: Ints, crowd: Crowd, chance: np.random.Generator
) -> None:
    """Battles, ballots and votes, with ids of our own that go on from the largest."""
    number, size = crowd.votes, len(models)
    strength = np.random.default_rng(arena_id).normal(0, 0.8, size)
    first = chance.integers(0, size, number)
    second = (first + chance.integers(1, size, number)) % size
    rater = people[chance.integers(0, len(people), number)].tolist()
    verdict = _verdicts(expit(strength[first] - strength[second]), chance)
    place = [
        chance.integers(0, most, number).tolist() for most in (crowd.categories, crowd.languages, crowd.days)
    ]
    moments = [_moment(session, FIRST_DAY + timedelta(days=day)) for day in range(crowd.days)]
    when = [moments[day] for day in place[2]]
    battle, ballot, vote = (_after(session, table, number) for table in (Battle, Ballot, Vote))
    dimension = session.scalars(
        select(Dimension.id).where(Dimension.arena_id == arena_id, Dimension.slug == OVERALL)
    ).one()
    _load(
        session,
        Battle,
        {"arena_id": arena_id, "state": "imported", "overlap": 0},
        ("id", "public_id", "model_a_id", "model_b_id", "category", "language", "dealt_at"),
        zip(
            battle,
            (f"b{key}" for key in battle),
            models[first].tolist(),
            models[second].tolist(),
            (f"category-{index:02}" for index in place[0]),
            (f"x{index:02}" for index in place[1]),
            when,
            strict=True,
        ),
    )
    _load(
        session,
        Ballot,
        {"comment": "", "recognised": False},
        ("id", "rater_id", "created_at"),
        zip(ballot, rater, when, strict=True),
    )
    _load(
        session,
        Vote,
        {
            "arena_id": arena_id,
            "dimension_id": dimension,
            "dimension_version": 1,
            "shown_as_a": "a",
            "state": "counted",
        }
        | {"txid": _transaction(session)},
        ("id", "battle_id", "rater_id", "ballot_id", "verdict", "created_at"),
        zip(vote, battle, rater, ballot, (VERDICTS[code] for code in verdict.tolist()), when, strict=True),
    )


def _load(
    session: Session,
    table: type[Table],
    same: dict[str, Any],
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Rows past the ORM, in the way that is quickest for the database; `same` is alike in all."""
    names, rest = [*columns, *same], tuple(same.values())
    connection = session.connection().connection
    if session.get_bind().dialect.name == "postgresql":
        target = sql.SQL(", ").join(map(sql.Identifier, names))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.__tablename__), target)
        with connection.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row + rest)
        return
    places = ", ".join("?" * len(names))
    statement_text = f"INSERT INTO {table.__tablename__} ({', '.join(names)}) VALUES ({places})"
    connection.cursor().executemany(statement_text, [row + rest for row in rows])


def _verdicts(p: Any, chance: np.random.Generator) -> Ints:
    """15 % ties, 5 % both-bad."""
    drawn, kind = chance.random(len(p)), chance.random(len(p))
    return np.where(kind < 0.15, 2, np.where(kind < 0.2, 3, np.where(drawn < p, 0, 1)))


def _after(session: Session, table: Any, number: int) -> list[int]:
    """Ids that are not taken yet."""
    last = session.scalar(select(func.max(table.id))) or 0
    return list(range(last + 1, last + 1 + number))


def _moment(session: Session, moment: datetime) -> Any:
    """As the driver takes it: SQLite keeps moments as SQLAlchemy writes them."""
    if session.get_bind().dialect.name == "postgresql":
        return moment
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _transaction(session: Session) -> int:
    return int(session.scalar(select(TransactionId())) or 0)


def _administer(server: str, statement: str, name: str) -> None:
    address = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
