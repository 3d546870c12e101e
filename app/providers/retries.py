"""When to ask again: how long an endpoint asked to wait, and how long to wait where it said nothing."""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the headers ask to wait at `now` (since 1970): `Retry-After-Ms`, or `Retry-After` in seconds or as
    an HTTP date (RFC 9110, 10.2.3). None where they ask nothing that can be read; never negative.

    `headers` finds names in lower case.

    >>> asked_wait({"retry-after": "1.5"}, 0.0), asked_wait({"retry-after-ms": "250"}, 0.0)
    (1.5, 0.25)
    >>> asked_wait({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, 20.0), asked_wait({"retry-after": "soon"}, 0.0)
    (40.0, None)
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    asked = headers.get("retry-after", "")
    seconds = _number(asked)
    if seconds is None:
        seconds = _until(asked, now)
    return None if seconds is None else max(0.0, seconds)


def wait(number: int, asked: float | None, chance: float) -> float:
    """Seconds to wait after attempt `number` (from 1). `chance` from 0 to 1 spreads those who failed together.

    What was asked, and up to a tenth more, never less. Where nothing was asked: between half and all of ½, 1, 2, 4 …
    seconds, at most 30.

    >>> wait(1, None, 0.0), wait(3, None, 1.0), wait(20, None, 1.0), wait(1, 10.0, 0.5)
    (0.25, 2.0, 30.0, 10.5)
    """
    if asked is not None:
        return asked * (1 + 0.1 * chance)
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(number - 1, 16))
    return longest * (0.5 + 0.5 * chance)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _until(text: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return None
