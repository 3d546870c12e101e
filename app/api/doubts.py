"""/arenas/{arena}/judges/{judge}/doubts: the items on which a judge contradicts itself, for people to look at first."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.boards import DimensionQuery
from app.api.deps import CallerDep, Reading, allowed
from app.api.disagreements import SidesOut
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, JudgePath, Out
from app.domain import doubts

router = APIRouter(prefix="/arenas/{arena}/judges/{judge}/doubts", tags=["consistency"], responses=RESPONSES)


class DoubtOut(Out):
    """`said` counts verdicts over orders and repeats, `entropy` is theirs in bits; `people` counts people's votes."""

    battle: str
    prompt: str | None
    turn: int | None
    category: str
    language: str
    first: str
    second: str
    said: SidesOut
    entropy: float
    people: int


class DoubtsOut(Out):
    items: list[DoubtOut]
    next: str | None = None


@router.get("")
def list_doubts(
    arena: ArenaPath,
    judge: JudgePath,
    session: Reading,
    caller: CallerDep,
    dimension: DimensionQuery = "overall",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
) -> DoubtsOut:
    """The highest entropy first, of equal ones those that fewer people voted on; needs a key of scope read."""
    row = allowed(session, arena, caller, "read")
    found = doubts.list_doubts(session, row, judge, dimension, limit)
    return DoubtsOut(items=[DoubtOut.model_validate(each) for each in found])
