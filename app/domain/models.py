"""Models: the contestants, registered by their owners."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Model
from app.domain.accounts import Caller
from app.domain.errors import AlreadyExists, Invalid, ModelNotFound
from app.domain.paging import Page, after, page

INHERITED = ("name", "organization", "license", "family", "endpoint")
STATES = ("active", "hidden", "retired")


@dataclass(frozen=True, slots=True)
class NewModel:
    slug: str
    name: str = ""
    organization: str | None = None
    license: str | None = None
    family: str | None = None
    endpoint: str | None = None
    supersedes: str | None = None


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


def follow(session: Session, arena: Arena, new: NewModel, caller: Caller, now: datetime) -> Model:
    """Register a new version of an own model: a contestant of its own, which takes over what it does not say itself.

    The old one is dealt no more and stays on the boards with its votes. Raises ModelNotFound, AlreadyExists, Invalid.
    """
    old = find_own(session, arena, new.supersedes or "", caller)
    if old.withdrawn_at is not None:
        raise Invalid(f"supersedes: {old.slug!r} is withdrawn")
    said = {name: getattr(new, name) or getattr(old, name) for name in INHERITED}
    row = register(session, arena, replace(new, **said), old.owner, now)
    row.supersedes_id, old.state = old.id, "retired" if old.state == "active" else old.state
    session.flush()
    return row


def withdraw(session: Session, row: Model, confirm: str, now: datetime) -> Model:
    """Take a model out of battles and boards for good; its votes are kept with all others. Raises Invalid."""
    if confirm != row.slug:
        raise Invalid(f"confirm: type the model's short name, {row.slug}, to withdraw it")
    row.state, row.withdrawn_at = "hidden", row.withdrawn_at or now
    session.flush()
    return row


def change(session: Session, row: Model, values: Mapping[str, str | None]) -> Model:
    """Set name, organization, license, family, endpoint or state. Raises Invalid."""
    if row.withdrawn_at is not None:
        raise Invalid(f"model {row.slug!r} is withdrawn and does not change any more")
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
