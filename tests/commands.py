"""What `arena` and `make` understand, for tests of everything that quotes a command."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from app.cli import cli

ROOT = Path(__file__).resolve().parent.parent


def problem_with_arena(words: Sequence[str]) -> str | None:
    """What is wrong with `arena WORDS…`: a command or an option that does not exist. None when nothing is."""
    command: Any = typer.main.get_command(cli)
    known = {"--help"}
    for word in words:
        name = word.split("=")[0]
        if name.startswith("-") and not _is_number(name):
            if name not in known | _options(command):
                return f"no option {name} in: arena {' '.join(words)}"
        elif commands := getattr(command, "commands", None):
            if word not in commands:
                return f"no command {word} in: arena {' '.join(words)}"
            command = commands[word]
    return None


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _options(command: Any) -> set[str]:
    return {option for param in command.params for option in (*param.opts, *param.secondary_opts)}


def _is_number(word: str) -> bool:
    return re.fullmatch(r"-[\d.]+", word) is not None
