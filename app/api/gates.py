"""/arenas/{arena}/gates: what keeps votes from counting, how often; /arenas/{arena}/gold: verdicts that are known."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, In, Out, ParameterOut, Reason, ShortText
from app.domain import controls, gates
from app.domain.paging import LARGEST_ID

router = APIRouter(prefix="/arenas/{arena}", tags=["review"], responses=RESPONSES)

GoldPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class GateOut(Out):
    """Of the newest `votes` of people that were dealt here the gate set so many aside, of which `restored` count again.
    `alarm` says that the `share` is above the `limit`: then it is the gate that needs a look. `settings` are those in
    use, empty for a gate that is off. `usual` says whether arenas begin with it; `parameters` what each of its settings
    may be.
    """

    gate: str
    summary: str
    on: bool
    usual: bool
    parameters: list[ParameterOut]
    settings: dict[str, Any]
    votes: int
    set_aside: int
    restored: int
    share: float | None
    limit: float
    alarm: bool


class GatesOut(Out):
    items: list[GateOut]
    next: str | None = None


class GoldIn(In):
    """Whose answer to the prompt is better, and how that is known."""

    prompt: ShortText
    better: ShortText
    worse: ShortText
    reason: Reason


class GoldOut(Out):
    """`judged` voters were dealt it and voted; `failed` of them said something else."""

    id: int
    prompt: str
    better: str
    worse: str
    reason: str
    created_at: datetime
    judged: int
    failed: int


class RetiredOut(Out):
    id: int


class GoldsOut(Out):
    items: list[GoldOut]
    next: str | None = None


@router.get("/gates")
def list_gates(arena: ArenaPath, session: Reading, caller: CallerDep) -> GatesOut:
    """Every gate with its share of the newest 1,000 votes."""
    row = allowed(session, arena, caller, "admin")
    return GatesOut(items=[GateOut.model_validate(each) for each in gates.rates(session, row)])


@router.get("/gold")
def list_gold(arena: ArenaPath, session: Reading, caller: CallerDep) -> GoldsOut:
    row = allowed(session, arena, caller, "admin")
    return GoldsOut(items=[GoldOut.model_validate(each) for each in controls.list_gold(session, row)])


@router.post("/gold", status_code=201, response_model=GoldOut)
def add_gold(
    arena: ArenaPath, body: GoldIn, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> GoldOut | Response:
    """Deal this pair as a control battle, as often as the arena's `gold_share` says."""
    row = allowed(session, arena, caller, "admin")

    def work() -> GoldOut:
        made = controls.add(session, row, body.prompt, body.better, body.worse, body.reason, now)
        return GoldOut.model_validate(made)

    return once(work, outcome=lambda made: f"gold {made.id}")


@router.delete("/gold/{gold}", response_model=RetiredOut)
def retire_gold(
    arena: ArenaPath, gold: GoldPath, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> RetiredOut | Response:
    """Deal it no more; what was judged on it stays."""
    row = allowed(session, arena, caller, "admin")

    def work() -> RetiredOut:
        controls.retire(session, row, gold, now)
        return RetiredOut(id=gold)

    return once(work)
