"""/session: log a browser in with an API key, so that it need not keep the key."""

import secrets
import time
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Data, Now, Reading, Writing, begin_session, end_session, session_prefix
from app.api.problems import RESPONSES
from app.api.shapes import In, Out, Text
from app.domain import accounts, audit
from app.domain.accounts import Caller
from app.domain.errors import KeyRefused, TooManyTries

FIRST = "first-admin"
FIRST_SECONDS = 24 * 3600

router = APIRouter(prefix="/session", tags=["session"], responses=RESPONSES)


class SessionIn(In):
    key: Annotated[Text, Field(min_length=1, max_length=200)]


class SessionOut(Out):
    """What the caller may do: all is null for nobody in particular. `prefix` is the part of the key that is no secret;
    `arena` the only one in which it holds, null for all; `cookie` whether a browser's session says so.
    """

    scope: Literal["owner", "read", "admin"] | None
    owner: str | None
    arena: str | None
    prefix: str | None
    expires_at: datetime | None
    cookie: bool


class FirstIn(In):
    """`token` is the part after `#` of the link that `arena serve` prints while there is no admin."""

    token: Annotated[Text, Field(min_length=1, max_length=200)]


class FirstOut(SessionOut):
    """`key` is not shown again."""

    key: str


def first_token(signing_key: str) -> str:
    """Proves for a day that whoever brings it has read the operator's terminal."""
    return str(URLSafeTimedSerializer(signing_key, salt=FIRST).dumps(secrets.token_urlsafe(9)))


@router.post("/first", status_code=201, response_model=FirstOut)
def set_up(body: FirstIn, request: Request, response: Response, session: Writing, now: Now) -> FirstOut:
    """Make the first key of scope admin and begin a session with it. 409 once there is one, whoever made it."""
    failed, address = request.app.state.failed_logins, request.client.host if request.client else ""
    if failed.must_wait(address, time.monotonic()):
        raise TooManyTries("too many logins failed; wait a minute")
    try:
        URLSafeTimedSerializer(request.app.state.signing_key, salt=FIRST).loads(body.token, FIRST_SECONDS)
    except BadSignature as refused:
        failed.note(address, time.monotonic())
        raise KeyRefused(
            "this link is older than a day, or of another arena; arena serve prints it anew"
        ) from refused
    key = accounts.first_admin(session, now)
    caller = accounts.caller_of(session, key, now)
    audit.note(session, None, "keys create", "/keys", now, None, f"pa_{caller.key}", {"scope": "admin"})
    begin_session(request, response, caller.key)
    return FirstOut(**_shown(session, caller, cookie=True).model_dump(), key=key)


@router.post("", response_model=SessionOut)
def log_in(body: SessionIn, request: Request, response: Response, found: Data, now: Now) -> SessionOut:
    """Begin a session of twelve hours, which ends at once when its key is revoked. After ten failures in a minute
    an address must wait.
    """
    failed, address = request.app.state.failed_logins, request.client.host if request.client else ""
    if failed.must_wait(address, time.monotonic()):
        raise TooManyTries("too many logins failed; wait a minute")
    with found.reading() as session:
        try:
            caller = accounts.caller_of(session, body.key.strip(), now)
        except KeyRefused:
            failed.note(address, time.monotonic())
            raise
        begin_session(request, response, caller.key)
        return _shown(session, caller, cookie=True)


@router.get("", response_model=SessionOut)
def get_session(request: Request, session: Reading, caller: CallerDep) -> SessionOut:
    """Who is calling, by a key or by the browser's session."""
    by_cookie = "authorization" not in request.headers and session_prefix(request) == caller.key
    return _shown(session, caller, cookie=by_cookie)


@router.delete("", status_code=204)
def log_out(request: Request, response: Response, session: Writing, now: Now) -> None:
    """End the browser's session; one that an OpenID provider vouched for ends everywhere."""
    prefix = session_prefix(request)
    if prefix is not None:
        accounts.sign_out(session, prefix, now)
    end_session(request, response)


def _shown(session: Session, caller: Caller, *, cookie: bool) -> SessionOut:
    if caller.scope is None:
        return SessionOut(scope=None, owner=None, arena=None, prefix=None, expires_at=None, cookie=False)
    key = accounts.info(session, caller.key)
    return SessionOut(
        scope=caller.scope,
        owner=caller.owner,
        arena=key.arena,
        prefix=key.prefix,
        expires_at=key.expires_at,
        cookie=cookie,
    )
