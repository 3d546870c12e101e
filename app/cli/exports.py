"""Votes or a whole arena into a file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from app.cli.console import err, out
from app.cli.options import ArenaSlug, DatabaseUrl, now, open_database, read_settings
from app.domain import arenas, catalogs
from app.domain.arenas import OVERALL
from app.domain.exports import ExportReport, Wanted, votes_there, write_votes
from app.domain.fits import Spec
from app.domain.formats import FORMATS
from app.domain.formats.tables import ENCODINGS
from app.domain.pseudonyms import Pseudonyms

WRITTEN = [name for name, each in FORMATS.items() if each.writes]
SEVERAL = "; ".join(
    f"{name} {', '.join(each.shapes)}" for name, each in FORMATS.items() if len(each.shapes) > 1
)

People = Literal["names", "pseudonyms"]


def export(
    arena: ArenaSlug,
    format_name: Annotated[str, typer.Option("--format", help=f"One of {', '.join(WRITTEN)}.")],
    file: Annotated[Path, typer.Option("--out", dir_okay=False, help="The file to write.")],
    encoding: Annotated[
        str,
        typer.Option(
            "--as", help=f"{', '.join(ENCODINGS)}; else as the file's name ends, or the format's own."
        ),
    ] = "",
    shape: Annotated[str, typer.Option(help=f"Of a format that has several: {SEVERAL}.")] = "",
    dimension: Annotated[str, typer.Option(help="Only votes on this one; without it, overall or all.")] = "",
    voters: Annotated[
        str, typer.Option(help="Of boards: human, judges, judge:<name>, combined, simulated.")
    ] = "human",
    people: Annotated[
        People | None, typer.Option(help="What people are called; names for native, else pseudonyms.")
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Export votes that count, or with native the whole arena; the file is there when it is whole, or not at all."""
    # Here, so that other commands start without the HTTP client of the judges that a native file holds.
    from app.domain import native

    if format_name not in WRITTEN:
        raise typer.BadParameter(
            f"{format_name!r}; expected one of {', '.join(WRITTEN)}", param_hint="--format"
        )
    content = FORMATS[format_name].content
    is_whole = content == "arena"
    pseudonyms = None if (people or ("names" if is_whole else "pseudonyms")) == "names" else Pseudonyms()
    report = ExportReport()
    named = file.suffix.removeprefix(".")
    wanted = (
        Wanted.of(format_name, encoding or _fitting(format_name, named), shape, dimension)
        if content == "votes"
        else None
    )
    with open_database(read_settings(database_url)) as database, database.reading() as session:
        row = arenas.find(session, arena)
        total = votes_there(session, row) if wanted else None
        with _progress(total) as show, _whole(file) as part, part.open("wb") as opened:
            if wanted is not None:
                opened.writelines(write_votes(session, row, wanted, pseudonyms, report, show))
            elif is_whole:
                opened.writelines(native.write(session, row, pseudonyms, show))
            else:
                opened.write(catalogs.write(session, row, Spec(dimension or OVERALL, voters), now()))
    told = f"{report.written:,} votes of {arena} are in {file}." if wanted else f"{arena} is in {file}."
    out.print(told, highlight=False)
    if wanted is not None:
        err.print(
            f"  {wanted.format.name} has no place for: {wanted.shape.lacks}.", markup=False, highlight=False
        )
    for reason, votes in sorted(report.left_out.items()):
        err.print(f"  {votes:,} left out: {reason}", markup=False, highlight=False)


def _fitting(format_name: str, ending: str) -> str:
    return ending if ending in FORMATS[format_name].encodings else ""


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    part = file.with_name(f"{file.name}.part")
    try:
        yield part
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _progress(total: int | None) -> Iterator[Callable[[int], None]]:
    columns = (
        TextColumn("exporting"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda rows: bar.update(task, completed=rows)
