"""The command line. Exit 0: done. 1: the work failed, said in one line. 2: wrong use."""

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from alembic.util import CommandError
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from app import worker as background
from app.db.session import Database
from app.db.tables import Arena
from app.db.upgrade import upgrade
from app.demo.load import load
from app.domain import accounts, arenas, imports, leaderboards, tallies
from app.domain.errors import ArenaError, ArenaNotFound, Invalid, Problem
from app.domain.formats import FORMATS
from app.domain.formats.rows import Bad, VoteRow, lines_of
from app.settings import Settings, signing_key
from app.stats.rankings import METHODS

PROBLEMS_SHOWN = 20
WIDEST = 1_000  # columns
LONGEST_OWNER = 80

cli = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
keys = typer.Typer(no_args_is_help=True, help="API keys: create, list, revoke.")
cli.add_typer(keys, name="keys")
# A file or a pipe has no width: tables are written as wide as they are.
out = Console() if sys.stdout.isatty() else Console(width=WIDEST)
err = Console(stderr=True)

DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database-url", help="sqlite:///FILE or postgresql+psycopg://… (ARENA_DATABASE_URL)"),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on (ARENA_HOST).")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one (ARENA_PORT).")]
ArenaSlug = Annotated[str, typer.Option("--arena", help="The arena's slug.")]


def main() -> None:
    """Run the command line; a mistake of the user's is one line on stderr, never a traceback."""
    try:
        cli()
    except ArenaError as failed:
        _say(f"arena: {failed.detail}")
        _say_problems(failed.problems)
        sys.exit(2 if type(failed) is Invalid else 1)
    except DBAPIError as away:
        _say(f"arena: the database cannot be used: {away.orig}")
        sys.exit(1)
    except (CommandError, OSError) as failed:
        _say(f"arena: {failed}")
        sys.exit(1)


@cli.command()
def serve(
    host: Host = None,
    port: Port = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes (ARENA_WORKERS).")] = None,
    worker: Annotated[bool, typer.Option(help="Run the background work in this process too.")] = True,
    database_url: DatabaseUrl = None,
) -> None:
    """Migrate if needed, then serve the API and the web page."""
    _serve(_settings(database_url, host=host, port=port, workers=workers), worker)


@cli.command()
def demo(host: Host = None, port: Port = None, database_url: DatabaseUrl = None) -> None:
    """Serve a ready-made arena: prompts, models, answers, dimensions and clearly marked simulated votes."""
    settings = _settings(database_url, host=host, port=port)
    with _database(settings) as database:
        with database.writing() as session:
            slug = load(session, _now())
        with database.writing() as session:
            tallies.roll_up(session)
    out.print(f"The demo arena is ready: http://{settings.host}:{settings.port}/arenas/{slug}/vote")
    _serve(settings, with_worker=True)


@cli.command()
def worker(database_url: DatabaseUrl = None) -> None:
    """Run the background work alone: add votes to the tallies, drop old idempotency keys."""
    settings = _settings(database_url)
    with _database(settings) as database:
        out.print("The worker runs; Ctrl+C stops it.")
        try:
            background.run(database, threading.Event(), settings.roll_up_seconds)
        except KeyboardInterrupt:
            out.print("The worker has stopped.")


@cli.command()
def migrate(database_url: DatabaseUrl = None) -> None:
    """Bring the database to this program's schema."""
    with _database(_settings(database_url)):
        out.print("The database is up to date.")


@cli.command("import")
def import_votes(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)],
    arena: ArenaSlug,
    format_name: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")],
    columns: Annotated[
        str, typer.Option(help="For csv: our name=the file's name, by commas: model_a=left,model_b=right")
    ] = "",
    partial: Annotated[bool, typer.Option(help="Store the good rows even if some are bad.")] = False,
    batch: Annotated[str, typer.Option(help="Rows of another batch are never the same votes.")] = "",
    database_url: DatabaseUrl = None,
) -> None:
    """Import votes; the arena is created if it is new. The same file again doubles nothing."""
    if format_name not in FORMATS:
        raise typer.BadParameter(
            f"{format_name!r}; expected one of {', '.join(FORMATS)}", param_hint="--format"
        )
    named = _columns(columns)
    with _database(_settings(database_url)) as database, _progress(files) as progress:
        with database.writing() as session:
            row = _arena(session, arena)
            opened = [(str(file), progress.rows(file, format_name, named)) for file in files]
            report = imports.import_votes(
                session, row, opened, _now(), partial=partial, batch=batch, progress=progress.show
            )
        with database.writing() as session:
            tallies.roll_up(session)
    out.print(
        f"{report.imported:,} votes imported into {arena}, {report.known:,} were there already,"
        f" {report.rejected:,} rows rejected.",
        highlight=False,
    )
    _say_problems(report.problems)


