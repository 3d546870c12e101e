"""Arenas for tests, made with the verbs that the API and the command line use."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Database
from app.db.tables import Arena, Model
from app.domain import arenas, battles, imports, leaderboards, rollup, tallies
from app.domain.accounts import RaterName
from app.domain.arenas import ArenaRules
from app.domain.battles import DealtBattle, Wanted
from app.domain.fits import Spec
from app.domain.formats.rows import Bad, Judged, VoteRow
from app.domain.imports import ImportReport
from app.domain.leaderboards import Board
from app.stats.verdicts import Verdict

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
SLUG = "quiz"

_lines = count(1)


def make_arena(database: Database, slug: str = SLUG, **rules: Any) -> str:
    with database.writing() as session:
        arenas.create(session, slug, ArenaRules(slug.title(), **rules), NOW)
    return slug


def vote(model_a: str, model_b: str, verdict: str = "a", rater: str = "human:ana", **given: Any) -> VoteRow:
    """One vote unlike every other; `verdicts` gives several dimensions, else it is on `overall`."""
    verdicts = given.pop("verdicts", {"overall": verdict})
    line = next(_lines)
    return VoteRow(
        line=line,
        identity=f"vote {line}",
        rater=RaterName.parse(rater),
        model_a=model_a,
        model_b=model_b,
        verdicts={slug: Judged(Verdict(word), word) for slug, word in verdicts.items()},
        **given,
    )


def votes(a: str, b: str, words: str, rater: str = "human:ana", **given: Any) -> list[VoteRow]:
    """`votes("x", "y", "a a tie")`: x wins twice, then a tie."""
    return [vote(a, b, word, rater, **given) for word in words.split()]


def import_rows(
    database: Database, rows: Iterable[VoteRow | Bad], slug: str = SLUG, **options: Any
) -> ImportReport:
    return import_files(database, {"votes": rows}, slug, **options)


def import_files(
    database: Database, files: Mapping[str, Iterable[VoteRow | Bad]], slug: str = SLUG, **options: Any
) -> ImportReport:
    with database.writing() as session:
        return imports.import_votes(session, arenas.find(session, slug), files.items(), NOW, **options)


def next_battle(
    session: Session,
    arena: Arena,
    voter: int,
    chance: np.random.Generator,
    now: datetime = NOW,
    language: str | None = None,
) -> DealtBattle:
    """What the API deals to this voter."""
    wanted = Wanted(language)
    return battles.deal(
        session, arena, voter, wanted, lambda: tallies.for_dealing(session, arena), chance, now
    )


def roll_up(database: Database) -> None:
    """Everything into the cells. Transactions of other tests on the same server hold the mark back until they end."""
    roll_up_once(database)
    while not _is_rolled_up(database):
        time.sleep(0.02)
        roll_up_once(database)


def roll_up_once(database: Database) -> None:
    with database.writing() as session:
        rollup.roll_up(session)


def _is_rolled_up(database: Database) -> bool:
    with database.reading() as session:
        return rollup.waiting(session, 1) == 0


def board(database: Database, spec: Spec | None = None, slug: str = SLUG, now: datetime = NOW) -> Board:
    """The board as the API and the command line get and keep it."""
    with database.reading() as session:
        found = leaderboards.board(session, arenas.find(session, slug), spec or Spec(), now)
    with database.writing() as session:
        return leaderboards.keep(session, found)


def set_state(database: Database, model: str, state: str) -> None:
    with database.writing() as session:
        row = session.scalars(select(Model).join(Arena).where(Arena.slug == SLUG, Model.slug == model)).one()
        row.state = state


def rows_of(database: Database, *columns: Any) -> list[tuple[Any, ...]]:
    """Selected columns of every row of their table, sorted."""
    with database.reading() as session:
        return sorted((tuple(row) for row in session.execute(select(*columns))), key=repr)
