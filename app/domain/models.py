"""Models: the contestants, registered by their owners."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Model
from app.domain.accounts import Caller
from app.domain.errors import AlreadyExists, Invalid, ModelNotFound
from app.domain.paging import Page, after, page

STATES = ("active", "hidden", "retired")


@dataclass(frozen=True, slots=True)
class NewModel:
    slug: str
    name: str = ""
    organization: str | None = None
    license: str | None = None
    family: str | None = None
    endpoint: str | None = None


def register(session: Session, arena: Arena, model: NewModel, owner: str | None, now: datetime) -> Model:
    """Raises AlreadyExists when the slug is taken in this arena, by whomever."""
    if (
        session.scalar(select(Model.id).where(Model.arena_id == arena.id, Model.slug == model.slug))
        is not None
    ):
        raise AlreadyExists(f"arena {arena.slug!r} has a model {model.slug!r} already; choose another slug")
    row = Model(
        arena_id=arena.id,
        slug=model.slug,
        name=model.name or model.slug,
        organization=model.organization,
        license=model.license,
        family=model.family,
        endpoint=model.endpoint,
        state="active",
        owner=owner,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def change(session: Session, row: Model, values: Mapping[str, str | None]) -> Model:
    """Set name, organization, license, family, endpoint or state. Raises Invalid."""
    if values.get("state", row.state) not in STATES:
        raise Invalid(f"state {values['state']!r}: expected one of {', '.join(STATES)}")
    if not (values.get("name", row.name) or "").strip():
        raise Invalid("name: a model needs one")
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    return row


def find_own(session: Session, arena: Arena, slug: str, caller: Caller) -> Model:
    """The model, if it is the caller's own or the caller an admin; another owner's is not found either."""
    row = session.scalar(select(Model).where(Model.arena_id == arena.id, Model.slug == slug))
    if row is None or not (caller.scope == "admin" or row.owner == caller.owner):
        raise ModelNotFound(f"arena {arena.slug!r} has no model {slug!r} of yours")
    return row


def list_own(session: Session, arena: Arena, caller: Caller, limit: int, cursor: str | None) -> Page[Model]:
    query = select(Model).where(Model.arena_id == arena.id, Model.id > after(cursor))
    if caller.scope != "admin":
        query = query.where(Model.owner == caller.owner)
    rows = session.scalars(query.order_by(Model.id).limit(limit + 1)).all()
    return page(rows, [row.id for row in rows], limit)


def by_id(session: Session, arena: Arena) -> dict[int, Model]:
    return {row.id: row for row in session.scalars(select(Model).where(Model.arena_id == arena.id))}
