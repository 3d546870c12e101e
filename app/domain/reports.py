"""Stored consistency reports: the same question over the same votes is computed once and served byte for byte.

A question that finds a report over older votes gets that, marked `stale`, while the worker makes a fresh one; a report
older than `OLDEST_SERVED`, or none at all, is made at once. Requests of one process for one question queue, so that
it is computed once; of two processes that compute the same at once one's report is kept and served by both.
"""

import hashlib
import json
import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from app.db.tables import Arena, Report
from app.domain import consistency, dimensions, leaderboards, models, tallies
from app.domain.consistency import AGAINST, Question
from app.domain.errors import SnapshotNotFound
from app.domain.fits import Spec
from app.domain.leaderboards import Board
from app.stats.agreement.trust import Thresholds

OLDEST_SERVED = timedelta(minutes=10)
REFRESH_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)

_turns: Counter[str] = Counter()
_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Served:
    """A report as it is served; `row` is what to store when it is new, with the `boards` that it names, `id` names it
    when it is stored.
    """

    snapshot_id: str
    text: str
    stale: bool = False
    id: int | None = None
    row: Mapping[str, Any] | None = None
    boards: tuple[Board, ...] = ()

    @property
    def body(self) -> str:
        return f'{self.text[:-1]},"stale":{json.dumps(self.stale)}}}'

    @property
    def etag(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question whose report is older than its votes."""

    arena_id: int
    question: Question
    question_hash: str


@contextmanager
def one_at_a_time(arena: str, question: Question) -> Iterator[None]:
    """Others of this process that ask the same wait until the block ends."""
    key = _hash([arena, asdict(question)])
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
        _turns[key] += 1
    try:
        with lock:
            yield
    finally:
        with _guard:
            _turns[key] -= 1
            if not _turns[key]:
                del _turns[key], _locks[key]


def find(session: Session, arena: Arena, question: Question, now: datetime) -> Served | None:
    """The stored report on these votes, or one on older votes that is young enough; None where one must be made.

    Raises Invalid, DimensionNotFound.
    """
    consistency.check(question)
    newest = session.scalars(
        select(Report)
        .where(Report.arena_id == arena.id, Report.question_hash == _question_hash(arena, question))
        .order_by(Report.id.desc())
        .limit(1)
    ).first()
    if newest is None:
        return None
    if newest.votes_digest == _digest(session, arena, question):
        return Served(newest.public_id, newest.report)
    if now - newest.made_at < OLDEST_SERVED:
        return Served(newest.public_id, newest.report, stale=True, id=newest.id)
    return None


def make(session: Session, arena: Arena, question: Question, now: datetime) -> Served:
    """A fresh report, for `keep` to store. Raises what `consistency.report` raises."""
    found = consistency.report(session, arena, question)
    boards = _boards(session, arena, question, now)
    snapshot_id = secrets.token_hex(8)
    until = tallies.newest_vote(session, arena.id)
    head = {
        "snapshot_id": snapshot_id,
        "generated_at": _moment(now),
        "data_until": None if until is None else _moment(until),
    }
    found["boards"] = {
        side: board.snapshot_id if (board := boards.get(side)) else None for side in ("reference", "judge")
    }
    text = json.dumps({**head, **found}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    row = {
        "public_id": snapshot_id,
        "arena_id": arena.id,
        "question": asdict(question),
        "question_hash": _question_hash(arena, question),
        "votes_digest": _digest(session, arena, question),
        "report": text,
        "made_at": now,
    }
    return Served(snapshot_id, text, row=row, boards=tuple(boards.values()))


def _boards(session: Session, arena: Arena, question: Question, now: datetime) -> dict[str, Board]:
    """The leaderboards of the same votes, by side. None shows a turn alone, some of the people, or one version."""
    if question.turn is not None or question.raters is not None:
        return {}
    spec = Spec(dimension=question.dimension, category=question.category, language=question.language)
    sides = {"reference": question.against, "judge": f"judge:{question.judge}"}
    return {
        side: leaderboards.board(session, arena, replace(spec, voters=voters), now)
        for side, voters in sides.items()
        if "@" not in voters
    }


def drop_old(session: Session, now: datetime) -> None:
    """Drop reports that are older than `KEPT`; whoever asks for one again has it made anew."""
    session.execute(delete(Report).where(Report.made_at < now - KEPT))


def keep(session: Session, new: Served) -> Served:
    """Store a fresh report; when another process was quicker, its report is the one that counts."""
    if new.row is None:
        return new
    text = new.text
    for board in new.boards:
        # Another request may have stored this board first, under its own name.
        text = text.replace(board.snapshot_id, leaderboards.keep(session, board).snapshot_id)
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    session.execute(insert(Report).values({**new.row, "report": text}).on_conflict_do_nothing())
    asked = Report.question_hash == new.row["question_hash"]
    session.execute(update(Report).where(asked, Report.wanted_at.is_not(None)).values(wanted_at=None))
    stored = session.execute(
        select(Report.public_id, Report.report).where(asked, Report.votes_digest == new.row["votes_digest"])
    ).one()
    return Served(stored.public_id, stored.report)


def want(session: Session, stale: Served, now: datetime) -> None:
    """Ask the worker for a fresh report on the question of a stale one."""
    session.execute(
        update(Report).where(Report.id == stale.id, Report.wanted_at.is_(None)).values(wanted_at=now)
    )


def wanted(session: Session, now: datetime) -> Waiting | None:
    """What has waited longest for a fresh report; each question is answered once a minute at most."""
    row = session.scalars(
        select(Report)
        .where(Report.wanted_at.is_not(None), Report.made_at <= now - REFRESH_EVERY)
        .order_by(Report.wanted_at, Report.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    given = dict(row.question)
    question = Question(**{**given, "thresholds": Thresholds(**given["thresholds"])})
    return Waiting(row.arena_id, question, row.question_hash)


def take(session: Session, waiting: Waiting) -> None:
    """Nobody else need make this report."""
    session.execute(
        update(Report).where(Report.question_hash == waiting.question_hash).values(wanted_at=None)
    )


def snapshot(session: Session, arena: Arena, public_id: str) -> Served:
    """A report as it once was. Raises SnapshotNotFound."""
    text = session.scalar(
        select(Report.report).where(Report.public_id == public_id, Report.arena_id == arena.id)
    )
    if text is None:
        raise SnapshotNotFound(f"arena {arena.slug!r} has no report {public_id!r}")
    return Served(public_id, text)


def _question_hash(arena: Arena, question: Question) -> str:
    return _hash([arena.id, asdict(question), consistency.VERSION])


def _digest(session: Session, arena: Arena, question: Question) -> str:
    """Changes whenever a vote of either side comes, goes or changes, a model is renamed, shown or hidden, or the judge
    is registered with another family.

    Of every dimension that is asked, since a report holds a line on each.
    """
    asked = dimensions.find(session, arena, question.dimension)
    ids = sorted({asked.id, *(row.id for row in dimensions.list_dimensions(session, arena))})
    against = question.against if question.against in AGAINST else question.against.partition("@")[0]
    counted = [
        tallies.count(
            session, tallies.Slice(arena.id, dimension_id, voters, question.category, question.language)
        ).digest
        for dimension_id in ids
        for voters in (against, f"judge:{question.judge.partition('@')[0]}")
    ]
    contestants = [
        (row.slug, row.state, row.family, row.organization)
        for _, row in sorted(models.by_id(session, arena).items())
    ]
    return _hash([counted, contestants, consistency.known_as(session, arena, question)])


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _hash(question: Any) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True, default=str).encode()).hexdigest()
