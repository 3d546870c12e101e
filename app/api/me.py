"""/me: what is stored of a voter, for the voter to see, to take along and to have erased."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Now, OnceDep, Reading, Voter, VoterDep, Writing, forget_voter
from app.api.deps import known as known_voter
from app.api.problems import RESPONSES
from app.api.shapes import Cursor, In, Limit, Out, ShortText
from app.domain import accounts, personal, profiles, votes
from app.domain.personal import OwnBallot, OwnBattle

router = APIRouter(prefix="/me", tags=["me"], responses=RESPONSES)


class MeOut(Out):
    """What is stored of this voter in all arenas: `votes` that stand, `skips`, ballots with a comment, and a profile if
    one was given; `since` is null for somebody of whom nothing is.
    """

    rater: str
    votes: int
    skips: int = 0
    comments: int = 0
    profile: dict[str, Any] | None = None
    since: datetime | None = None


class ProfileIn(In):
    """`fields` as `age: 34`; none may tell who the voter is. With `consent` the voter agrees that models may be sent
    these fields, never a name, to say what somebody like them would prefer.
    """

    fields: Annotated[dict[ShortText, ShortText], Field(min_length=1, max_length=profiles.MOST_FIELDS)]
    consent: Literal[True]


class ProfileOut(Out):
    """How many fields are kept. They stand in `GET /me` alone, so that no answer that is stored repeats them."""

    fields: int


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


class ExportedSkipOut(Out):
    reason: str
    comment: str
    skipped_at: datetime


class ExportedVoteOut(Out):
    dimension: str
    verdict: str
    strength: int | None
    confidence: float | None
    state: str
    state_reason: str | None
    state_at: datetime | None


class ExportedBallotOut(Out):
    voted_at: datetime
    comment: str
    reasons: dict[str, Any] | None
    recognised: bool
    reading: dict[str, Any] | None
    votes: list[ExportedVoteOut]


class ExportedBattleOut(Out):
    """`models` are those shown as A and B, once the arena has revealed them."""

    battle: str
    arena: str
    prompt: str
    language: str
    category: str
    state: str
    dealt_at: datetime
    models: tuple[str, str] | None
    skip: ExportedSkipOut | None
    ballots: list[ExportedBallotOut]


class ExportOut(Out):
    me: MeOut
    battles: list[ExportedBattleOut]


class ErasedOut(Out):
    """How many votes counted until now."""

    votes: int


@router.get("")
def get_me(session: Reading, voter: VoterDep) -> MeOut:
    known = accounts.find_rater(session, voter.name)
    return _me(session, voter, known)


@router.get("/export")
def export_me(session: Reading, voter: VoterDep, response: Response) -> ExportOut:
    """Everything that is stored of the voter, as a file."""
    response.headers["Content-Disposition"] = 'attachment; filename="votes.json"'
    known = accounts.find_rater(session, voter.name)
    found = [] if known is None else personal.battles_of(session, known)
    return ExportOut(me=_me(session, voter, known), battles=[_exported(each) for each in found])


@router.delete("", response_model=ErasedOut)
def erase_me(
    request: Request,
    response: Response,
    session: Writing,
    voter: VoterDep,
    once: OnceDep,
    now: Now,
    confirm: Annotated[Literal["erase"], Query(description="typed by the voter")],
) -> ErasedOut | Response:
    """Forget who the voter was and what they wrote, and take their votes out of every board. It cannot be undone."""
    known = accounts.find_rater(session, voter.name)
    erased = once(lambda: ErasedOut(votes=0 if known is None else personal.erase(session, known, now)))
    forget_voter(request, response)
    return erased


@router.put("/profile", response_model=ProfileOut)
def put_my_profile(
    body: ProfileIn, session: Writing, caller: CallerDep, voter: VoterDep, once: OnceDep, now: Now
) -> ProfileOut | Response:
    """Say something of oneself, or something else than before; nobody needs to."""

    def kept() -> ProfileOut:
        return ProfileOut(fields=profiles.put(session, known_voter(session, caller, voter, now), body.fields))

    return once(kept)


@router.delete("/profile", response_model=ProfileOut)
def delete_my_profile(session: Writing, voter: VoterDep, once: OnceDep) -> ProfileOut | Response:
    """Take the profile away, and what judges were told of it."""

    def gone() -> ProfileOut:
        known = accounts.find_rater(session, voter.name)
        if known is not None:
            profiles.forget(session, [known])
        return ProfileOut(fields=0)

    return once(gone)


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


def _me(session: Session, voter: Voter, known: int | None) -> MeOut:
    if known is None:
        return MeOut(rater=str(voter.name), votes=0)
    kept = personal.kept(session, known)
    return MeOut(
        rater=str(voter.name),
        votes=kept.votes,
        skips=kept.skips,
        comments=kept.comments,
        profile=None if kept.profile is None else dict(kept.profile),
        since=kept.since,
    )


def _exported(own: OwnBattle) -> ExportedBattleOut:
    battle, skip = own.battle, own.skip
    skipped = skip and ExportedSkipOut(reason=skip.reason, comment=skip.comment, skipped_at=skip.created_at)
    return ExportedBattleOut(
        battle=battle.public_id,
        arena=own.arena,
        prompt=own.prompt,
        language=battle.language,
        category=battle.category,
        state=battle.state,
        dealt_at=battle.dealt_at,
        models=own.models,
        skip=skipped,
        ballots=[_ballot(each) for each in own.ballots],
    )


def _ballot(own: OwnBallot) -> ExportedBallotOut:
    return ExportedBallotOut(
        voted_at=own.ballot.created_at,
        comment=own.ballot.comment,
        reasons=own.ballot.reasons,
        recognised=own.ballot.recognised,
        reading=own.ballot.reading,
        votes=[
            ExportedVoteOut(
                dimension=dimension,
                verdict=vote.verdict,
                strength=vote.strength,
                confidence=vote.confidence,
                state=vote.state,
                state_reason=vote.state_reason,
                state_at=vote.state_at,
            )
            for dimension, vote in own.votes
        ],
    )
