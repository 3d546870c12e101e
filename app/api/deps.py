"""What routes are handed: a session, the caller, the voter, and the promise that a repeated call acts once.

What somebody does with a key is written into the audit log there too, so that no route can forget it.
"""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import numpy as np
from fastapi import Depends, Header, Request, Response
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api import counters, limits
from app.api.shapes import storable
from app.db.session import Database
from app.db.tables import Arena, IdempotencyKey
from app.domain import accounts, arenas, audit, votes
from app.domain.accounts import Caller, RaterName, Scope
from app.domain.errors import (
    ArenaNotFound,
    Forbidden,
    IdempotencyConflict,
    KeyNeeded,
    KeyRefused,
    TooManyRequests,
)

COOKIE = "arena_voter"
COOKIE_SECONDS = 365 * 24 * 3600
SESSION = "arena_session"
SESSION_SECONDS = 12 * 3600
TURNS = 20  # half the threads; with two connections each they fit into the pool
VOTERS_OWN = {"battles", "votes", "me"}
"""Tags of calls that are a voter's own affair, with whatever key they come."""
LARGEST_NOTED = 4_000  # bytes of a body that are kept in the audit log
SECRET = {"key", "api_key", "secret", "password", "token", "authorization", "headers"}

Answer = TypeVar("Answer", bound=BaseModel)


def now() -> datetime:
    return datetime.now(UTC)


def _chance() -> np.random.Generator:
    # Not default_rng itself: its seed would become a parameter by which a voter picks the pair.
    return np.random.default_rng()


async def _database(request: Request) -> AsyncIterator[Database]:
    """The arena's data, once it is this request's turn.

    Whoever holds a lock of the database still needs a thread to finish, so waiting requests must not take all threads.
    """
    await request.body()  # before the turn: a slow sender holds up nobody
    async with request.app.state.turns:
        yield request.app.state.database


Data = Annotated[Database, Depends(_database, scope="function")]
Now = Annotated[datetime, Depends(now)]
Chance = Annotated[np.random.Generator, Depends(_chance)]


def _caller(
    request: Request,
    found: Data,
    moment: Now,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Caller:
    """Whoever holds the key that is sent, or with which the browser's session began."""
    prefix = session_prefix(request) if authorization is None else None
    if authorization is None and prefix is None:
        return Caller()
    with found.reading() as session:
        if prefix is None:
            caller = accounts.caller_of(session, _bearer(authorization or ""), moment)
        else:
            try:
                caller = accounts.caller_by(session, prefix, moment)
            except KeyRefused:
                return Caller()  # the session ended with its key; what is open to all stays so
        stale = accounts.use_is_stale(session, caller.key, moment)
    if stale:
        with found.writing() as session:
            accounts.note_use(session, caller.key, moment)
    return caller


CallerDep = Annotated[Caller, Depends(_caller)]


def _bearer(authorization: str) -> str:
    kind, _, key = authorization.partition(" ")
    if kind.lower() != "bearer":
        raise KeyRefused("Authorization: expected Bearer and an API key")
    return key.strip()


def session_prefix(request: Request) -> str | None:
    """Which key the browser's session began with; None without a session, or after its time."""
    try:
        cookie = request.cookies.get(SESSION, "")
        return str(_sessions(request).loads(cookie, max_age=SESSION_SECONDS))
    except BadSignature:
        return None


def begin_session(request: Request, response: Response, prefix: str) -> None:
    """The cookie holds no secret: a signature says that whoever has it has shown the key."""
    set_cookie(request, response, SESSION, str(_sessions(request).dumps(prefix)), SESSION_SECONDS)


def end_session(request: Request, response: Response) -> None:
    set_cookie(request, response, SESSION, "", 0)


def _sessions(request: Request) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(request.app.state.signing_key, salt="session")


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=request.app.state.settings.secure_cookies or request.url.scheme == "https",
    )


def _reading(found: Data) -> Iterator[Session]:
    with found.reading() as session:
        yield session


