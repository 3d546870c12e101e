"""The items on which a judge contradicts itself, for people to look at first."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.console import out
from app.cli.options import ArenaSlug, DatabaseUrl, open_database, read_settings
from app.domain import arenas


def doubts(
    arena: ArenaSlug,
    judge: Annotated[str, typer.Option(help="The judge's rater name, or <name>@<version>.")],
    dimension: str = "overall",
    most: Annotated[int, typer.Option(min=1, max=1_000, help="How many to list.")] = 20,
    database_url: DatabaseUrl = None,
) -> None:
    """List the items on which a judge contradicts itself over orders and repeats, the worst first."""
    from app.domain.doubts import list_doubts

    with open_database(read_settings(database_url)) as database, database.reading() as session:
        found = list_doubts(session, arenas.find(session, arena), judge, dimension, most)
    if not found:
        out.print("It contradicts itself nowhere, or was asked everything once.", highlight=False)
        return
    table = Table("battle", "prompt", "first", "second", "said", "bits", "votes of people")
    for each in found:
        said = f"{each.said.first} : {each.said.second}, {each.said.tie} ties"
        models = (each.first, each.second)
        cells = (each.battle, each.prompt or "", *models, said, f"{each.entropy:.3f}", f"{each.people:,}")
        table.add_row(*map(escape, cells))
    out.print(table)
