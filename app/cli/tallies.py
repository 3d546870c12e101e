"""Tallies: compare what boards read with the votes."""

from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.console import err, out
from app.cli.options import DatabaseUrl, open_database, read_settings
from app.db.tables import Arena
from app.domain import arenas, rollup, verification
from app.domain.verification import Difference, Verified

DIFFERENCES_SHOWN = 1_000

cli = typer.Typer(no_args_is_help=True, help=__doc__)


@cli.command()
def verify(
    arena: Annotated[str | None, typer.Option(help="Only this arena; without it, all.")] = None,
    repair: Annotated[
        bool, typer.Option(help="Make the blocks anew from the votes and compare again.")
    ] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Count every vote and compare with the blocks; votes may be cast meanwhile. Exit 1 where they differ."""
    with open_database(read_settings(database_url)) as database:
        with database.reading() as session:
            verified = verification.verify(session, _arenas(session, arena))
        if repair and verified.differences:
            _print(verified)
            with database.writing() as session:
                for key in _arenas(session, arena):
                    rollup.rebuild(session, key)
            err.print("The blocks are made anew.")
            with database.reading() as session:
                verified = verification.verify(session, _arenas(session, arena))
    _print(verified)
    if verified.differences:
        raise typer.Exit(1)


def _arenas(session: Session, slug: str | None) -> Sequence[int]:
    if slug is not None:
        return [arenas.find(session, slug).id]
    return session.scalars(select(Arena.id).order_by(Arena.id)).all()


def _print(verified: Verified) -> None:
    for each in verified.differences[:DIFFERENCES_SHOWN]:
        out.print(_line(each), highlight=False, markup=False, soft_wrap=True)
    found = len(verified.differences)
    if found > DIFFERENCES_SHOWN:
        out.print(f"… and {found - DIFFERENCES_SHOWN:,} more", highlight=False)
    told = "equal" if not found else "1 difference" if found == 1 else f"{found:,} differences"
    out.print(f"{verified.votes:,} votes, {verified.cells:,} cells: {told}", highlight=False)


def _line(found: Difference) -> str:
    place = (found.arena, found.dimension, found.voters, found.category or "no category",
             found.language or "no language", found.day or "all time")  # fmt: skip
    said = f"{found.row}: {found.kind} say {found.blocks_say}, votes say {found.votes_say}"
    return f"{' · '.join(place)} · {said}"
