"""A board as a table, or as the JSON that the API serves."""

import json
import sys
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from app.cli.console import out
from app.cli.options import ArenaSlug, DatabaseUrl, now, open_database, read_settings
from app.domain import arenas, fits, leaderboards
from app.stats.rankings import METHODS

DAY = ["%Y-%m-%d"]


def leaderboard(
    arena: ArenaSlug,
    dimension: str = "overall",
    voters: Annotated[str, typer.Option(help="human, judges, judge:<name>, combined, simulated.")] = "human",
    method: Annotated[str | None, typer.Option(help=f"One of {', '.join(METHODS)}.")] = None,
    category: Annotated[str | None, typer.Option(help="medicine includes medicine/cardiology.")] = None,
    language: Annotated[str | None, typer.Option(help="zh includes zh-Hant.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=DAY, help="First day, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAY, help="Last day, UTC.")] = None,
    ties: Annotated[str | None, typer.Option(help="half, drop or davidson.")] = None,
    both_bad: Annotated[str | None, typer.Option(help="tie or drop.")] = None,
    style_control: Annotated[bool, typer.Option("--style-control", help="As style_controlled.")] = False,
    settings: Annotated[list[str] | None, typer.Option("--set", help="A setting: name=value.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="A board as it once was, by its snapshot_id.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly the HTTP JSON.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a board, or exactly the JSON that the API serves."""
    chosen, asked = fits.asked(method, "bradley_terry", ties, both_bad, style_control, settings or ())
    first, last = (None if day is None else day.date() for day in (since, until))
    spec = fits.Spec(dimension, voters, chosen, category or None, language or None, first, last, asked)
    with open_database(read_settings(database_url)) as database:
        with database.reading() as session:
            row = arenas.find(session, arena)
            if snapshot:
                board = leaderboards.snapshot(session, row, snapshot)
            else:
                board = leaderboards.board(session, row, spec, now())
        if board.row is not None:
            with database.writing() as session:
                board = leaderboards.keep(session, board)
    if as_json:
        sys.stdout.buffer.write(board.body.encode() + b"\n")
    else:
        _print_board(json.loads(board.body))


def _print_board(board: dict[str, Any]) -> None:
    used = board["method"]
    told = ", ".join(f"{name} {value}" for name, value in used["settings"].items())
    reference = used["settings"].get("reference")
    columns = ["rank", "model", "rating", "interval", "votes", "win rate"]
    table = Table(*columns, *([f"minus {reference}"] if reference else []), title=_title(board))
    for row in board["rows"]:
        name = row["model"] + (" (prior)" if row["prior"] else "")
        rating, win_rate = _figure("{:.1f}", row["rating"]), _figure("{:.1%}", row["win_rate"])
        cells = [_ranks(row), name, rating, _interval(row), str(row["votes"]), win_rate]
        table.add_row(*cells, *([_limited(row, "difference")] if reference else []))
    out.print(table)
    for found in board["coefficients"]:
        value = f"{found['value']:+.1f} ({_figure('{:.1f}', found['lower'])} – {_figure('{:.1f}', found['upper'])})"
        out.print(f"{found['name']}: {value}", highlight=False)
    for figure, value in board["figures"].items():
        out.print(f"{figure}: {_figure('{:g}', value)}", highlight=False)
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


def _limited(row: dict[str, Any], name: str) -> str:
    value, lower, upper = (row[name + end] for end in ("", "_lower", "_upper"))
    limits = "" if lower is None or upper is None else f" ({lower:.1f} – {upper:.1f})"
    return _figure("{:.1f}", value) + limits


def _figure(form: str, value: float | None) -> str:
    return "" if value is None else form.format(value)
