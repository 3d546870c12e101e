"""What a judge's replies come to for each model, or as the JSON that the API serves."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.console import out
from app.cli.options import ArenaSlug, DatabaseUrl, open_database, read_settings
from app.domain import arenas

FORMS = {"share": "{:.4f}", "score": "{:.4f}", "percent": "{:.2f} %"}


def scores(
    arena: ArenaSlug,
    judge: Annotated[str | None, typer.Option(help="Its name.")] = None,
    version: Annotated[str | None, typer.Option(help="One version; the newest by default.")] = None,
    mix: Annotated[
        list[str] | None,
        typer.Option(help="In place of --judge: <judge>=<share>, several times; shares add up to 1."),
    ] = None,
    dimension: Annotated[
        str | None, typer.Option(help="Overall by default, or the first that it is asked about.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="medicine includes medicine/cardiology.")] = None,
    by_category: Annotated[bool, typer.Option("--by-category", help="A row for each category too.")] = False,
    baseline: Annotated[str | None, typer.Option(help="Only battles with this model.")] = None,
    length_margin: Annotated[
        int | None, typer.Option(min=0, help="K: a slight win of an answer longer by more is a tie.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly the HTTP JSON.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Show what a judge's replies come to for each model: absolute scores beside the rankings."""
    if (judge is None) == (not mix):
        raise typer.BadParameter("name one judge, or the judges of a mix", param_hint="--judge / --mix")
    # Here, so that other commands start without the HTTP client.
    from app.domain import scores as found_scores
    from app.domain.scores import Part, Question, read_part

    parts = (
        tuple(read_part(word, "=") for word in mix or ())
        if judge is None
        else (Part(f"{judge}@{version}" if version else judge),)
    )
    question = Question(parts, dimension, category or None, by_category, baseline or None, length_margin)
    with open_database(read_settings(database_url)) as database, database.reading() as session:
        found = found_scores.report(session, arenas.find(session, arena), question)
    if as_json:
        sys.stdout.buffer.write(found_scores.text_of(found).encode() + b"\n")
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    out.print(_table(found))
    for line in _notes(found):
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def _table(found: dict[str, Any]) -> Table:
    shown = [each for each in found["figures"] if _told(found, each["name"])]
    who = " + ".join(
        f"{each['judge']}@{each['version']}".removesuffix("@")
        + (f" × {each['share']:g}" if len(found["judges"]) > 1 else "")
        for each in found["judges"]
    )
    against = f" · against {found['baseline']}" if found["baseline"] else ""
    title = f"{found['arena']} · {found['dimension']} · {who} · {found['protocol'] or 'imported'}{against}"
    headings = [each["name"].replace("_", " ") for each in shown]
    place = ["model", "category"] if any(row["category"] for row in found["rows"]) else ["model"]
    table = Table(*place, "answers", "battles", "unread", *headings, title=escape(title))
    for row in found["rows"]:
        unread = row["answers"]["without_reading"] + row["battles"]["without_reading"]
        counts = [str(row["answers"]["read"]), str(row["battles"]["read"]), str(unread)]
        figures = [_figure(row["figures"][each["name"]], each["unit"]) for each in shown]
        table.add_row(*(escape(row[each] or "") for each in place), *counts, *figures)
    return table


def _notes(found: dict[str, Any]) -> Iterator[str]:
    """What each figure is, why some have no value, and how the limits were made."""
    for each in found["figures"]:
        words = each["name"].replace("_", " ")
        if _told(found, each["name"]):
            yield f"{words}: {each['summary']}."
        else:
            reasons = {row["figures"][each["name"]]["undefined"] for row in _rows(found)}
            yield f"no {words}: {'; '.join(sorted(reasons - {None}))}."
    whole = [row["battles"] for row in _rows(found) if row["category"] is None]
    halves = sum(each["one_order"] for each in whole)
    if 0 < halves < sum(each["read"] for each in whole):
        yield f"Read in one order only: {halves:,} of the battles above, each of which stands there with both models."
    interval = found["interval"]
    yield (
        f"Limits: {interval['level']:.0%} of {interval['draws']:,} resamples of prompts, seed {interval['seed']}. "
        "What could not be read is counted and never scored."
    )


def _rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Without the baseline's, which has no figures against itself."""
    return [row for row in found["rows"] if row["model"] != found["baseline"]]


def _told(found: dict[str, Any], name: str) -> bool:
    return any(row["figures"][name]["value"] is not None for row in _rows(found))


def _figure(measure: dict[str, Any], unit: str) -> str:
    if measure["value"] is None:
        return ""
    value = FORMS[unit].format(measure["value"])
    if measure["lower"] is None:
        return value
    digits = 1 if unit == "percent" else 3
    return f"{value} ({measure['lower']:.{digits}f} to {measure['upper']:.{digits}f})"
