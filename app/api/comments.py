"""/arenas/{arena}/comments: what voters wrote, for an admin to publish to the models' owners or to refuse."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, Cursor, In, Limit, Out
from app.domain import comments
from app.domain.paging import LARGEST_ID

router = APIRouter(prefix="/arenas/{arena}/comments", tags=["comments"], responses=RESPONSES)

BallotPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class CommentDecisionIn(In):
    state: Literal["published", "refused"]


class CommentOut(Out):
    """`findings` are kinds of personal data that it seems to hold: look at those before publishing."""

    ballot: int
    text: str
    findings: list[str]
    state: Literal["undecided", "published", "refused"]
    written_at: datetime


class CommentsOut(Out):
    items: list[CommentOut]
    next: str | None


@router.get("")
def list_comments(
    arena: ArenaPath,
    session: Reading,
    caller: CallerDep,
    state: Literal["undecided", "published", "refused"] = "undecided",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CommentsOut:
    """Newest first, in one state."""
    row = allowed(session, arena, caller, "admin")
    found = comments.list_comments(session, row, state, limit, cursor)
    return CommentsOut(items=[CommentOut.model_validate(each) for each in found.items], next=found.next)


@router.put("/{ballot}", response_model=CommentOut)
def decide_comment(
    arena: ArenaPath,
    ballot: BallotPath,
    body: CommentDecisionIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> CommentOut | Response:
    """Let the owners of both models read a comment, or not; it can be decided again."""
    row = allowed(session, arena, caller, "admin")

    def work() -> CommentOut:
        told = comments.decide(session, row, ballot, body.state, f"admin:{caller.owner}", now)
        return CommentOut.model_validate(told)

    return once(work, outcome=lambda told: told.state)
