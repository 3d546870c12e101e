"""The command line in this process: the same `main` that `arena` runs, with its exit code and both streams."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


Arena = Callable[..., Ran]


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Arena:
    """`run("leaderboard", "--arena", "quiz")`, away from the caller's own .env and settings."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["arena", *map(str, words)])
        capsysbinary.readouterr()
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        printed = capsysbinary.readouterr()
        return Ran(code, printed.out.decode(), printed.err.decode())

    return call


@pytest.fixture
def arena(run: Arena, database_url: str) -> Arena:
    """`run`, on each kind of database in turn."""
    return lambda *words: run(*words, "--database-url", database_url)
