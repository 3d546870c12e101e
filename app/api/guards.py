"""Guards: no body beyond a limit, no write that another site's page sent with a cookie, no guessing of keys."""

from collections import OrderedDict, deque

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems

SAFE = ("GET", "HEAD", "OPTIONS")
TRIES = 10
TRIES_SECONDS = 60.0
ADDRESSES_REMEMBERED = 10_000


class SameSite:
    """Refuses writes that a browser says come from another site, unless they bring an API key.

    A key comes from no other site's page: sending one needs a leave that is never given. Browsers too old to say from
    which site they come name the origin of the page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE and _is_foreign(Headers(scope=scope)):
            refusal = "this call may only come from the arena's own pages"
            await problems.response(403, "cross-site", refusal)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class BodyLimit:
    """Stops reading a body that is too large, whether or not it said so, and answers 413."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self.app, self.largest = app, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.largest:
                raise HTTPException(413, f"the body is larger than {self.largest:,} bytes; send it in parts")
            return message

        await self.app(scope, counted, send)


class FailedLogins:
    """When logins failed, by address, in this process: after ten in a minute the address must wait.

    >>> failed = FailedLogins()
    >>> for second in range(10):
    ...     failed.note("::1", float(second))
    >>> failed.must_wait("::1", 59.0), failed.must_wait("::1", 60.5), failed.must_wait("::2", 59.0)
    (True, False, False)
    """

    def __init__(self) -> None:
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()

    def must_wait(self, address: str, now: float) -> bool:
        """`now` in seconds of any clock that does not go back."""
        moments = self._moments.get(address, ())
        return sum(now - moment < TRIES_SECONDS for moment in moments) >= TRIES

    def note(self, address: str, now: float) -> None:
        self._moments.setdefault(address, deque(maxlen=TRIES)).append(now)
        self._moments.move_to_end(address)
        if len(self._moments) > ADDRESSES_REMEMBERED:
            self._moments.popitem(last=False)


def _is_foreign(headers: Headers) -> bool:
    if "authorization" in headers:
        return False
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None or origin is None:
        return site in ("cross-site", "same-site")
    return origin.partition("://")[2] != headers.get("host")
