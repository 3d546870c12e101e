"""/arenas/{arena}/battles and /battles/{id}/skip: deal the next battle, or pass one over; /arenas/{arena}/pairing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.api.deps import CallerDep, Chance, Now, OnceDep, Reading, VoterDep, Writing, known, readable
from app.api.links import leads_to
from app.api.problems import RESPONSES
from app.api.proofs import Guarded
from app.api.shapes import ArenaPath, BattlePath, Category, Cursor, In, Language, Limit, MessageOut, Out, Text
from app.domain import battles, media, pairing, tallies
from app.domain.battles import DealtBattle, Wanted
from app.domain.content import Message
from app.stats.tally import Tally

router = APIRouter(tags=["battles"], responses=RESPONSES)


class BattleIn(In):
    """Prompts of one language (`zh` includes `zh-Hant`) or category path, if the voter wants only these."""

    language: Language | None = None
    category: Category | None = None


class MediaOut(Out):
    """What is fetched beside the text, from an address that dies with the battle."""

    kind: Literal["image", "artifact", "scripted_artifact"]
    url: str
    width: int | None = None
    height: int | None = None
    alt: str = ""


class BattleMessageOut(MessageOut):
    media: list[MediaOut]


class BattlePromptOut(Out):
    """`checklist_version` says which version of the checklist is shown, null where there is none to be shown."""

    messages: list[BattleMessageOut]
    language: str | None
    category: str | None
    checklist: list[str]
    checklist_version: int | None


class SideOut(Out):
    messages: list[BattleMessageOut]


class BattleDimensionOut(Out):
    slug: str
    title: str
    question: str
    rubric: str
    required: bool


class ProgressOut(Out):
    voted: int
    goal: int


class BattleOut(Out):
    """All that a voter sees: two contents without a name. These keys are an allow-list."""

    id: str
    arena: str
    prompt: BattlePromptOut
    a: SideOut
    b: SideOut
    dimensions: list[BattleDimensionOut]
    verdicts: list[str]
    guidelines: str
    progress: ProgressOut
    expires_at: datetime


class SkipIn(In):
    reason: Literal["language", "topic", "offensive", "broken", "too_long", "other"]
    comment: Annotated[Text, Field(max_length=2_000)] = ""


class SkipOut(Out):
    battle: str
    reason: str


class PairOut(Out):
    """`votes` are those of people that count on the sampling dimension."""

    models: tuple[str, str]
    votes: int
    probability: float


class PairingOut(Out):
    """Probabilities of a new pair add up to 1 over all pages; `overlap_share` of the deals are copies if any is due."""

    sampling: str
    sampling_settings: dict[str, str | int | float | bool | None]
    sampling_dimension: str
    explore: float
    target_overlap: int
    overlap_share: float
    items: list[PairOut]
    next: str | None


@router.post(
    "/arenas/{arena}/battles",
    status_code=201,
    response_model=BattleOut,
    dependencies=[Guarded],
    responses={201: leads_to("cast_vote", "skip_battle", battle="$response.body#/id")},
)
def deal_battle(
    arena: ArenaPath,
    request: Request,
    session: Writing,
    caller: CallerDep,
    voter: VoterDep,
    once: OnceDep,
    chance: Chance,
    now: Now,
    body: BattleIn | None = None,
) -> BattleOut | Response:
    row = readable(session, arena, caller)
    asked = body or BattleIn()
    wanted = Wanted(asked.language or None, asked.category or None)

    def work() -> BattleOut:
        voter_id = known(session, caller, voter, now)

        def votes() -> Tally:
            return tallies.for_dealing(session, row)

        dealt = battles.deal(session, row, voter_id, wanted, votes, chance, now)
        return _shown(dealt, request.app.state.signing_key)

    return once(work)


@router.get("/arenas/{arena}/pairing")
def get_pairing(
    arena: ArenaPath, session: Reading, caller: CallerDep, limit: Limit = 50, cursor: Cursor = None
) -> PairingOut:
    """How likely each pair of active models is dealt to a voter who has seen nothing yet and takes any prompt."""
    row = readable(session, arena, caller)
    found = pairing.published(session, row, tallies.for_dealing(session, row), limit, cursor)
    return PairingOut(
        sampling=found.sampling,
        sampling_settings=dict(found.settings),
        sampling_dimension=found.dimension,
        explore=found.explore,
        target_overlap=found.target_overlap,
        overlap_share=found.overlap_share,
        items=[PairOut.model_validate(each) for each in found.pairs.items],
        next=found.pairs.next,
    )


@router.post("/battles/{battle}/skip", status_code=201, response_model=SkipOut)
def skip_battle(
    battle: BattlePath, body: SkipIn, session: Writing, voter: VoterDep, once: OnceDep, now: Now
) -> SkipOut | Response:
    def work() -> SkipOut:
        skipped = battles.skip(session, battle, voter.id(session, now), body.reason, body.comment, now)
        return SkipOut(battle=skipped.public_id, reason=body.reason)

    return once(work)


def _shown(dealt: DealtBattle, key: str) -> BattleOut:
    return BattleOut(
        id=dealt.id,
        arena=dealt.arena,
        prompt=BattlePromptOut(
            messages=_messages(dealt, "prompt", dealt.prompt, key),
            language=dealt.language or None,
            category=dealt.category or None,
            checklist=list(dealt.checklist),
            checklist_version=dealt.checklist_version,
        ),
        a=SideOut(messages=_messages(dealt, "a", dealt.a, key)),
        b=SideOut(messages=_messages(dealt, "b", dealt.b, key)),
        dimensions=[BattleDimensionOut.model_validate(each) for each in dealt.dimensions],
        verdicts=list(dealt.verdicts),
        guidelines=dealt.guidelines,
        progress=ProgressOut(voted=dealt.voted, goal=dealt.goal),
        expires_at=dealt.expires_at,
    )


def _messages(dealt: DealtBattle, side: str, messages: Sequence[Message], key: str) -> list[BattleMessageOut]:
    shown = [BattleMessageOut(role=each["role"], content=each["content"], media=[]) for each in messages]
    for place in media.places(dealt.modality, side, messages):
        image = place.image or {}
        shown[place.turn].media.append(
            MediaOut(
                kind="image" if place.image else dealt.modality,
                url=f"/api/v1/battles/{dealt.id}/media/{media.token(key, dealt.id, place)}",
                width=image.get("width"),
                height=image.get("height"),
                alt=image.get("alt", ""),
            )
        )
    return shown
