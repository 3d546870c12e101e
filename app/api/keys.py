"""/keys: make, list and revoke API keys; with a key of one arena, those of that arena alone.

An owner does so with keys of scope owner under the own name; an admin with all.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed, require
from app.api.links import leads_to
from app.api.problems import RESPONSES
from app.api.shapes import Cursor, In, Limit, Out, Slug, Text
from app.domain import accounts
from app.domain.accounts import Caller
from app.domain.errors import Forbidden

router = APIRouter(prefix="/keys", tags=["keys"], responses=RESPONSES)

KeyPath = Annotated[str, Path(pattern=r"^(pa_)?[0-9a-f]{10}$")]
Scope = Literal["owner", "read", "admin"]


class KeyIn(In):
    """Without an arena a key is for all of them, or for the one of the key that makes it. An owner leaves `owner` out,
    and gets a key that ends no later than the one in hand.
    """

    scope: Scope
    owner: Annotated[Text, Field(max_length=accounts.LONGEST_OWNER)] = ""
    arena: Slug | None = None
    expires_at: AwareDatetime | None = None


class KeyOut(Out):
    """`prefix` is no secret: it tells a key from all others."""

    prefix: str
    scope: Scope
    owner: str
    arena: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewKeyOut(Out):
    """`key` is shown in the first answer and never again: null where the call was repeated."""

    prefix: str
    key: str | None


class KeysOut(Out):
    items: list[KeyOut]
    next: str | None


@router.get("")
def list_keys(session: Reading, caller: CallerDep, limit: Limit = 50, cursor: Cursor = None) -> KeysOut:
    require(caller, "owner", caller.arena_id)
    found = accounts.list_keys(session, caller, limit, cursor)
    return KeysOut(items=[KeyOut.model_validate(each) for each in found.items], next=found.next)


@router.post(
    "",
    status_code=201,
    response_model=NewKeyOut,
    responses={201: leads_to("revoke_key", prefix="$response.body#/prefix")},
)
def create_key(
    body: KeyIn, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> NewKeyOut | Response:
    """An owner may have 20 that are valid at once."""
    require(caller, "owner", caller.arena_id)

    def work() -> NewKeyOut:
        arena_id = _arena_id(session, caller, body.arena)
        if caller.scope == "admin":
            key = accounts.create_key(session, body.scope, body.owner, arena_id, now, body.expires_at)
        elif body.scope == "owner" and body.owner.strip() in ("", caller.owner):
            key = accounts.create_own_key(session, caller, arena_id, now, body.expires_at)
        else:
            raise Forbidden("with a key of scope owner you make keys of scope owner under your own name")
        return NewKeyOut(prefix=accounts.bare(key), key=key)

    return once(work, secret={"key"}, arena=lambda _: body.arena, outcome=lambda made: f"pa_{made.prefix}")


@router.delete("/{prefix}", response_model=KeyOut)
def revoke_key(
    prefix: KeyPath, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> KeyOut | Response:
    """From now on nobody can use it, nor a session that was begun with it."""
    require(caller, "owner", caller.arena_id)

    def work() -> KeyOut:
        return KeyOut.model_validate(accounts.revoke_key(session, prefix, now, caller))

    return once(work, arena=lambda gone: gone.arena)


def _arena_id(session: Session, caller: Caller, arena: str | None) -> int | None:
    return caller.arena_id if arena is None else allowed(session, arena, caller, "owner").id