def _limited(request: Request, response: Response, caller: CallerDep) -> None:
    """Count a writing call against its key or its voter. Raises TooManyRequests."""
    if caller.key and not VOTERS_OWN.intersection(request.scope["route"].tags):
        name, who = "key", caller.key
    else:
        # A newcomer has nothing yet to count; where one may write first, others look at how many there are.
        name, who = "voter", _known_voter(request) or ""
    if not who:
        return
    try:
        found = limits.headers(request.app.state.limits.take(name, who))
    except TooManyRequests:
        counters.LIMITED.labels(name).inc()
        raise
    request.state.limits = found  # for answers that are problems
    response.headers.update(found)


def _writing(
    found: Data, caller: CallerDep, limited: Annotated[None, Depends(_limited)]
) -> Iterator[Session]:
    # After the caller, which may write down that its key was used: SQLite has one writer at a time.
    with found.writing() as session:
        yield session


Reading = Annotated[Session, Depends(_reading, scope="function")]
# `function`: the commit comes before the answer is sent, so a failed commit is a 5xx and never a 201.
Writing = Annotated[Session, Depends(_writing, scope="function")]


def readable(session: Session, slug: str, caller: Caller) -> Arena:
    """A public arena, or a private one for those with a key of it. Raises ArenaNotFound."""
    arena = arenas.find(session, slug)
    if not (arena.public or (caller.scope and caller.arena_id in (None, arena.id))):
        raise ArenaNotFound(f"there is no arena {slug!r}")
    return arena


def allowed(session: Session, slug: str, caller: Caller, scope: Scope) -> Arena:
    """An arena in which the caller may do what needs this scope. Raises ArenaNotFound, KeyNeeded, Forbidden."""
    arena = readable(session, slug, caller)
    require(caller, scope, arena.id)
    return arena


def require(caller: Caller, scope: Scope, arena_id: int | None) -> None:
    if caller.scope is None:
        raise KeyNeeded(f"this needs an API key of scope {scope}, sent as Authorization: Bearer pa_…")
    if not caller.may(scope, arena_id):
        raise Forbidden(f"this needs an API key of scope {scope} for this arena")


@dataclass(frozen=True, slots=True)
class Voter:
    name: RaterName

    def id(self, session: Session, moment: datetime) -> int:
        return accounts.rater_id(session, self.name, moment)


def _voter(request: Request, response: Response) -> Voter:
    """The voter of the signed cookie; a newcomer, or one whose cookie was tampered with, gets a new name."""
    name = _known_voter(request)
    if name is None:
        name = secrets.token_urlsafe(16)
        set_cookie(request, response, COOKIE, str(_voters(request).dumps(name)), COOKIE_SECONDS)
    return Voter(RaterName("human", name))


def _known_voter(request: Request) -> str | None:
    try:
        return str(_voters(request).loads(request.cookies.get(COOKIE, "")))
    except BadSignature:
        return None


def _voters(request: Request) -> URLSafeSerializer:
    return URLSafeSerializer(request.app.state.signing_key, salt="voter")


def known(session: Session, caller: Caller, voter: Voter, moment: datetime) -> int:
    """The voter's id. One who comes with an owner's key is remembered as that owner."""
    voter_id = voter.id(session, moment)
    if caller.scope == "owner":
        votes.note_owner(session, voter_id, caller.owner, moment)
    return voter_id


def forget_voter(request: Request, response: Response) -> None:
    """The next call from this browser is a newcomer's."""
    set_cookie(request, response, COOKIE, "", 0)


VoterDep = Annotated[Voter, Depends(_voter)]


