"""How long a large file of answers takes: to come in parts, to be looked through, to be stored.

    .venv/bin/python -m benchmarks.uploads
    .venv/bin/python -m benchmarks.uploads --server postgresql+psycopg://postgres@127.0.0.1/postgres

As many prompts as answers; an answer has about 900 letters in several paragraphs, one in fifty names a model. The work
is what the worker does, without a server beside it.
"""

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from sqlalchemy import func, insert, select

from app.api.uploads import read_answer
from app.db.session import Database
from app.db.tables import Answer, Model, Prompt, Upload
from app.domain import arenas, models, uploads
from app.domain.arenas import ArenaRules
from app.domain.models import NewModel
from app.worker import Checking, check_uploads, store_uploads
from benchmarks.databases import new_postgresql, new_sqlite
from benchmarks.stopwatch import machine, shown
from benchmarks.tables import Table, show

LETTERS = "abcdefghijklmnoprstuvw"


def lines(count: int, seed: int = 1) -> bytes:
    """A file of that many answers."""
    chance = np.random.default_rng(seed)
    letters = chance.integers(0, len(LETTERS), (2_000, 7))
    known = ["".join(LETTERS[at] for at in word[: 2 + word[0] % 6]) for word in letters]
    written = []
    for at in range(count):
        words = [known[word] for word in chance.integers(0, len(known), 160)]
        words[::40] = [f"\n\n## {words[0].title()}.\n\n" for _ in words[::40]]
        if at % 50 == 0:
            words[100] = "ChatGPT"
        written.append(json.dumps({"prompt_id": f"p{at}", "text": " ".join(words)}))
    return "\n".join(written).encode() + b"\n"


def prepare(database: Database, prompts: int) -> int:
    """An arena with that many prompts and forty models; gives the id of the one that answers."""
    now = datetime.now(UTC)
    with database.writing() as session:
        arena = arenas.create(session, "large", ArenaRules("Large"), now)
        rows = [
            {
                "arena_id": arena.id, "external_id": f"p{at}", "language": "en", "category": "chat", "references": [],
                "messages": [{"role": "user", "content": f"What about matter number {at}?"}],
                "rubrics": [], "details": {}, "created_at": now,
            }
            for at in range(prompts)
        ]  # fmt: skip
        session.execute(insert(Prompt), rows)
        for at in range(40):
            mine = models.register(session, arena, NewModel(f"model-{at}b", organization="Maker"), None, now)
        return mine.id


def measure(address: str, data: bytes, count: int) -> list[tuple[float, float]]:
    """Seconds, and of these in this process, to take the file in, to look through it and to store it."""
    with closing(Database(address)) as database:
        model_id = prepare(database, count)
        marks = [_clocks()]
        now = datetime.now(UTC)
        with database.writing() as session:
            row = uploads.begin(session, session.get_one(Model, model_id), "a", len(data), None, 10**9, now)
            key = row.id
        for at in range(0, len(data), uploads.LARGEST_CHUNK):
            with database.writing() as session:
                row = session.get_one(Upload, key)
                uploads.append(session, row, at, data[at : at + uploads.LARGEST_CHUNK], now)
        marks.append(_clocks())
        with database.writing() as session:
            uploads.ask_check(session, session.get_one(Upload, key), now)
        checking = Checking(read_answer)
        while check_uploads(database, checking):
            pass
        marks.append(_clocks())
        with database.writing() as session:
            uploads.confirm(session, session.get_one(Upload, key), now)
        while store_uploads(database, 1):
            pass
        marks.append(_clocks())
        with database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Answer)) == count
    return [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(marks)]


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--server", help="also on this PostgreSQL")
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args(arguments)
    print(machine("sqlalchemy", "psycopg"), end="\n\n")
    data, rows = lines(given.answers), []
    with ExitStack() as stack:
        places = {"SQLite": stack.enter_context(new_sqlite())}
        if given.server:
            places["PostgreSQL"] = stack.enter_context(new_postgresql(given.server))
        for name, address in places.items():
            told = measure(address, data, given.answers)
            rows.append((name, *(f"{shown(all_in_all)} ({shown(here)})" for all_in_all, here in told)))
    title = f"{given.answers:,} answers, {len(data) / 1e6:.0f} MB: time (processor time of the worker)"
    show(Table(title, ("", "take in", "look through", "store"), tuple(rows)), given.markdown)


if __name__ == "__main__":
    main()
