"""Votes from files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TypeVar

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from app.cli.console import err, out, say_problems
from app.cli.options import ArenaSlug, DatabaseUrl, now, open_database, read_settings
from app.db.tables import Arena
from app.domain import arenas, audit, imports, submissions
from app.domain.errors import ArenaNotFound
from app.domain.formats import FORMATS, lines_heard, read_file, submitted
from app.domain.formats.rows import Columns
from app.worker import roll_up

Row = TypeVar("Row")
Read = Callable[[str, BinaryIO, Columns, Callable[[int], None]], Iterator[Row]]

READ = [name for name, each in FORMATS.items() if each.reads]


def import_votes(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)],
    arena: ArenaSlug,
    format_name: Annotated[str, typer.Option("--format", help=f"One of {', '.join(READ)}.")],
    columns: Annotated[
        str,
        typer.Option(
            help="Our name=the file's name, by commas: model_a=left,model_b=right; name==VALUE is the same in each row."
        ),
    ] = "",
    partial: Annotated[bool, typer.Option(help="Store the good rows even if some are bad.")] = False,
    batch: Annotated[str, typer.Option(help="Rows of another batch are never the same votes.")] = "",
    database_url: DatabaseUrl = None,
) -> None:
    """Import votes, prompts, answers or profiles of voters; the arena is created if it is new.

    The same file again doubles nothing.
    """
    if format_name not in READ:
        raise typer.BadParameter(f"{format_name!r}; expected one of {', '.join(READ)}", param_hint="--format")
    content = FORMATS[format_name].content
    if content == "arena":
        _restore(files, arena, database_url)
        return
    named = _columns(columns)
    with open_database(read_settings(database_url)) as database, _progress(files) as progress:
        with database.writing() as session:
            row = _arena(session, arena)
            if content == "votes":
                votes = [(str(file), progress.rows(read_file, file, format_name, named)) for file in files]
                report = imports.import_votes(
                    session, row, votes, now(), partial=partial, batch=batch, progress=progress.show
                )
            else:
                given = [(str(file), progress.rows(submitted, file, format_name, named)) for file in files]
                report = submissions.import_files(
                    session, row, given, now(), partial=partial, progress=progress.show
                )
            _note(session, row, files, format_name, report.imported)
        roll_up(database)
    out.print(
        f"{report.imported:,} {content} imported into {arena}, {report.known:,} were there already,"
        f" {report.rejected:,} rows rejected.",
        highlight=False,
    )
    say_problems(report.problems)


def _restore(files: list[Path], arena: str, database_url: str | None) -> None:
    """A whole arena into a new or an empty one."""
    # Here, so that other commands start without the HTTP client of the judges that a native file holds.
    from app.domain import native

    if len(files) != 1:
        raise typer.BadParameter("a native file is a whole arena: import one", param_hint="FILES")
    with open_database(read_settings(database_url)) as database, _progress(files) as progress:
        with database.writing() as session, files[0].open("rb") as opened:
            lines = lines_heard(opened, progress.reached, native.LONGEST_RECORD)
            row = _arena(session, arena)
            restored = native.restore(session, row, str(files[0]), lines, now(), progress.show)
            _note(session, row, files, "native", restored.records["vote"])
        roll_up(database)
    told = ", ".join(f"{count:,} {kind}" for kind, count in restored.records.items() if count)
    out.print(f"{arena} is there: {told}.", highlight=False)


def _note(session: Any, row: Arena, files: list[Path], format_name: str, accepted: int) -> None:
    details = {"format": format_name, "files": [file.name for file in files]}
    content = FORMATS[format_name].content
    noun = content if content in ("prompts", "answers", "profiles") else "votes"
    path = f"/arenas/{row.slug}/{noun}"
    audit.note(session, None, "import", path, now(), row.id, f"{accepted} accepted", details)


def _arena(session: Any, slug: str) -> Arena:
    try:
        return arenas.find(session, slug)
    except ArenaNotFound:
        return arenas.create(session, slug, arenas.ArenaRules(title=slug), now())


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

    def rows(self, read: Read[Row], file: Path, format_name: str, columns: dict[str, str]) -> Iterator[Row]:
        before = self.done
        with file.open("rb") as opened:
            yield from read(format_name, opened, columns, lambda at: self.reached(before + at))

    def reached(self, at: int) -> None:
        self.done = at

    def show(self, rows: int) -> None:
        self.bar.update(self.task, completed=self.done)


@contextmanager
def _progress(files: list[Path]) -> Iterator[_Reading]:
    columns = (TextColumn("importing"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield _Reading(bar, bar.add_task("", total=sum(file.stat().st_size for file in files)))