@dataclass(frozen=True, slots=True)
class Call:
    """What a writing call asks for, as the audit log keeps it."""

    action: str
    target: str
    arena: str | None
    body: bytes

    def details(self) -> Mapping[str, Any]:
        """The body, if it is a small JSON object, without what may be a secret; else its size."""
        try:
            found = json.loads(self.body) if len(self.body) <= LARGEST_NOTED else None
            kept = storable(found) if isinstance(found, dict) else {"bytes": len(self.body)}
        except (ValueError, RecursionError):
            return {"bytes": len(self.body)}
        open_part: dict[str, Any] = _without_secrets(kept)
        return open_part


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "…" if name.lower() in SECRET else _without_secrets(each) for name, each in value.items()
        }
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Once:
    """Runs the work of a writing call, or gives the first answer again when its Idempotency-Key was seen.

    `call` is what is written into the audit log, None for what needs no key.
    """

    session: Session
    who: Caller
    call: Call | None
    caller: str
    key: str | None
    request_hash: str
    status: int
    moment: datetime

    def __call__(
        self,
        work: Callable[[], Answer],
        *,
        changes: bool = True,
        arena: Callable[[Answer], str | None] | None = None,
        outcome: Callable[[Answer], str] | None = None,
        secret: set[str] | None = None,
    ) -> Answer | Response:
        """`changes` says whether the work may store anything; `arena` and `outcome` tell the audit log more than the
        address does; `secret` names fields of the answer that are not kept for a repeated call, which gets null there.
        """

        def noted() -> Answer:
            answer = work()
            if self.call is not None and changes:
                self._note(self.call, arena(answer) if arena else None, outcome(answer) if outcome else "")
            return answer

        if self.key is None:
            return noted()
        self._queue()
        first = self.session.scalar(
            select(IdempotencyKey).where(IdempotencyKey.caller == self.caller, IdempotencyKey.key == self.key)
        )
        if first is not None:
            return self._again(first)
        answer = noted()
        kept = answer.model_copy(update=dict.fromkeys(secret or ()))
        self.session.add(
            IdempotencyKey(
                caller=self.caller,
                key=self.key,
                request_hash=self.request_hash,
                status=self.status,
                answer=kept.model_dump_json(),
                created_at=self.moment,
            )
        )
        self.session.flush()
        return answer

    def _note(self, call: Call, arena: str | None, outcome: str) -> None:
        slug = call.arena or arena
        arena_id = self.who.arena_id if slug is None else arenas.find(self.session, slug).id
        audit.note(
            self.session, self.who, call.action, call.target, self.moment, arena_id, outcome, call.details()
        )

    def _again(self, first: IdempotencyKey) -> Response:
        if first.request_hash != self.request_hash:
            raise IdempotencyConflict("this Idempotency-Key was used for another request; use a new one")
        headers = {"Idempotency-Replayed": "true"}
        return Response(first.answer, first.status, headers, media_type="application/json")

    def _queue(self) -> None:
        # Two calls with one key at once: the second waits for the first and finds its answer.
        if self.session.get_bind().dialect.name == "postgresql":
            number = int.from_bytes(
                hashlib.sha256(f"{self.caller}\n{self.key}".encode()).digest()[:8], signed=True
            )
            self.session.execute(select(func.pg_advisory_xact_lock(number)))


async def _once(
    request: Request,
    session: Writing,
    caller: CallerDep,
    moment: Now,
    key: Annotated[
        str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")
    ] = None,
) -> Once:
    asked = [request.method, request.url.path, request.url.query]
    body, route = await request.body(), request.scope["route"]
    digest = hashlib.sha256(json.dumps(asked).encode() + body).hexdigest()
    call = None
    if caller.key and not VOTERS_OWN.intersection(route.tags):
        call = Call(route.name, request.url.path, request.path_params.get("arena"), body)
    who = f"key:{caller.key}" if caller.key else request.cookies.get(COOKIE, "")
    # Nobody in particular shares a key with nobody: without a name the call is simply run.
    return Once(
        session, caller, call, _short(who), key if who else None, digest, route.status_code or 200, moment
    )


def _short(who: str) -> str:
    return hashlib.sha256(who.encode("utf-8", "replace")).hexdigest()


OnceDep = Annotated[Once, Depends(_once, scope="function")]
