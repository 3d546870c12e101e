"""What belongs to answers and prompts beside their texts."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
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


class AnswerStyle(Table):
    """How an answer is written, counted when it came; not of one that is not text alone. See `texts.Style`."""

    __tablename__ = "answer_styles"
    answer_id: Mapped[int] = mapped_column(Id, ForeignKey("answers.id"), primary_key=True)
    length: Mapped[int]
    headers: Mapped[int]
    list_items: Mapped[int]
    bold: Mapped[int]
