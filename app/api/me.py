"""/me: the voter's own name and votes."""

from datetime import datetime

from fastapi import APIRouter

from app.api.deps import Reading, VoterDep
from app.api.problems import RESPONSES
from app.api.shapes import Cursor, Limit, Out
from app.domain import accounts, votes

router = APIRouter(prefix="/me", tags=["me"], responses=RESPONSES)


class MeOut(Out):
    rater: str
    votes: int


class SeenModelOut(Out):
    model: str
    name: str
    organization: str | None


class OwnVoteOut(Out):
    """`models` holds what was shown as A and as B, once the arena has revealed it."""

    battle: str
    arena: str
    prompt: str
    verdicts: dict[str, str]
    comment: str
    counted: bool
    why_not: str | None
    why_not_code: votes.WhyNot | None
    voted_at: datetime
    models: list[SeenModelOut] | None


class OwnVotesOut(Out):
    items: list[OwnVoteOut]
    next: str | None


@router.get("")
def get_me(session: Reading, voter: VoterDep) -> MeOut:
    known = accounts.find_rater(session, voter.name)
    return MeOut(rater=str(voter.name), votes=0 if known is None else votes.count_own(session, known))


@router.get("/votes")
def list_my_votes(session: Reading, voter: VoterDep, limit: Limit = 50, cursor: Cursor = None) -> OwnVotesOut:
    known = accounts.find_rater(session, voter.name)
    if known is None:
        return OwnVotesOut(items=[], next=None)
    found = votes.list_own(session, known, limit, cursor)
    return OwnVotesOut(items=[_shown(each) for each in found.items], next=found.next)


def _shown(own: votes.OwnVote) -> OwnVoteOut:
    pair = own.receipt.reveal
    return OwnVoteOut(
        battle=own.receipt.battle,
        arena=own.arena,
        prompt=own.prompt,
        verdicts=dict(own.receipt.verdicts),
        comment=own.comment,
        counted=own.receipt.counted,
        why_not=own.receipt.why_not,
        why_not_code=own.receipt.why_not_code,
        voted_at=own.voted_at,
        models=None if pair is None else [SeenModelOut.model_validate(each) for each in pair],
    )
