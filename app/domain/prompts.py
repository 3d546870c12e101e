"""Prompts: what was asked of the models, in one turn or several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Prompt
from app.domain import attachments, checklists
from app.domain.content import Message, Messages, check_prompt
from app.domain.errors import Invalid, InvalidLines, Problem, PromptNotFound
from app.domain.images import Picture
from app.domain.paging import Page, after, page

CHUNK = 500


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """`line` is where it stood in what was sent, counted from 1."""

    line: int
    id: str
    messages: tuple[Message, ...]
    language: str = ""
    category: str = ""
    references: tuple[Mapping[str, Any], ...] = ()
    checklist: tuple[str, ...] = ()
    rubrics: tuple[Mapping[str, Any], ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptsReport:
    accepted: int
    unchanged: int
    rejected: tuple[Problem, ...]


def submit(
    session: Session, arena: Arena, prompts: Sequence[NewPrompt], now: datetime, *, dry_run: bool = False
) -> PromptsReport:
    """Store new prompts; one sent again unchanged is left alone, one that an import only named gets its text.

    A prompt never changes under an answer: the same id with another content is a problem of that line.
    Raises InvalidLines, with nothing stored, when any line is bad.
    """
    known = by_id(session, arena, [prompt.id for prompt in prompts])
    submitted = checklists.submitted(session, [row.id for row in known.values()])
    problems = list(_problems(arena, prompts, known, submitted))
    fresh = [prompt for prompt in prompts if prompt.id not in known or not known[prompt.id].messages]
    report = PromptsReport(len(fresh), len(prompts) - len(fresh), tuple(problems))
    if dry_run:
        return report
    if problems:
        raise InvalidLines("nothing was stored: some prompts cannot be used", tuple(problems))
    attachments.keep(session, arena.id, (each for prompt in fresh for each in prompt.pictures.values()), now)
    stored = [_stored(session, arena, prompt, known.get(prompt.id), now) for prompt in fresh]
    session.flush()
    asked = {row.id: each.checklist for row, each in zip(stored, fresh, strict=True) if each.checklist}
    checklists.submit(session, asked, now)
    return report


def archive(session: Session, arena: Arena, external_id: str, archived: bool, now: datetime) -> Prompt:
    """Deal no more battles on a prompt, or deal them again; its votes stay. Raises PromptNotFound."""
    row = by_id(session, arena, [external_id]).get(external_id)
    if row is None:
        raise PromptNotFound(f"arena {arena.slug!r} has no prompt {external_id!r}")
    row.archived_at = (row.archived_at or now) if archived else None
    session.flush()
    return row


def by_id(session: Session, arena: Arena, ids: Iterable[str]) -> dict[str, Prompt]:
    """The prompts of the arena among these external ids."""
    wanted, found = sorted(set(ids)), {}
    for start in range(0, len(wanted), CHUNK):
        rows = session.scalars(
            select(Prompt).where(
                Prompt.arena_id == arena.id, Prompt.external_id.in_(wanted[start : start + CHUNK])
            )
        )
        found.update({row.external_id: row for row in rows})
    return found


@dataclass(frozen=True, slots=True)
class Text:
    """What a prompt asks, without all else that it has."""

    id: int
    messages: Messages


def texts(session: Session, arena: Arena, ids: Iterable[str]) -> dict[str, Text]:
    """The texts of the prompts among these external ids."""
    wanted, found = sorted(set(ids)), {}
    for start in range(0, len(wanted), CHUNK):
        rows = session.execute(
            select(Prompt.external_id, Prompt.id, Prompt.messages).where(
                Prompt.arena_id == arena.id, Prompt.external_id.in_(wanted[start : start + CHUNK])
            )
        )
        found.update({name: Text(key, messages) for name, key, messages in rows})
    return found


def list_prompts(session: Session, arena: Arena, limit: int, cursor: str | None) -> Page[Prompt]:
    query = select(Prompt).where(Prompt.arena_id == arena.id, Prompt.id > after(cursor))
    rows = session.scalars(query.order_by(Prompt.id).limit(limit + 1)).all()
    return page(rows, [row.id for row in rows], limit)


def _problems(
    arena: Arena,
    prompts: Sequence[NewPrompt],
    known: Mapping[str, Prompt],
    submitted: Mapping[int, Sequence[str]],
) -> Iterable[Problem]:
    seen: dict[str, int] = {}
    for prompt in prompts:
        problem = _problem(arena, prompt, known.get(prompt.id), submitted, seen.get(prompt.id))
        if problem:
            yield Problem(f"line {prompt.line}", problem)
        else:
            seen[prompt.id] = prompt.line


def _problem(
    arena: Arena,
    prompt: NewPrompt,
    stored: Prompt | None,
    submitted: Mapping[int, Sequence[str]],
    earlier: int | None,
) -> str | None:
    if earlier is not None:
        return f"prompt {prompt.id!r} stands on line {earlier} already"
    is_new = stored is None or not stored.messages
    try:
        check_prompt(arena.modality, prompt.messages)
        if is_new and prompt.checklist:
            checklists.check(prompt.checklist)
    except Invalid as invalid:
        return invalid.detail
    if stored is None or is_new:
        return None
    if _content(stored) != _content(_row(arena.id, prompt, stored.created_at)):
        return f"prompt {prompt.id!r} exists with another content; give the new text a new id"
    if list(prompt.checklist) != list(submitted.get(stored.id, ())):
        return (
            f"prompt {prompt.id!r} was submitted with another checklist; checklists are edited by themselves"
        )
    return None


def _content(row: Prompt) -> tuple[Any, ...]:
    return (row.messages, row.language, row.category, row.references, row.rubrics, row.details)


def _stored(session: Session, arena: Arena, prompt: NewPrompt, known: Prompt | None, now: datetime) -> Prompt:
    row = _row(arena.id, prompt, now)
    if known is not None:
        row.id, row.created_at = known.id, known.created_at
    return session.merge(row)


def _row(arena_id: int, prompt: NewPrompt, now: datetime) -> Prompt:
    return Prompt(
        arena_id=arena_id,
        external_id=prompt.id,
        messages=[dict(message) for message in prompt.messages],
        language=prompt.language,
        category=prompt.category,
        references=[dict(reference) for reference in prompt.references],
        rubrics=[dict(rubric) for rubric in prompt.rubrics],
        details=dict(prompt.details),
        created_at=now,
    )
