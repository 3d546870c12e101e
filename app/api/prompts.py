"""/arenas/{arena}/prompts: what the models were asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from app.api.bodies import RawBody, described, read
from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed
from app.api.problems import RESPONSES, ProblemItemOut
from app.api.shapes import (
    ArenaPath,
    Attachments,
    Category,
    Cursor,
    In,
    JsonObject,
    Language,
    Limit,
    MessageIn,
    MessageOut,
    Out,
    PromptPath,
    Text,
)
from app.db.tables import Prompt
from app.domain import attachments, checklists, prompts
from app.domain.attachments import Sent
from app.domain.errors import Invalid, InvalidLines, Problem
from app.domain.prompts import NewPrompt

router = APIRouter(prefix="/arenas/{arena}/prompts", tags=["prompts"], responses=RESPONSES)


class ReferenceIn(In):
    text: Text
    author_kind: Text = ""
    language: Language = ""


class PromptIn(In):
    """`messages`, or `text` for a single user message; `system` goes first."""

    id: Annotated[Text, Field(min_length=1, max_length=200)]
    messages: Annotated[list[MessageIn], Field(max_length=200)] | None = None
    text: Text | None = None
    system: Text | None = None
    attachments: Attachments = []
    language: Language = ""
    category: Category = ""
    references: Annotated[list[ReferenceIn], Field(max_length=100)] = []
    checklist: Annotated[list[Text], Field(max_length=100)] = []
    rubrics: Annotated[list[JsonObject], Field(max_length=100)] = []
    metadata: JsonObject = {}

    @model_validator(mode="after")
    def _one_text(self) -> "PromptIn":
        if (self.messages is None) == (self.text is None):
            raise ValueError("give either messages or text")
        return self


class PromptPatchIn(In):
    archived: bool


class PromptsReportOut(Out):
    accepted: int
    unchanged: int
    rejected: list[ProblemItemOut]


class PromptOut(Out):
    """References, checklist and rubrics are listed for admins only. `checklist` is its newest version: voters see it
    beside its battles once it is approved.
    """

    id: str
    messages: list[MessageOut]
    language: str
    category: str
    created_at: datetime
    archived: bool
    references: list[dict[str, Any]] | None = None
    checklist: list[str] | None = None
    rubrics: list[dict[str, Any]] | None = None
    metadata: dict[str, Any] | None = None


class PromptsOut(Out):
    items: list[PromptOut]
    next: str | None


@router.get("")
def list_prompts(
    arena: ArenaPath, session: Reading, caller: CallerDep, limit: Limit = 50, cursor: Cursor = None
) -> PromptsOut:
    row = allowed(session, arena, caller, "owner")
    found = prompts.list_prompts(session, row, limit, cursor)
    items = _shown(session, found.items, everything=caller.scope == "admin")
    return PromptsOut(items=items, next=found.next)


@router.post(
    "",
    status_code=201,
    response_model=PromptsReportOut,
    openapi_extra=described(PromptIn, "Prompts"),
)
def submit_prompts(
    arena: ArenaPath,
    body: RawBody,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
    dry_run: bool = False,
) -> PromptsReportOut | Response:
    row = allowed(session, arena, caller, "admin")

    def work() -> PromptsReportOut:
        found = list(read(body, PromptIn))
        read_as = [(line, each if isinstance(each, str) else _new(line, each)) for line, each, _ in found]
        unreadable = tuple(Problem(f"line {line}", each) for line, each in read_as if isinstance(each, str))
        if unreadable and not dry_run:
            raise InvalidLines("nothing was stored: some prompts cannot be read", unreadable)
        good = [each for _, each in read_as if isinstance(each, NewPrompt)]
        report = prompts.submit(session, row, good, now, dry_run=dry_run)
        rejected = [*unreadable, *report.rejected]
        return PromptsReportOut(
            accepted=report.accepted, unchanged=report.unchanged, rejected=_items(rejected)
        )

    return once(work, changes=not dry_run, outcome=lambda report: f"{report.accepted} accepted")


@router.patch("/{prompt:path}", response_model=PromptOut)
def archive_prompt(
    arena: ArenaPath,
    prompt: PromptPath,
    body: PromptPatchIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> PromptOut | Response:
    """An archived prompt is dealt no more; its battles, votes and answers stay."""
    row = allowed(session, arena, caller, "admin")

    def work() -> PromptOut:
        archived = prompts.archive(session, row, prompt, body.archived, now)
        return _shown(session, [archived], everything=True)[0]

    return once(work)


def _new(line: int, prompt: PromptIn) -> NewPrompt | str:
    """The prompt as it is stored, or what is wrong with its attachments."""
    messages = [message.model_dump() for message in prompt.messages or []]
    if prompt.text is not None:
        messages = [{"role": "user", "content": prompt.text}]
    if prompt.system is not None:
        messages = [{"role": "system", "content": prompt.system}, *messages]
    try:
        told = attachments.told(messages, [Sent(**each.model_dump()) for each in prompt.attachments])
    except Invalid as invalid:
        return invalid.detail
    return NewPrompt(
        line=line,
        id=prompt.id,
        messages=told.messages,
        pictures=told.pictures,
        language=prompt.language,
        category=prompt.category,
        references=tuple(reference.model_dump() for reference in prompt.references),
        checklist=tuple(prompt.checklist),
        rubrics=tuple(prompt.rubrics),
        details=prompt.metadata,
    )


def _items(problems: Iterable[Problem]) -> list[ProblemItemOut]:
    return [ProblemItemOut(at=each.at, problem=each.problem) for each in problems]


def _shown(session: Session, rows: Sequence[Prompt], *, everything: bool) -> list[PromptOut]:
    asked = checklists.newest(session, [row.id for row in rows]) if everything else {}
    found = []
    for row in rows:
        shown = PromptOut(
            id=row.external_id,
            messages=[MessageOut(**message) for message in row.messages],
            language=row.language,
            category=row.category,
            created_at=row.created_at,
            archived=row.archived_at is not None,
        )
        if everything:
            shown.references, shown.rubrics, shown.metadata = row.references, row.rubrics, row.details
            shown.checklist = asked[row.id].questions if row.id in asked else []
        found.append(shown)
    return found
