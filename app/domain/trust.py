"""Where a judge's votes may stand beside people's on a `combined` board: where it is trusted, unless an admin decides.

Trust is of a judge on one dimension in one language, and never of the judge as such. The worker asks of each such cell
what the verdict of the consistency report would be; without people's votes it is not `trusted`, and the votes stay out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Battle, Dimension, JudgeTrust, Rater, TallyBlock, Vote
from app.domain import consistency, dimensions, opinions
from app.domain.consistency import Question
from app.domain.errors import Invalid, JudgeNotFound
from app.domain.matches import Json
from app.domain.slices import ALL_TIME

Decision = Literal["include", "exclude", "automatic"]
DECISIONS: tuple[Decision, ...] = ("include", "exclude", "automatic")
EVERY_LANGUAGE = "*"
ASSESSED_EVERY = timedelta(minutes=10)
JUDGE = "judge:"


@dataclass(frozen=True, slots=True)
class Cell:
    """One judge on one dimension in one language, and how many votes it and people have there."""

    arena_id: int
    judge: str
    dimension_id: int
    language: str
    votes: int


def cells_of(session: Session, arena: Arena, judge: str) -> Sequence[JudgeTrust]:
    """What is known and decided of a judge. Raises JudgeNotFound."""
    _require(session, arena, judge)
    return session.scalars(
        select(JudgeTrust)
        .where(JudgeTrust.arena_id == arena.id, JudgeTrust.judge == judge)
        .order_by(JudgeTrust.dimension_id, JudgeTrust.language)
    ).all()


def decide(
    session: Session,
    arena: Arena,
    judge: str,
    dimension: str,
    language: str | None,
    decision: Decision,
    reason: str,
    now: datetime,
) -> Sequence[JudgeTrust]:
    """Let a judge's votes in or out whatever the figures say, in a language or in all (None), or leave it to the
    figures again. What is decided of one language goes before what is decided of all.

    Raises Invalid, DimensionNotFound, JudgeNotFound.
    """
    if decision not in DECISIONS:
        raise Invalid(f"decision {decision!r}: expected one of {', '.join(DECISIONS)}")
    _require(session, arena, judge)
    asked = dimensions.find(session, arena, dimension)
    if language is None:
        for spoken in _languages(session, arena, judge, asked):
            _row(session, arena.id, judge, asked.id, spoken)
    row = _row(session, arena.id, judge, asked.id, EVERY_LANGUAGE if language is None else language)
    row.decision = None if decision == "automatic" else decision
    row.reason, row.decided_at = reason, now
    _settle(session, arena.id, judge, asked.id)
    return cells_of(session, arena, judge)


def stale(session: Session, now: datetime) -> Cell | None:
    """The cell that has waited longest for an assessment of votes that it has not seen."""
    known = {
        (row.arena_id, row.judge, row.dimension_id, row.language): row
        for row in session.scalars(select(JudgeTrust).where(JudgeTrust.language != EVERY_LANGUAGE))
    }
    waiting = []
    for cell in _cells(session):
        row = known.get((cell.arena_id, cell.judge, cell.dimension_id, cell.language))
        if row is None or row.assessed_at is None:
            return cell
        if row.votes_seen != cell.votes and row.assessed_at <= now - ASSESSED_EVERY:
            waiting.append((row.assessed_at, cell))
    return min(waiting, key=lambda each: each[0])[1] if waiting else None


@dataclass(frozen=True, slots=True)
class Assessed:
    """The verdict of the consistency report, its reasons in words, and what was not done for it."""

    trust: str
    because: str
    shortcomings: Sequence[Json] = ()


def assess(session: Session, cell: Cell) -> Assessed:
    """What the consistency report says of a cell."""
    arena = session.get_one(Arena, cell.arena_id)
    dimension = session.get_one(Dimension, cell.dimension_id)
    question = Question(cell.judge, dimension=dimension.slug, language=cell.language)
    found, missing = consistency.assessment(session, arena, question)
    lowest = [reason.sentence for reason in found.reasons if reason.allows == found.trust]
    return Assessed(found.trust, " ".join(lowest), missing)


def note(session: Session, cell: Cell, found: Assessed, now: datetime) -> None:
    """Store an assessment and what follows from it."""
    row = _row(session, cell.arena_id, cell.judge, cell.dimension_id, cell.language)
    row.assessed, row.because, row.shortcomings = found.trust, found.because, list(found.shortcomings)
    row.assessed_at, row.votes_seen = now, cell.votes
    _settle(session, cell.arena_id, cell.judge, cell.dimension_id)


def _settle(session: Session, arena_id: int, judge: str, dimension_id: int) -> None:
    """Which cells are included, from what was decided and assessed."""
    session.flush()
    rows = session.scalars(
        select(JudgeTrust).where(
            JudgeTrust.arena_id == arena_id,
            JudgeTrust.judge == judge,
            JudgeTrust.dimension_id == dimension_id,
        )
    ).all()
    everywhere = next((row.decision for row in rows if row.language == EVERY_LANGUAGE), None)
    for row in rows:
        decision = row.decision or everywhere
        row.included = row.language != EVERY_LANGUAGE and (
            decision == "include" or (decision is None and row.assessed == "trusted")
        )
    session.flush()


def _row(session: Session, arena_id: int, judge: str, dimension_id: int, language: str) -> JudgeTrust:
    row = session.get(JudgeTrust, (arena_id, judge, dimension_id, language))
    if row is None:
        row = JudgeTrust(
            arena_id=arena_id,
            judge=judge,
            dimension_id=dimension_id,
            language=language,
            because="",
            reason="",
            votes_seen=0,
            included=False,
        )
        session.add(row)
    return row


def _cells(session: Session) -> Sequence[Cell]:
    """From the rolled-up counts, so that looking costs little however many votes there are."""
    rows = session.execute(
        select(
            TallyBlock.arena_id,
            TallyBlock.dimension_id,
            TallyBlock.voters,
            TallyBlock.language,
            func.sum(TallyBlock.votes).label("votes"),
        )
        .where(
            TallyBlock.kind == "cells",
            TallyBlock.day == ALL_TIME,
            (TallyBlock.voters == "human") | TallyBlock.voters.startswith(JUDGE),
        )
        .group_by(TallyBlock.arena_id, TallyBlock.dimension_id, TallyBlock.voters, TallyBlock.language)
        .order_by(TallyBlock.arena_id, TallyBlock.dimension_id, TallyBlock.voters, TallyBlock.language)
    ).all()
    people = {
        (row.arena_id, row.dimension_id, row.language): int(row.votes)
        for row in rows
        if row.voters == "human"
    }
    return [
        Cell(
            row.arena_id,
            row.voters.removeprefix(JUDGE),
            row.dimension_id,
            row.language,
            int(row.votes) + people.get((row.arena_id, row.dimension_id, row.language), 0),
        )
        for row in rows
        if row.voters != "human" and row.votes
    ]


def _languages(session: Session, arena: Arena, judge: str, dimension: Dimension) -> Sequence[str]:
    return session.scalars(
        select(Battle.language)
        .distinct()
        .join(Vote, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .where(
            Vote.arena_id == arena.id,
            Vote.dimension_id == dimension.id,
            Rater.kind == "judge",
            Rater.name == judge,
        )
    ).all()


def _require(session: Session, arena: Arena, judge: str) -> None:
    known = opinions.judges(session, arena)
    if judge not in known:
        there = ", ".join(known) or "none yet"
        raise JudgeNotFound(
            f"arena {arena.slug!r} has no votes of a judge {judge!r}; those with votes: {there}"
        )
