"""/arenas/{arena}/checklists: what is asked of each answer to a prompt, in versions. Admins only."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, Cursor, In, Limit, Out, PromptPath, Text
from app.db.tables import ChecklistVersion
from app.domain import checklists
from app.domain.checklists import LONGEST, MOST, Edited

router = APIRouter(prefix="/arenas/{arena}/checklists", tags=["prompts"], responses=RESPONSES)


class ChecklistIn(In):
    """`version` is the one that was edited: where a newer one is there it is a conflict. `approved` lets voters see the
    questions even where they are those of a judge; questions that were changed are seen in any case.
    """

    questions: Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=LONGEST)]], Field(min_length=1, max_length=MOST)
    ]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    approved: bool = True


class ChecklistOut(Out):
    """`author`: `submitted` with the prompt, `admin:` and a name, `judge:` and a name and version. Voters see what is
    approved.
    """

    prompt: str
    version: int
    questions: list[str]
    author: str
    created_at: datetime
    approved_at: datetime | None


class ChecklistsOut(Out):
    items: list[ChecklistOut]
    next: str | None = None


@router.get("")
def list_checklists(
    arena: ArenaPath, session: Reading, caller: CallerDep, limit: Limit = 50, cursor: Cursor = None
) -> ChecklistsOut:
    """The newest version of each prompt that has one."""
    row = allowed(session, arena, caller, "admin")
    found = checklists.list_newest(session, row, limit, cursor)
    return ChecklistsOut(items=[shown(each.prompt, each.version) for each in found.items], next=found.next)


@router.get("/{prompt:path}")
def list_checklist_versions(
    arena: ArenaPath, prompt: PromptPath, session: Reading, caller: CallerDep
) -> ChecklistsOut:
    """All versions of one prompt, the newest first."""
    row = allowed(session, arena, caller, "admin")
    found = checklists.versions(session, row, prompt)
    return ChecklistsOut(items=[shown(prompt, each) for each in found])


@router.put("/{prompt:path}", response_model=ChecklistOut)
def put_checklist(
    arena: ArenaPath,
    prompt: PromptPath,
    body: ChecklistIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> ChecklistOut | Response:
    """Save an edited checklist as a new version; the same questions again are none. Judgments name theirs."""
    row = allowed(session, arena, caller, "admin")
    edited = Edited(prompt, tuple(body.questions), body.version, body.approved)

    def saved() -> ChecklistOut:
        return shown(prompt, checklists.save(session, row, edited, f"admin:{caller.owner}", now))

    return once(saved, outcome=lambda told: f"version {told.version}")


def shown(prompt: str, row: ChecklistVersion) -> ChecklistOut:
    return ChecklistOut(
        prompt=prompt,
        version=row.version,
        questions=row.questions,
        author=row.author,
        created_at=row.created_at,
        approved_at=row.approved_at,
    )
