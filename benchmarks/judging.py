"""How near a judge run comes to the pace that its endpoint allows, what a call costs, and whether memory stays flat.

    scripts/with-postgres.sh .venv/bin/python -m benchmarks.judging

The endpoint is a process of its own that takes 200 ms for each reply, and 32 questions may be in flight, so at most 160
calls a second are possible. The same HTTP client in a bare loop, which keeps nothing, is measured in the same minute:
what it misses, the machine misses. A run keeps each question before it is sent and each reply before it counts.

Where DBOS is installed, a durable engine for any work, it is measured too, with less to keep:

    make peers
    scripts/with-postgres.sh build/peers/bin/python -m benchmarks.judging --calls 3000
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from app import providers
from app.db.session import Database
from app.domain import answers, arenas, models, prompts, runs
from app.domain.arenas import ArenaRules
from app.domain.judges import roster
from app.domain.judges.roster import NewJudge
from app.domain.models import NewModel
from app.domain.prompts import NewPrompt
from app.domain.runs import Budget
from app.domain.selections import Selection
from app.providers.exchange import Message, Question, Reply
from app.providers.provider import Operator, Provider
from app.worker.judging import Desk, work
from benchmarks import engines
from benchmarks.databases import new_postgresql, new_sqlite
from benchmarks.stopwatch import machine
from benchmarks.tables import Table, show

GOAL = 0.9
MARKS = 5
POSTGRESQL = "ARENA_TEST_POSTGRES_URL"
OPERATOR = Operator(private_hosts=("127.0.0.1",))
TEXT = "A sentence of an answer that says little. " * 20  # 840 characters
SLUG = "benchmark"
HEAD = ("", "calls/s", "of the ideal", "of the bare loop", "CPU a call", "memory", "goal", "met")


@dataclass(frozen=True, slots=True)
class Load:
    calls: int
    seconds: float
    concurrency: int

    @property
    def ideal(self) -> float:
        """Calls a second, were there nothing but the endpoint."""
        return self.concurrency / self.seconds


@dataclass(frozen=True, slots=True)
class Measured:
    """`memory` in MB, at even moments from the start to the end."""

    rate: float
    cpu: float
    memory: tuple[float, ...]


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    load = Load(asked.calls, asked.seconds, asked.concurrency)
    print(machine("httpx", "sqlalchemy", "psycopg"), end="\n\n", flush=True)
    rows = []
    with _endpoint(load.seconds) as url:
        for kind, address in _databases(asked.databases):
            bare = _bare(url, Load(min(load.calls, asked.bare), load.seconds, load.concurrency))
            rows.append(_row("bare loop", bare, load, None))
            rows.append(_row(f"run on {kind}", _run(address, url, load), load, bare))
            if engines.has_dbos():
                rows.append(_row(f"DBOS on {kind}", _kept_by_dbos(address, url, load), load, bare))
    each = f"{load.concurrency} in flight, {load.seconds * 1000:.0f} ms each"
    title = f"{load.calls:,} calls, {each}: {load.ideal:.0f} a second"
    show(Table(title, HEAD, tuple(rows)), asked.markdown)


@contextmanager
def _endpoint(seconds: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.endpoint", "--seconds", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


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


def _bare(url: str, load: Load) -> Measured:
    """The provider alone, asked by as many loops as may be in flight."""

    async def asked() -> None:
        provider = providers.opened("openai_chat", _endpoint_settings(url, load), OPERATOR)
        left = iter(range(load.calls))

        async def ask_on() -> None:
            for number in left:
                await _ask(provider, number)

        await asyncio.gather(*[ask_on() for _ in range(load.concurrency)])
        await provider.close()

    with _watched(load) as found:
        asyncio.run(asked())
    return found[0]


def _kept_by_dbos(address: str, url: str, load: Load) -> Measured:
    """The same calls, each a workflow with one step."""

    async def kept() -> None:
        provider = providers.opened("openai_chat", _endpoint_settings(url, load), OPERATOR)
        await engines.keep_with_dbos(address, load.calls, load.concurrency, partial(_ask, provider))
        await provider.close()

    with _watched(load) as found:
        asyncio.run(kept())
    return found[0]


async def _ask(provider: Provider, number: int) -> str:
    message = Message("user", f"{TEXT}{TEXT}{number}")
    reply = await provider.ask(Question("fake", (message,), max_tokens=1024))
    if not isinstance(reply, Reply):
        raise RuntimeError(str(reply))
    return reply.text


def _run(address: str, url: str, load: Load) -> Measured:
    database = Database(address)
    try:
        run = _started(database, url, load)
        with _watched(load) as found:
            work(Desk(database, OPERATOR, "fence"), threading.Event(), run)
        with database.reading() as session:
            row = runs.find(session, run)
            if (row.state, row.votes, row.calls) != ("done", load.calls, load.calls):
                raise RuntimeError(f"{row.state}, {row.votes} votes, {row.calls} calls: {row.why}")
    finally:
        database.close()
    return found[0]


def _started(database: Database, url: str, load: Load) -> str:
    """A run of so many calls: two answers to half as many prompts, in both orders."""
    now = datetime.now(UTC)
    with database.writing() as session:
        arena = arenas.create(session, SLUG, ArenaRules("Benchmark"), now)
        asked = [
            NewPrompt(at, f"p{at}", ({"role": "user", "content": f"Question {at}?"},))
            for at in range(1, load.calls // 2 + 1)
        ]
        prompts.submit(session, arena, asked, now)
        for name in ("one", "other"):
            model = models.register(session, arena, NewModel(name), None, now)
            said = [
                answers.NewAnswer(
                    at.line, at.id, ({"role": "assistant", "content": f"{name} {at.line}: {TEXT}"},)
                )
                for at in asked
            ]
            answers.submit(session, arena, model, said, (), now)
        judge = NewJudge("fast", "fake", endpoint=_endpoint_settings(url, load))
        row = roster.register(session, arena, judge, now)
        selection = Selection("new", most=load.calls // 2)
        return runs.start(session, arena, row, selection, Budget(), now).public_id


def _endpoint_settings(url: str, load: Load) -> dict[str, str | float | int | bool | None]:
    return {"base_url": url, "concurrency": load.concurrency, "input_price": 1.0, "output_price": 2.0}


@contextmanager
def _watched(load: Load) -> Iterator[list[Measured]]:
    """Time, CPU time and memory of what is done within."""
    found: list[Measured] = []
    memory, over = [_megabytes()], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            memory.append(_megabytes())

    watcher = threading.Thread(target=watch)
    began, cpu = time.perf_counter(), time.process_time()
    watcher.start()
    try:
        yield found
    finally:
        took, worked = time.perf_counter() - began, time.process_time() - cpu
        over.set()
        watcher.join()
    memory.append(_megabytes())
    marks = [memory[mark * (len(memory) - 1) // MARKS] for mark in range(MARKS + 1)]
    found.append(Measured(load.calls / took, worked / load.calls, tuple(marks)))


def _megabytes() -> float:
    """Memory in use; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    found = re.search(r"^VmRSS:\s+(\d+) kB", status.read_text(), re.MULTILINE) if status.exists() else None
    return int(found[1]) / 1024 if found else 0.0


