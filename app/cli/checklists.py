"""Checklists of an arena's prompts as JSON lines: written out, edited, and read again."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from app.cli.console import out
from app.cli.options import ArenaSlug, DatabaseUrl, now, open_database, read_settings
from app.db.tables import Arena, ChecklistVersion
from app.domain import arenas
from app.domain import checklists as kept
from app.domain.checklists import Edited
from app.domain.errors import Invalid
from app.domain.formats.rows import Bad, json_objects, lines_in, shown

PAGE = 500
AUTHOR = "admin:command line"
TOLD = {"author", "created_at", "approved_at"}
"""Fields of a line that say what is there, and change nothing."""


def checklists(
    arena: ArenaSlug,
    file: Annotated[
        Path | None,
        typer.Option("--from", exists=True, dir_okay=False, help="Save the edited checklists of this file."),
    ] = None,
    approve: Annotated[
        bool,
        typer.Option("--approve", help="With --from: voters may see those of judges that stay as they are."),
    ] = False,
    prompt: Annotated[str | None, typer.Option(help="All versions of this prompt's, newest first.")] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """The newest checklist of each prompt, a line of JSON each; --from saves such lines once they are edited."""
    if file is None and approve:
        raise typer.BadParameter("name the file with --from", param_hint="--approve")
    with open_database(read_settings(database_url)) as database:
        if file is None:
            with database.reading() as session:
                row = arenas.find(session, arena)
                for line in _all(session, row) if prompt is None else _versions(session, row, prompt):
                    sys.stdout.write(line + "\n")
            return
        with database.writing() as session:
            done = kept.save_all(
                session, arenas.find(session, arena), list(_read(file, approve)), AUTHOR, now()
            )
    out.print(
        f"{done.changed:,} checklists have a new version, {done.approved:,} of judges are approved, "
        f"{done.unchanged:,} stay as they were.",
        highlight=False,
        soft_wrap=True,
    )


def _all(session: Session, arena: Arena) -> Iterator[str]:
    cursor: str | None = None
    while True:
        page = kept.list_newest(session, arena, PAGE, cursor)
        yield from (_line(each.prompt, each.version) for each in page.items)
        session.expunge_all()
        cursor = page.next
        if cursor is None:
            return


def _versions(session: Session, arena: Arena, prompt: str) -> Iterator[str]:
    return (_line(prompt, each) for each in kept.versions(session, arena, prompt))


def _line(prompt: str, row: ChecklistVersion) -> str:
    # Here, so that other commands start without the web framework.
    from app.api.checklists import shown as as_http

    return as_http(prompt, row).model_dump_json()


def _read(file: Path, approve: bool) -> Iterator[tuple[str, Edited | Invalid]]:
    """What each line of the file asks for, or what is wrong with it, and where."""
    with file.open("rb") as opened:
        for found in json_objects(enumerate(lines_in(opened), 1)):
            at = f"{file}:{found.line}"
            try:
                yield at, Invalid(found.problem) if isinstance(found, Bad) else _edited(found.fields, approve)
            except Invalid as wrong:
                yield at, wrong


def _edited(fields: Mapping[str, Any], approve: bool) -> Edited:
    """Raises Invalid."""
    if odd := fields.keys() - {"prompt", "version", "questions"} - TOLD:
        raise Invalid(f"a field {min(odd)!r} is not expected")
    prompt, asked, version = fields.get("prompt"), fields.get("questions"), fields.get("version")
    if not isinstance(prompt, str):
        raise Invalid(f"prompt: expected the id of a prompt, not {shown(prompt)}")
    if not isinstance(asked, list) or not all(isinstance(each, str) for each in asked):
        raise Invalid(f"questions: expected a list of texts, not {shown(asked)}")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise Invalid(f"version: expected a whole number, not {shown(version)}")
    return Edited(prompt, tuple(asked), version, approve)
