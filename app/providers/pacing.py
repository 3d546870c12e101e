"""How fast an endpoint may be asked: so many requests at once, so many requests and tokens a minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.providers.surroundings import Surroundings


class Pace:
    """Turns at one endpoint. They are spread evenly: at 60 requests a minute one starts each second, so that no window
    of any length sees more than its share.

    A request with n tokens takes up n ÷ tokens_per_minute of a minute; `correct` settles it when the true number is
    known. `pause` holds back everybody, as an endpoint asks with Retry-After. For one event loop.
    """

    def __init__(
        self,
        concurrency: int,
        requests_per_minute: float | None,
        tokens_per_minute: float | None,
        surroundings: Surroundings,
    ) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._request_seconds = 60 / requests_per_minute if requests_per_minute else 0.0
        self._token_seconds = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._surroundings = surroundings
        self._next_request = self._next_tokens = self._paused_until = 0.0

    def delay(self) -> float:
        """Seconds until the next turn, as it stands."""
        return max(0.0, self._start() - self._surroundings.monotonic())

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """Wait for a slot and for the limits, then hold the slot."""
        async with self._slots:
            start = self._start()
            self._next_request = start + self._request_seconds
            self._next_tokens = start + tokens * self._token_seconds
            while (left := max(start, self._paused_until) - self._surroundings.monotonic()) > 0:
                await self._surroundings.sleep(left)
            yield

    def correct(self, tokens: int) -> None:
        """Count so many tokens more than were announced; negative for fewer."""
        self._next_tokens += tokens * self._token_seconds

    def pause(self, seconds: float) -> None:
        """Start no request for so long."""
        self._paused_until = max(self._paused_until, self._surroundings.monotonic() + seconds)

    def _start(self) -> float:
        now = self._surroundings.monotonic()
        return max(now, self._next_request, self._next_tokens, self._paused_until)
