"""/arenas/{arena}/owners: become an owner of models without an admin, where the arena allows it."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.api.deps import CallerDep, Now, OnceDep, Writing, readable
from app.api.problems import RESPONSES
from app.api.proofs import GuardedOnce
from app.api.shapes import ArenaPath, In, Out, Text
from app.domain import accounts, audit
from app.domain.accounts import Caller
from app.domain.errors import Forbidden

router = APIRouter(prefix="/arenas/{arena}/owners", tags=["keys"], responses=RESPONSES)


class OwnerIn(In):
    """A name that no other owner has."""

    owner: Annotated[Text, Field(min_length=1, max_length=accounts.LONGEST_OWNER)]


class NewOwnerOut(Out):
    """`key`, of scope owner and for this arena, is shown in the first answer and never again: null where the call was
    repeated.
    """

    owner: str
    prefix: str
    key: str | None


@router.post("", status_code=201, response_model=NewOwnerOut, dependencies=[GuardedOnce])
def register_owner(
    arena: ArenaPath,
    body: OwnerIn,
    request: Request,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
) -> NewOwnerOut | Response:
    """For those without a key, where the arena's `registration` is `open`. Many of one network prove work."""
    row = readable(session, arena, caller)
    if caller.scope is not None:
        raise Forbidden("you hold a key already; sign out, or send none, to register somebody new")

    def work() -> NewOwnerOut:
        key = accounts.register_owner(session, row, body.owner, now)
        owner, prefix = body.owner.strip(), accounts.bare(key)
        who = Caller("owner", owner, row.id, prefix)
        audit.note(session, who, "register_owner", request.url.path, now, row.id, f"pa_{prefix}")
        return NewOwnerOut(owner=owner, prefix=prefix, key=key)

    return once(work, secret={"key"})
