"""What owners bring and what they are told: uploads on their way, reports on models, comments that may be read."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.schema import Table, key, one_of, to
from app.db.types import Id


class Upload(Table):
    """A file of answers that comes in parts. Nothing of it is an answer before its owner confirms it.

    `report` says what a dry run found, `bad_lines` are the lines that it refused. `position` and `line` say how far the
    worker has looked through it or, once it is confirmed, stored it.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_model_id_id", "model_id", "id"),
        Index("ix_uploads_state_id", "state", "id"),
        one_of("state", "state", "receiving", "checked", "storing", "stored", "cancelled", "failed"),
    )
    id: Mapped[int] = key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    arena_id: Mapped[int] = to("arenas.id")
    model_id: Mapped[int] = to("models.id")
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Id)  # bytes, as are received and position
    sha256: Mapped[str | None] = mapped_column(String(64))
    received: Mapped[int] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(20))
    report: Mapped[dict[str, Any]]
    bad_lines: Mapped[list[Any]]
    position: Mapped[int] = mapped_column(Id)
    line: Mapped[int]
    accepted: Mapped[int]
    replaced: Mapped[int]
    problem: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    wanted_at: Mapped[datetime | None]  # since when a look through it is asked for, or under way


class UploadChunk(Table):
    __tablename__ = "upload_chunks"
    upload_id: Mapped[int] = mapped_column(Id, ForeignKey("uploads.id"), primary_key=True)
    start: Mapped[int] = mapped_column(
        Id, primary_key=True, autoincrement=False
    )  # of its first byte in the file
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ModelReport(Table):
    """What an owner is told of a model, over so many votes: kept until there are enough new ones for the next."""

    __tablename__ = "model_reports"
    model_id: Mapped[int] = mapped_column(Id, ForeignKey("models.id"), primary_key=True)
    voters: Mapped[str] = mapped_column(String(20), primary_key=True)
    votes: Mapped[int] = mapped_column(Id)
    report: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class CommentDecision(Table):
    """Whether owners may read a ballot's comment; without a row nobody has decided, and they may not."""

    __tablename__ = "comment_decisions"
    __table_args__ = (one_of("state", "state", "published", "refused"),)
    ballot_id: Mapped[int] = mapped_column(Id, ForeignKey("ballots.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]


class OwnerRater(Table):
    """A voter who has been seen with an owner's key: votes on that owner's models never count."""

    __tablename__ = "owner_raters"
    rater_id: Mapped[int] = mapped_column(Id, ForeignKey("raters.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80), primary_key=True)
    since: Mapped[datetime]
