"""Boards side by side, what is resampled, and what the parts of a report say: difficulty, dimensions, sides."""

from typing import Any

import pytest

from app.db.session import Database
from app.domain import arenas, consistency
from app.domain.consistency import Question
from tests.arenas import SLUG, import_rows, make_arena, vote

Json = dict[str, Any]
JUDGE = "judge:gpt-4"
MODELS = ("u", "v", "w", "x")
PAIRS = [(a, b) for at, a in enumerate(MODELS) for b in MODELS[at + 1 :]]


@pytest.fixture
def quiz(database: Database) -> Database:
    make_arena(database)
    return database


def report(database: Database, **asked: Any) -> Json:
    with database.reading() as session:
        question = Question("gpt-4", **{"draws": 50, "board_draws": 50, **asked})
        return consistency.report(session, arenas.find(session, SLUG), question)


def test_limits_resample_prompts_or_people(quiz: Database) -> None:
    rows = []
    for at in range(4):
        for pair in PAIRS:
            # Five people say the first, four the second, on each prompt: prompts are alike, people are not.
            for person in range(9):
                word = "a" if person < 5 else "b"
                rows.append(vote(*pair, word, f"human:{person}", prompt_id=f"p{at}"))
            rows.append(vote(*pair, "a", JUDGE, prompt_id=f"p{at}"))
    import_rows(quiz, rows)
    prompts, people = report(quiz), report(quiz, resample="raters")
    assert prompts["ranking"]["spearman"]["value"] == people["ranking"]["spearman"]["value"] == 1
    assert prompts["ranking"]["spearman"]["lower"] == 1
    assert people["ranking"]["spearman"]["lower"] == -1
    assert (prompts["filters"]["resample"], people["filters"]["resample"]) == ("prompts", "raters")


def test_models_far_apart_are_l1_and_neighbours_l4(quiz: Database) -> None:
    strong_first = [
        vote(*pair, "a", who, prompt_id=f"p{at}")
        for pair in PAIRS
        for at in range(3)
        for who in ("human:ana", JUDGE)
    ]
    import_rows(quiz, strong_first)
    # Of six pairs of models one is three ranks apart, two are two, and three are neighbours.
    found = {row["value"]: row["items"] for row in report(quiz)["splits"]["difficulty"]}
    assert found == {"L1": 3, "L2": 6, "L4": 9}


def test_every_dimension_that_both_judged_has_a_line(quiz: Database) -> None:
    import_rows(
        quiz,
        [
            vote("u", "v", verdicts={"overall": "a", "style": "a", "wit": "a"}, prompt_id="p"),
            vote("u", "v", verdicts={"overall": "a", "style": "b"}, rater=JUDGE, prompt_id="p"),
        ],
    )
    for dimension in ("overall", "style"):
        rows = report(quiz, dimension=dimension)["splits"]["dimension"]
        assert {row["value"]: row["agreement"]["value"] for row in rows} == {"overall": 1, "style": 0}


def test_a_side_says_nothing_of_the_judge_where_the_better_answer_always_stood_first(quiz: Database) -> None:
    rows = [
        vote("u", "v", "a" if at % 10 else "b", who, prompt_id=f"p{at}")
        for at in range(120)
        for who in ("human:ana", "human:ben", JUDGE)
    ]
    import_rows(quiz, rows)
    found = report(quiz)
    assert found["biases"]["position"]["first_share"]["value"] == 0.9
    (reason,) = [each for each in found["verdict"]["reasons"] if each["rule"] == "position"]
    assert reason["allows"] == "calibrate"
    assert "not drawn by lot" in reason["sentence"]
