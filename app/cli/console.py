"""What commands print: results on stdout, everything else on stderr."""

import sys
from collections.abc import Sequence

from rich.console import Console

from app.domain.errors import Problem

PROBLEMS_SHOWN = 20
WIDEST = 1_000  # columns

# A file or a pipe has no width: tables are written as wide as they are.
out = Console() if sys.stdout.isatty() else Console(width=WIDEST)
err = Console(stderr=True)


def say(line: str) -> None:
    err.print(" ".join(line.split()), markup=False, highlight=False, soft_wrap=True)


def say_problems(problems: Sequence[Problem]) -> None:
    for each in problems[:PROBLEMS_SHOWN]:
        err.print(f"  {each.at}: {each.problem}", markup=False, highlight=False, soft_wrap=True)
    if len(problems) > PROBLEMS_SHOWN:
        say("… and more")
