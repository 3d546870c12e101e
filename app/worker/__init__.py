"""What runs beside the server: votes are added to the tallies, boards are fitted for their history, stale consistency
reports are made anew, judges assessed, uploads looked through and stored, votes of voters who do not judge set aside,
and old idempotency keys, boards and uploads dropped.
"""

import logging
import math
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from app.db.session import Database
from app.db.tables import Arena, IdempotencyKey
from app.domain import (
    accounts,
    findings,
    gates,
    history,
    leaderboards,
    looks,
    names,
    personal,
    proofs,
    reports,
    rollup,
    trust,
    uploads,
)
from app.domain.errors import ArenaError, UploadDiffers

KEYS_KEPT = timedelta(days=2)
PURGE_SECONDS = 1_000
ASSESS_SECONDS = 30
GATES_SECONDS = 60
SCAN_SECONDS = 30
NAMES_SECONDS = 5
FORGET_SECONDS = 3_600
LOOK_SECONDS = 0.5
UPLOAD_STEPS = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """When to roll up: as soon as so many votes wait, or the first of them has waited for so many seconds; and how
    often to fit boards for their history. What voters wrote is forgotten after `keep_days`, 0 for never.

    A roll-up writes whole blocks, so one for many votes costs hardly more than one for a single vote.
    """

    votes: int
    seconds: float
    refit_seconds: float
    keep_days: int = 0


def run(database: Database, stop: threading.Event, pace: Pace, read: uploads.Reader) -> None:
    """Work until `stop`; a database that is away is tried again. `read` makes an answer of an upload's line."""
    waiting_since: float | None = -math.inf  # at once: an upgrade leaves all votes to count
    now = time.monotonic()
    assess_at, gates_at, refit_at = 0.0, now + GATES_SECONDS, now + pace.refit_seconds
    due, checking = _Due(), Checking(read)
    while True:
        busy = False
        try:
            waiting_since = _roll_up_in_time(database, pace, waiting_since)
            refresh_report(database, datetime.now(UTC))
            busy = _upload(database, checking)
            if time.monotonic() >= assess_at:
                # First, so that one that fails is not tried in each round.
                assess_at = time.monotonic() + ASSESS_SECONDS
                if assess_judge(database, datetime.now(UTC)):
                    assess_at = 0.0
            if time.monotonic() >= gates_at:
                gates_at = time.monotonic() + GATES_SECONDS
                check_voters(database, datetime.now(UTC))
            if time.monotonic() >= refit_at:
                refit(database, datetime.now(UTC))
                refit_at = time.monotonic() + pace.refit_seconds
            _tidy(database, pace, due)
        except (SQLAlchemyError, ValueError, OverflowError):  # the last two: a block that is broken
            log.exception("the roll-up failed and is tried again")
        if stop.wait(0.0 if busy else min(LOOK_SECONDS, pace.seconds)):
            return


def roll_up(database: Database) -> None:
    """Everything, in as many transactions as it takes."""
    left = True
    while left:
        with database.writing() as session:
            left = rollup.roll_up(session)


def refit(database: Database, now: datetime) -> None:
    """Fit and store the boards that everybody asks for, where votes have come in. Votes do not wait for it."""
    with database.reading() as session:
        arenas = session.scalars(select(Arena.id).order_by(Arena.id)).all()
    for arena_id in arenas:
        with database.reading() as session:
            boards = history.fresh(session, session.get_one(Arena, arena_id), now)
        if boards:
            with database.writing() as session:
                for board in boards:
                    leaderboards.keep(session, board)


def refresh_report(database: Database, now: datetime) -> bool:
    """Make the consistency report that has waited longest; whether there was one. Votes do not wait for it."""
    with database.reading() as session:
        waiting = reports.wanted(session, now)
    if waiting is None:
        return False
    with database.writing() as session:
        reports.take(session, waiting)  # first, so that one that cannot be made is not tried for ever
    with database.reading() as session:
        arena = session.get_one(Arena, waiting.arena_id)
        try:
            fresh = reports.make(session, arena, waiting.question, now)
        except ArenaError as gone:
            log.info("a consistency report can no longer be made: %s", gone.detail)
            return True
    with database.writing() as session:
        reports.keep(session, fresh)
    return True


def store_uploads(database: Database, steps: int) -> bool:
    """Store some lines of confirmed uploads, so many transactions at most; whether there may be more. Votes wait for
    none of them longer than one takes.
    """
    with database.reading() as session:
        if not uploads.waiting(session):
            return False
    for _ in range(steps):
        with database.writing() as session:
            if not uploads.step(session, datetime.now(UTC)):
                return False
    return True


@dataclass(slots=True)
class Checking:
    """Which upload this worker looks through, and what reads its lines."""

    read: uploads.Reader
    look: looks.Look | None = None


