"""Whether cells equal votes, and what they cost, when many votes are imported and more are cast while boards are read.

    .venv/bin/python -m benchmarks.tallies
    .venv/bin/python -m benchmarks.tallies --database-url postgresql+psycopg://postgres@127.0.0.1/empty

Votes are simulated by the database itself and written as an import leaves them: a battle, a ballot and a vote each, a
day in a transaction. Then come their roll-up, cold reads, roll-ups of a few new votes, and voters who vote over
HTTP on a server of its own while boards are read and its worker rolls up. At the end every vote is counted anew and
compared with the cells; the exit code is 1 where they differ. The database must be empty; without one a SQLite file is
made and removed.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, case, cast, false, func, insert, literal, select
from sqlalchemy.orm import Session

from app import worker
from app.db.session import Database
from app.db.tables import Arena, Ballot, Battle, Dimension, Model, Rater, Vote
from app.db.types import UtcDateTime
from app.db.upgrade import upgrade
from app.domain import answers, arenas, models, prompts, tallies, verification
from app.domain.tallies import Slice
from app.stats.tally import Tally
from benchmarks.stopwatch import machine, shown
from benchmarks.tables import Table, show
from tests import servers
from tests.system.voting import client, new_voter

SLUG = "benchmark"
PROMPTS = 20
VOTERS = 8  # over HTTP, at once
START = datetime(2025, 1, 1, tzinfo=UTC)
CATEGORIES = ("", "medicine", "medicine/eye", "law", "code", "code/python")
LANGUAGES = ("en", "zh-Hans", "zh-Hant", "de")
NEW = (1_000, 10_000, 100_000)
FILTERS: dict[str, dict[str, Any]] = {
    "everything": {},
    "a category path": {"category": "medicine"},
    "every day": {"since": START.date()},
    "a day": {"since": START.date(), "until": START.date() + timedelta(days=1)},
}


@dataclass(frozen=True, slots=True)
class Size:
    votes: int
    models: int
    raters: int
    days: int
    categories: int
    languages: int
    cast: int


class Run:
    """One database; `lines` are what was measured."""

    def __init__(self, database: Database, size: Size) -> None:
        self.database, self.size = database, size
        self.lines: list[tuple[str, str, str]] = []
        self.loaded = 0

    def timed(self, name: str, work: Callable[[], str | None]) -> None:
        start = time.perf_counter()
        told = work()
        self.lines.append((name, shown(time.perf_counter() - start), told or ""))

    def load(self, votes: int, days: int = 1) -> None:
        """As many votes on each of the last days; a day is a transaction."""
        for day in range(days):
            share = votes // days + (day < votes % days)
            moment = START + timedelta(days=self.size.days - days + day)
            with self.database.writing() as session:
                _load(session, self.size, self.loaded + 1, self.loaded + share, moment)
            self.loaded += share

    def tidy(self) -> None:
        """What PostgreSQL does by itself within minutes: statistics, without which it reads every vote."""
        if self.database.engine.dialect.name == "postgresql":
            with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM (ANALYZE)")

    def roll_up(self) -> None:
        worker.roll_up(self.database)

    def read(self, **filters: Any) -> str:
        with self.database.reading() as session:
            tally = _read(session, **filters)
            return f"{len(tally.count):,} cells of {tally.votes:,} votes"


def main() -> int:
    arguments = _arguments()
    size = Size(**{name: getattr(arguments, name) for name in Size.__dataclass_fields__})
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        for url in arguments.database_url or [f"sqlite:///{folder}/arena.db"]:
            differences += _measure(url, size, Path(folder), arguments.markdown)
    return 1 if differences else 0


def _measure(url: str, size: Size, folder: Path, markdown: bool) -> int:
    upgrade(url)
    with closing(Database(url)) as database:
        run = Run(database, size)
        _prepare(database, size)
        run.timed("writing them", lambda: run.load(size.votes, size.days))
        run.timed("roll-up of all", run.roll_up)
        run.tidy()
        for named, filters in FILTERS.items():
            for when in ("cold", "again"):
                run.timed(f"{when}: read {named}", partial(run.read, **filters))
        run.timed("rows with voter and prompt", lambda: _comparisons(database))
        for new in NEW:
            run.load(new)
            run.timed(f"read with {new:,} new votes", run.read)
            run.timed(f"roll-up of {new:,} new votes", run.roll_up)
        run.timed(f"{size.cast:,} votes over HTTP", lambda: _vote_over_http(url, database, size, folder))
        with database.reading() as session:
            verified = verification.verify(session, session.scalars(select(Arena.id)).all())
        found = len(verified.differences)
        told = f"{verified.votes:,} votes, {verified.cells:,} cells: {found or 'no'} differences"
        sizes = ", ".join(f"{value:,} {name}" for name, value in asdict(size).items())
        title = f"{database.engine.dialect.name}: {sizes} ({machine('numpy', 'sqlalchemy')})"
        lines = (*run.lines, ("cells and votes", "", told))
        show(Table(title, ("what", "time", "what came out"), lines), markdown)
        return found


def _prepare(database: Database, size: Size) -> None:
    """An arena in which every model has answered some prompts."""
    now = datetime.now(UTC)
    with database.writing() as session:
        arena = arenas.create(session, SLUG, arenas.ArenaRules(SLUG, goal=size.cast), now)
        asked = [
            prompts.NewPrompt(line, f"p{line}", ({"role": "user", "content": f"Question {line}"},), "en", "")
            for line in range(1, PROMPTS + 1)
        ]
        prompts.submit(session, arena, asked, now)
        for at in range(size.models):
            model = models.register(session, arena, models.NewModel(_model(at)), None, now)
            said = [
                answers.NewAnswer(line, f"p{line}", ({"role": "assistant", "content": "Answer"},))
                for line in range(1, PROMPTS + 1)
            ]
            answers.submit(session, arena, model, said, (), now)
        raters = [
            {"arena_id": arena.id, "kind": "human", "name": f"r{at}", "version": "", "created_at": now}
            for at in range(size.raters)
        ]
        session.execute(insert(Rater), raters)


def _load(session: Session, size: Size, first: int, last: int, moment: datetime) -> None:
    """Votes number `first` to `last`; the stronger model wins more often, and every fourth is a tie."""
    arena = session.scalars(select(Arena).where(Arena.slug == SLUG)).one()
    model, rater = (session.scalar(select(func.min(table.id))) for table in (Model, Rater))
    numbers = select(literal(first, BigInteger).label("at")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.at + 1).where(numbers.c.at < last))
    at = numbers.c.at

    def chance(prime: int, below: int) -> ColumnElement[int]:
        return at * literal(prime, BigInteger) % 2_147_483_647 % below

    a = chance(48_271, size.models)
    b = (a + 1 + chance(69_621, size.models - 1)) % size.models
    won = chance(39_373, 1_000) < 500 + (b - a) * 400 / size.models
    verdict = case((chance(16_807, 4) == 0, "tie"), (won, "a"), else_="b")
    place = {
        "category": _one_of(CATEGORIES[: size.categories], chance(742_938_285, size.categories)),
        "language": _one_of(LANGUAGES[: size.languages], chance(950_706_376, size.languages)),
    }
    common = {"id": at, "arena_id": literal(arena.id)}
    who = rater + chance(1_226_874_159, size.raters)
    rows: dict[type[Battle] | type[Ballot] | type[Vote], dict[str, Any]] = {
        Battle: common | place | {
            "public_id": literal("b").concat(cast(at, Text)),
            "model_a_id": model + a,
            "model_b_id": model + b,
            "state": literal("imported"),
            "dealt_at": literal(moment, UtcDateTime),
        },
        Ballot: {
            "id": at,
            "rater_id": who,
            "comment": literal(""),
            "recognised": false(),
            "created_at": literal(moment, UtcDateTime),
        },
        Vote: common | {
            "battle_id": at,
            "dimension_id": select(func.min(Dimension.id)).scalar_subquery(),
            "dimension_version": literal(1),
            "rater_id": who,
            "ballot_id": at,
            "shown_as_a": literal("a"),
            "verdict": verdict,
            "state": literal("counted"),
            "created_at": literal(moment, UtcDateTime),
        },
    }  # fmt: skip
    for table, columns in rows.items():
        session.execute(insert(table).from_select(list(columns), select(*columns.values())))
        if session.get_bind().dialect.name == "postgresql":
            sequence = func.pg_get_serial_sequence(table.__tablename__, "id")
            session.execute(select(func.setval(sequence, last)))


def _one_of(words: Sequence[str], at: ColumnElement[int]) -> ColumnElement[str]:
    return case(dict(enumerate(words)), value=at)


def _model(at: int) -> str:
    return f"model-{at:03}"


def _read(session: Session, **filters: Any) -> Tally:
    """All that a board reads before it is fitted."""
    dimension = session.scalars(select(Dimension).where(Dimension.slug == "overall")).one()
    shown_models = {row.id: row.slug for row in session.scalars(select(Model))}
    which = Slice(dimension.arena_id, dimension.id, **filters)
    counted = tallies.count(session, which).among(set(shown_models))
    _ = counted.digest, tallies.choices(session, dimension.arena_id, dimension.id)
    tallies.newest_vote(session, dimension.arena_id)
    return counted.tally(shown_models, shown_models.values())


def _comparisons(database: Database) -> str:
    with database.reading() as session:
        dimension = session.scalars(select(Dimension).where(Dimension.slug == "overall")).one()
        labels = {row.id: row.slug for row in session.scalars(select(Model))}
        which = Slice(dimension.arena_id, dimension.id)
        names = tuple(labels.values())
        votes = tallies.comparisons(session, which, labels, names, ("voter", "prompt"))
        return f"{votes.votes:,} rows"


def _vote_over_http(url: str, database: Database, size: Size, folder: Path) -> str:
    """Voters vote at once while boards are read."""
    server = servers.start(url, folder)
    ended = threading.Event()
    try:
        with ThreadPoolExecutor(VOTERS + 1) as threads:
            reading = threads.submit(_read_boards, server.url, ended)
            shares = [size.cast // VOTERS + (at < size.cast % VOTERS) for at in range(VOTERS)]
            try:
                cast = sum(threads.map(lambda share: _vote(server.url, share), shares))
            finally:
                ended.set()
            return f"{cast:,} cast, {reading.result():,} boards read"
    finally:
        server.stop()


def _vote(url: str, share: int) -> int:
    with client(url, new_voter(url)) as browser:
        for at in range(share):
            dealt = browser.post(f"/arenas/{SLUG}/battles").raise_for_status().json()
            verdicts = {"overall": ("a", "b", "tie")[at % 3]}
            browser.post(f"/battles/{dealt['id']}/votes", json={"verdicts": verdicts}).raise_for_status()
    return share


def _read_boards(url: str, ended: threading.Event) -> int:
    boards = 0
    with client(url) as browser:
        while not ended.is_set():
            browser.get(f"/arenas/{SLUG}/leaderboard").raise_for_status()
            boards += 1
    return boards


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--database-url", action="append", help="an empty database; may be given twice")
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--cast", type=int, default=1_000, help="votes over HTTP")
    parser.add_argument("--models", type=int, default=300)
    parser.add_argument("--raters", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--categories", type=int, default=1, choices=range(1, len(CATEGORIES) + 1))
    parser.add_argument("--languages", type=int, default=1, choices=range(1, len(LANGUAGES) + 1))
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