def _row(name: str, found: Measured, load: Load, bare: Measured | None) -> tuple[str, ...]:
    share = found.rate / load.ideal
    memory = " ".join(f"{each:.0f}" for each in found.memory) + " MB"
    goal = ("", "") if bare is None else (f"≥ {GOAL:.0%} of the ideal", "yes" if share >= GOAL else "no")
    beside = "" if bare is None else f"{found.rate / bare.rate:.1%}"
    return name, f"{found.rate:.1f}", f"{share:.1%}", beside, f"{found.cpu * 1000:.1f} ms", memory, *goal


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.judging",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = ("sqlite", "postgresql")
    parser.add_argument("--calls", type=int, default=20_000, metavar="N", help="calls of a run (20,000)")
    parser.add_argument("--bare", type=int, default=3_000, metavar="N", help="calls of the bare loop (3,000)")
    parser.add_argument("--seconds", type=float, default=0.2, help="how long the endpoint thinks (0.2)")
    parser.add_argument("--concurrency", type=int, default=32, metavar="N", help="questions in flight (32)")
    parser.add_argument("--databases", nargs="+", choices=kinds, default=kinds, help="which of them")
    parser.add_argument("--markdown", action="store_true", help="print a table to paste into a page")
    return parser


if __name__ == "__main__":
    main()
