"""Checklists: the yes-or-no questions that a good answer to a prompt satisfies, in versions of which none is changed.

One comes with its prompt, from an admin, or from a judge, which sees the prompt alone (TICK, Cook et al. 2024). Judges
answer the newest version, whoever wrote it. Voters see it beside their battles once a person stands by it: what a model
wrote would change what they judge.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, ChecklistVersion, Prompt
from app.domain.errors import (
    ArenaError,
    ChecklistChanged,
    Invalid,
    InvalidLines,
    Problem,
    PromptNotFound,
)
from app.domain.paging import Page, after, page

SUBMITTED = "submitted"
"""The author of a checklist that came with its prompt."""

MOST, LONGEST = 100, 2_000
"""Questions of a checklist, and characters of a question."""

CHUNK = 500

Change = Literal["changed", "approved", "unchanged"]


@dataclass(frozen=True, slots=True)
class Edited:
    """What a prompt's checklist shall be. `version` is the one that was edited, None for whichever is there;
    `approved` says that voters may see it, even where its words are a judge's.
    """

    prompt_id: str
    questions: tuple[str, ...]
    version: int | None = None
    approved: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A version, with the id of its prompt."""

    prompt: str
    version: ChecklistVersion


@dataclass(frozen=True, slots=True)
class Saved:
    """How many checklists have a new version, how many of a judge's were approved, how many stay as they were."""

    changed: int
    approved: int
    unchanged: int


@dataclass(slots=True)
class _Standing:
    """A prompt that is locked, and its newest version."""

    prompt_id: int
    newest: ChecklistVersion | None


def check(questions: Sequence[str]) -> None:
    """Raises Invalid.

    >>> check(["Is it a poem?", "Is it a poem?"])
    Traceback (most recent call last):
    ...
    app.domain.errors.Invalid: checklist: question 2 stands there already
    """
    if not 0 < len(questions) <= MOST:
        raise Invalid(f"checklist: expected 1 to {MOST} questions, not {len(questions)}")
    for number, question in enumerate(questions, 1):
        if not question.strip():
            raise Invalid(f"checklist: question {number} is empty")
        if len(question) > LONGEST:
            raise Invalid(f"checklist: question {number} has more than {LONGEST:,} characters")
        if question in questions[: number - 1]:
            raise Invalid(f"checklist: question {number} stands there already")


def newest(session: Session, prompt_ids: Collection[int]) -> dict[int, ChecklistVersion]:
    """The newest version of each of these prompts that has one."""
    found: dict[int, ChecklistVersion] = {}
    for some in _chunks(prompt_ids):
        query = select(ChecklistVersion).where(ChecklistVersion.prompt_id.in_(some))
        rows = session.scalars(query.order_by(ChecklistVersion.version))
        found.update({row.prompt_id: row for row in rows})
    return found


def shown(session: Session, prompt_id: int) -> ChecklistVersion | None:
    """What voters see beside a battle on this prompt."""
    row = newest(session, [prompt_id]).get(prompt_id)
    return None if row is None or row.approved_at is None else row


def submitted(session: Session, prompt_ids: Collection[int]) -> dict[int, list[str]]:
    """The questions that came with each of these prompts, whatever they are now."""
    found: dict[int, list[str]] = {}
    for some in _chunks(prompt_ids):
        query = select(ChecklistVersion.prompt_id, ChecklistVersion.questions)
        with_it = (ChecklistVersion.prompt_id.in_(some), ChecklistVersion.author == SUBMITTED)
        found |= {key: list(questions) for key, questions in session.execute(query.where(*with_it))}
    return found


def versions(session: Session, arena: Arena, prompt: str) -> Sequence[ChecklistVersion]:
    """All of one prompt, the newest first. Raises PromptNotFound."""
    known = select(Prompt.id).where(Prompt.arena_id == arena.id, Prompt.external_id == prompt)
    prompt_id = session.scalar(known)
    if prompt_id is None:
        raise PromptNotFound(f"arena {arena.slug!r} has no prompt {prompt!r}")
    query = select(ChecklistVersion).where(ChecklistVersion.prompt_id == prompt_id)
    return session.scalars(query.order_by(ChecklistVersion.version.desc())).all()


def list_newest(session: Session, arena: Arena, limit: int, cursor: str | None) -> Page[Listed]:
    """The newest version of each prompt that has one, in the order of the prompts."""
    last = select(func.max(ChecklistVersion.version)).where(ChecklistVersion.prompt_id == Prompt.id)
    query = (
        select(Prompt.external_id, ChecklistVersion)
        .join(ChecklistVersion, ChecklistVersion.prompt_id == Prompt.id)
        .where(
            Prompt.arena_id == arena.id,
            Prompt.id > after(cursor),
            ChecklistVersion.version == last.correlate(Prompt).scalar_subquery(),
        )
        .order_by(Prompt.id)
        .limit(limit + 1)
    )
    rows = [Listed(prompt, version) for prompt, version in session.execute(query)]
    return page(rows, [row.version.prompt_id for row in rows], limit)


