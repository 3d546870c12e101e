"""/arenas/{arena}/findings: prompts that seem to hold personal data, for an admin to release or to hold back."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, ArenaPath, Cursor, In, Limit, MessageOut, Out
from app.domain import findings

router = APIRouter(prefix="/arenas/{arena}/findings", tags=["findings"], responses=RESPONSES)

PromptPath = Annotated[str, Path(pattern=NO_CONTROL, max_length=500)]
State = Literal["held", "released"]


class FindingDecisionIn(In):
    state: State


class FindingOut(Out):
    prompt: str
    kinds: list[str]
    state: State
    messages: list[MessageOut]


class FindingsOut(Out):
    items: list[FindingOut]
    next: str | None


@router.get("")
def list_findings(
    arena: ArenaPath,
    session: Reading,
    caller: CallerDep,
    state: State = "held",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> FindingsOut:
    """Those that no export shows, or those that were released. The worker looks at new prompts within a minute."""
    row = allowed(session, arena, caller, "admin")
    found = findings.list_findings(session, row, state, limit, cursor)
    return FindingsOut(items=[FindingOut.model_validate(each) for each in found.items], next=found.next)


@router.put("/{prompt:path}", response_model=FindingOut)
def decide_finding(
    arena: ArenaPath,
    prompt: PromptPath,
    body: FindingDecisionIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> FindingOut | Response:
    """Let exports show a prompt, or not; it can be decided again."""
    row = allowed(session, arena, caller, "admin")

    def work() -> FindingOut:
        told = findings.decide(session, row, prompt, body.state, f"admin:{caller.owner}", now)
        return FindingOut.model_validate(told)

    return once(work, outcome=lambda told: told.state)
