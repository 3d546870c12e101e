"""How fast an endpoint may be asked: so many requests at once, so many requests and tokens a minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.providers.surroundings import Surroundings

WAITING = 2
"""One turn more for each so many slots, so that a slot that is free need not wait for what is written down."""


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
        self._turns = asyncio.Semaphore(concurrency + concurrency // WAITING)
        self._request_seconds = 60 / requests_per_minute if requests_per_minute else 0.0
        self._token_seconds = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._surroundings = surroundings
        self._next_request = self._next_tokens = self._paused_until = 0.0

    def delay(self) -> float:
        """Seconds until the next turn, as it stands."""
        return max(0.0, self._start() - self._surroundings.monotonic())

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """Wait for the limits by the minute, then hold a turn: time to write down what will be sent in `slot`."""
        async with self._turns:
            start = self._start()
            self._next_request = start + self._request_seconds
            self._next_tokens = start + tokens * self._token_seconds
            await self._sleep_until(start)
            yield

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """One of the requests in flight, within a turn."""
        async with self._slots:
            await self._sleep_until(self._paused_until)
            yield

    def correct(self, tokens: int) -> None:
        """Count so many tokens more than were announced; negative for fewer."""
        self._next_tokens += tokens * self._token_seconds

    def pause(self, seconds: float) -> None:
        """Start no request for so long."""
        self._paused_until = max(self._paused_until, self._surroundings.monotonic() + seconds)

    async def _sleep_until(self, start: float) -> None:
        while (left := max(start, self._paused_until) - self._surroundings.monotonic()) > 0:
            await self._surroundings.sleep(left)

    def _start(self) -> float:
        now = self._surroundings.monotonic()
        return max(now, self._next_request, self._next_tokens, self._paused_until)
