"""Judges: models that vote in place of people, and their runs."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.console import out
from app.cli.options import ArenaSlug, DatabaseUrl, now, open_database, read_settings
from app.domain import arenas
from app.domain.errors import Invalid
from app.domain.judges import PROTOCOLS, find
from app.domain.judges.items import Constraint
from app.stats.settings import Parameter, Setting, SettingsError, read_words

cli = typer.Typer(no_args_is_help=True, help=__doc__)


@cli.command()
def add(
    arena: ArenaSlug,
    name: Annotated[str, typer.Option(help="Its name; other settings under a known name are a new version.")],
    model: Annotated[str, typer.Option(help="The model, as its endpoint knows it.")],
    protocol: Annotated[str, typer.Option(help=f"How it is asked: {', '.join(PROTOCOLS)}.")] = "pairwise",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the protocol: name=value.")
    ] = None,
    provider: Annotated[str, typer.Option(help="openai_chat or scripted.")] = "openai_chat",
    endpoint: Annotated[
        list[str] | None,
        typer.Option(help="A setting of the provider: base_url=…, key=env:NAME_API_KEY, input_price=…"),
    ] = None,
    dimension: Annotated[
        list[str] | None, typer.Option(help="One it is asked about; all by default.")
    ] = None,
    orders: Annotated[
        Literal["both", "ab", "ba"], typer.Option(help="Which answer is shown first.")
    ] = "both",
    repeats: Annotated[int, typer.Option(help="How often each question is asked.")] = 1,
    temperature: Annotated[str, typer.Option(help="0 to 2; none leaves it to the endpoint.")] = "0",
    seed: Annotated[int | None, typer.Option(help="Sent along; counted up with each repeat.")] = None,
    longest_reply: Annotated[
        int | None, typer.Option(help="In tokens; the protocol's own by default.")
    ] = None,
    family: Annotated[
        str | None, typer.Option(help="Its family, so that liking its own can be seen.")
    ] = None,
    persona: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A profile: a JSON object.")
    ] = None,
    profile: Annotated[list[str] | None, typer.Option(help="A field of the profile: name=value.")] = None,
    policy: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The policy, as a text file.")
    ] = None,
    constraints: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Constraints: a JSON list of objects.")
    ] = None,
    description: str = "",
    database_url: DatabaseUrl = None,
) -> None:
    """Register a judge, or a new version of one."""
    # Here and below, so that a command that asks no model starts without the HTTP client.
    from app import providers
    from app.domain.judges import roster

    try:
        reached = read_words(providers.find(provider).parameters(), endpoint or ())
        asked = _protocol_settings(protocol, settings or [])
    except SettingsError as wrong:
        raise Invalid(str(wrong)) from wrong
    new = roster.NewJudge(
        name=name,
        model=model,
        protocol=protocol,
        protocol_settings=asked,
        provider=provider,
        endpoint=reached,
        dimensions=tuple(dimension or ()),
        temperature=_temperature(temperature),
        seed=seed,
        longest_reply=longest_reply,
        orders=orders,
        repeats=repeats,
        family=family,
        profile=_profile(persona, profile or []),
        policy="" if policy is None else _text(policy),
        constraints=() if constraints is None else _constraints(constraints),
        description=description,
    )
    moment = now()
    with open_database(read_settings(database_url)) as database, database.writing() as session:
        row = arenas.find(session, arena)
        judge = roster.register(session, row, new, moment)
        told = "is registered" if judge.created_at == moment else "has these settings already"
        slugs = ", ".join(each.slug for each in roster.dimensions_of(session, row, judge))
        shown = f"{judge.name}@{judge.version}"
    out.print(
        f"{shown} {told} in {arena}: {protocol} on {slugs}.", highlight=False, markup=False, soft_wrap=True
    )


@cli.command("list")
def list_judges(
    arena: ArenaSlug,
    archived: Annotated[bool, typer.Option("--archived", help="Those that were archived too.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """The newest version of each judge."""
    from app.domain.judges import roster

    with open_database(read_settings(database_url)) as database, database.reading() as session:
        found = roster.list_judges(session, arenas.find(session, arena), archived=archived)
    table = Table(
        "judge", "protocol", "dimensions", "model", "orders", "repeats", "reached by", "since (UTC)"
    )
    for each in found:
        where = str(each.endpoint.get("base_url") or each.endpoint.get("file") or "")
        cells = [
            f"{each.name}@{each.version}" + (" (archived)" if each.archived_at else ""),
            each.protocol,
            ", ".join(each.dimensions) or "all",
            each.model,
            each.orders,
            str(each.repeats),
            f"{each.provider} {where}".strip(),
            f"{each.created_at:%Y-%m-%d %H:%M}",
        ]
        table.add_row(*map(escape, cells))
    out.print(table)


def _protocol_settings(protocol: str, words: list[str]) -> dict[str, Setting]:
    known: tuple[Parameter, ...] = find(protocol).parameters()
    return read_words(known, words)


def _temperature(text: str) -> float | None:
    if text == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}; expected a number or none", param_hint="--temperature") from None


def _profile(file: Path | None, words: list[str]) -> dict[str, str]:
    found: Any = {} if file is None else _json(file)
    if not isinstance(found, dict):
        raise Invalid(f"{file}: expected a JSON object")
    pairs = [word.partition("=") for word in words]
    if any(not equals for _, equals, _ in pairs):
        raise typer.BadParameter("expected name=value", param_hint="--profile")
    given = {**found, **{name: value for name, _, value in pairs}}
    return {str(name): str(value) for name, value in given.items()}


def _constraints(file: Path) -> tuple[Constraint, ...]:
    found = _json(file)
    try:
        return tuple(Constraint(**each) for each in found)
    except TypeError:
        raise Invalid(
            f"{file}: expected a JSON list of objects with check, value, when and extract"
        ) from None


def _json(file: Path) -> Any:
    try:
        return json.loads(_text(file))
    except ValueError as broken:
        raise Invalid(f"{file}: no JSON: {broken}") from broken


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{file}: it is not written in UTF-8") from None