@cli.command()
def leaderboard(
    arena: ArenaSlug,
    dimension: str = "overall",
    voters: Annotated[str, typer.Option(help="human, judges, judge:<name>, combined, simulated.")] = "human",
    method: Annotated[str, typer.Option(help=f"One of {', '.join(METHODS)}.")] = "bradley_terry",
    category: Annotated[str | None, typer.Option(help="medicine includes medicine/cardiology.")] = None,
    language: Annotated[str | None, typer.Option(help="zh includes zh-Hant.")] = None,
    ties: Annotated[str | None, typer.Option(help="half or drop.")] = None,
    both_bad: Annotated[str | None, typer.Option(help="tie or drop.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="A board as it once was, by its snapshot_id.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly the HTTP JSON.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a board, or exactly the JSON that the API serves."""
    given = {"ties": ties, "both_bad": both_bad}
    settings = {name: value for name, value in given.items() if value is not None}
    spec = leaderboards.Spec(dimension, voters, method, category or None, language or None, settings)
    with _database(_settings(database_url)) as database:
        with database.reading() as session:
            row = arenas.find(session, arena)
            if snapshot:
                board = leaderboards.snapshot(session, row, snapshot)
            else:
                board = leaderboards.board(session, row, spec, _now())
        if board.row is not None:
            with database.writing() as session:
                board = leaderboards.keep(session, board)
    if as_json:
        sys.stdout.buffer.write(board.body.encode() + b"\n")
    else:
        _print_board(json.loads(board.body))


@keys.command("create")
def create_key(
    scope: Annotated[str, typer.Option(help="owner, read or admin.")],
    owner: Annotated[str, typer.Option(help="Who holds it; an owner's models belong to this name.")] = "",
    arena: Annotated[str | None, typer.Option(help="Only for this arena; without it, for all.")] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a new key, once."""
    if scope not in ("owner", "read", "admin"):
        raise typer.BadParameter(f"{scope!r}; expected owner, read or admin", param_hint="--scope")
    if scope == "owner" and not owner.strip():
        raise typer.BadParameter("a key of scope owner needs a name", param_hint="--owner")
    if len(owner) > LONGEST_OWNER:
        raise typer.BadParameter(f"longer than {LONGEST_OWNER} characters", param_hint="--owner")
    with _database(_settings(database_url)) as database, database.writing() as session:
        arena_id = arenas.find(session, arena).id if arena else None
        key = accounts.create_key(session, scope, owner.strip() or scope, arena_id, _now())  # type: ignore[arg-type]  # checked
    sys.stdout.write(key + "\n")
    err.print("Keep it: it is not shown again.")


@keys.command("list")
def list_keys(database_url: DatabaseUrl = None) -> None:
    """Keys by the part that is no secret."""
    with _database(_settings(database_url)) as database, database.reading() as session:
        found = accounts.list_keys(session)
    table = Table("key", "scope", "owner", "arena", "created (UTC)", "last used", "revoked")
    for each in found:
        moments = (each.created_at, each.last_used_at, each.revoked_at)
        when = [f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in moments]
        table.add_row(f"pa_{each.prefix}", each.scope, each.owner, each.arena or "all", *when)
    out.print(table)


@keys.command("revoke")
def revoke_key(key: str, database_url: DatabaseUrl = None) -> None:
    """Revoke a key by the part that the list shows."""
    with _database(_settings(database_url)) as database, database.writing() as session:
        accounts.revoke_key(session, key, _now())
    out.print("The key is revoked.")


@cli.command()
def settings() -> None:
    """List every variable with its meaning and its value; secrets are hidden."""
    now = _settings()
    table = Table("variable", "value", "meaning")
    for name, info in Settings.model_fields.items():
        table.add_row(f"ARENA_{name.upper()}", _shown(getattr(now, name)), info.description or "")
    out.print(table)


@cli.command()
def openapi() -> None:
    """Print the OpenAPI description of the API."""
    from app.api.main import create_app

    app = create_app(_settings("sqlite:///./arena.db", secret_key=SecretStr("unused")))
    sys.stdout.buffer.write(json.dumps(app.openapi(), indent=2, ensure_ascii=False).encode() + b"\n")


def _serve(settings: Settings, with_worker: bool) -> None:
    # Here and not above: a command that serves nothing starts in half the time.
    import uvicorn

    from app.api import pages

    with _database(settings) as database:
        signing_key(settings)  # made before the server processes look for it
        if not (pages.DIST / "index.html").is_file():
            err.print(
                "The web page is not built, so only the API is served: install Node 20.19 or newer, then make web."
            )
        stop = threading.Event()
        if with_worker:
            every = settings.roll_up_seconds
            threading.Thread(target=background.run, args=(database, stop, every), daemon=True).start()
        os.environ["ARENA_DATABASE_URL"] = settings.database_url
        try:
            uvicorn.run(
                "app.api.main:create_app",
                factory=True,
                host=settings.host,
                port=settings.port,
                workers=settings.workers,
            )
        finally:
            stop.set()


def _settings(database_url: str | None = None, **given: Any) -> Settings:
    values = {"database_url": database_url, **given}
    try:
        return Settings(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as wrong:
        told = "; ".join(f"ARENA_{str(each['loc'][0]).upper()}: {each['msg']}" for each in wrong.errors())
        raise typer.BadParameter(told) from wrong


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """An upgraded database."""
    try:
        database = Database(settings.database_url)
    except (ValueError, ArgumentError) as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--database-url") from wrong
    try:
        upgrade(settings.database_url)
        yield database
    finally:
        database.close()


def _arena(session: Any, slug: str) -> Arena:
    try:
        return arenas.find(session, slug)
    except ArenaNotFound:
        return arenas.create(session, slug, arenas.ArenaRules(title=slug), _now())


def _columns(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not (name.strip() and given.strip()) for name, _, given in pairs):
        raise typer.BadParameter("expected name=column, by commas", param_hint="--columns")
    return {name.strip(): given.strip() for name, _, given in pairs}


@dataclass(slots=True)
class _Reading:
    """How far the files are read, in bytes."""

    bar: Progress
    task: Any
    done: int = 0

    def rows(self, file: Path, format_name: str, columns: dict[str, str]) -> Iterator[VoteRow | Bad]:
        with file.open("rb") as lines:
            yield from FORMATS[format_name].read(self._counted(lines_of(lines)), columns)

    def show(self, rows: int) -> None:
        self.bar.update(self.task, completed=self.done)

    def _counted(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            self.done += len(line)
            yield line


@contextmanager
def _progress(files: list[Path]) -> Iterator[_Reading]:
    columns = (TextColumn("importing"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield _Reading(bar, bar.add_task("", total=sum(file.stat().st_size for file in files)))


def _print_board(board: dict[str, Any]) -> None:
    used = board["method"]
    told = ", ".join(f"{name} {value}" for name, value in used["settings"].items())
    table = Table("rank", "model", "rating", "interval", "votes", "win rate", title=_title(board))
    for row in board["rows"]:
        name = row["model"] + (" (prior)" if row["prior"] else "")
        rating, win_rate = _figure("{:.1f}", row["rating"]), _figure("{:.1%}", row["win_rate"])
        table.add_row(_ranks(row), name, rating, _interval(row), str(row["votes"]), win_rate)
    out.print(table)
    out.print(f"{used['name']} {used['version']}: {told}", highlight=False)
    out.print(f"snapshot {board['snapshot_id']}, {board['generated_at']}", highlight=False)
    if board["problem"]:
        out.print(board["problem"], highlight=False)


def _title(board: dict[str, Any]) -> str:
    counted = f"{board['votes']:,} votes by {board['raters']:,} raters"
    return f"{board['arena']} · {board['dimension']} · {board['voters']} · {counted}"


def _ranks(row: dict[str, Any]) -> str:
    if row["rank_best"] is None or row["rank_best"] == row["rank_worst"]:
        return "" if row["rank"] is None else str(row["rank"])
    return f"{row['rank_best']}–{row['rank_worst']}"


def _interval(row: dict[str, Any]) -> str:
    if row["rating_lower"] is None or row["rating_upper"] is None:
        return row["problem"] or ""
    return f"{row['rating_lower']:.1f} – {row['rating_upper']:.1f}"


def _figure(form: str, value: float | None) -> str:
    return "" if value is None else form.format(value)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    if "://" not in text:
        return text
    address = make_url(text)
    passwords = {name: "hidden" for name in address.query if "pass" in name.lower()}
    return address.update_query_dict(passwords).render_as_string(hide_password=True)


def _say(line: str) -> None:
    err.print(" ".join(line.split()), markup=False, highlight=False, soft_wrap=True)


def _say_problems(problems: Sequence[Problem]) -> None:
    for each in problems[:PROBLEMS_SHOWN]:
        err.print(f"  {each.at}: {each.problem}", markup=False, highlight=False, soft_wrap=True)
    if len(problems) > PROBLEMS_SHOWN:
        _say("… and more")


def _now() -> datetime:
    return datetime.now(UTC)
