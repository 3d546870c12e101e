# ruff: noqa: N999  # called by its path, never imported by name
"""How quick an import is beside the database's own bulk load of the same rows, and whether its memory stays flat.

    .venv/bin/python -m benchmarks.import
    .venv/bin/python -m benchmarks.import --votes 100000 --server postgresql+psycopg://postgres@127.0.0.1/postgres

A CSV of simulated votes is imported as `arena import` does it: read, checked, matched with what is known, stored as a
battle, a ballot and a vote each. Then the rows that are there now are loaded into a second, migrated database as they
are: with COPY on PostgreSQL, with one prepared statement a table on SQLite; constraints and indexes are kept in both.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Arena, Ballot, Battle, Dimension, DimensionVersion, Model, Prompt, Rater, Vote
from app.domain import arenas, exports, imports, native
from app.domain.exports import ExportReport, Wanted
from app.domain.formats import read_file
from benchmarks.databases import new_postgresql, new_sqlite
from benchmarks.stopwatch import Measured, machine, measured, resident, shown
from benchmarks.tables import Table, show

GOAL = 0.2
TABLES = (Arena, Dimension, DimensionVersion, Prompt, Model, Rater, Battle, Ballot, Vote)
WORDS = ("a", "b", "tie", "both_bad")
HEADER = "model_a,model_b,winner,prompt_id,rater,language,category,timestamp\n"


def write_votes(path: Path, votes: int, seed: int) -> None:
    """A CSV of that many votes of 5,000 people on 2,000 prompts, between 40 models."""
    chance = np.random.default_rng(seed)
    first = chance.integers(0, 40, votes)
    second = (first + chance.integers(1, 40, votes)) % 40
    word, prompt, person = (chance.integers(0, most, votes) for most in (len(WORDS), 2_000, 5_000))
    with path.open("w") as file:
        file.write(HEADER)
        rows = zip(*(column.tolist() for column in (first, second, word, prompt, person)), strict=True)
        for at, (a, b, said, asked, who) in enumerate(rows):
            file.write(
                f"model-{a},model-{b},{WORDS[said]},p{asked},person-{who},en,chat,{1_700_000_000 + at}\n"
            )


class Marks:
    """Ten times on the way: how many votes are done, how many a second since the mark before, and the memory (MB)."""

    def __init__(self, votes: int) -> None:
        self.every = max(1, votes // 10)
        self.marks: list[tuple[int, float, float]] = []
        self._last: tuple[int, float] | None = None
        self.started = 0.0

    def start(self) -> Callable[[int], None]:
        """From now on; what hears how many votes are done."""
        self.started = time.perf_counter()
        return self.reached

    def reached(self, done: int) -> None:
        now = time.perf_counter()
        before, since = self._last or (0, self.started)
        if done // self.every > before // self.every:
            self.marks.append((done, (done - before) / (now - since), resident() or 0))
            self._last = (done, now)


def count_up(progress: Callable[[int], None]) -> Callable[[int], None]:
    """Hears how many more there are, and tells how many there are."""
    total = 0

    def more(votes: int) -> None:
        nonlocal total
        progress(total := total + votes)

    return more


def nothing(votes: int) -> None:
    """Nobody wants to hear how far it is."""


def import_file(database: Database, path: Path, progress: Callable[[int], None] = nothing) -> None:
    now = datetime.now(UTC)
    with database.writing() as session, path.open("rb") as file:
        arena = arenas.create(session, "benchmark", arenas.ArenaRules("Benchmark"), now)
        votes, done = [("votes", read_file("csv", file, {}))], count_up(progress)
        imports.import_votes(session, arena, votes, now, progress=done)


def export_file(
    database: Database, path: Path, format_name: str, progress: Callable[[int], None] = nothing
) -> None:
    with database.reading() as session, path.open("wb") as file:
        arena = arenas.find(session, "benchmark")
        if format_name == "native":
            file.writelines(native.write(session, arena))
        else:
            wanted, report = Wanted.of(format_name), ExportReport()
            file.writelines(exports.write_votes(session, arena, wanted, None, report, progress))


def restore_file(database: Database, path: Path) -> None:
    now = datetime.now(UTC)
    with database.writing() as session, path.open("rb") as file:
        arena = arenas.create(session, "benchmark", arenas.ArenaRules("Benchmark"), now)
        native.restore(session, arena, "file", file, now)


def rows_of(database: Database) -> list[tuple[str, list[str], Any]]:
    """What an import left, table by table, as the driver gave it: rows on SQLite, COPY's own bytes on PostgreSQL."""
    found = []
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        for table in TABLES:
            names = [column.name for column in table.__table__.c]
            if database.engine.dialect.name == "postgresql":
                rows: Any = io.BytesIO()
                with driver.cursor().copy(f"COPY {_named(table.__tablename__, names)} TO STDOUT") as copy:
                    for piece in copy:
                        rows.write(piece)
            else:
                rows = driver.execute(str(select(table.__table__).compile(connection))).fetchall()
            found.append((table.__tablename__, names, rows))
    return found


