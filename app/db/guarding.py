"""What guards the arena remembers: proofs of work that were used, prompts that were looked at for personal data."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.schema import Table, one_of
from app.db.types import Id


class SpentProof(Table):
    """A challenge whose solution was taken, so that it counts once, whichever server process is asked."""

    __tablename__ = "spent_proofs"
    __table_args__ = (Index("ix_spent_proofs_expires_at", "expires_at"),)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]


class PromptFinding(Table):
    """What kinds of personal data were found in a prompt, and what an admin decided of it; `clear` for none found."""

    __tablename__ = "prompt_findings"
    __table_args__ = (one_of("state", "state", "clear", "held", "released"),)
    prompt_id: Mapped[int] = mapped_column(Id, ForeignKey("prompts.id"), primary_key=True)
    kinds: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
