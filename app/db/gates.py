"""What tells honest votes from others: answers that betray their model, battles whose verdict is known, and how far the
gates have looked.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.schema import Table, key, one_of, to
from app.db.types import Id


class AnswerLeak(Table):
    """An answer that says who gave it, as found when it came or when a model it names did; see `app.stats.leaks`. Never
    changed.
    """

    __tablename__ = "answer_leaks"
    __table_args__ = (one_of("kind", "kind", "introduction", "name"),)
    answer_id: Mapped[int] = mapped_column(Id, ForeignKey("answers.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text)


class LeakMark(Table):
    """For which `names` the answers of an arena were looked through, up to which answer for those that are `wanted`,
    and in how many answers one was `found` that came later.
    """

    __tablename__ = "leak_marks"
    arena_id: Mapped[int] = mapped_column(Id, ForeignKey("arenas.id"), primary_key=True)
    names: Mapped[list[Any]]
    wanted: Mapped[list[Any]]
    position: Mapped[int] = mapped_column(Id)
    found: Mapped[int] = mapped_column(Id)


class GoldBattle(Table):
    """A pair on a prompt of which an admin knows that one answer is better."""

    __tablename__ = "gold_battles"
    __table_args__ = (Index("ix_gold_battles_arena_id", "arena_id"),)
    id: Mapped[int] = key()
    arena_id: Mapped[int] = to("arenas.id")
    prompt_id: Mapped[int] = to("prompts.id")
    better_model_id: Mapped[int] = to("models.id")
    worse_model_id: Mapped[int] = to("models.id")
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class ControlBattle(Table):
    """A battle that checks its voter and counts on no board. `expected` is the verdict that a gold battle wants, or
    that the voter gave before, turned round.
    """

    __tablename__ = "control_battles"
    __table_args__ = (one_of("kind", "kind", "gold", "repeat"),)
    battle_id: Mapped[int] = mapped_column(Id, ForeignKey("battles.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    expected: Mapped[str] = mapped_column(String(20))
    repeats: Mapped[int | None] = mapped_column(Id, ForeignKey("battles.id"))


class GateMark(Table):
    """Votes of an arena cast before this moment were looked at by the gates."""

    __tablename__ = "gate_marks"
    arena_id: Mapped[int] = mapped_column(Id, ForeignKey("arenas.id"), primary_key=True)
    looked_at: Mapped[datetime]
    ring_votes: Mapped[int] = mapped_column(BigInteger, server_default="0")