def bulk_load(database: Database, rows: Sequence[tuple[str, list[str], Any]]) -> None:
    """The same rows in one transaction, as quickly as the database takes them."""
    with database.writing() as session:
        driver: Any = session.connection().connection.driver_connection
        for table, names, some in rows:
            if database.engine.dialect.name == "postgresql":
                with driver.cursor().copy(f"COPY {_named(table, names)} FROM STDIN") as copy:
                    copy.write(some.getvalue())
            else:
                marks = ", ".join("?" * len(names))
                driver.executemany(f"INSERT INTO {_named(table, names)} VALUES ({marks})", some)


def _named(table: str, names: Sequence[str]) -> str:
    return f'"{table}" ({", ".join(f"{name!r}" for name in names)})'.replace("'", '"')


def measure(server: str | None, votes: int, seed: int) -> tuple[Table, Table, float]:
    """A line for each way, memory at marks on the way, and the speed of the import over that of the bulk load."""
    fresh = partial(new_postgresql, server) if server else new_sqlite
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        imported, loaded, restored = (
            stack.enter_context(closing(Database(stack.enter_context(fresh())))) for _ in range(3)
        )
        ways, marks = _in_and_out(imported, folder, votes, seed)
        rows = rows_of(imported)
        ways["the database's own bulk load"] = _once(lambda: bulk_load(loaded, rows))
        rows.clear()
        whole = folder / "arena.jsonl"
        ways["export of native"] = _once(lambda: export_file(imported, whole, "native"))
        ways["import of native"] = _once(lambda: restore_file(restored, whole))
    share = ways["the database's own bulk load"].seconds / ways["import of csv"].seconds
    return _table(ways, votes, server), marks, share


def measure_flat(server: str | None, votes: int, seed: int) -> tuple[Table, Table]:
    """CSV in and out alone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        fresh = new_postgresql(server) if server else new_sqlite()
        database = stack.enter_context(closing(Database(stack.enter_context(fresh))))
        ways, marks = _in_and_out(database, folder, votes, seed)
    return _table(ways, votes, server), marks


def _in_and_out(
    database: Database, folder: Path, votes: int, seed: int
) -> tuple[dict[str, Measured[None]], Table]:
    file, coming, going = folder / "votes.csv", Marks(votes), Marks(votes)
    write_votes(file, votes, seed)
    ways = {
        "import of csv": _once(lambda: import_file(database, file, coming.start())),
        "export of csv": _once(lambda: export_file(database, folder / "out.csv", "csv", going.start())),
    }
    return ways, _on_the_way(coming, going)


def _table(ways: Mapping[str, Measured[None]], votes: int, server: str | None) -> Table:
    lines = [
        (name, shown(way.seconds), f"{votes / way.seconds:,.0f}", f"{way.megabytes or 0:,.0f} MB")
        for name, way in ways.items()
    ]
    title = f"{votes:,} votes, {'PostgreSQL' if server else 'SQLite'}"
    return Table(title, ("", "time", "votes a second", "memory"), tuple(lines))


def _on_the_way(coming: Marks, going: Marks) -> Table:
    rows = [
        (f"{done:,}", f"{speed:,.0f}", f"{memory:,.0f} MB", f"{back:,.0f}", f"{held:,.0f} MB")
        for (done, speed, memory), (_, back, held) in zip(coming.marks, going.marks, strict=False)
    ]
    head = ("votes", "in, a second", "memory of the process", "out, a second", "memory of the process")
    return Table("On the way, csv in and out", head, tuple(rows))


def _once(work: Callable[[], None]) -> Measured[None]:
    return measured(work, least=1, most=1)


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--server", help="a PostgreSQL server that lets us create databases; without it, SQLite"
    )
    parser.add_argument("--flat", action="store_true", help="only CSV in and out, and the memory on the way")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(given)
    print(machine("sqlalchemy", "psycopg"), end="\n\n")
    if asked.flat:
        for each in measure_flat(asked.server, asked.votes, asked.seed):
            show(each, asked.markdown)
        return 0
    table, marks, share = measure(asked.server, asked.votes, asked.seed)
    show(table, asked.markdown)
    show(marks, asked.markdown)
    print(f"\nThe import has {share:.0%} of the speed of the bulk load; the goal is {GOAL:.0%}.")
    return 0 if share >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
