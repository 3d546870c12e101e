"""The command line. Exit 0: done. 1: the work failed, said in one line. 2: wrong use.

A command is a function in the module of its noun, and a line here.
"""

import sys

import typer
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from app.cli import (
    checklists,
    choices,
    consistency,
    doubts,
    exports,
    imports,
    judges,
    keys,
    leaderboards,
    runs,
    scores,
    serving,
    simulations,
    tallies,
    variables,
)
from app.cli.console import say, say_problems
from app.domain.errors import ArenaError, Invalid

SUMMARY = (__doc__ or "").partition("\n")[0]

cli = typer.Typer(no_args_is_help=True, add_completion=False, help=SUMMARY, pretty_exceptions_enable=False)
cli.command()(serving.serve)
cli.command()(serving.demo)
cli.command()(serving.worker)
cli.command()(serving.migrate)
cli.command("import")(imports.import_votes)
cli.command()(exports.export)
cli.command()(simulations.simulate)
cli.command()(leaderboards.leaderboard)
cli.command()(consistency.consistency)
cli.add_typer(tallies.cli, name="tallies")
cli.add_typer(keys.cli, name="keys")
for command in (runs.run, runs.status, runs.pause, runs.resume, runs.cancel, runs.calls):
    judges.cli.command()(command)
judges.cli.command()(checklists.checklists)
judges.cli.command()(choices.choose)
judges.cli.command()(doubts.doubts)
judges.cli.command()(scores.scores)
cli.add_typer(judges.cli, name="judge")
cli.command()(variables.settings)
cli.command()(serving.openapi)


def main() -> None:
    """Run the command line; a mistake of the user's is one line on stderr, never a traceback."""
    try:
        cli()
    except ArenaError as failed:
        say(f"arena: {failed.detail}")
        say_problems(failed.problems)
        sys.exit(2 if type(failed) is Invalid else 1)
    except DBAPIError as away:
        say(f"arena: the database cannot be used: {away.orig}")
        sys.exit(1)
    except (CommandError, OSError) as failed:
        say(f"arena: {failed}")
        sys.exit(1)