def check_uploads(database: Database, checking: Checking) -> bool:
    """Look at some lines of an upload; whether there may be more. Votes do not wait for it."""
    look = checking.look or _taken(database, checking.read)
    checking.look = None  # in the end, if all goes well: a look that fails is begun anew
    if look is None:
        return False
    try:
        with database.reading() as session:
            going = look.advance(session)
            checked = None if going else look.checked(session)
    except UploadDiffers as differs:
        with database.writing() as session:
            looks.refuse(session, look, differs.detail, datetime.now(UTC))
        return True
    with database.writing() as session:
        if checked is not None:
            looks.keep(session, look, checked, datetime.now(UTC))
        elif looks.note(session, look, datetime.now(UTC)):
            checking.look = look
    return True


def _upload(database: Database, checking: Checking) -> bool:
    """A part of what is to be done about uploads; whether there may be more."""
    looked = all(check_uploads(database, checking) for _ in range(UPLOAD_STEPS))
    return store_uploads(database, UPLOAD_STEPS) or looked


def _taken(database: Database, read: uploads.Reader) -> looks.Look | None:
    with database.reading() as session:
        if not looks.waiting(session, datetime.now(UTC)):
            return None
    with database.writing() as session:
        return looks.take(session, read, datetime.now(UTC))


def assess_judge(database: Database, now: datetime) -> bool:
    """Ask of the judge that has waited longest whether it is trusted on a dimension and in a language."""
    with database.reading() as session:
        cell = trust.stale(session, now)
        if cell is None:
            return False
        try:
            found = trust.assess(session, cell)
        except ArenaError as gone:  # its votes were withdrawn since
            found = trust.Assessed("calibrate", gone.detail)
    with database.writing() as session:
        trust.note(session, cell, found, now)
    return True


def check_voters(database: Database, now: datetime) -> int:
    """Set aside the votes of voters whom a gate stops, in the arenas with new votes; gives how many votes left.

    A gate that sets aside too many is named in the log.
    """
    left = 0
    with database.reading() as session:
        waiting = gates.waiting(session)
    for arena_id in waiting:
        with database.reading() as session:
            arena = session.get_one(Arena, arena_id)
            seen = gates.newest(session, arena) or now
            found = gates.look(session, arena)
        with database.writing() as session:
            arena = session.get_one(Arena, arena_id)
            gone = gates.apply(session, arena, found, seen, now)
        with database.reading() as session:
            arena = session.get_one(Arena, arena_id)
            alarms = [rate for rate in gates.rates(session, arena) if rate.alarm]
        for rate in alarms:
            log.warning(
                "gate %s set aside %.0f %% of the newest %d votes of arena %s: look at the gate itself",
                rate.gate,
                100 * (rate.share or 0),
                rate.votes,
                arena.slug,
            )
        left += gone
    return left


def scan_prompts(database: Database) -> bool:
    """Look for personal data in some new prompts; whether there were any."""
    with database.writing() as session:
        return findings.scan(session, datetime.now(UTC)) > 0


def look_for_names(database: Database) -> bool:
    """Look for names that came later in some answers; whether there may be more to look through."""
    with database.reading() as session:
        arena_id = names.waiting(session)
    if arena_id is None:
        return False
    with database.writing() as session:
        return names.look(session, arena_id)


def forget(database: Database, days: int) -> bool:
    """Forget a part of what voters wrote so many days ago; whether there was any."""
    with database.writing() as session:
        return personal.forget_old(session, datetime.now(UTC) - timedelta(days=days)) > 0


def _roll_up_in_time(database: Database, pace: Pace, since: float | None) -> float | None:
    """Gives since when votes wait, None if none does."""
    with database.reading() as session:
        waiting = rollup.waiting(session, pace.votes)
    now = time.monotonic()
    since = now if since is None else since
    if waiting and (waiting >= pace.votes or now - since >= pace.seconds):
        roll_up(database)
        with database.reading() as session:
            waiting = rollup.waiting(session, 1)  # an open transaction may hold the marks back
    return since if waiting else None


@dataclass(slots=True)
class _Due:
    """When what does not hurry is done next."""

    scan: float = 0.0
    names: float = 0.0
    forget: float = 0.0
    purge: float = 0.0


def _tidy(database: Database, pace: Pace, due: _Due) -> None:
    """One part of each a round, so that votes do not wait for it."""
    now = time.monotonic()
    if now >= due.scan:
        due.scan = now + (0.0 if scan_prompts(database) else SCAN_SECONDS)
    if now >= due.names:
        due.names = now + (0.0 if look_for_names(database) else NAMES_SECONDS)
    if pace.keep_days and now >= due.forget:
        due.forget = now + (0.0 if forget(database, pace.keep_days) else FORGET_SECONDS)
    if now >= due.purge:
        _purge(database)
        due.purge = now + PURGE_SECONDS


def _purge(database: Database) -> None:
    with database.writing() as session:
        before = datetime.now(UTC) - KEYS_KEPT
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
        accounts.drop_old_sign_ins(session, datetime.now(UTC))
        proofs.drop_old(session, datetime.now(UTC))
        history.thin(session, datetime.now(UTC))
        reports.drop_old(session, datetime.now(UTC))
        uploads.drop_old(session, datetime.now(UTC))
