"""What an endpoint's refusal means: HTTP statuses and the error objects of OpenAI, Azure, llama.cpp and others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.providers.exchange import Failure, Reason

LONGEST_DETAIL = 500

_BY_STATUS = {
    401: Reason.KEY_REFUSED,
    402: Reason.QUOTA,
    403: Reason.KEY_REFUSED,
    404: Reason.NOT_FOUND,
    408: Reason.TIMED_OUT,
    413: Reason.TOO_LONG,
    425: Reason.OVERLOADED,
    429: Reason.RATE_LIMITED,
    504: Reason.TIMED_OUT,
    524: Reason.TIMED_OUT,
}
# First match wins. Codes are looked for in `code` and `type` alone, since a message may quote the question.
_BY_CODE = (
    ("insufficient_quota", Reason.QUOTA),
    ("billing", Reason.QUOTA),
    ("content_filter", Reason.CONTENT_FILTER),
    ("content_policy", Reason.CONTENT_FILTER),
    ("responsibleai", Reason.CONTENT_FILTER),
    ("context_length", Reason.TOO_LONG),
    ("exceed_context", Reason.TOO_LONG),
)
_BY_CODE_IN_200 = (
    ("rate_limit", Reason.RATE_LIMITED),
    ("server_error", Reason.OVERLOADED),
    ("overloaded", Reason.OVERLOADED),
    ("unavailable", Reason.OVERLOADED),
    ("timeout", Reason.TIMED_OUT),
)
_FORMAT_WORDS = ("response_format", "json_schema", "json_object", "structured output", "guided_json")
_FORMAT_STATUSES = {400, 404, 415, 422, 500, 501}


@dataclass(frozen=True, slots=True)
class StatedError:
    """What an endpoint says of its own failure; `codes` holds its code and type, in lower case."""

    codes: str
    message: str


def stated(found: object) -> StatedError | None:
    """The error of a decoded body: {"error": {…}} or {"error": "…"} or {"detail": …}; None where there is none.

    >>> stated({"error": {"code": "insufficient_quota", "type": None, "message": "no money"}})
    StatedError(codes='insufficient_quota', message='no money')
    """
    if not isinstance(found, Mapping):
        return None
    error: Any = found.get("error") or found.get("detail")
    if not error:
        return None
    if not isinstance(error, Mapping):
        return StatedError("", error if isinstance(error, str) else json.dumps(error))
    codes = [error.get("code"), error.get("type"), _inner_code(error)]
    words = " ".join(str(code).lower() for code in codes if code is not None)
    return StatedError(words, str(error.get("message") or ""))


def of_status(status: int, body: str, found: object, wait: float | None) -> Failure:
    """The failure behind a status that is not 200; `found` is the decoded body or None."""
    error = stated(found)
    codes = error.codes if error else ""
    detail = (error.message if error else "") or " ".join(body.split())
    reason = _reason_of(status, codes, detail)
    return Failure(reason, f"{status}: {detail[:LONGEST_DETAIL]}".removesuffix(": "), retry_after=wait)


def of_error(error: StatedError) -> Failure:
    """The failure behind an error that came with status 200, whole or within a stream."""
    known = (reason for word, reason in (*_BY_CODE, *_BY_CODE_IN_200) if word in error.codes)
    numbers = [int(word) for word in error.codes.split() if word.isdecimal() and len(word) == 3]
    by_number = (_reason_of(number, "", "") for number in numbers)
    reason = next(known, None) or next(by_number, Reason.BAD_REQUEST)
    return Failure(reason, f"an error with status 200: {error.message[:LONGEST_DETAIL]}")


def refuses_format(status: int, body: str) -> bool:
    """Whether an endpoint says that it does not know the wanted `response_format`.

    Many answer 400; llama-cpp-python's server answers 500.
    """
    return status in _FORMAT_STATUSES and any(word in body.lower() for word in _FORMAT_WORDS)


def _reason_of(status: int, codes: str, message: str) -> Reason:
    for word, reason in _BY_CODE:
        if word in codes:
            return reason
    if status == 400 and "maximum context length" in message:
        return Reason.TOO_LONG
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Reason.OVERLOADED if status >= 500 else Reason.BAD_REQUEST


def _inner_code(error: Mapping[str, Any]) -> object:
    inner = error.get("innererror")
    return inner.get("code") if isinstance(inner, Mapping) else None
