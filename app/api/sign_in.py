"""/session/oidc: sign in as an admin by the word of an OpenID provider, where the operator named one."""

import hmac
import logging
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.api.deps import SESSION_SECONDS, Data, Now, begin_session, set_cookie
from app.api.problems import RESPONSES
from app.api.shapes import NO_CONTROL, Out
from app.domain import accounts, audit
from app.domain.errors import NotFound
from app.providers.identity import SignIn

COOKIE = "arena_sign_in"
SECONDS = 600
PAGE = "/admin"

log = logging.getLogger(__name__)
router = APIRouter(prefix="/session/oidc", tags=["session"], responses=RESPONSES)

Sent = Annotated[str | None, Query(max_length=4_000, pattern=NO_CONTROL)]
Why = Literal["failed", "refused", "stale"]
REDIRECT: dict[int | str, dict[str, Any]] = {
    303: {
        "description": "Go there",
        "headers": {"Location": {"schema": {"type": "string"}, "required": True}},
    }
}


class OfferedOut(Out):
    """`name` is what the operator calls the provider, null where there is none."""

    name: str | None


@router.get("")
def get_sign_in(request: Request) -> OfferedOut:
    offered: SignIn | None = request.app.state.sign_in
    return OfferedOut(name=offered.name if offered else None)


@router.get("/begin", status_code=303, response_class=Response, responses=REDIRECT)
def begin_sign_in(request: Request) -> Response:
    """Send the browser to the provider."""
    # Imported here, so that a server without a provider starts without these libraries.
    from app.providers import sign_in

    offered = _offered(request)
    try:
        begun = sign_in.begin(offered.provider)
    except sign_in.SignInFailed as failed:
        return _back("failed", str(failed))
    response = Response(status_code=303, headers={"Location": begun.address, "Cache-Control": "no-store"})
    kept = _signed(request).dumps([begun.state, begun.nonce, begun.verifier])
    set_cookie(request, response, COOKIE, str(kept), SECONDS)
    return response


@router.get("/callback", status_code=303, response_class=Response, responses=REDIRECT)
def end_sign_in(
    request: Request, found: Data, now: Now, code: Sent = None, state: Sent = None, error: Sent = None
) -> Response:
    """The browser comes back from the provider: begin a session of twelve hours if it is an admin's."""
    from app.providers import sign_in

    offered = _offered(request)
    try:
        kept = _signed(request).loads(request.cookies.get(COOKIE, ""), max_age=SECONDS)
    except BadSignature:
        return _back("stale", "the browser has not begun a sign-in here, or too long ago")
    if not hmac.compare_digest((state or "").encode(), kept[0].encode()):
        return _back("stale", "it answers another sign-in")
    if error is not None or code is None:
        return _back("failed", f"the provider says {(error or 'nothing')[:80]!r}")
    try:
        claims = sign_in.finish(offered.provider, code, kept[2], kept[1])
    except sign_in.SignInFailed as failed:
        return _back("failed", str(failed))
    who = offered.admin(claims)
    if who is None:
        return _back("refused", f"{str(claims['sub'])[:80]!r} is no admin here")
    with found.writing() as session:
        until = now + timedelta(seconds=SESSION_SECONDS)
        caller = accounts.sign_in(session, who, now, until)
        audit.note(session, caller, "sign_in", request.url.path, now)
    response = Response(status_code=303, headers={"Location": PAGE, "Cache-Control": "no-store"})
    set_cookie(request, response, COOKIE, "", 0)
    begin_session(request, response, caller.key)
    return response


def _back(why: Why, because: str) -> Response:
    """To the page, which says it in words; the log says why. Neither holds a code or a token."""
    log.warning("a sign-in ended (%s): %s", why, because)
    headers = {"Location": f"{PAGE}?sign_in={quote(why)}", "Cache-Control": "no-store"}
    return Response(status_code=303, headers=headers)


def _offered(request: Request) -> SignIn:
    offered: SignIn | None = request.app.state.sign_in
    if offered is None:
        raise NotFound("this arena has no OpenID provider; sign in with a key")
    return offered


def _signed(request: Request) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(request.app.state.signing_key, salt="sign-in")
