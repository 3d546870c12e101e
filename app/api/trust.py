"""/arenas/{arena}/judges/{judge}/trust: where a judge's votes stand beside people's on a combined board."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed, readable
from app.api.measures import ShortcomingOut, Trust
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, In, JudgePath, Language, Out, ShortText, Slug
from app.db.tables import Arena
from app.domain import dimensions, trust

router = APIRouter(prefix="/arenas/{arena}/judges/{judge}/trust", tags=["consistency"], responses=RESPONSES)


class TrustIn(In):
    """`automatic` leaves it to the figures; without a language it holds for all."""

    dimension: Slug = "overall"
    language: Language | None = None
    decision: Literal["include", "exclude", "automatic"]
    reason: ShortText = ""


class TrustCellOut(Out):
    """`included` follows from `decision`, that of all languages (`*`), or what was `assessed`, in this order.
    `shortcomings` say what was not done for the assessment.
    """

    dimension: str
    language: str
    included: bool
    assessed: Trust | None
    because: str
    shortcomings: list[ShortcomingOut]
    assessed_at: datetime | None
    decision: Literal["include", "exclude"] | None
    reason: str
    decided_at: datetime | None


class TrustOut(Out):
    judge: str
    items: list[TrustCellOut]
    next: str | None = None


@router.get("")
def get_trust(arena: ArenaPath, judge: JudgePath, session: Reading, caller: CallerDep) -> TrustOut:
    return _shown(session, readable(session, arena, caller), judge)


@router.put("", response_model=TrustOut)
def put_trust(
    arena: ArenaPath,
    judge: JudgePath,
    body: TrustIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> TrustOut | Response:
    """Let a judge's votes into the combined board, or keep them out, whatever the figures say."""
    row = allowed(session, arena, caller, "admin")

    def decided() -> TrustOut:
        trust.decide(session, row, judge, body.dimension, body.language, body.decision, body.reason, now)
        return _shown(session, row, judge)

    return once(decided)


def _shown(session: Session, arena: Arena, judge: str) -> TrustOut:
    slugs = {row.id: row.slug for row in dimensions.list_dimensions(session, arena, archived=True)}
    return TrustOut(
        judge=judge,
        items=[
            TrustCellOut(
                dimension=slugs[row.dimension_id],
                language=row.language,
                included=row.included,
                assessed=row.assessed,
                because=row.because,
                shortcomings=[ShortcomingOut(**each) for each in row.shortcomings or ()],
                assessed_at=row.assessed_at,
                decision=row.decision,
                reason=row.reason,
                decided_at=row.decided_at,
            )
            for row in trust.cells_of(session, arena, judge)
        ],
    )
