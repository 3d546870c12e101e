"""What is computed from votes and can be computed again: cells, rankings, spreads, reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.schema import Table, key, to
from app.db.types import Id


class TallyBlock(Table):
    """The counted votes of a slice, packed: all that a ranking reads. Kept current by the roll-up, never by a vote."""

    __tablename__ = "tally_blocks"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)  # whose columns `data` holds
    arena_id: Mapped[int] = mapped_column(Id, ForeignKey("arenas.id"), primary_key=True)
    dimension_id: Mapped[int] = mapped_column(Id, ForeignKey("dimensions.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)  # of the votes, in UTC; "" for all time
    voters: Mapped[str] = mapped_column(Text, primary_key=True)  # human, simulated or judge:<name>
    category: Mapped[str] = mapped_column(String(200), primary_key=True)
    language: Mapped[str] = mapped_column(String(80), primary_key=True)
    votes: Mapped[int] = mapped_column(Id)  # that count
    data: Mapped[bytes] = mapped_column(LargeBinary)


class TallyMark(Table):
    """How far the roll-up has read a log for a kind of block: everything before the mark is in its blocks."""

    __tablename__ = "tally_marks"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    log: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[int] = mapped_column(Id)


class Ranking(Table):
    """A fitted board: which question (spec), which votes (tally_digest), and the leaderboard as it was shown."""

    __tablename__ = "rankings"
    __table_args__ = (
        UniqueConstraint("spec_hash", "tally_digest"),
        Index("ix_rankings_arena_id_generated_at", "arena_id", "generated_at"),
        Index("ix_rankings_asked_hash_id", "asked_hash", "id"),
    )
    id: Mapped[int] = key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    arena_id: Mapped[int] = to("arenas.id")
    dimension_id: Mapped[int] = to("dimensions.id")
    spec: Mapped[dict[str, Any]]
    asked_hash: Mapped[str] = mapped_column(
        String(64)
    )  # the question before the server chose what it left open
    standing: Mapped[bool]  # one that everybody asks: its past is its history; the others are kept for a day
    spec_hash: Mapped[str] = mapped_column(String(64))
    tally_digest: Mapped[str] = mapped_column(String(64))
    votes: Mapped[int] = mapped_column(Id)
    leaderboard: Mapped[str] = mapped_column(Text)  # JSON as it was served, byte for byte
    generated_at: Mapped[datetime]


class Report(Table):
    """A consistency report: which question, which votes (votes_digest), and the JSON as it was served."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("question_hash", "votes_digest"),
        Index("ix_reports_question_hash_id", "question_hash", "id"),
        Index("ix_reports_wanted_at", "wanted_at"),
    )
    id: Mapped[int] = key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    arena_id: Mapped[int] = to("arenas.id")
    question: Mapped[dict[str, Any]]
    question_hash: Mapped[str] = mapped_column(String(64))
    votes_digest: Mapped[str] = mapped_column(String(64))
    report: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    wanted_at: Mapped[datetime | None]  # since when a fresh one is asked for


class Spread(Table):
    """How votes of one voter, prompt or ballot scatter together on a board; see `app.stats.clusters`."""

    __tablename__ = "spreads"
    question_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    votes: Mapped[int] = mapped_column(Id)
    content: Mapped[bytes]
    created_at: Mapped[datetime]
