"""Runs of judges: begun and worked on from the terminal, watched, paused, resumed, cancelled, looked into."""

import json
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.console import out, say
from app.cli.options import ArenaSlug, DatabaseUrl, now, open_database, read_settings
from app.db.session import Database
from app.db.tables import Arena
from app.domain import arenas
from app.settings import Settings, operator, signing_key

if TYPE_CHECKING:
    from app.domain.estimates import Estimate
    from app.domain.runs import Budget
    from app.domain.selections import Selection

LISTED = 20
PAGE = 100

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id: arena judge status lists them.")]
MostCalls = Annotated[int | None, typer.Option(min=1, help="Requests, at most.")]
MostTokens = Annotated[int | None, typer.Option(min=1, help="Tokens read and written, at most.")]
MostMoney = Annotated[str | None, typer.Option(help="Money, in units of the currency, at most.")]
AskUnknown = Annotated[
    bool,
    typer.Option("--ask-unknown", help="Ask again what was sent and never answered, and may be paid for."),
]
Detach = Annotated[bool, typer.Option("--detach", help="Leave the work to arena serve or arena worker.")]


def run(
    arena: ArenaSlug,
    judge: Annotated[
        list[str],
        typer.Option(help="Its name, or <name>@<version>; several judge the same, one after another."),
    ],
    battles: Annotated[
        Literal["voted", "all", "new"], typer.Option(help="Those that people voted on, all, or new pairs.")
    ] = "voted",
    most: Annotated[
        int | None, typer.Option(min=1, help="So many battles, drawn by --seed, the same for every judge.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    category: Annotated[str | None, typer.Option(help="medicine includes medicine/cardiology.")] = None,
    language: Annotated[str | None, typer.Option(help="zh includes zh-Hant.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Only battles between these.")] = None,
    only: Annotated[
        Literal["checklists"] | None,
        typer.Option(help="Judge nothing: write checklists for the prompts of these battles that have none."),
    ] = None,
    most_calls: MostCalls = None,
    most_tokens: MostTokens = None,
    most_money: MostMoney = None,
    ask_unknown: AskUnknown = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would ask and cost, and stop.")
    ] = False,
    detach: Detach = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Let a judge judge, here and now. Ctrl+C pauses the run once what is out has come back; twice leaves at once.

    A budget is each judge's own.
    """
    # Here and below, so that a command that asks no model starts without the HTTP client.
    from app.domain import runs
    from app.domain.judges import roster
    from app.domain.selections import Selection

    chosen = Selection(battles, category or None, language or None, tuple(model or ()), most, seed, only)
    budget = runs.Budget(most_calls, most_tokens, _micros(most_money))
    named = [_judge(each) for each in judge]
    settings = read_settings(database_url)
    with open_database(settings) as database:
        if dry_run:
            with database.writing() as session:  # what it would do is done, and undone
                row = arenas.find(session, arena)
                for each in [roster.find(session, row, *name) for name in named]:
                    _say(f"{each.name}@{each.version}")
                    _print_estimate(_estimate(session, settings, row, each, chosen, budget))
            return
        with database.reading() as session:  # before the first is paid for
            row = arenas.find(session, arena)
            names = [roster.find(session, row, *name).name for name in named]
        for at, name in enumerate(named, 1):
            with database.writing() as session:
                row = arenas.find(session, arena)
                found = roster.find(session, row, *name)
                run_id = runs.start(
                    session, row, found, chosen, budget, now(), ask_unknown=ask_unknown
                ).public_id
            if not _work_on(database, settings, run_id, detach):
                if at < len(names):
                    say(f"arena: not begun: {', '.join(names[at:])}")
                raise typer.Exit(1)


def status(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="One run; the newest of all without it.")
    ] = None,
    arena: Annotated[str | None, typer.Option(help="Only runs of this arena.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Until the run is at rest.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the HTTP JSON.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """How far runs are, what they cost and what failed."""
    from app.cli import watching
    from app.domain import runs

    if run is None and watch:
        raise typer.BadParameter("name the run to watch", param_hint="--watch")
    settings = read_settings(database_url)
    with open_database(settings) as database:
        if run is None:
            _list(database, arena, as_json)
            return
        if watch:
            watching.watch(database, run)
        with database.reading() as session:
            row = runs.find(session, run)
            progress = runs.progress(session, row, now())
            slug = session.get_one(Arena, row.arena_id).slug
            if as_json:
                _write(watching.as_json(slug, progress))
            else:
                out.print(watching.details(slug, progress))


def pause(run: RunId, database_url: DatabaseUrl = None) -> None:
    """Send nothing more; what is out is waited for by whoever works on the run."""
    from app.domain import runs

    with open_database(read_settings(database_url)) as database, database.writing() as session:
        runs.pause(session, runs.find(session, run), "paused from the terminal")
    _say(f"{run} is paused. Go on with: arena judge resume {run}")


def resume(
    run: RunId,
    most_calls: MostCalls = None,
    most_tokens: MostTokens = None,
    most_money: MostMoney = None,
    no_limits: Annotated[bool, typer.Option("--no-limits", help="Drop the budget of before.")] = False,
    ask_unknown: AskUnknown = False,
    retry_failed: Annotated[
        bool,
        typer.Option("--retry-failed", help="Judge again what has no verdict; no reply is paid for twice."),
    ] = False,
    detach: Detach = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Go on with a run, here and now; limits that are given replace all those of before."""
    from app.domain import runs

    given = runs.Budget(most_calls, most_tokens, _micros(most_money))
    budget = given if no_limits or given != runs.Budget() else None
    settings = read_settings(database_url)
    with open_database(settings) as database:
        with database.writing() as session:
            row = runs.find(session, run)
            runs.resume(
                session, row, budget=budget, ask_unknown=ask_unknown or None, retry_failed=retry_failed
            )
        if not _work_on(database, settings, run, detach):
            raise typer.Exit(1)


def cancel(run: RunId, database_url: DatabaseUrl = None) -> None:
    """End a run for good; its votes stay."""
    from app.domain import runs

    with open_database(read_settings(database_url)) as database, database.writing() as session:
        runs.cancel(session, runs.find(session, run), "cancelled from the terminal", now())
    _say(f"{run} is cancelled; its votes stay.")


def calls(
    run: RunId,
    failed: Annotated[bool, typer.Option("--failed", help="Only what has no verdict.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line of HTTP JSON a call.")] = False,
    most: Annotated[
        int | None, typer.Option(min=1, help="So many judgments; 20, and all with --json.")
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """What was asked and what was said, word for word, with what each request cost."""
    from app.cli import watching
    from app.domain import records, runs

    left = most if most is not None else sys.maxsize if as_json else LISTED
    with open_database(read_settings(database_url)) as database, database.reading() as session:
        row, cursor = runs.find(session, run), None
        while left > 0:
            page = records.judgments(session, row, min(left, PAGE), cursor, failed=failed)
            of = records.calls_of(session, page.items)
            for each in page.items:
                asked = of.get(each.judgment.id, ())
                if as_json:
                    for call in asked:
                        _write(watching.call_json(call))
                else:
                    out.print(watching.transcript(each, asked), highlight=False, markup=False, soft_wrap=True)
            session.expunge_all()
            left, cursor = left - len(page.items), page.next
            row = runs.find(session, run)
            if cursor is None:
                return
    if not as_json:
        _say("… and more: --most says how many, --json gives all")


def _judge(text: str) -> tuple[str, int | None]:
    """A name, and the version where one is named. Raises BadParameter."""
    name, _, version = text.removeprefix("judge:").partition("@")
    if version and not version.isdecimal():
        raise typer.BadParameter(f"{text!r}; expected <name> or <name>@<version>", param_hint="--judge")
    return name, int(version) if version else None


def _micros(text: str | None) -> int | None:
    """An amount of money in millionths. Raises BadParameter."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
        if not 0 < amount <= 10**9:
            raise ValueError(text)
    except (ArithmeticError, ValueError):
        raise typer.BadParameter(
            f"{text!r}; expected an amount, as 2.50", param_hint="--most-money"
        ) from None
    return int(amount * 10**6)


def _estimate(
    session: Session, settings: Settings, arena: Arena, judge: Any, chosen: "Selection", budget: "Budget"
) -> "Estimate":
    from app.domain import estimates
    from app.worker.judging import fence_key

    key = fence_key(signing_key(settings))
    return estimates.estimate(session, arena, judge, chosen, budget, operator(settings), key, now())


def _print_estimate(found: "Estimate") -> None:
    tokens = f"{found.input_tokens:,} tokens read and {found.output_tokens:,} written"
    money = "no price is known" if found.micros is None else f"{found.micros / 1e6:,.6g} in money"
    _say(
        f"{found.judgments:,} judgments: {found.calls:,} calls, {found.cached:,} questions are answered already."
    )
    _say(f"At most, each asked once: {tokens}; {money}.")
    if found.sampled < found.judgments:
        _say(f"Reckoned from {found.sampled:,} of the judgments.")


def _work_on(database: Database, settings: Settings, run: str, detach: bool) -> bool:
    """Whether the run came to its end, or to others who work on it."""
    if detach:
        _say(
            f"{run} waits for a worker (arena serve or arena worker). Watch it with: arena judge status {run} --watch"
        )
        return True
    from app.cli import watching

    return watching.work(database, settings, run)


def _list(database: Database, arena: str | None, as_json: bool) -> None:
    from app.cli import watching
    from app.domain import runs

    table = Table(
        "run", "arena", "judge", "state", "judged", "failed", "votes", "calls", "cost", "begun (UTC)"
    )
    with database.reading() as session:
        for row in (
            [arenas.find(session, arena)] if arena else session.scalars(select(Arena).order_by(Arena.id))
        ):
            for each in runs.list_runs(session, row, LISTED, None).items:
                progress = runs.progress(session, each, now())
                if as_json:
                    _write(watching.as_json(row.slug, progress))
                else:
                    table.add_row(*map(escape, watching.cells(row.slug, progress)))
    if not as_json:
        out.print(table)


def _write(value: str) -> None:
    sys.stdout.write(json.dumps(json.loads(value), ensure_ascii=False) + "\n")


def _say(line: str) -> None:
    out.print(line, highlight=False, markup=False, soft_wrap=True)
