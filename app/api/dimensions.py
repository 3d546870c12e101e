"""/arenas/{arena}/dimensions: what is asked about two answers."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed, readable
from app.api.problems import RESPONSES
from app.api.shapes import ArenaPath, DimensionPath, In, Out, ShortText, Text
from app.db.tables import Dimension
from app.domain import dimensions
from app.domain.dimensions import Asked
from app.domain.errors import Invalid

router = APIRouter(prefix="/arenas/{arena}/dimensions", tags=["dimensions"], responses=RESPONSES)

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


class DimensionIn(In):
    title: Annotated[ShortText, Field(min_length=1)]
    question: Text = ""
    rubric: Text = ""
    required: bool = False
    position: Annotated[int | None, Field(ge=0, le=1000)] = None
    archived: bool = False


class DimensionOut(Out):
    slug: str
    title: str
    question: str
    rubric: str
    required: bool
    position: int
    version: int
    archived: bool


class DimensionsOut(Out):
    items: list[DimensionOut]
    next: str | None


@router.get("")
def list_dimensions(arena: ArenaPath, session: Reading, caller: CallerDep) -> DimensionsOut:
    rows = dimensions.list_dimensions(session, readable(session, arena, caller), archived=True)
    return DimensionsOut(items=[_shown(row) for row in rows], next=None)


@router.get("/{slug}")
def get_dimension(arena: ArenaPath, slug: DimensionPath, session: Reading, caller: CallerDep) -> DimensionOut:
    return _shown(dimensions.find(session, readable(session, arena, caller), slug))


@router.put("/{slug}", response_model=DimensionOut)
def put_dimension(
    arena: ArenaPath,
    slug: DimensionPath,
    body: DimensionIn,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> DimensionOut | Response:
    row = allowed(session, arena, caller, "admin")
    if not (slug and set(slug) <= LETTERS):
        raise Invalid(f"dimension {slug!r}: a slug of small letters, digits, - and _")
    return once(lambda: _shown(dimensions.put(session, row, slug, Asked(**body.model_dump()), now)))


def _shown(row: Dimension) -> DimensionOut:
    return DimensionOut(
        slug=row.slug,
        title=row.title,
        question=row.question,
        rubric=row.rubric,
        required=row.required,
        position=row.position,
        version=row.version,
        archived=row.archived_at is not None,
    )
