"""/arenas/{arena}/raters: who voted, how much and how."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from app.api.deps import CallerDep, Reading, allowed
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, ArenaPath, Cursor, Limit, Out
from app.domain import raters
from app.domain.paging import LARGEST_ID
from app.domain.raters import RaterRecord

router = APIRouter(prefix="/arenas/{arena}/raters", tags=["review"], responses=RESPONSES)

RaterPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Kind = Literal["human", "judge", "simulated"]
Beginning = Annotated[str | None, Query(pattern=NO_CONTROL, max_length=200)]


class RaterOut(Out):
    """`votes` are all that stand or stood, by `states`; `verdicts` are those that count.

    `left` is the share of the answer shown as A among the verdicts for one side, `equal` that of ties, both good and
    both bad among all verdicts but "can't tell"; null without such verdicts. `seconds` is the median over a person's
    newest 1,000 ballots: as `reading.seconds` says, else from the battle's deal to the vote.
    """

    id: int
    name: str
    kind: Kind
    votes: int
    states: dict[str, int]
    verdicts: dict[str, int]
    left: float | None
    equal: float | None
    seconds: float | None
    first_at: datetime
    last_at: datetime


class RatersOut(Out):
    items: list[RaterOut]
    next: str | None


@router.get("")
def list_raters(
    arena: ArenaPath,
    session: Reading,
    caller: CallerDep,
    kind: Kind | None = None,
    name: Beginning = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> RatersOut:
    """In the order in which they first came; `name` is how their names begin."""
    row = allowed(session, arena, caller, "admin")
    found = raters.list_raters(session, row, limit, cursor, kind, name)
    return RatersOut(items=[_shown(each) for each in found.items], next=found.next)


@router.get("/{rater}")
def get_rater(arena: ArenaPath, rater: RaterPath, session: Reading, caller: CallerDep) -> RaterOut:
    return _shown(raters.find(session, allowed(session, arena, caller, "admin"), rater))


def _shown(each: RaterRecord) -> RaterOut:
    return RaterOut(
        id=each.id,
        name=str(each.rater),
        kind=each.rater.kind,
        votes=each.votes,
        states=dict(each.states),
        verdicts=dict(each.verdicts),
        left=each.left,
        equal=each.equal,
        seconds=each.seconds,
        first_at=each.first_at,
        last_at=each.last_at,
    )
