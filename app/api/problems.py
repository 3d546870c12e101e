"""Errors of the domain as RFC 9457 problem details: the only place where a word becomes a status."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError, OperationalError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.domain.errors import (
    ArenaError,
    BattleExpired,
    Conflict,
    Forbidden,
    Invalid,
    KeyNeeded,
    KeyRefused,
    NotFound,
    Problem,
    ProofNeeded,
    ProofRefused,
    TooManyRequests,
    TooManyTries,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
STATUSES: Sequence[tuple[type[ArenaError], int]] = (
    (BattleExpired, 410),
    (TooManyTries, 429),
    (TooManyRequests, 429),
    (ProofNeeded, 428),
    (ProofRefused, 428),
    (KeyNeeded, 401),
    (KeyRefused, 401),
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
    (Invalid, 422),
    (Unavailable, 503),
)
HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}}
PROBLEMS_SENT = 1_000


class ProblemItemOut(BaseModel):
    at: str
    problem: str


class ProblemOut(BaseModel):
    """RFC 9457. Switch on `type`; show `detail`; `errors` names each thing that is wrong and where."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemItemOut] = []


def described(description: str) -> dict[str, Any]:
    """A response for the OpenAPI page. Naming a model there would promise application/json."""
    schema = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    del schema["$defs"]
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": described("A problem: type, title, status, detail, errors")
}


def install(app: FastAPI) -> None:
    app.add_exception_handler(ArenaError, _arena_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(IntegrityError, _collision)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(TimeoutError, _database_away)
    app.add_exception_handler(Exception, _bug)


def response(
    status: int,
    slug: str,
    detail: str,
    problems: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = {
        "type": f"/problems/{slug}",
        "title": slug.replace("-", " ").capitalize(),
        "status": status,
        "detail": _sendable(detail),
        "errors": [
            {"at": _sendable(each.at), "problem": _sendable(each.problem)}
            for each in problems[:PROBLEMS_SENT]
        ],
    }
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def _arena_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ArenaError)
    status = next(status for kind, status in STATUSES if isinstance(error, kind))
    headers = {**HEADERS.get(status, {}), **getattr(request.state, "limits", {})}
    if isinstance(error, TooManyRequests):
        headers |= {"Retry-After": str(error.seconds), **error.headers}
    return response(status, _slug(type(error).__name__), error.detail, error.problems, headers)


def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [Problem(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
    told = "; ".join(f"{each.at}: {each.problem}" for each in problems[:3])
    return response(422, "invalid-request", f"the request does not fit its description: {told}", problems)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    slug = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}.get(
        error.status_code, "bad-request"
    )
    return response(error.status_code, slug, str(error.detail), headers=error.headers)


def _gone(request: Request, error: Exception) -> JSONResponse:
    return response(400, "bad-request", "the sender hung up before the body was whole")


def _collision(request: Request, error: Exception) -> JSONResponse:
    return response(
        409, "conflict", "another request stored the same thing at the same moment; send it again"
    )


def _database_away(request: Request, error: Exception) -> JSONResponse:
    return response(
        503, "unavailable", "the database does not answer now; try again", headers={"Retry-After": "5"}
    )


def _bug(request: Request, error: Exception) -> JSONResponse:
    return response(500, "internal-error", "something went wrong here, not on your side; it has been logged")


def _slug(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
