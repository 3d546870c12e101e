"""/arenas/{arena}/judges: who judges, and how each is asked. Everybody sees which; how it is reached is for admins."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed, readable
from app.api.links import ARENA, leads_to
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, In, JudgePath, Out, ShortText, Slug, Text
from app.db.tables import Arena, Judge
from app.domain.accounts import Caller
from app.domain.errors import ArenaError
from app.domain.judges import PROTOCOLS, roster
from app.domain.judges.items import Constraint
from app.domain.judges.roster import LONGEST_REPLY, MOST_REPEATS, NewJudge
from app.providers import PROVIDERS

router = APIRouter(prefix="/arenas/{arena}/judges", tags=["judges"], responses=RESPONSES)

SettingsIn = Annotated[dict[Text, Text | int | float | bool | None], Field(max_length=50)]
SettingsOut = dict[str, str | int | float | bool | None]
LongText = Annotated[Text, Field(max_length=50_000)]
Version = Annotated[int, Query(ge=1, le=2**31 - 1, description="one version; the newest by default")]


class ConstraintIn(In):
    """`check` names a check; or is `ask`: the judge answers `value`, a yes-or-no question; or is `code`: `value` has a
    function `check_following(response)`, which is run in a sandbox. `extract` is the part that is checked.
    """

    check: ShortText
    value: Text | int | None = None
    when: ShortText = ""
    extract: ShortText = ""


class ToldIn(In):
    """What the judge is told beside the form, for the protocols that need it."""

    profile: Annotated[dict[ShortText, ShortText], Field(max_length=50)] = {}
    policy: LongText = ""
    constraints: Annotated[list[ConstraintIn], Field(max_length=100)] = []


class JudgeIn(In):
    """`endpoint` has settings of the provider: a key is named there (`env:NAME_API_KEY`, `file:NAME`), never given.

    `/protocols` and `/providers` list the settings. Without `dimensions` all are asked; `temperature` null leaves it to
    the endpoint; `longest_reply` is in tokens, the protocol's own where it is null.
    """

    name: Annotated[str, Field(pattern=f"^{roster.NAME.pattern}$")]
    description: LongText = ""
    model: Annotated[ShortText, Field(min_length=1)]
    family: ShortText | None = None
    provider: Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(PROVIDERS)})] = (
        "openai_chat"
    )
    endpoint: SettingsIn = {}
    protocol: Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(PROTOCOLS)})] = "pairwise"
    protocol_settings: SettingsIn = {}
    dimensions: Annotated[list[Slug], Field(max_length=50)] = []
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 0.0
    seed: Annotated[int, Field(ge=0, le=2**62)] | None = None
    longest_reply: Annotated[int, Field(ge=1, le=LONGEST_REPLY)] | None = None
    orders: Literal["both", "ab", "ba"] = "both"
    repeats: Annotated[int, Field(ge=1, le=MOST_REPEATS)] = 1
    told: ToldIn = ToldIn()


class JudgeSettingsOut(Out):
    """How the judge is reached and asked; nothing of it is a secret, since keys are only named."""

    description: str
    provider: str
    endpoint: SettingsOut
    protocol_settings: SettingsOut
    temperature: float | None
    seed: int | None
    longest_reply: int | None
    told: dict[str, Any]


class JudgeOut(Out):
    """`wording_hash` changes with whatever the judge is told, null where it could not be asked today. `settings` are
    shown to admins.
    """

    name: str
    version: int
    rater: str
    model: str
    family: str | None
    protocol: str
    protocol_version: str
    wording_hash: str | None
    dimensions: list[str]
    orders: str
    repeats: int
    created_at: datetime
    archived_at: datetime | None
    settings: JudgeSettingsOut | None


class JudgeVersionOut(Out):
    version: int
    model: str
    protocol: str
    created_at: datetime
    archived_at: datetime | None


class JudgePageOut(JudgeOut):
    versions: list[JudgeVersionOut]


class JudgesOut(Out):
    items: list[JudgeOut]
    next: str | None = None


@router.get("")
def list_judges(arena: ArenaPath, session: Reading, caller: CallerDep, archived: bool = False) -> JudgesOut:
    """The newest version of each; those that were archived too if asked for."""
    row = readable(session, arena, caller)
    found = roster.list_judges(session, row, archived=archived)
    return JudgesOut(items=[_shown(session, row, each, caller) for each in found])


NEXT = leads_to("get_judge", "start_run", "archive_judge", arena=ARENA, judge="$response.body#/name")


@router.post("", status_code=201, response_model=JudgePageOut, responses={201: NEXT})
def register_judge(
    arena: ArenaPath, body: JudgeIn, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> JudgePageOut | Response:
    """A new judge, or a new version of one where its settings differ."""
    row = allowed(session, arena, caller, "admin")
    return once(lambda: _page(session, row, roster.register(session, row, _new(body), now), caller))


@router.get("/{judge}")
def get_judge(
    arena: ArenaPath, judge: JudgePath, session: Reading, caller: CallerDep, version: Version | None = None
) -> JudgePageOut:
    row = readable(session, arena, caller)
    return _page(session, row, roster.find(session, row, judge, version), caller)


@router.delete("/{judge}", response_model=JudgePageOut)
def archive_judge(
    arena: ArenaPath, judge: JudgePath, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> JudgePageOut | Response:
    """Take a judge off the list; its votes, runs and versions stay."""
    row = allowed(session, arena, caller, "admin")
    found = roster.find(session, row, judge)

    def archived() -> JudgePageOut:
        roster.archive(session, found, now)
        return _page(session, row, found, caller)

    return once(archived)


def _new(body: JudgeIn) -> NewJudge:
    values = body.model_dump(exclude={"told", "dimensions"})
    told = body.told
    return NewJudge(
        **values,
        dimensions=tuple(body.dimensions),
        profile=told.profile,
        policy=told.policy,
        constraints=tuple(
            Constraint(each.check, each.value, each.when, each.extract) for each in told.constraints
        ),
    )


def _page(session: Session, arena: Arena, judge: Judge, caller: Caller) -> JudgePageOut:
    listed = [JudgeVersionOut.model_validate(each) for each in roster.versions(session, judge)]
    return JudgePageOut(**_shown(session, arena, judge, caller).model_dump(), versions=listed)


def _shown(session: Session, arena: Arena, judge: Judge, caller: Caller) -> JudgeOut:
    settings = JudgeSettingsOut.model_validate(judge) if caller.may("admin", arena.id) else None
    return JudgeOut(
        name=judge.name,
        version=judge.version,
        rater=f"judge:{judge.name}@{judge.version}",
        model=judge.model,
        family=judge.family,
        protocol=judge.protocol,
        protocol_version=judge.protocol_version,
        wording_hash=_wording_hash(session, arena, judge),
        dimensions=list(judge.dimensions),
        orders=judge.orders,
        repeats=judge.repeats,
        created_at=judge.created_at,
        archived_at=judge.archived_at,
        settings=settings,
    )


def _wording_hash(session: Session, arena: Arena, judge: Judge) -> str | None:
    try:
        return roster.wording_hash(session, arena, judge)
    except ArenaError:  # a dimension was archived, or the protocol asks in other words today
        return None
