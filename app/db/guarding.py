"""What guards the arena remembers: proofs of work that were used."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.schema import Table


class SpentProof(Table):
    """A challenge whose solution was taken, so that it counts once, whichever server process is asked."""

    __tablename__ = "spent_proofs"
    __table_args__ = (Index("ix_spent_proofs_expires_at", "expires_at"),)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]
