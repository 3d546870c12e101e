"""A judge's votes stand beside people's only where it is trusted on that dimension and in that language."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.db.session import Database
from app.domain import arenas, trust
from app.domain.errors import DimensionNotFound, Invalid, JudgeNotFound
from app.domain.fits import Spec
from app.domain.trust import ASSESSED_EVERY
from app.worker import assess_judge
from tests.arenas import NOW, SLUG, board, import_rows, make_arena, roll_up, vote

JUDGE = "judge:gpt-4"


@pytest.fixture
def quiz(database: Database) -> Database:
    """In German the judge says what people say, in English it always says a; in French nobody but the judge votes."""
    make_arena(database)
    rows = []
    for at in range(120):
        first, second = ("x", "y") if at % 2 else ("y", "x")
        better = "a" if at % 3 else "b"
        for language, words in (
            ("de", (better, better, better)),
            ("en", (better, better, "a")),
            ("fr", (better,)),
        ):
            raters = ("human:ana", "human:ben", JUDGE)[-len(words) :]
            if len(words) == 3 and at % 10 == 0:
                words = (words[0], "tie", words[2])
            for who, word in zip(raters, words, strict=True):
                given: dict[str, Any] = {"prompt_id": f"{language}{at}", "language": language}
                rows.append(vote(first, second, word, who, **given))
    import_rows(database, rows)
    roll_up(database)
    return database


def counted(database: Database, **filters: Any) -> int:
    found: int = json.loads(board(database, Spec(voters="combined", **filters)).body)["votes"]
    return found


def decide(
    database: Database, decision: Any, language: str | None = None, dimension: str = "overall"
) -> None:
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        trust.decide(session, arena, "gpt-4", dimension, language, decision, "because", NOW)


def assess_all(database: Database, after: timedelta = timedelta(0)) -> int:
    done = 0
    while assess_judge(database, NOW + after):
        done += 1
    return done


def test_a_judge_is_in_only_where_it_was_found_trusted(quiz: Database) -> None:
    assert counted(quiz) == 480  # nobody has assessed it yet
    assert assess_all(quiz) == 3
    with quiz.reading() as session:
        found = {row.language: row for row in trust.cells_of(session, arenas.find(session, SLUG), "gpt-4")}
    assert {language: (row.assessed, row.included) for language, row in found.items()} == {
        "de": ("trusted", True),
        "en": ("do_not_automate", False),
        "fr": ("calibrate", False),
    }
    assert "0 items" in found["fr"].because
    assert (counted(quiz), counted(quiz, language="de"), counted(quiz, language="en")) == (600, 360, 240)


def test_an_admin_says_otherwise(quiz: Database) -> None:
    assess_all(quiz)
    decide(quiz, "include", "en")
    decide(quiz, "exclude", "de")
    assert (counted(quiz, language="de"), counted(quiz, language="en")) == (240, 360)
    # One language goes before all of them.
    decide(quiz, "include")
    assert [counted(quiz, language=each) for each in ("de", "en", "fr")] == [240, 360, 120]
    decide(quiz, "automatic", "de")
    decide(quiz, "automatic", "en")
    decide(quiz, "exclude")
    assert counted(quiz) == 480
    decide(quiz, "automatic")
    assert counted(quiz) == 600


def test_an_admin_need_not_wait_for_an_assessment_or_a_roll_up(quiz: Database) -> None:
    decide(quiz, "include")
    assert counted(quiz) == 480 + 360
    import_rows(quiz, [vote("x", "y", "a", JUDGE, prompt_id="new", language="de")])
    assert counted(quiz) == 480 + 361


def test_new_votes_are_assessed_after_a_while(quiz: Database) -> None:
    assess_all(quiz)
    import_rows(quiz, [vote("x", "y", "a", JUDGE, prompt_id="new", language="de")])
    roll_up(quiz)
    assert assess_all(quiz, ASSESSED_EVERY - timedelta(seconds=1)) == 0
    assert assess_all(quiz, ASSESSED_EVERY) == 1


def test_another_dimension_is_another_question(quiz: Database) -> None:
    import_rows(
        quiz,
        [vote("x", "y", verdicts={"style": "a"}, rater=who, language="de") for who in ("human:ana", JUDGE)],
    )
    decide(quiz, "include", "de")
    assert counted(quiz, dimension="style") == 1
    decide(quiz, "include", dimension="style")
    assert counted(quiz, dimension="style") == 2


@pytest.mark.parametrize(
    ("judge", "dimension", "decision", "error"),
    [
        ("claude", "overall", "include", JudgeNotFound),
        ("gpt-4", "style", "include", DimensionNotFound),
        ("gpt-4", "overall", "maybe", Invalid),
    ],
)
def test_what_cannot_be_decided_is_refused(
    quiz: Database, judge: str, dimension: str, decision: Any, error: type[Exception]
) -> None:
    with quiz.writing() as session, pytest.raises(error):
        trust.decide(session, arenas.find(session, SLUG), judge, dimension, None, decision, "", NOW)
