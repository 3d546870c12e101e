"""Audit: who did what with a key or at the command line, written with what they did or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, AuditEntry
from app.domain.accounts import Caller
from app.domain.paging import Page, after, page

COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Entry:
    arena: str | None
    key: str | None
    owner: str
    action: str
    target: str
    outcome: str
    details: Mapping[str, Any]
    at: datetime


def note(
    session: Session,
    who: Caller | None,
    action: str,
    target: str,
    now: datetime,
    arena_id: int | None = None,
    outcome: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down an action in the transaction that does it; `who` is None at the command line."""
    session.add(
        AuditEntry(
            arena_id=arena_id,
            key=who.key if who else None,
            owner=who.owner if who else COMMAND_LINE,
            action=action,
            target=target,
            outcome=outcome,
            details=dict(details or {}),
            created_at=now,
        )
    )
    session.flush()


def list_entries(
    session: Session, arena_id: int | None, limit: int, cursor: str | None, action: str | None = None
) -> Page[Entry]:
    """Newest first: those of one arena, or all where none is named."""
    query = select(AuditEntry, Arena.slug).outerjoin(Arena, AuditEntry.arena_id == Arena.id)
    if arena_id is not None:
        query = query.where(AuditEntry.arena_id == arena_id)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if cursor is not None:
        query = query.where(AuditEntry.id < after(cursor))
    rows = session.execute(query.order_by(AuditEntry.id.desc()).limit(limit + 1)).all()
    items = [
        Entry(slug, row.key, row.owner, row.action, row.target, row.outcome, row.details, row.created_at)
        for row, slug in rows
    ]
    return page(items, [row.id for row, _ in rows], limit)
