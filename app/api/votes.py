"""/battles/{id}/votes: cast, change before the reveal, withdraw."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from app.api.counters import VOTES
from app.api.deps import CallerDep, Now, OnceDep, VoterDep, Writing, known
from app.api.links import leads_to
from app.api.problems import RESPONSES
from app.api.shapes import BattlePath, In, JsonObject, Out, ShortText, Text
from app.domain import votes
from app.domain.votes import NewBallot, Receipt, Revealed, WhyNot

router = APIRouter(prefix="/battles/{battle}/votes", tags=["votes"], responses=RESPONSES)

Word = Literal["a", "b", "tie", "both_good", "both_bad", "abstain"]
Reasons = Annotated[list[ShortText], Field(max_length=20)]


class ReasonsIn(In):
    a: Reasons = []
    b: Reasons = []


class VoteIn(In):
    """One verdict for each dimension judged; `strengths` are 1 slightly, 2 clearly, 3 far better."""

    verdicts: Annotated[dict[Text, Word], Field(min_length=1, max_length=50)]
    strengths: Annotated[dict[Text, Annotated[int, Field(ge=1, le=3)]], Field(max_length=50)] = {}
    reasons: ReasonsIn = ReasonsIn()
    comment: Annotated[Text, Field(max_length=votes.LONGEST_COMMENT)] = ""
    recognised: bool = False
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    reading: JsonObject = {}


class RevealedOut(Out):
    model: str
    name: str
    organization: str | None


class RevealOut(Out):
    a: RevealedOut
    b: RevealedOut


class ReceiptOut(Out):
    battle: str
    verdicts: dict[str, str]
    counted: bool
    why_not: str | None
    why_not_code: WhyNot | None
    reveal: RevealOut | None


NEXT = leads_to("change_vote", "withdraw_vote", battle="$request.path.battle")


@router.post("", status_code=201, response_model=ReceiptOut, responses={201: NEXT})
def cast_vote(
    battle: BattlePath,
    body: VoteIn,
    session: Writing,
    caller: CallerDep,
    voter: VoterDep,
    once: OnceDep,
    now: Now,
) -> ReceiptOut | Response:
    """Store a vote; one of an owner on a model of their own is kept and does not count."""

    def work() -> ReceiptOut:
        voter_id = known(session, caller, voter, now)
        receipt = votes.cast(session, battle, voter_id, _ballot(body), now)
        VOTES.labels(receipt.why_not_code or "counted").inc()
        return shown(receipt)

    return once(work)


@router.patch("", response_model=ReceiptOut)
def change_vote(
    battle: BattlePath,
    body: VoteIn,
    session: Writing,
    caller: CallerDep,
    voter: VoterDep,
    once: OnceDep,
    now: Now,
) -> ReceiptOut | Response:
    def work() -> ReceiptOut:
        voter_id = known(session, caller, voter, now)
        return shown(votes.change(session, battle, voter_id, _ballot(body), now))

    return once(work)


@router.delete("", response_model=ReceiptOut)
def withdraw_vote(
    battle: BattlePath, session: Writing, voter: VoterDep, once: OnceDep, now: Now
) -> ReceiptOut | Response:
    return once(lambda: shown(votes.withdraw(session, battle, voter.id(session, now), now)))


def shown(receipt: Receipt) -> ReceiptOut:
    return ReceiptOut(
        battle=receipt.battle,
        verdicts=dict(receipt.verdicts),
        counted=receipt.counted,
        why_not=receipt.why_not,
        why_not_code=receipt.why_not_code,
        reveal=_reveal(receipt.reveal),
    )


def _reveal(pair: tuple[Revealed, Revealed] | None) -> RevealOut | None:
    if pair is None:
        return None
    return RevealOut(a=RevealedOut.model_validate(pair[0]), b=RevealedOut.model_validate(pair[1]))


def _ballot(body: VoteIn) -> NewBallot:
    said = {side: words for side, words in body.reasons.model_dump().items() if words}
    return NewBallot(
        verdicts=dict(body.verdicts),
        strengths=body.strengths,
        reasons=said,
        comment=body.comment,
        recognised=body.recognised,
        confidence=body.confidence,
        reading=body.reading,
    )
