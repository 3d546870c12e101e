"""Guards around every route: no body beyond a limit, no write that another site's page sent with a voter's cookie."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems

SAFE = ("GET", "HEAD", "OPTIONS")


class SameSite:
    """Refuses writes that a browser says come from another site, unless they bring an API key."""

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


def _is_foreign(headers: Headers) -> bool:
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") and "authorization" not in headers
