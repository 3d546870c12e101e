"""arena simulate: votes of simulated raters, said in a line, or a mistake said in a line."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.cli import simulations as command
from app.db.session import Database
from app.db.tables import Vote
from tests.arenas import SLUG
from tests.cli.conftest import Arena as Command
from tests.dealing import arena_of


@pytest.fixture(autouse=True)
def _arena(database: Database) -> None:
    arena_of(database, prompts=12)


def written(folder: Path, document: object) -> Path:
    file = folder / "given.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return file


def counted(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Vote)) or 0


@pytest.mark.parametrize("bulk", [(), ("--bulk",)])
def test_what_was_voted_is_said_in_a_line(arena: Command, bulk: tuple[str, ...]) -> None:
    printed = arena("simulate", "--arena", SLUG, "--votes", "120", *bulk)
    judged = "13 simulated raters judged 120 battles of quiz on 1 dimension: 120 votes"
    told = f"{judged}, on boards of simulated voters only.\n"
    assert (printed.code, printed.out, printed.err) == (0, told, "")
    board = json.loads(arena("leaderboard", "--arena", SLUG, "--voters", "simulated", "--json").out)
    assert board["votes"] == 120
    assert json.loads(arena("leaderboard", "--arena", SLUG, "--json").out)["votes"] == 0
    assert arena("tallies", "verify").out.endswith("equal\n")


@pytest.mark.parametrize("bulk", [(), ("--bulk",)])
def test_strengths_and_personas_come_from_files(
    arena: Command, tmp_path: Path, bulk: tuple[str, ...]
) -> None:
    strengths = written(tmp_path, {"m1": -9, "m2": 9, "m3": 0})
    personas = tmp_path / "personas.json"
    personas.write_text(
        json.dumps([{"name": "crowd", "share": 0.7}, {"name": "expert", "share": 0.3, "flip": 0}])
    )
    words = (
        "--strengths",
        strengths,
        "--personas",
        personas,
        "--flip",
        "0.1",
        "--ties",
        "0",
        "--length",
        "0",
    )
    assert arena("simulate", "--arena", SLUG, "--votes", "150", "--raters", "40", *words, *bulk).code == 0
    board = json.loads(arena("leaderboard", "--arena", SLUG, "--voters", "simulated", "--json").out)
    assert [row["model"] for row in board["rows"]] == ["m2", "m3", "m1"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--flip", "0.6"), "arena: flip is 0.6; it must be a number from 0 to 0.5"),
        (("--ties", "2"), "arena: ties is 2.0; it must be a number from 0 to 1"),
        (("--raters", "0"), "arena: raters is 0; it must be a whole number from 1 to 10000"),
        (
            ("--strengths", "board"),
            "arena: strengths: the overall board of human has no rating of 'm1', 'm2', 'm3'",
        ),
        (("--strengths", "board:nobody"), "arena: voters 'nobody': expected one of human"),
        (("--pool", "My Pool"), "arena: pool 'My Pool': expected up to 80 of a-z"),
        (("--strengths", "norml"), "norml: [Errno 2] No such file or directory"),
    ],
)
def test_a_mistake_is_said_in_a_line_and_nothing_is_stored(
    arena: Command, database: Database, words: tuple[str, ...], told: str
) -> None:
    printed = arena("simulate", "--arena", SLUG, "--votes", "5", *words)
    assert printed.code == 2
    assert told in " ".join(printed.err.replace("│", "").split())
    assert "Traceback" not in printed.err
    assert counted(database) == 0


@pytest.mark.parametrize(
    ("option", "document", "told"),
    [
        ("--personas", [{"name": "x", "share": 0.5}], "the shares of the personas add up to 0.5"),
        ("--personas", "[{", "Expecting property name"),
        ("--strengths", {"m1": 0, "m2": 1}, "strengths of overall: 'm3' missing"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_in_a_line(
    arena: Command, database: Database, tmp_path: Path, option: str, document: object, told: str
) -> None:
    printed = arena("simulate", "--arena", SLUG, "--votes", "5", option, written(tmp_path, document))
    assert printed.code == 2
    assert told in " ".join(printed.err.replace("│", "").split())
    assert counted(database) == 0


def test_an_arena_that_is_not_there(arena: Command) -> None:
    printed = arena("simulate", "--arena", "nowhere", "--votes", "5")
    assert (printed.code, printed.err) == (1, "arena: there is no arena 'nowhere'\n")


def test_raters_who_have_seen_everything_leave_the_rest_and_say_so(
    arena: Command, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "DEALT_AT_ONCE", 20)
    printed = arena("simulate", "--arena", SLUG, "--votes", "100", "--raters", "2")
    assert printed.code == 1
    assert "2 simulated raters judged 72 battles" in printed.out
    assert printed.err.startswith(
        "arena: 28 of 100 battles are missing, since every rater has seen every pair"
    )
    assert counted(database) == 72
