"""A durable engine of others that keeps calls to an endpoint: DBOS, a workflow with one step for each call.

It writes down that a call began and what it brought. That a request was sent, what it may have cost and what became of
its reply it leaves to whoever uses it.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from importlib.util import find_spec

from sqlalchemy import make_url


def has_dbos() -> bool:
    """`make peers` installs it, into an environment of its own."""
    return find_spec("dbos") is not None


async def keep_with_dbos(
    address: str, calls: int, concurrency: int, ask: Callable[[int], Awaitable[str]]
) -> None:
    """Ask so many times, so many at once. A file gets a write-ahead log, without which it is several times slower."""
    from dbos import DBOS

    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        with sqlite3.connect(str(url.database)) as file:
            file.execute("PRAGMA journal_mode=WAL")
    engine = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)
    DBOS(
        config={
            "name": "benchmark",
            "system_database_url": engine,
            "application_version": "1",
            "log_level": "ERROR",
        }
    )

    async def asked(number: int) -> str:
        return await ask(number)

    step: Callable[[int], Awaitable[str]] = DBOS.step()(asked)

    async def call(number: int) -> str:
        return await step(number)

    called: Callable[[int], Awaitable[str]] = DBOS.workflow()(call)
    DBOS.launch()
    left = iter(range(calls))

    async def call_on() -> None:
        for number in left:
            await called(number)

    try:
        await asyncio.gather(*[call_on() for _ in range(concurrency)])
    finally:
        DBOS.destroy()
