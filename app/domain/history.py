"""The past of a board: what it was at a moment, how its ratings went, and which of its stored fits are kept.

Every exact fit is stored. The worker fits the boards that everybody asks for whenever votes have come in, so their
history has no holes where nobody looked. Old history is thinned: after a week to the last fit of each hour, after
three months to the last of each day. Boards of other questions (a setting, a span of days, a path without votes) are
kept for a day.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Ranking
from app.domain import dimensions, leaderboards
from app.domain.errors import SnapshotNotFound
from app.domain.fits import Spec
from app.domain.leaderboards import Board
from app.domain.paging import LARGEST_ID, Page, after, page

PASSING = timedelta(days=1)
HOURLY, DAILY = timedelta(days=7), timedelta(days=90)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """One stored fit: when, over how many votes, and what is drawn of each rated row."""

    snapshot_id: str
    generated_at: datetime
    votes: int
    rows: tuple[dict[str, Any], ...]


def at(session: Session, arena: Arena, spec: Spec, moment: datetime) -> Board:
    """The board that stood at that moment. Raises SnapshotNotFound, Invalid."""
    row = session.execute(
        select(Ranking.public_id, Ranking.leaderboard)
        .where(Ranking.asked_hash == leaderboards.asked_hash(arena, spec), Ranking.generated_at <= moment)
        .order_by(Ranking.id.desc())
        .limit(1)
    ).first()
    if row is None:
        raise SnapshotNotFound(f"no board of this question had been fitted by {moment.isoformat()}")
    return Board(row.public_id, row.leaderboard)


def moments(session: Session, arena: Arena, spec: Spec, limit: int, cursor: str | None) -> Page[Moment]:
    """The stored fits of one question, newest first. Raises Invalid."""
    before = after(cursor) or LARGEST_ID
    rows = session.execute(
        select(Ranking.id, Ranking.public_id, Ranking.generated_at, Ranking.votes, Ranking.leaderboard)
        .where(Ranking.asked_hash == leaderboards.asked_hash(arena, spec), Ranking.id < before)
        .order_by(Ranking.id.desc())
        .limit(limit + 1)
    ).all()
    items = [Moment(row.public_id, row.generated_at, row.votes, _drawn(row.leaderboard)) for row in rows]
    return page(items, [row.id for row in rows], limit)


def fresh(session: Session, arena: Arena, now: datetime) -> tuple[Board, ...]:
    """The boards that everybody asks for, of each dimension, whose votes have changed since they were last fitted."""
    asked = (Spec(row.slug) for row in dimensions.list_dimensions(session, arena))
    boards = (leaderboards.board(session, arena, spec, now) for spec in asked)
    return tuple(board for board in boards if board.row is not None and board.row["standing"])


def thin(session: Session, now: datetime) -> None:
    """Drop passing boards after a day, and all but the last fit of an hour, later of a day, from old history."""
    session.execute(delete(Ranking).where(~Ranking.standing, Ranking.generated_at < now - PASSING))
    rows = session.execute(
        select(Ranking.id, Ranking.asked_hash, Ranking.generated_at)
        .where(Ranking.standing, Ranking.asked_hash != "", Ranking.generated_at < now - HOURLY)
        .order_by(Ranking.id)
    ).all()
    last = {(row.asked_hash, _period(row.generated_at, now)): row.id for row in rows}
    dropped = sorted({row.id for row in rows} - set(last.values()))
    for start in range(0, len(dropped), CHUNK):
        session.execute(delete(Ranking).where(Ranking.id.in_(dropped[start : start + CHUNK])))


def _period(moment: datetime, now: datetime) -> str:
    return moment.strftime("%Y-%m-%d" if moment < now - DAILY else "%Y-%m-%d %H")


def _drawn(body: str) -> tuple[dict[str, Any], ...]:
    rows: Iterable[dict[str, Any]] = json.loads(body)["rows"]
    names = ("model", "name", "rating", "rating_lower", "rating_upper", "rank", "component")
    return tuple({name: row[name] for name in names} for row in rows if row["rating"] is not None)
