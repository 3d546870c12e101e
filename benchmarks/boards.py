"""How long an arena needs to answer for a board, after a new vote and without one.

    scripts/with-postgres.sh .venv/bin/python -m benchmarks.boards

Calls the application in this process, so the time is the server's work: no network, no other requests. A board is
cold when a vote has come since it was last asked for: it is counted from cells, fitted, stored and sent. Otherwise the
stored bytes are sent, or only 304 where the caller has them.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

import httpx
from pydantic import SecretStr

from app.api.main import create_app
from app.db.session import Database
from app.settings import Settings
from benchmarks.databases import Crowd, add_vote, fill, new_postgresql, new_sqlite
from benchmarks.stopwatch import machine, shown
from benchmarks.tables import Table, show

GOAL = 0.1  # seconds for a cold board
COLD, WARM = 15, 50  # requests
POSTGRESQL = "ARENA_TEST_POSTGRES_URL"
PACKED = {"Accept-Encoding": "gzip"}


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    print(machine("numpy", "scipy", "sqlalchemy"), end="\n\n", flush=True)
    crowds = {
        "one": Crowd(models=asked.models, votes=asked.votes),
        "many": Crowd(models=asked.models, votes=asked.votes, categories=12, languages=4),
    }
    for kind, address in _databases(asked.databases):
        for slug, crowd in crowds.items():
            show(_measured(kind, address, slug, crowd), asked.markdown)


def _databases(kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    if "sqlite" in kinds:
        with new_sqlite() as address:
            yield "SQLite", address
    if "postgresql" in kinds:
        if server := os.environ.get(POSTGRESQL):
            with new_postgresql(server) as address:
                yield "PostgreSQL", address
        else:
            print(
                f"PostgreSQL is not measured: {POSTGRESQL} names no server; scripts/with-postgres.sh finds one"
            )


def _measured(kind: str, address: str, slug: str, crowd: Crowd) -> Table:
    database = Database(address)
    try:
        fill(database, slug, crowd, seed=1)
        rows = asyncio.run(_asked(database, address, slug))
    finally:
        database.close()
    slices = crowd.categories * crowd.languages
    title = (
        f"{kind}: {crowd.models} models, {crowd.votes:,} votes in {slices} slice{'s' if slices > 1 else ''}"
    )
    return Table(title, ("", "median", "shortest", "bytes", "goal", "met"), rows)


async def _asked(database: Database, address: str, slug: str) -> tuple[tuple[str, ...], ...]:
    settings = Settings(_env_file=None, database_url=address, secret_key=SecretStr("of the benchmark alone"))
    app = create_app(settings)
    board, singly = f"/api/v1/arenas/{slug}/leaderboard", "?set=cluster=none"

    def new_vote() -> None:
        with database.writing() as session:
            add_vote(session, slug)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://arena", headers=PACKED) as client:
        first = await _times(client, board, 1)
        cold = await _times(client, board, COLD, before=new_vote)
        single = await _times(client, board + singly, COLD, before=new_vote)
        warm = await _times(client, board, WARM)
        etag = {"If-None-Match": warm[-1][1].headers["ETag"]}
        unchanged = await _times(client, board, WARM, headers=etag)
    app.state.database.close()
    return (
        _row("first board of a question, which reads every vote", first),
        _row("cold, clustered by voter", cold, GOAL),
        _row("cold, each vote for itself", single, GOAL),
        _row("warm", warm),
        _row("warm, not modified", unchanged),
    )


Answered = list[tuple[float, httpx.Response]]


async def _times(
    client: httpx.AsyncClient,
    path: str,
    requests: int,
    headers: dict[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> Answered:
    """Seconds and answer of each request."""
    answered = []
    for _ in range(requests):
        if before is not None:
            before()
        started = time.perf_counter()
        answer = await client.get(path, headers=headers)
        answered.append((time.perf_counter() - started, answer))
        if answer.status_code not in (200, 304):
            raise RuntimeError(f"{path} gave {answer.status_code}: {answer.text[:500]}")
    return answered


def _row(name: str, answered: Answered, goal: float | None = None) -> tuple[str, ...]:
    seconds = [each for each, _ in answered]
    last = answered[-1][1]
    size = f"{last.num_bytes_downloaded:,}" if last.status_code == 200 else "304"
    middle = median(seconds)
    met = "" if goal is None else "yes" if middle < goal else "no"
    return name, shown(middle), shown(min(seconds)), size, "" if goal is None else f"< {shown(goal)}", met


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.boards",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = ("sqlite", "postgresql")
    parser.add_argument("--models", type=int, default=300, metavar="N", help="models of an arena (300)")
    parser.add_argument(
        "--votes", type=int, default=1_000_000, metavar="N", help="votes in an arena (1,000,000)"
    )
    parser.add_argument("--databases", nargs="+", choices=kinds, default=kinds, help="which of them")
    parser.add_argument("--markdown", action="store_true", help="print a table to paste into a page")
    return parser


if __name__ == "__main__":
    main()
