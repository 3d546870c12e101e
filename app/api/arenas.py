"""/arenas: list, make, read and change arenas."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed, readable, require
from app.api.links import leads_to
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, Cursor, In, Limit, Out, ShortText, Slug, Text
from app.db.tables import Arena
from app.domain import arenas, dimensions, leaderboards
from app.domain.content import MODALITIES
from app.stats.pairing import SAMPLERS, find

router = APIRouter(prefix="/arenas", tags=["arenas"], responses=RESPONSES)

VerdictWord = Literal["a", "b", "tie", "both_good", "both_bad", "abstain"]
Verdicts = Annotated[list[VerdictWord], Field(min_length=2, max_length=6)]
Goal = Annotated[int, Field(ge=1, le=arenas.LARGEST_GOAL)]
Sampling = Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(SAMPLERS)})]
Modality = Annotated[str, Field(max_length=20, json_schema_extra={"enum": list(MODALITIES)})]
SamplingSettings = dict[Text, Text | int | float | bool | None]
TargetOverlap = Annotated[int, Field(ge=1, le=arenas.LARGEST_OVERLAP)]
Explore = Annotated[float, Field(ge=0.1, le=1.0)]
MinimumVotes = Annotated[int, Field(ge=0, le=arenas.LARGEST_GOAL)]
Leaks = Literal["off", "flag", "redeal"]
Exports = Literal["closed", "published"]
Registration = Literal["closed", "open"]
Gates = Annotated[dict[Text, dict[Text, Text | int | float | bool | None]], Field(max_length=50)]
Share = Annotated[float, Field(ge=0, le=arenas.LARGEST_SHARE)]
BattleMinutes = Annotated[int, Field(ge=1, le=60 * 24 * 365)]


class ArenaIn(In):
    slug: Slug
    title: Annotated[ShortText, Field(min_length=1)]
    description: Text = ""
    guidelines: Text = ""
    modality: Modality = "text"
    verdicts: Verdicts = ["a", "b", "tie", "both_bad", "abstain"]
    reveal: Literal["after_vote", "never", "end"] = "after_vote"
    public: bool = True
    goal: Goal = 30
    sampling: Sampling = "variance_reduction"
    sampling_settings: SamplingSettings = {}
    sampling_dimension: Slug = "overall"
    target_overlap: TargetOverlap = 1
    explore: Explore = 0.1
    minimum_votes: MinimumVotes = 10
    battle_minutes: BattleMinutes = 24 * 60
    leaks: Leaks = "flag"
    gates: Gates = {}
    gold_share: Share = 0.0
    repeat_share: Share = 0.0
    exports: Exports = "closed"
    registration: Registration = "closed"


class ArenaPatchIn(In):
    title: Annotated[ShortText, Field(min_length=1)] = ""
    description: Text = ""
    guidelines: Text = ""
    verdicts: Verdicts = []
    reveal: Literal["after_vote", "never", "end"] = "after_vote"
    public: bool = True
    goal: Goal = 30
    sampling: Sampling = "variance_reduction"
    sampling_settings: SamplingSettings = {}
    sampling_dimension: Slug = "overall"
    target_overlap: TargetOverlap = 1
    explore: Explore = 0.1
    minimum_votes: MinimumVotes = 10
    battle_minutes: BattleMinutes = 24 * 60
    leaks: Leaks = "flag"
    gates: Gates = {}
    gold_share: Share = 0.0
    repeat_share: Share = 0.0
    exports: Exports = "closed"
    registration: Registration = "closed"


class ArenaDimensionOut(Out):
    slug: str
    title: str
    question: str
    rubric: str
    required: bool
    position: int
    version: int
    archived: bool = False


class VotesOut(Out):
    human: int
    judges: int
    simulated: int


class CountsOut(Out):
    prompts: int
    models: int
    votes: VotesOut


class ArenaOut(Out):
    slug: str
    title: str
    description: str
    guidelines: str
    modality: str
    verdicts: list[VerdictWord]
    reveal: str
    public: bool
    goal: int
    sampling: str
    sampling_settings: dict[str, str | int | float | bool | None]
    sampling_dimension: str
    target_overlap: int
    explore: float
    minimum_votes: int
    battle_minutes: int
    leaks: str
    gates: dict[str, dict[str, str | int | float | bool | None]]
    gold_share: float
    repeat_share: float
    exports: str
    registration: Registration
    dimensions: list[ArenaDimensionOut]
    counts: CountsOut
    created_at: datetime


class ArenasOut(Out):
    items: list[ArenaOut]
    next: str | None


@router.get("")
def list_arenas(session: Reading, caller: CallerDep, limit: Limit = 50, cursor: Cursor = None) -> ArenasOut:
    everything = caller.scope == "admin" and caller.arena_id is None
    found = arenas.list_arenas(session, limit, cursor, caller.arena_id, everything)
    items = [_shown(session, arenas.find(session, view.slug)) for view in found.items]
    return ArenasOut(items=items, next=found.next)


NEXT = leads_to(
    "get_arena",
    "change_arena",
    "put_dimension",
    "submit_prompts",
    "register_model",
    "register_judge",
    "get_leaderboard",
    arena="$response.body#/slug",
)


@router.post("", status_code=201, response_model=ArenaOut, responses={201: NEXT})
def create_arena(
    body: ArenaIn, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> ArenaOut | Response:
    require(caller, "admin", None)
    rules = body.model_dump(exclude={"slug"})
    rules["verdicts"] = tuple(body.verdicts)

    def work() -> ArenaOut:
        return _shown(session, arenas.create(session, body.slug, arenas.ArenaRules(**rules), now))

    return once(work, arena=lambda made: made.slug)


@router.get("/{arena}")
def get_arena(arena: ArenaPath, session: Reading, caller: CallerDep) -> ArenaOut:
    return _shown(session, readable(session, arena, caller))


@router.patch("/{arena}", response_model=ArenaOut)
def change_arena(
    arena: ArenaPath, body: ArenaPatchIn, session: Writing, caller: CallerDep, once: OnceDep
) -> ArenaOut | Response:
    row = allowed(session, arena, caller, "admin")
    values = body.model_dump(exclude_unset=True)
    return once(lambda: _shown(session, arenas.change(session, row, values)))


def _shown(session: Session, row: Arena) -> ArenaOut:
    view = arenas.view(session, row)
    return ArenaOut(
        slug=row.slug,
        title=row.title,
        description=row.description,
        guidelines=row.guidelines,
        modality=row.modality,
        verdicts=row.verdicts,
        reveal=row.reveal,
        public=row.public,
        goal=row.goal,
        sampling=row.sampling,
        sampling_settings=find(row.sampling).defaults() | row.sampling_settings,
        sampling_dimension=row.sampling_dimension,
        target_overlap=row.target_overlap,
        explore=row.explore,
        minimum_votes=row.minimum_votes,
        battle_minutes=row.battle_minutes,
        leaks=row.leaks,
        gates=row.gates,
        gold_share=row.gold_share,
        repeat_share=row.repeat_share,
        exports=row.exports,
        registration=row.registration,
        dimensions=[
            ArenaDimensionOut.model_validate(each) for each in dimensions.list_dimensions(session, row)
        ],
        counts=CountsOut(
            prompts=view.prompts,
            models=view.models,
            votes=VotesOut(**leaderboards.votes_by_voters(session, row)),
        ),
        created_at=row.created_at,
    )
