"""Event streams: many may be open for hours, so none holds a connection, a thread or a turn while nothing happens.

Whoever watches the same thing shares one look at the database. The id of an event numbers what it shows, so that a
client that comes back with Last-Event-ID is told nothing twice and misses nothing that still holds.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
LOOKS_AT_ONCE = 2
REST = 4  # times what a look took, at least, until the next

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen: the JSON of it at a revision, and whether nothing will change any more."""

    revision: int
    body: str
    over: bool

    @property
    def number(self) -> int:
        """Of its event: grows with the revision, and by the end alone."""
        return 2 * self.revision + self.over


Look = Callable[[Sight | None], Sight]
"""Reads the thing anew, or gives back the sight before where that has not changed."""


@dataclass(slots=True)
class _Watched:
    watchers: int = 0
    sight: Sight | None = None
    until: float = 0.0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Watch:
    """What the streams of this process look at, by a name of its own."""

    _watched: dict[str, _Watched] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKS_AT_ONCE))

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of what somebody looks at."""
        return tuple(self._watched)

    async def events(self, name: str, look: Look, last: int | None) -> AsyncIterator[str]:
        """The present state if it is newer than event `last`, then each change, then `done`; a comment while nothing
        happens. Ends early where the database is away: clients come back by themselves.
        """
        watched = self._watched.setdefault(name, _Watched())
        watched.watchers += 1
        try:
            told, spoke = last, time.monotonic()
            while True:
                sight = await self._sight(watched, look)
                if sight.number != told:
                    told, spoke = sight.number, time.monotonic()
                    yield event("done" if sight.over else "progress", sight)
                elif time.monotonic() - spoke >= HEARTBEAT_SECONDS:
                    spoke = time.monotonic()
                    yield ": nothing new\n\n"
                if sight.over:
                    return
                await asyncio.sleep(LOOK_SECONDS)
        except SQLAlchemyError:
            log.exception("a stream ends, since the database is away")
        finally:
            watched.watchers -= 1
            if not watched.watchers:
                self._watched.pop(name, None)

    async def _sight(self, watched: _Watched, look: Look) -> Sight:
        async with watched.reading:
            if watched.sight is None or time.monotonic() >= watched.until:
                async with self._turns:
                    began = time.monotonic()
                    # Not in the threads of the routes, so that streams cannot take them all.
                    watched.sight = await asyncio.to_thread(look, watched.sight)
                ended = time.monotonic()
                watched.until = ended + max(LOOK_SECONDS / 2, REST * (ended - began))
            return watched.sight


def event(kind: str, sight: Sight) -> str:
    """
    >>> event("done", Sight(7, '{"state": "done"}', True))
    'id: 15\\nevent: done\\ndata: {"state": "done"}\\n\\n'
    """
    return f"id: {sight.number}\nevent: {kind}\ndata: {sight.body}\n\n"
