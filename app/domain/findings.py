"""Findings: prompts that seem to hold personal data, held back from exports until an admin has looked at them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Prompt, PromptFinding
from app.domain import personal_data
from app.domain.errors import Invalid, PromptNotFound
from app.domain.paging import Page, after, page

STATES = ("held", "released")
AT_ONCE = 200  # prompts in one transaction


@dataclass(frozen=True, slots=True)
class Finding:
    """A prompt by its own id, what was found in it, and whether it is held back or was released by an admin."""

    prompt: str
    kinds: tuple[str, ...]
    state: str
    messages: tuple[Mapping[str, Any], ...]


def scan(session: Session, now: datetime) -> int:
    """Look at some prompts that nobody has looked at; gives how many. A prompt never changes once it has a text."""
    found = session.scalars(_unseen().order_by(Prompt.id).limit(AT_ONCE)).all()
    for prompt in found:
        kinds = list(_kinds(prompt))
        state = "held" if kinds else "clear"
        session.add(PromptFinding(prompt_id=prompt.id, kinds=kinds, state=state, actor="", decided_at=now))
    session.flush()
    return len(found)


def withheld(session: Session, arena: Arena) -> Collection[str]:
    """The ids of prompts that no export may show: held, or not yet looked at and found wanting now."""
    held = select(Prompt.external_id).join(PromptFinding, PromptFinding.prompt_id == Prompt.id)
    known = session.scalars(held.where(Prompt.arena_id == arena.id, PromptFinding.state == "held"))
    unseen = session.scalars(_unseen().where(Prompt.arena_id == arena.id))
    return {*known, *(prompt.external_id for prompt in unseen if _kinds(prompt))}


def list_findings(
    session: Session, arena: Arena, state: str, limit: int, cursor: str | None
) -> Page[Finding]:
    query = (
        select(PromptFinding, Prompt)
        .join(Prompt, PromptFinding.prompt_id == Prompt.id)
        .where(Prompt.arena_id == arena.id, PromptFinding.state == state, Prompt.id > after(cursor))
        .order_by(Prompt.id)
        .limit(limit + 1)
    )
    rows = session.execute(query).all()
    return page([_shown(row, prompt) for row, prompt in rows], [prompt.id for _, prompt in rows], limit)


def decide(session: Session, arena: Arena, prompt_id: str, state: str, actor: str, now: datetime) -> Finding:
    """Release a prompt or hold it back, whether or not anything was found. Raises PromptNotFound, Invalid."""
    if state not in STATES:
        raise Invalid(f"state {state!r}: expected one of {', '.join(STATES)}")
    mine = (Prompt.arena_id == arena.id, Prompt.external_id == prompt_id)
    prompt = session.scalar(select(Prompt).where(*mine))
    if prompt is None:
        raise PromptNotFound(f"arena {arena.slug!r} has no prompt {prompt_id!r}")
    row = session.get(PromptFinding, prompt.id)
    if row is None:
        row = PromptFinding(prompt_id=prompt.id, kinds=list(_kinds(prompt)))
        session.add(row)
    row.state, row.actor, row.decided_at = state, actor, now
    session.flush()
    return _shown(row, prompt)


def _unseen() -> Any:
    seen = select(PromptFinding.prompt_id).where(PromptFinding.prompt_id == Prompt.id).exists()
    return select(Prompt).where(~seen)


def _kinds(prompt: Prompt) -> tuple[str, ...]:
    text = "\n".join(str(message.get("content", "")) for message in prompt.messages)
    return personal_data.kinds(text, prompt.language)


def _shown(row: PromptFinding, prompt: Prompt) -> Finding:
    return Finding(prompt.external_id, tuple(row.kinds), row.state, tuple(prompt.messages))
