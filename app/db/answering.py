"""What belongs to answers and prompts beside their texts."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.schema import Table, key, to
from app.db.types import Id


class Attachment(Table):
    """A picture in messages of an arena, which name it by `digest`, the SHA-256 of its bytes."""

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("arena_id", "digest"),)
    id: Mapped[int] = key()
    arena_id: Mapped[int] = to("arenas.id")
    digest: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(40))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class ChecklistVersion(Table):
    """Yes-or-no questions about the answers to a prompt; they never change. Voters see the newest version if it is
    approved: a judge's is not until a person stands by it. `author`: submitted, admin:NAME or judge:NAME@VERSION.
    """

    __tablename__ = "checklist_versions"
    prompt_id: Mapped[int] = mapped_column(Id, ForeignKey("prompts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    questions: Mapped[list[Any]]
    author: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]


class AnswerStyle(Table):
    """How an answer is written, counted when it came; not of one that is not text alone. See `texts.Style`."""

    __tablename__ = "answer_styles"
    answer_id: Mapped[int] = mapped_column(Id, ForeignKey("answers.id"), primary_key=True)
    length: Mapped[int]
    headers: Mapped[int]
    list_items: Mapped[int]
    bold: Mapped[int]
