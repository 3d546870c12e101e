"""arena tallies: what boards read is compared with the votes."""

from pathlib import Path

import pytest
from sqlalchemy import update

from app.db.session import Database
from app.db.tables import TallyBlock
from tests.arenas import import_rows, make_arena, roll_up, votes
from tests.cli.conftest import Arena as Command


@pytest.fixture
def quiz(arena: Command, tmp_path: Path) -> None:
    file = tmp_path / "quiz.csv"
    file.write_text("model_a,model_b,winner,rater\nx,y,a,ana\nx,y,tie,ben\nx,y,a,ben\n")
    arena("import", file, "--format", "csv", "--arena", "quiz")


@pytest.mark.usefixtures("quiz")
def test_what_is_equal_is_said_in_a_line(arena: Command, database: Database) -> None:
    make_arena(database, "other")
    import_rows(database, votes("x", "y", "a b"), "other")
    for words, told in (
        ((), "5 votes, 4 cells: equal\n"),
        (("--arena", "quiz"), "3 votes, 2 cells: equal\n"),
        (("--arena", "quiz", "--repair"), "3 votes, 2 cells: equal\n"),
    ):
        printed = arena("tallies", "verify", *words)
        assert (printed.code, printed.out, printed.err) == (0, told, "")


@pytest.mark.usefixtures("quiz")
def test_a_difference_is_a_line_and_can_be_repaired(arena: Command, database: Database) -> None:
    roll_up(database)
    with database.writing() as session:
        spoilt = update(TallyBlock).where(TallyBlock.kind == "raters", TallyBlock.day == "")
        session.execute(spoilt.values(data=bytes.fromhex("02000000 02000000"), votes=2))
    printed = arena("tallies", "verify", "--arena", "quiz")
    place = "quiz · overall · human · no category · no language · all time"
    assert printed.code == 1
    assert printed.out == (
        f"{place} · human:ana: raters say 0, votes say 1\n3 votes, 2 cells: 1 difference\n"
    )
    repaired = arena("tallies", "verify", "--repair")
    assert (repaired.code, repaired.out.splitlines()[-1]) == (0, "3 votes, 2 cells: equal")
    assert arena("tallies", "verify").out == "3 votes, 2 cells: equal\n"


def test_an_arena_that_does_not_exist_is_one_line(arena: Command) -> None:
    printed = arena("tallies", "verify", "--arena", "nowhere")
    assert (printed.code, printed.out) == (1, "")
    assert printed.err.startswith("arena: ")
