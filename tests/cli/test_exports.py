"""arena export: votes or a whole arena into a file, which is there when it is whole or not at all."""

from pathlib import Path

import pytest

from tests.cli.conftest import Arena as Command

VOTES = "model_a,model_b,winner,rater\nx,y,a,ana\nx,y,both_good,ben\ny,x,b,judge:gpt\n"


@pytest.fixture
def quiz(run: Command, sqlite_url: str, tmp_path: Path) -> Command:
    file = tmp_path / "quiz.csv"
    file.write_text(VOTES)

    def command(*words: str | Path) -> object:
        return run(*words, "--database-url", sqlite_url)

    command("import", file, "--format", "csv", "--arena", "quiz")
    return command  # type: ignore[return-value]  # called as Command is


def test_a_whole_arena_moves_and_is_the_same(quiz: Command, tmp_path: Path) -> None:
    first, again = tmp_path / "first.jsonl", tmp_path / "again.jsonl"
    assert quiz("export", "--arena", "quiz", "--format", "native", "--out", first).code == 0
    moved = quiz("import", first, "--format", "native", "--arena", "copy")
    assert (moved.code, moved.out.startswith("copy is there: 1 dimension")) == (0, True)
    quiz("export", "--arena", "copy", "--format", "native", "--out", again)
    assert again.read_bytes() == first.read_bytes()
    refused = quiz("import", first, "--format", "native", "--arena", "copy")
    assert (refused.code, "holds models already" in refused.err) == (1, True)


def test_a_broken_native_file_makes_no_arena(quiz: Command, tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    quiz("export", "--arena", "quiz", "--format", "native", "--out", whole)
    part.write_bytes(whole.read_bytes()[:-30])
    refused = quiz("import", part, "--format", "native", "--arena", "copy")
    assert (refused.code, f"{part}:" in refused.err) == (1, True)
    assert quiz("leaderboard", "--arena", "copy").code == 1


def test_votes_go_out_as_the_name_of_the_file_ends_and_the_rest_is_told(
    quiz: Command, tmp_path: Path
) -> None:
    file = tmp_path / "votes.csv"
    told = quiz("export", "--arena", "quiz", "--format", "lmarena", "--out", file)
    assert (told.code, told.out) == (0, f"2 votes of quiz are in {file}.\n")
    assert "lmarena has no place for: dimensions, categories" in told.err
    assert told.err.endswith("  1 left out: no word for both_good\n")
    assert file.read_text().startswith("question_id,model_a,model_b,winner,judge")
    assert "ana" not in file.read_text()


def test_wrong_use_leaves_no_file(quiz: Command, tmp_path: Path) -> None:
    for words in (
        ("--format", "ratings"),
        ("--format", "csv", "--as", "parquet"),
        ("--format", "lmarena", "--shape", "1k"),
    ):
        refused = quiz("export", "--arena", "quiz", "--out", tmp_path / "out", *words)
        assert refused.code == 2, refused
    assert quiz("export", "--arena", "none", "--format", "csv", "--out", tmp_path / "out").code == 1
    assert not list(tmp_path.glob("out*"))
