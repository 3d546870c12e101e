"""Votes of simulated raters."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session

from app.cli.console import err, out
from app.cli.options import ArenaSlug, DatabaseUrl, now, open_database, read_settings
from app.db.session import Database
from app.domain import arenas, dimensions, pools, simulations, strengths
from app.domain.errors import NoBattleLeft
from app.domain.simulations import Cast, Simulation
from app.domain.strengths import Strengths
from app.stats.pools import Persona, Pool
from app.worker import roll_up

DEALT_AT_ONCE = 50  # battles of one transaction, for which people's votes wait on SQLite
WRITTEN_AT_ONCE = 2_000
MOST = 10_000_000

Step = Callable[[Session, int], Cast]


def simulate(
    arena: ArenaSlug,
    votes: Annotated[int, typer.Option(min=1, max=MOST, help="Battles to judge, on every dimension.")],
    raters: Annotated[int, typer.Option(help="How many raters the pool has.")] = 13,
    flip: Annotated[
        float, typer.Option(help="Label noise p: weights 1−2p, p, p to keep, force A, B.")
    ] = 0.25,
    position: Annotated[float, typer.Option(help="Pull to the answer shown left, in logits.")] = 0.1,
    length: Annotated[float, typer.Option(help="Liking for twice the length, in logits.")] = 0.3,
    ties: Annotated[float, typer.Option(help="Share of ties among equal answers.")] = 0.1,
    floor: Annotated[float | None, typer.Option(help="Both bad: strength below which both may be.")] = None,
    personas: Annotated[Path | None, typer.Option(help="JSON: kinds of raters and their shares.")] = None,
    strengths_from: Annotated[
        str,
        typer.Option("--strengths", help="A JSON file of logits, board, board:<voters>, normal or equal."),
    ] = "normal",
    pool: Annotated[str, typer.Option(help="Raters are called simulated:<pool>-01 and so on.")] = "pool",
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn.")] = 0,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="Quickly, without looking at what a rater saw.")
    ] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Have simulated raters vote in an arena; their votes stand on boards of simulated voters alone."""
    usual = {"flip": flip, "position": position, "length": length, "ties": ties, "floor": floor}
    manner = pools.manner(usual)
    kinds = (
        (Persona("all", 1, manner),) if personas is None else pools.read(_read(personas, "--personas"), usual)
    )
    gathered = pools.pool(raters, kinds)
    with open_database(read_settings(database_url)) as database:
        begun = now()
        known = _strengths(database, arena, strengths_from, seed, begun)
        simulation, generator = _gather(database, arena, pool, gathered, known, seed, begun)
        step = (
            _in_bulk(database, arena, simulation, generator) if bulk else _dealt(arena, simulation, generator)
        )
        size = WRITTEN_AT_ONCE if bulk else DEALT_AT_ONCE
        done = _run(database, step, votes, size)
        with database.reading() as session:
            asked = len(dimensions.list_dimensions(session, arenas.find(session, arena)))
    if done.why_not and not done.battles:
        raise NoBattleLeft(done.why_not)
    out.print(
        f"{_several(raters, 'simulated rater')} judged {_several(done.battles, 'battle')} of {arena} on"
        f" {_several(asked, 'dimension')}: {_several(done.votes, 'vote')}, on boards of simulated voters only.",
        highlight=False,
        soft_wrap=True,
    )
    if done.why_not:
        raise NoBattleLeft(
            f"{votes - done.battles:,} of {votes:,} battles are missing, since every rater has seen every pair on every"
            " prompt: take more --raters under another --pool, or --bulk"
        )


def _strengths(database: Database, slug: str, source: str, seed: int, begun: datetime) -> Strengths:
    with database.reading() as session:
        arena = arenas.find(session, slug)
        if source.partition(":")[0] in strengths.WORDS:
            return strengths.of(session, arena, source, seed, begun)
        return strengths.read(session, arena, _read(Path(source), "--strengths"))


def _gather(
    database: Database, slug: str, name: str, pool: Pool, known: Strengths, seed: int, begun: datetime
) -> tuple[Simulation, np.random.Generator]:
    with database.writing() as session:
        arena = arenas.find(session, slug)
        simulation = Simulation(pool, pools.gather(session, arena, name, pool, begun), known)
        return simulation, simulations.chance(session, arena, simulation, seed)


def _dealt(slug: str, simulation: Simulation, generator: np.random.Generator) -> Step:
    return lambda session, wanted: simulations.cast(
        session, arenas.find(session, slug), simulation, wanted, generator, now()
    )


def _in_bulk(database: Database, slug: str, simulation: Simulation, generator: np.random.Generator) -> Step:
    with database.reading() as session:
        ground = simulations.survey(session, arenas.find(session, slug))
    return lambda session, wanted: simulations.cast_many(
        session, arenas.find(session, slug), simulation, ground, wanted, generator, now()
    )


def _run(database: Database, step: Step, wanted: int, size: int) -> Cast:
    """In transactions of some battles each, so that what was voted stays if it is stopped."""
    done = Cast(0, 0)
    with _progress(wanted) as show:
        while done.battles < wanted and not done.why_not:
            with database.writing() as session:
                cast = step(session, min(size, wanted - done.battles))
            roll_up(database)
            done = Cast(done.battles + cast.battles, done.votes + cast.votes, cast.why_not)
            show(completed=done.battles)
    return done


def _read(file: Path, option: str) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as unreadable:
        raise typer.BadParameter(f"{file}: {unreadable}", param_hint=option) from unreadable


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


@contextmanager
def _progress(total: int) -> Iterator[Callable[..., None]]:
    columns = (TextColumn("voting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield partial(bar.update, bar.add_task("", total=total))