def edited_since(session: Session, arena: Arena, moment: datetime) -> bool:
    """Whether judges are asked other questions now, on any prompt, than they were then."""
    query = select(ChecklistVersion.version).join(Prompt, ChecklistVersion.prompt_id == Prompt.id)
    later = (ChecklistVersion.version > 1, ChecklistVersion.created_at > moment)
    return session.scalar(query.where(Prompt.arena_id == arena.id, *later).limit(1)) is not None


def save(session: Session, arena: Arena, edited: Edited, author: str, now: datetime) -> ChecklistVersion:
    """The version that stands then: a new one, or the one of before where it asks the same.

    Raises Invalid, PromptNotFound, and ChecklistChanged where another than the newest version was edited.
    """
    stood = _locked(session, arena, [edited.prompt_id])
    _saved(session, arena, stood, edited, author, now)
    session.flush()
    row = stood[edited.prompt_id].newest
    if row is None:
        raise RuntimeError(f"the checklist of prompt {edited.prompt_id!r} was saved and is not there")
    return row


def save_all(
    session: Session, arena: Arena, lines: Sequence[tuple[str, Edited | Invalid]], author: str, now: datetime
) -> Saved:
    """The same for many, each with its place or with what is wrong there. Raises InvalidLines, which names all places
    that are wrong; the transaction must not be stored then.
    """
    stood = _locked(session, arena, {each.prompt_id for _, each in lines if isinstance(each, Edited)})
    problems, places, counts = list[Problem](), dict[str, str](), Counter[Change]()
    for at, each in lines:
        try:
            if isinstance(each, Invalid):
                raise each
            if each.prompt_id in places:
                raise Invalid(f"prompt {each.prompt_id!r} stands at {places[each.prompt_id]} already")
            places[each.prompt_id] = at
            counts[_saved(session, arena, stood, each, author, now)] += 1
        except ArenaError as wrong:
            problems.append(Problem(at, wrong.detail))
    if problems:
        raise InvalidLines("nothing was stored: some checklists cannot be used", tuple(problems))
    session.flush()
    return Saved(counts["changed"], counts["approved"], counts["unchanged"])


def submit(session: Session, given: Mapping[int, Sequence[str]], now: datetime) -> None:
    """What came with these prompts, checked before."""
    there = _there(session, given.keys())
    for prompt_id, questions in given.items():
        session.add(_next(prompt_id, there.get(prompt_id), questions, SUBMITTED, now, approved=True))
    session.flush()


def make(
    session: Session, made: Mapping[int, Sequence[str]], author: str, now: datetime
) -> dict[int, ChecklistVersion]:
    """What a judge wrote is the first version where a prompt has none. Gives what stands then, whoever wrote it."""
    there = _there(session, made.keys())
    for prompt_id in made.keys() - there.keys():
        there[prompt_id] = _next(prompt_id, None, made[prompt_id], author, now, approved=False)
        session.add(there[prompt_id])
    session.flush()
    return there


def _saved(
    session: Session,
    arena: Arena,
    stood: Mapping[str, _Standing],
    edited: Edited,
    author: str,
    now: datetime,
) -> Change:
    check(edited.questions)
    prompt = stood.get(edited.prompt_id)
    if prompt is None:
        raise PromptNotFound(f"arena {arena.slug!r} has no prompt {edited.prompt_id!r}")
    before = prompt.newest
    if before is not None and before.questions == list(edited.questions):
        if before.approved_at is not None or not edited.approved:
            return "unchanged"
        before.approved_at = now
        return "approved"
    if before is not None and edited.version not in (None, before.version):
        raise ChecklistChanged(
            f"prompt {edited.prompt_id!r} has version {before.version} of its checklist by now, "
            f"and version {edited.version} was edited: look at what stands there"
        )
    prompt.newest = _next(prompt.prompt_id, before, edited.questions, author, now, approved=True)
    session.add(prompt.newest)
    return "changed"


def _next(
    prompt_id: int,
    before: ChecklistVersion | None,
    questions: Sequence[str],
    author: str,
    now: datetime,
    *,
    approved: bool,
) -> ChecklistVersion:
    return ChecklistVersion(
        prompt_id=prompt_id,
        version=1 if before is None else before.version + 1,
        questions=list(questions),
        author=author,
        created_at=now,
        approved_at=now if approved else None,
    )


def _locked(session: Session, arena: Arena, prompts: Collection[str]) -> dict[str, _Standing]:
    """Those of the prompts that there are, by external id."""
    found: dict[str, int] = {}
    for some in _chunks(prompts):
        found |= _lock(session, Prompt.arena_id == arena.id, Prompt.external_id.in_(some))
    there = newest(session, found.values())
    return {name: _Standing(key, there.get(key)) for name, key in found.items()}


def _there(session: Session, prompt_ids: Collection[int]) -> dict[int, ChecklistVersion]:
    for some in _chunks(prompt_ids):
        _lock(session, Prompt.id.in_(some))
    return newest(session, prompt_ids)


def _lock(session: Session, *which: ColumnElement[bool]) -> dict[str, int]:
    """Two who save a checklist of one prompt at once queue here, until the first has stored its version."""
    query = select(Prompt.external_id, Prompt.id).where(*which).order_by(Prompt.id)
    return {str(name): key for name, key in session.execute(query.with_for_update(key_share=True))}


def _chunks(wanted: Collection[Any]) -> Iterator[list[Any]]:
    listed = sorted(wanted)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
