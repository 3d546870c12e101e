"""/arenas/{arena}/votes: every vote as an admin sees it; set aside with a reason, and counted again."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field, StringConstraints, model_validator
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, ArenaPath, In, Out, Reason
from app.db.tables import Arena
from app.domain import review, votes
from app.domain.paging import LARGEST_ID
from app.domain.review import Chosen, ReviewedVote

router = APIRouter(prefix="/arenas/{arena}/votes", tags=["review"], responses=RESPONSES)

MOST_NAMED = 10_000

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Words = Annotated[str, StringConstraints(pattern=NO_CONTROL, max_length=200)]
State = Literal["counted", "superseded", "withdrawn", "set_aside"]


class VotesIn(In):
    """Votes that fit all that is given; those that their voter has changed only where `state` is superseded."""

    state: State | None = None
    dimension: Words | None = None
    verdict: Literal["a", "b", "tie", "both_good", "both_bad", "abstain"] | None = None
    rater: Id | None = None
    kind: Literal["human", "judge", "simulated"] | None = None
    model: Words | None = None
    prompt: Words | None = None
    category: Words | None = None
    language: Words | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    has_reason: bool | None = None


class VotesQuery(VotesIn):
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str, Field(max_length=20)] | None = None


class DecisionIn(In):
    """Which votes, by their ids or by what they have in common, and why."""

    votes: Annotated[list[Id], Field(min_length=1, max_length=MOST_NAMED)] | None = None
    where: VotesIn | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one_choice(self) -> "DecisionIn":
        if (self.votes is None) == (self.where is None):
            raise ValueError("give either votes or where")
        return self


class DecisionOut(Out):
    """How many votes came into another state, or would in a dry run; the others were in none that can be left."""

    votes: int


class ReviewedRaterOut(Out):
    id: int
    name: str


class VoteEventOut(Out):
    from_state: str
    to_state: str
    reason: str
    actor: str
    created_at: datetime


class ReviewedVoteOut(Out):
    """`a` and `b` are the models shown as A and B; `ballot` is the same for the votes that were cast together.

    `leaks` says that one of the answers betrays its model. `dealt_at` is when the battle was shown to the voter, null
    for votes that were not cast here.
    """

    id: int
    ballot: int
    battle: str
    prompt: str | None
    turn: int | None
    language: str
    category: str
    rater: ReviewedRaterOut
    dimension: str
    dimension_version: int
    a: str
    b: str
    verdict: str
    raw_verdict: str | None
    strength: int | None
    confidence: float | None
    state: State
    state_reason: str | None
    state_at: datetime | None
    reasons: dict[str, Any] | None
    comment: str
    recognised: bool
    reading: dict[str, Any] | None
    dealt_at: datetime | None
    created_at: datetime
    events: list[VoteEventOut]
    leaks: bool


class ReviewedVotesOut(Out):
    items: list[ReviewedVoteOut]
    next: str | None


@router.get("")
def list_votes(
    arena: ArenaPath, session: Reading, caller: CallerDep, asked: Annotated[VotesQuery, Query()]
) -> ReviewedVotesOut:
    """Newest first. A category or language includes those below it; `since` and `until` are moments."""
    row = allowed(session, arena, caller, "admin")
    found = review.list_votes(session, row, _chosen(asked), asked.limit, asked.cursor)
    return ReviewedVotesOut(items=[_shown(each) for each in found.items], next=found.next)


@router.post("/set_aside", response_model=DecisionOut)
def set_votes_aside(
    arena: ArenaPath,
    body: DecisionIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
    dry_run: bool = False,
) -> DecisionOut | Response:
    """Leave counted votes out of every board; each voter reads the reason."""
    row = allowed(session, arena, caller, "admin")

    def work() -> DecisionOut:
        which = _which(session, row, body)
        if dry_run:
            return DecisionOut(votes=votes.count_in(session, which, "counted"))
        return DecisionOut(votes=votes.set_aside(session, which, body.reason, _actor(caller.owner), now))

    return once(work, changes=not dry_run, outcome=_told)


@router.post("/restore", response_model=DecisionOut)
def restore_votes(
    arena: ArenaPath,
    body: DecisionIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
    dry_run: bool = False,
) -> DecisionOut | Response:
    """Count votes again that were set aside; those that their voter has changed or withdrawn stay out."""
    row = allowed(session, arena, caller, "admin")

    def work() -> DecisionOut:
        which = _which(session, row, body)
        if dry_run:
            return DecisionOut(votes=votes.count_in(session, which, "set_aside"))
        return DecisionOut(votes=votes.restore(session, which, body.reason, _actor(caller.owner), now))

    return once(work, changes=not dry_run, outcome=_told)


def _chosen(asked: VotesIn) -> Chosen:
    return Chosen(**{name: getattr(asked, name) for name in VotesIn.model_fields})


def _which(session: Session, arena: Arena, body: DecisionIn) -> Select[Any]:
    if body.where is None:
        return review.ids_within(arena, body.votes or ())
    return review.chosen_ids(session, arena, _chosen(body.where))


def _told(done: DecisionOut) -> str:
    return f"{done.votes} votes"


def _actor(owner: str) -> str:
    return f"admin:{owner}"


def _shown(each: ReviewedVote) -> ReviewedVoteOut:
    vote, battle, ballot = each.vote, each.battle, each.ballot
    return ReviewedVoteOut(
        id=vote.id,
        ballot=ballot.id,
        battle=battle.public_id,
        prompt=each.prompt,
        turn=battle.turn,
        language=battle.language,
        category=battle.category,
        rater=ReviewedRaterOut(id=vote.rater_id, name=str(each.rater)),
        dimension=each.dimension,
        dimension_version=vote.dimension_version,
        a=each.a,
        b=each.b,
        verdict=vote.verdict,
        raw_verdict=vote.raw_verdict,
        strength=vote.strength,
        confidence=vote.confidence,
        state=vote.state,
        state_reason=vote.state_reason,
        state_at=vote.state_at,
        reasons=ballot.reasons,
        comment=ballot.comment,
        recognised=ballot.recognised,
        reading=ballot.reading,
        dealt_at=battle.dealt_at if battle.dealt_to == vote.rater_id else None,
        created_at=vote.created_at,
        events=[VoteEventOut.model_validate(event) for event in each.events],
        leaks=each.leaks,
    )
