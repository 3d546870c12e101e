"""Which judge to use, with the figures of each candidate, or as the JSON that the API serves."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.console import out
from app.cli.options import ArenaSlug, DatabaseUrl, open_database, read_settings
from app.domain import arenas

CHECKS = {
    "failure_coverage": "caught",
    "false_failure_rate": "false failures",
    "check_alignment": "alignment",
}
LABELS = {"mcc": "MCC", "agreement": "agreement", "agreement_no_ties": "without ties", "cohen_kappa": "kappa"}
SHOWN = {"verdicts": "verdicts", "flip_rate": "flips"}


def choose(
    arena: ArenaSlug,
    dimension: str = "overall",
    judge: Annotated[
        list[str] | None, typer.Option(help="A candidate: <name> or <name>@<version>; all by default.")
    ] = None,
    rule: Annotated[
        Literal["alignment", "mcc"], typer.Option(help="What the best one has most of.")
    ] = "alignment",
    most_ffr: Annotated[
        float | None, typer.Option(help="Share of good answers that may fail; 0.2, any with --rule mcc.")
    ] = None,
    least_verdicts: Annotated[float, typer.Option(help="Share of items that need a verdict.")] = 0.9,
    least_items: Annotated[int, typer.Option(help="Items that people must have decided.")] = 10,
    category: Annotated[str | None, typer.Option(help="medicine includes medicine/cardiology.")] = None,
    language: Annotated[str | None, typer.Option(help="zh includes zh-Hant.")] = None,
    turn: Annotated[int | None, typer.Option(min=1, max=999, help="One turn alone.")] = None,
    earlier: Annotated[
        bool, typer.Option("--earlier", help="Count votes under earlier versions of the dimension too.")
    ] = False,
    holdout: Annotated[float, typer.Option(help="Share of the prompts to look at the pick on.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Draws the prompts held out, and the resamples.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly the HTTP JSON.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Hold judges against people on the items that all of them judged, and pick one by a stated rule."""
    # Here, so that other commands start without the HTTP client.
    from app.domain import choices
    from app.domain.choices import Question, read_rule

    question = Question(
        dimension=dimension,
        judges=tuple(judge or ()),
        rule=read_rule(rule, most_ffr, least_verdicts, least_items),
        category=category or None,
        language=language or None,
        turn=turn,
        earlier=earlier,
        holdout=holdout,
        seed=seed,
    )
    with open_database(read_settings(database_url)) as database, database.reading() as session:
        found = choices.choose(session, arenas.find(session, arena), question)
    if as_json:
        sys.stdout.buffer.write(choices.text_of(found).encode() + b"\n")
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    pick = found["pick"]
    _say(f"Pick: {pick['judge'] or 'none'}. {pick['because']}")
    _say(f"Rule: {found['rule']['sentence']}")
    if found["candidates"]:
        out.print(_table(found))
    for line in _notes(found):
        _say(line)


def _table(found: dict[str, Any]) -> Table:
    sample = found["sample"]
    held = f"{sample['compared']:,} items that people decided, {sample['prompts']:,} prompts"
    title = f"{found['arena']} · {found['dimension']} (version {found['dimension_version']}) · {held}"
    names = {**CHECKS, **LABELS, **SHOWN}
    table = Table("", "judge", *names.values(), "cost of 1,000 votes", "s a call", title=escape(title))
    for row in found["candidates"]:
        cells = [
            _figure(row[name]) if name in CHECKS else _number("{:.3f}", row[name]["value"]) for name in names
        ]
        seconds = row["cost"]["seconds_per_call"]
        rank = "" if row["rank"] is None else str(row["rank"])
        table.add_row(rank, escape(row["judge"]), *cells, _cost(row["cost"]), _number("{:.2f}", seconds))
    return table


def _notes(found: dict[str, Any]) -> Iterator[str]:
    """What the table does not say: who is out and why, what was left out, how the pick does elsewhere."""
    sample = found["sample"]
    for row in found["candidates"]:
        if row["why_not"]:
            yield f"Not {row['judge']}: {row['why_not']}."
        for each in row["shortcomings"]:
            yield f"Of {row['judge']}: {each['sentence']}"
    for row in found["left_out"]:
        yield f"Left out: {row['judge']}, asked about {row['items']:,} of the items that people decided."
    if found["candidates"] and sample["shared_decided"] < sample["decided"]:
        shared = f"{sample['shared_decided']:,} were shown to every candidate"
        yield f"Of {sample['decided']:,} items that people decided {shared}; the figures are of these."
    for row in found["earlier"]:
        what = "counted" if row["counted"] else "not counted"
        votes = f"{row['people']:,} votes of people and {row['judges']:,} of judges"
        yield f"{votes} were given under version {row['dimension_version']} of {found['dimension']}: {what}."
    if found["holdout"] and found["holdout"]["figures"]:
        held = found["holdout"]
        figures = ", ".join(f"{words} {_figure(held['figures'][name])}" for name, words in CHECKS.items())
        yield f"{held['judge']} on {held['decided']:,} items that had no part in picking it: {figures}."


def _cost(cost: dict[str, Any]) -> str:
    if cost["undefined"]:
        tokens = "" if cost["tokens"] is None else f" ({cost['tokens']:,.0f} tokens)"
        return f"unknown{tokens}"
    unsure = "" if cost["known"] == cost["at_most"] else f" – {cost['at_most']:,.4g}"
    return f"{cost['known']:,.4g}{unsure}"


def _figure(measure: dict[str, Any]) -> str:
    if measure["value"] is None:
        return ""
    limits = "" if measure["lower"] is None else f" ({measure['lower']:.2f}–{measure['upper']:.2f})"
    return f"{measure['value']:.3f}{limits}"


def _number(form: str, value: float | None) -> str:
    return "" if value is None else form.format(value)


def _say(line: str) -> None:
    out.print(line, highlight=False, markup=False, soft_wrap=True)
