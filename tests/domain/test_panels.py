"""Judges as a panel: who are contestants too, of which family each is; and what one says of A, B and tie together."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from app.db.session import Database
from app.db.tables import Model, Vote
from app.domain import arenas, consistency
from app.domain.judges import roster
from tests.arenas import NOW, SLUG, import_rows, make_arena, vote
from tests.judging import JUDGE

Json = dict[str, Any]


@pytest.fixture
def quiz(database: Database) -> Database:
    """Ten prompts on which people say x; judge x says so nine times, judge y seven times."""
    make_arena(database)
    rows = []
    for at in range(10):
        for who, wins in (("ana", 10), ("ben", 10), ("judge:x@1", 9), ("judge:y@1", 7)):
            # The sides change, so that the win is of a model and not of a side.
            sides = ("x", "y") if at % 2 else ("y", "x")
            says = "a" if (at < wins) == bool(at % 2) else "b"
            rows.append(vote(*sides, says, who, prompt_id=f"p{at}"))
    import_rows(database, rows)
    return database


def report(database: Database, judge: str = "x") -> Json:
    with database.reading() as session:
        question = consistency.Question(judge, draws=20, board_draws=5)
        return consistency.report(session, arenas.find(session, SLUG), question)


def test_judges_that_are_contestants_weigh_what_they_find_of_each_other(quiz: Database) -> None:
    """x finds x better in .9, y in .7: the weights that stay are (.7, .1)/.8, as of a chain of two states."""
    panel = report(quiz)["panel"]
    members = {row["judge"]: (row["contestant"], row["peer_weight"]) for row in panel["members"]}
    assert members == {"x": ("x", pytest.approx(0.875, abs=1e-6)), "y": ("y", pytest.approx(0.125, abs=1e-6))}
    rules = {row["rule"]: row for row in panel["rules"]}
    # With the most weight judge x decides alone; in a plain majority of two every difference is a tie.
    assert rules["peers"]["agreement"]["value"] == 0.9
    assert rules["majority"]["agreement"]["value"] == 0.7
    assert rules["majority"]["ties"] == "a tie where two labels lead"


def test_a_judge_is_known_by_its_model_and_its_family(quiz: Database) -> None:
    with quiz.writing() as session:
        session.execute(update(Model).where(Model.slug == "y").values(name="Referee 2"))
        arena = arenas.find(session, SLUG)
        for name, model, family in (("x", "referee-1", "acme"), ("y", "referee 2", "Acme")):
            roster.register(session, arena, replace(JUDGE, name=name, model=model, family=family), NOW)
    panel = report(quiz)["panel"]
    members = {row["judge"]: (row["contestant"], row["family"]) for row in panel["members"]}
    assert members == {"x": ("x", "acme"), "y": ("y", "Acme")}
    assert [row["same_family"] for row in panel["pairs"]] == [True]


def test_judges_that_do_not_compete_have_no_weights_of_peers(quiz: Database) -> None:
    import_rows(quiz, [vote("x", "y", "a", "judge:gpt", prompt_id=f"p{at}") for at in range(10)])
    panel = report(quiz, "gpt")["panel"]
    weights = {row["judge"]: row["peer_weight"] for row in panel["members"]}
    assert (weights["gpt"], weights["x"]) == (None, pytest.approx(0.875, abs=1e-6))
    assert {row["same_family"] for row in panel["pairs"]} == {None}
    with quiz.writing() as session:
        session.execute(update(Model).where(Model.slug == "y").values(slug="z", name="z"))
    alone = report(quiz, "gpt")["panel"]
    assert [row["peer_weight"] for row in alone["members"]] == [None, None, None]
    assert [row["rule"] for row in alone["rules"]] == ["majority", "mean", "weighted"]


def test_three_ways_are_scored_together(quiz: Database) -> None:
    """By hand: .7 for what is right leaves .15 twice, Σ = .135; for what is wrong it is .49 + .7225 + .0225 = 1.235."""
    rows = [
        vote("x", "y", "a" if at else "b", "judge:sure", prompt_id=f"p{at}", confidence=0.7)
        for at in range(10)
    ]
    import_rows(quiz, rows)
    found = report(quiz, "sure")["calibration"]["multiclass_brier"]
    assert (found["value"], found["n"]) == (pytest.approx((9 * 0.135 + 1.235) / 10), 10)
    assert (
        report(quiz)["calibration"]["multiclass_brier"]["undefined"]
        == "the judge said nothing of its certainty"
    )


def test_a_probability_goes_before_a_certainty_and_gives_ties_none(quiz: Database) -> None:
    """People say x on every prompt: .8 for x is .04 + .04, whichever stood first."""
    import_rows(quiz, [vote("x", "y", "a", "judge:soft", prompt_id=f"p{at}") for at in range(5)])
    import_rows(quiz, [vote("y", "x", "b", "judge:soft", prompt_id=f"p{at}") for at in range(5, 10)])
    with quiz.writing() as session:
        judged = update(Vote).where(Vote.confidence.is_(None), Vote.raw_verdict.is_not(None))
        session.execute(judged.where(Vote.verdict == "a").values(probability=0.8))
        session.execute(judged.where(Vote.verdict == "b").values(probability=0.2))
    found = report(quiz, "soft")["calibration"]["multiclass_brier"]
    assert (found["value"], found["n"]) == (pytest.approx(0.08), 10)
