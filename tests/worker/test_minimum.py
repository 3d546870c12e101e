"""What must be done before a judge's figures are believed, and is named where it was not: in the report, where one is
chosen, and where one is trusted. Scripted judges, on both databases.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.db.session import Database
from app.db.tables import JudgeTrust
from app.domain import arenas, choices, consistency
from app.domain.selections import Selection
from app.stats.agreement.choosing import Rule
from app.worker import assess_judge
from tests.arenas import NOW, SLUG, import_rows, make_arena, roll_up, rows_of, vote
from tests.judging import JUDGE, script, start, work

VOTED = Selection("voted")
Json = dict[str, Any]


@pytest.fixture
def quiz(database: Database, tmp_path: Path) -> Database:
    """Ana and ben on twelve prompts; they part on every fourth."""
    make_arena(database)
    rows = []
    for at in range(12):
        texts = {
            "prompt": ({"role": "user", "content": f"Question {at}?"},),
            "answer_a": ({"role": "assistant", "content": f"x on {at}"},),
            "answer_b": ({"role": "assistant", "content": f"y on {at}"},),
        }
        for who in ("ana", "ben"):
            word = "tie" if who == "ben" and at % 4 == 0 else "a" if at % 3 else "b"
            rows.append(vote("x", "y", word, f"human:{who}", prompt_id=f"p{at}", **texts))
    import_rows(database, rows)
    script(tmp_path, {"text": '{"winner": "A", "score": 5}'})
    return database


def report(database: Database, judge: str = "ref") -> Json:
    with database.reading() as session:
        question = consistency.Question(judge, draws=20, board_draws=5)
        return consistency.report(session, arenas.find(session, SLUG), question)


def choice(database: Database, judge: str = "ref") -> Json:
    with database.reading() as session:
        question = choices.Question(judges=(judge,), rule=Rule(least_items=1), draws=20)
        (row,) = choices.choose(session, arenas.find(session, SLUG), question)["candidates"]
        return dict(row)


def codes(found: Json) -> list[str]:
    return [each["code"] for each in found["shortcomings"]]


ASKED: list[tuple[Json, list[str]]] = [
    ({}, []),
    ({"orders": "ab"}, ["one_order"]),
    ({"orders": "ba"}, ["one_order"]),
    ({"temperature": 1.0}, ["few_repeats"]),
    ({"temperature": None, "repeats": 2}, ["few_repeats"]),
    ({"temperature": 0.7, "repeats": 3}, []),
    ({"orders": "ab", "temperature": 1.0}, ["one_order", "few_repeats"]),
    ({"protocol": "score", "orders": "ab"}, []),
]


@pytest.mark.parametrize(("asked", "missing"), ASKED)
def test_what_was_not_done_is_named(quiz: Database, tmp_path: Path, asked: Json, missing: list[str]) -> None:
    work(quiz, tmp_path, start(quiz, replace(JUDGE, **asked), VOTED))
    found, chosen = report(quiz), choice(quiz)
    assert (codes(found), codes(chosen)) == (missing, missing)
    (version,) = found["judge_versions"]
    assert chosen["asked_as"] == version
    judge = replace(JUDGE, **asked)
    assert {name: version[name] for name in ("model", "protocol", "temperature", "orders", "repeats")} == {
        "model": judge.model, "protocol": judge.protocol, "temperature": judge.temperature, "orders": judge.orders,
        "repeats": judge.repeats,
    }  # fmt: skip
    assert (version["dimension_versions"], len(version["prompt_hashes"])) == ([1], 1)


def test_each_is_said_in_a_sentence_with_its_numbers(quiz: Database, tmp_path: Path) -> None:
    work(quiz, tmp_path, start(quiz, replace(JUDGE, orders="ab", temperature=1.0), VOTED))
    assert report(quiz)["shortcomings"] == [
        {
            "code": "one_order",
            "sentence": "12 of 12 items were shown to it in one order only: what the place does there is not known.",
        },
        {
            "code": "few_repeats",
            "sentence": "The replies of version 1 are drawn by chance (temperature 1), and it was asked once: 3 "
            "repeats or more would tell a verdict from luck.",
        },
    ]


def test_imported_votes_and_mixed_versions_are_named(quiz: Database, tmp_path: Path) -> None:
    import_rows(quiz, [vote("x", "y", "a", "judge:old", prompt_id=f"p{at}") for at in range(12)])
    assert codes(report(quiz, "old")) == ["one_order", "unknown_settings"]
    work(quiz, tmp_path, start(quiz, JUDGE, VOTED))
    work(quiz, tmp_path, start(quiz, replace(JUDGE, model="referee-2"), VOTED))
    assert codes(report(quiz)) == ["several_versions"]
    assert codes(report(quiz, "ref@2")) == []


def test_without_a_ceiling_or_limits_the_report_says_so(database: Database) -> None:
    make_arena(database)
    import_rows(
        database, [vote("x", "y", who and "a", f"{who}", prompt_id="p") for who in ("ana", "judge:ref")]
    )
    import_rows(database, [vote("x", "z", "b", f"{who}", prompt_id="p") for who in ("ana", "judge:ref")])
    assert codes(report(database)) == ["one_order", "unknown_settings", "no_ceiling", "no_limits"]


def test_chance_and_the_ceiling_stand_beside_raw_agreement(quiz: Database, tmp_path: Path) -> None:
    work(quiz, tmp_path, start(quiz, JUDGE, VOTED))
    row = choice(quiz)
    for figures in (row, row["ceiling"]):
        assert {name: figures[name]["n"] > 0 for name in ("agreement", "cohen_kappa")} == {
            "agreement": True, "cohen_kappa": True,
        }  # fmt: skip
    # Ana and ben agree on 9 of 12.
    assert row["ceiling"]["agreement"]["value"] == 0.75


def test_an_assessment_keeps_what_it_lacks(quiz: Database, tmp_path: Path) -> None:
    work(quiz, tmp_path, start(quiz, replace(JUDGE, orders="ab"), VOTED))
    roll_up(quiz)
    assert assess_judge(quiz, NOW)
    ((kept,),) = rows_of(quiz, JudgeTrust.shortcomings)
    assert [each["code"] for each in kept] == ["one_order"]
