"""Agreement apart for what the judge can answer itself and what it cannot, as the prompts' metadata say."""

from typing import Any

import pytest

from app.db.session import Database
from app.domain import arenas, consistency, prompts
from app.domain.consistency import Question
from app.domain.prompts import NewPrompt
from tests.arenas import NOW, SLUG, import_rows, make_arena, vote

JUDGE = "judge:gpt-4"


@pytest.fixture
def quiz(database: Database) -> Database:
    """Where it can answer, the judge says what people say; where it cannot, it copies a wrong reference."""
    make_arena(database)
    known: dict[str, Any] = {
        **{f"right-{n}": {"judge_correct": {"gpt-4": True}} for n in range(4)},
        **{f"wrong-{n}": {"judge_correct": {"gpt-4": False, "other": True}} for n in range(4)},
        "unknown": {},
        "odd": {"judge_correct": "yes"},
    }
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        asked = [
            NewPrompt(line, name, ({"role": "user", "content": name},), details=told)
            for line, (name, told) in enumerate(known.items(), 1)
        ]
        prompts.submit(session, arena, asked, NOW)
    for n, name in enumerate(known):
        people = "ab"[n % 2]
        judge = {"a": "b", "b": "a"}[people] if name.startswith("wrong") else people
        import_rows(
            database, [vote("x", "y", people, prompt_id=name), vote("x", "y", judge, JUDGE, prompt_id=name)]
        )
    return database


def split(database: Database, judge: str = "gpt-4") -> list[dict[str, Any]]:
    with database.reading() as session:
        question = Question(judge, draws=50, board_draws=20)
        rows: list[dict[str, Any]] = consistency.report(session, arenas.find(session, SLUG), question)[
            "splits"
        ]["judge_correct"]
    return rows


def test_two_kappas_and_two_n(quiz: Database) -> None:
    rows = split(quiz)
    assert [(row["value"], row["items"]) for row in rows] == [("right", 4), ("wrong", 4)]
    assert [row["cohen_kappa"]["value"] for row in rows] == [1, -1]
    assert [row["cohen_kappa"]["n"] for row in rows] == [4, 4]


def test_a_part_with_one_label_has_no_kappa_and_says_why(quiz: Database) -> None:
    import_rows(quiz, [vote("x", "y", "a", "judge:other", prompt_id=f"wrong-{n}") for n in (0, 2)])
    (row,) = split(quiz, "other")
    assert (row["value"], row["items"]) == ("right", 2)
    assert row["cohen_kappa"]["value"] is None
    assert row["cohen_kappa"]["undefined"]
