"""/arenas/{arena}/audit and /audit: who did what with a key or at the command line."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.deps import CallerDep, Reading, allowed, require
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, ArenaPath, Cursor, Limit, Out
from app.domain import audit
from app.domain.audit import Entry
from app.domain.paging import Page

router = APIRouter(tags=["audit"], responses=RESPONSES)

Action = Annotated[str | None, Query(pattern=NO_CONTROL, max_length=80)]


class AuditEntryOut(Out):
    """`key` is the part of a key that is no secret, null at the command line; `action` an operation of this API or a
    command; `details` what was sent, or how many bytes it had.
    """

    arena: str | None
    key: str | None
    owner: str
    action: str
    target: str
    outcome: str
    details: dict[str, Any]
    at: datetime


class AuditOut(Out):
    items: list[AuditEntryOut]
    next: str | None


@router.get("/arenas/{arena}/audit")
def list_arena_audit(
    arena: ArenaPath,
    session: Reading,
    caller: CallerDep,
    action: Action = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> AuditOut:
    """Newest first."""
    row = allowed(session, arena, caller, "admin")
    return _shown(audit.list_entries(session, row.id, limit, cursor, action))


@router.get("/audit")
def list_audit(
    session: Reading, caller: CallerDep, action: Action = None, limit: Limit = 50, cursor: Cursor = None
) -> AuditOut:
    """Newest first, of all arenas and of none; with a key of one arena, of that arena."""
    require(caller, "admin", caller.arena_id)
    return _shown(audit.list_entries(session, caller.arena_id, limit, cursor, action))


def _shown(found: Page[Entry]) -> AuditOut:
    return AuditOut(items=[AuditEntryOut.model_validate(each) for each in found.items], next=found.next)
