"""Votes, boards or a whole arena into a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.cli.console import err, out
from app.cli.options import ArenaSlug, DatabaseUrl, open_database, read_settings
from app.domain import arenas, native
from app.domain.pseudonyms import Pseudonyms

People = Literal["names", "pseudonyms"]


def export(
    arena: ArenaSlug,
    format_name: Annotated[str, typer.Option("--format", help="native")],
    file: Annotated[Path, typer.Option("--out", dir_okay=False, help="The file to write.")],
    people: Annotated[
        People | None, typer.Option(help="What people are called: names, for native; else pseudonyms.")
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Export an arena; the file is there when it is whole, or not at all."""
    pseudonyms = Pseudonyms() if people == "pseudonyms" else None
    with open_database(read_settings(database_url)) as database, database.reading() as session:
        row = arenas.find(session, arena)
        with _progress() as bar, _whole(file) as written:
            task = bar.add_task("")
            lines = native.write(session, row, pseudonyms, lambda rows: bar.update(task, completed=rows))
            with written.open("wb") as opened:
                opened.writelines(lines)
    out.print(f"{arena} is exported to {file}.", highlight=False)


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    part = file.with_name(f"{file.name}.part")
    try:
        yield part
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _progress() -> Progress:
    columns = (
        TextColumn("exporting"),
        SpinnerColumn(),
        TextColumn("{task.completed:,}"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
