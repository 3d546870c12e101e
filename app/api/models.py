"""/arenas/{arena}/models: register contestants, see and change one's own."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed
from app.api.links import ARENA, leads_to
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, Cursor, In, Limit, ModelPath, ModelSlug, Out, ShortText
from app.db.tables import Arena, Model
from app.domain import answers, models

router = APIRouter(prefix="/arenas/{arena}/models", tags=["models"], responses=RESPONSES)


class ModelIn(In):
    """`supersedes` names an own model of which this is a new version: that one is retired and says what is left out."""

    slug: ModelSlug
    name: ShortText = ""
    organization: ShortText | None = None
    license: ShortText | None = None
    family: ShortText | None = None
    endpoint: ShortText | None = None
    supersedes: ModelSlug | None = None


class ModelPatchIn(In):
    name: Annotated[ShortText, Field(min_length=1)] = ""
    organization: ShortText | None = None
    license: ShortText | None = None
    family: ShortText | None = None
    endpoint: ShortText | None = None
    state: Literal["active", "hidden", "retired"] = "active"


class ModelCoverageOut(Out):
    answered: int
    prompts: int
    missing: list[str]


class ModelOut(Out):
    slug: str
    name: str
    organization: str | None
    license: str | None
    family: str | None
    endpoint: str | None
    state: str
    owner: str | None
    supersedes: str | None
    withdrawn_at: datetime | None
    created_at: datetime
    coverage: ModelCoverageOut


class ModelsOut(Out):
    items: list[ModelOut]
    next: str | None


@router.get("")
def list_models(
    arena: ArenaPath, session: Reading, caller: CallerDep, limit: Limit = 50, cursor: Cursor = None
) -> ModelsOut:
    row = allowed(session, arena, caller, "owner")
    found = models.list_own(session, row, caller, limit, cursor)
    return ModelsOut(items=[_shown(session, row, each) for each in found.items], next=found.next)


NEXT = leads_to(
    "get_model",
    "change_model",
    "submit_answers",
    "begin_upload",
    "withdraw_model",
    arena=ARENA,
    model="$response.body#/slug",
)


@router.post("", status_code=201, response_model=ModelOut, responses={201: NEXT})
def register_model(
    arena: ArenaPath, body: ModelIn, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> ModelOut | Response:
    row = allowed(session, arena, caller, "owner")
    new = models.NewModel(**body.model_dump())

    def work() -> ModelOut:
        if new.supersedes is not None:
            return _shown(session, row, models.follow(session, row, new, caller, now))
        return _shown(session, row, models.register(session, row, new, caller.owner, now))

    return once(work)


@router.get("/{model:path}")
def get_model(arena: ArenaPath, model: ModelPath, session: Reading, caller: CallerDep) -> ModelOut:
    row = allowed(session, arena, caller, "owner")
    return _shown(session, row, models.find_own(session, row, model, caller))


@router.patch("/{model:path}", response_model=ModelOut)
def change_model(
    arena: ArenaPath,
    model: ModelPath,
    body: ModelPatchIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
) -> ModelOut | Response:
    row = allowed(session, arena, caller, "owner")
    own = models.find_own(session, row, model, caller)
    values = body.model_dump(exclude_unset=True)
    return once(lambda: _shown(session, row, models.change(session, own, values)))


@router.delete("/{model:path}", response_model=ModelOut)
def withdraw_model(
    arena: ArenaPath,
    model: ModelPath,
    confirm: Annotated[str, Query(max_length=200, description="the model's short name")],
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> ModelOut | Response:
    """Take a model out of battles and boards for good. Nothing is deleted, and it does not come back."""
    row = allowed(session, arena, caller, "owner")
    own = models.find_own(session, row, model, caller)
    return once(
        lambda: _shown(session, row, models.withdraw(session, own, confirm, now)),
        outcome=lambda _: "withdrawn",
    )


def _shown(session: Session, arena: Arena, row: Model) -> ModelOut:
    coverage = answers.coverage(session, arena, row)
    return ModelOut(
        slug=row.slug,
        name=row.name,
        organization=row.organization,
        license=row.license,
        family=row.family,
        endpoint=row.endpoint,
        state=row.state,
        owner=row.owner,
        supersedes=None if row.supersedes_id is None else session.get_one(Model, row.supersedes_id).slug,
        withdrawn_at=row.withdrawn_at,
        created_at=row.created_at,
        coverage=ModelCoverageOut(
            answered=coverage.answered, prompts=coverage.prompts, missing=list(coverage.missing)
        ),
    )
