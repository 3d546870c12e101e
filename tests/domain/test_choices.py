"""Choosing a judge on an arena: whose votes make the sample, what each judge is worth there, and what is picked."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db.session import Database
from app.db.tables import JudgeRequest, Vote
from app.domain import arenas, choices, dimensions
from app.domain.choices import Question, read_rule
from app.domain.dimensions import Asked
from app.domain.errors import ArenaError, DimensionNotFound, Invalid, JudgeNotFound
from app.domain.formats.rows import VoteRow
from app.domain.judges import find
from app.domain.judges.protocol import Finding
from app.domain.judges.replies import Reply, Token
from app.domain.selections import Selection
from app.stats.agreement.choosing import Rule
from tests.arenas import NOW, SLUG, import_rows, make_arena, vote
from tests.domain.judged_items import item
from tests.judging import JUDGE, judged_arena, script, start, work

Json = dict[str, Any]
CHECKS = ("failure_coverage", "false_failure_rate", "check_alignment", "mcc")


@pytest.fixture
def quiz(database: Database) -> Database:
    make_arena(database)
    return database


def choose(database: Database, **asked: Any) -> Json:
    with database.reading() as session:
        question = Question(**{"draws": 100, **asked})
        return choices.choose(session, arenas.find(session, SLUG), question)


def graded(judges: dict[str, str], at: Iterable[int] = range(0, 1000), people: bool = True) -> list[VoteRow]:
    """A row for each letter and judge: `+` says what people say, `-` the contrary, `=` a tie, `?` that it cannot tell,
    and a blank was not asked. Sides and winners change from prompt to prompt.
    """
    rows: list[VoteRow] = []
    size = max(map(len, judges.values()))
    for number, prompt in zip(range(size), at, strict=False):
        sides = ("x", "y") if prompt % 3 else ("y", "x")
        winner, loser = ("a", "b") if prompt % 2 else ("b", "a")
        if people:
            rows.append(vote(*sides, winner, prompt_id=f"p{prompt}"))
        for judge, words in judges.items():
            word = {"+": winner, "-": loser, "=": "tie", "?": "abstain"}.get(words[number : number + 1])
            if word:
                rows.append(vote(*sides, word, f"judge:{judge}", prompt_id=f"p{prompt}"))
    return rows


def by_name(found: Json) -> dict[str, Json]:
    return {row["judge"]: row for row in found["candidates"]}


def values(row: Json, *names: str) -> list[float]:
    return [row[name]["value"] for name in names]


def test_evalgens_example(quiz: Database) -> None:
    """METHODS 2.9: the i-th good and the i-th bad grade are the winner and the loser of a pair."""
    import_rows(quiz, graded({"f1": "++-==", "f2": "+==+="}))
    found = choose(quiz, rule=Rule(least_items=5))
    assert values(by_name(found)["f1"], *CHECKS) == pytest.approx([0.4, 0.2, 0.5333, 0.2182], abs=5e-5)
    assert values(by_name(found)["f2"], *CHECKS) == pytest.approx([0.4, 0.0, 0.5714, 0.5], abs=5e-5)
    assert [row["failure_coverage"]["n"] for row in found["candidates"]] == [10, 10]
    pick = found["pick"]
    assert (pick["judge"], pick["next"], pick["told_apart"]) == ("f2", "f1", False)
    assert "not told apart from f1" in pick["because"]


def test_judges_of_planted_quality_are_ranked(quiz: Database) -> None:
    import_rows(
        quiz,
        graded(
            {
                "fair@v1": ("+++++++=-=" * 6),
                "good@v1": ("+++++++++-" * 6),
                "good@v2": ("++++++++=-" * 6),
                "harsh": ("+++++++---" * 6),
                "lazy": ("==========" * 6),
            }
        ),
    )
    import_rows(quiz, [vote("x", "y", "a", "judge:left", prompt_id=f"p{at}") for at in range(60)])
    found = choose(quiz)
    assert [(row["judge"], row["rank"]) for row in found["candidates"]] == [
        ("good@v1", 1), ("good@v2", 2), ("fair@v1", 3), ("harsh", None), ("lazy", None), ("left", None),
    ]  # fmt: skip
    why = {row["judge"]: row["why_not"] for row in found["candidates"] if row["why_not"]}
    assert why["harsh"] == "false failures 0.3 are above 0.2"
    assert why["lazy"] == "it fails bad answers no more than good ones: 0 and 0"
    assert set(why) == {"harsh", "lazy", "left"}
    assert found["sample"] == {
        "labelled": 60, "decided": 60, "shared": 60, "shared_decided": 60, "compared": 60, "prompts": 60,
    }  # fmt: skip
    assert values(by_name(found)["harsh"], "agreement", "agreement_no_ties") == [0.7, 0.7]
    assert choose(quiz, judges=("harsh", "lazy"))["pick"]["judge"] is None
    assert choose(quiz, judges=("harsh",), rule=Rule("mcc"))["pick"]["judge"] == "harsh"
    assert [row["judge"] for row in choose(quiz, judges=("good",))["candidates"]] == ["good@v1", "good@v2"]


def test_items_that_people_tied_count_for_agreement_and_for_no_check(quiz: Database) -> None:
    import_rows(quiz, graded({"ref": "++++++++++"}))
    for at in range(10, 14):
        import_rows(quiz, [vote("x", "y", "a", "judge:ref", prompt_id=f"p{at}")])
        import_rows(quiz, [vote("x", "y", word, who, prompt_id=f"p{at}")
                           for word, who in (("a", "human:ana"), ("b", "human:ben"))])  # fmt: skip
    row = by_name(choose(quiz))["ref"]
    assert (row["failure_coverage"]["n"], row["agreement"]["n"], row["agreement_no_ties"]["n"]) == (
        20,
        14,
        10,
    )
    assert values(row, "failure_coverage", "agreement") == pytest.approx([1, 10 / 14], abs=1e-6)


def test_candidates_are_held_against_the_same_items(quiz: Database) -> None:
    import_rows(quiz, graded({"all": "-" * 10 + "+" * 12, "some": " " * 10 + "+" * 12, "few": "+++"}))
    found = choose(quiz)
    assert found["sample"] | {"labelled": 22, "shared": 12, "compared": 12} == found["sample"]
    assert {row["judge"]: (row["asked"], row["failure_coverage"]["value"]) for row in found["candidates"]} == {
        "all": (22, 1), "some": (12, 1),
    }  # fmt: skip
    assert found["left_out"] == [{"judge": "few", "items": 3}]
    assert choose(quiz, judges=("all",))["candidates"][0]["failure_coverage"]["value"] == pytest.approx(
        12 / 22, abs=1e-6
    )
    few = choose(quiz, rule=Rule(least_items=3))
    assert (few["sample"]["shared"], few["pick"]["judge"]) == (0, None)
    assert few["pick"]["because"].startswith("Too few items: people decided 0 that all judges were shown")
    assert few["candidates"][0]["failure_coverage"]["undefined"]


def test_nobody_is_picked_on_a_few_items_unless_asked_for(quiz: Database) -> None:
    import_rows(quiz, graded({"ref": "+++++++++"}))
    found = choose(quiz)
    assert (found["pick"]["judge"], found["candidates"]) == (None, [])
    assert found["pick"]["because"] == "No judge was asked about 10 items that people decided."
    assert found["left_out"] == [{"judge": "ref", "items": 9}]
    assert choose(quiz, rule=Rule(least_items=9))["pick"]["judge"] == "ref"


def test_silence_is_no_verdict_and_fails_nothing(quiz: Database) -> None:
    import_rows(quiz, graded({"shy": "++++++++??", "bold": "++++++++--"}))
    found = choose(quiz)
    shy = by_name(found)["shy"]
    assert values(shy, "verdicts", "failure_coverage", "false_failure_rate", "agreement") == [0.8, 0.8, 0, 1]
    assert shy["why_not"] == "it has a verdict on 80% of the items, and 90% are asked for"
    assert found["pick"]["judge"] == "bold"
    assert choose(quiz, rule=Rule(least_verdicts=0.8))["pick"]["judge"] == "shy"


def reworded(database: Database, question: str) -> None:
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        dimensions.put(session, arena, "overall", Asked("Overall", question), NOW)


def test_votes_under_an_earlier_question_are_counted_and_left_out(quiz: Database) -> None:
    import_rows(quiz, graded({"ref": "-" * 15}))
    reworded(quiz, "Which is shorter?")
    import_rows(quiz, graded({"ref": "+" * 12}, at=range(100, 200)))
    found = choose(quiz)
    assert (found["dimension_version"], found["sample"]["labelled"]) == (2, 12)
    assert values(by_name(found)["ref"], "failure_coverage") == [1]
    assert found["earlier"] == [{"dimension_version": 1, "people": 15, "judges": 15, "counted": False}]
    both = choose(quiz, earlier=True)
    assert (both["sample"]["labelled"], both["earlier"][0]["counted"]) == (27, True)
    assert values(by_name(both)["ref"], "failure_coverage") == pytest.approx([12 / 27], abs=1e-6)


def test_the_pick_is_looked_at_on_prompts_that_did_not_pick_it(quiz: Database) -> None:
    import_rows(quiz, graded({"ref": "+++-" * 10, "other": "++--" * 10}))
    rule = Rule(most_false_failures=0.5)
    found = choose(quiz, rule=rule, holdout=0.5, seed=4)
    held = found["holdout"]
    assert (held["judge"], held["decided"], found["sample"]["compared"]) == ("ref", 20, 20)
    row = by_name(found)["ref"]
    caught = [round(part["failure_coverage"]["value"] * 20) for part in (row, held["figures"])]
    assert sum(caught) == 30  # each prompt is in one half, and in one only
    assert choose(quiz, rule=rule, holdout=0.5, seed=4) == found
    assert choose(quiz, rule=rule, holdout=0.5, seed=5) != found
    assert choose(quiz, rule=rule)["holdout"] is None
    nothing = choose(quiz, rule=rule, holdout=0.001)["holdout"]["figures"]
    assert nothing["failure_coverage"]["undefined"] == "no item has a label from both sides"


def test_position_and_certainty_stand_beside(quiz: Database) -> None:
    rows = []
    for at in range(12):
        rows += [
            vote("x", "y", "a", prompt_id=f"p{at}"),
            vote("x", "y", "a", "judge:ref", prompt_id=f"p{at}"),
        ]
        rows.append(vote("y", "x", "b" if at < 9 else "a", "judge:ref", prompt_id=f"p{at}", confidence=0.95))
    import_rows(quiz, rows)
    row = by_name(choose(quiz))["ref"]
    assert (row["flip_rate"]["value"], row["flip_rate"]["n"]) == (0.25, 12)
    assert row["first_share"]["value"] == pytest.approx(15 / 24, abs=1e-6)
    assert values(row, "failure_coverage", "false_failure_rate") == [0.75, 0]  # a tie where the orders differ
    assert [(each["threshold"], each["n"]) for each in row["certainty"]][-1] == (0.9, 12)
    assert row["certainty"][-1]["accuracy"]["value"] == 0.75


@pytest.mark.parametrize(("model", "right"), [("smollm2-135m", 8), ("qwen-coder-1.5b", 18)])
def test_soft_verdicts_of_a_real_model_are_averaged(
    quiz: Database, judge_replies: Path, model: str, right: int
) -> None:
    """How many of 20 pairs the mean of both orders gets right stands in the replies' own notes, section 2.1; neither
    model leaves a tie. By its letters the smaller one says A whatever it is shown.
    """
    file = judge_replies / f"{model}.lp.jsonl"
    protocol = find("logprob")
    rows, soft = [], []
    for reply in map(json.loads, file.read_text().splitlines()):
        sides = ("x", "y") if reply["order"].endswith("A") else ("y", "x")
        token = Token(reply["text"], tuple((text, logprob) for text, logprob in reply["top"]))
        said = protocol.read(
            item(), "accuracy", Reply(reply["text"], tokens=(token,)), protocol.configured({})
        )
        finding = said["accuracy"]
        assert isinstance(finding, Finding)
        assert finding.verdict
        rows.append(vote(*sides, finding.verdict.value, "judge:lp", prompt_id=f"p{reply['pair']}"))
        soft.append(finding.probability)
    import_rows(quiz, rows)
    import_rows(quiz, [vote("x", "y", "a", prompt_id=f"p{pair}") for pair in range(20)])
    letters = by_name(choose(quiz))["lp"]
    assert letters["failure_coverage"]["value"] < 0.5
    with quiz.writing() as session:
        votes = session.scalars(select(Vote).order_by(Vote.id).limit(len(soft)))
        for row, probability in zip(votes, soft, strict=True):
            row.probability = probability
    averaged = by_name(choose(quiz))["lp"]
    assert values(averaged, "failure_coverage", "false_failure_rate") == pytest.approx(
        [right / 20, 1 - right / 20]
    )
    assert averaged["flip_rate"] == letters["flip_rate"]


def people_on(database: Database, prompts: int) -> None:
    import_rows(database, [vote("ada", "bob", "a", prompt_id=f"p{at}") for at in range(1, prompts + 1)])


def test_runs_are_counted_with_what_failed_and_what_they_cost(database: Database, tmp_path: Path) -> None:
    judged_arena(database, prompts_asked=12)
    people_on(database, 12)
    script(
        tmp_path,
        {"when": "ada on p3", "text": "Neither of them."},
        {"when": "ada on p7", "failure": "refusal"},
        {"text": '{"winner": "A"}'},
    )
    prices: dict[str, str | float] = {"file": "replies.jsonl", "input_price": 2.0, "output_price": 8.0}
    dear = work(database, tmp_path, start(database, replace(JUDGE, endpoint=prices)))
    other = replace(JUDGE, name="free", model="referee-2")
    free = work(database, tmp_path, start(database, other, Selection("all")))
    assert (dear.run.failed, dear.run.votes, dear.run.unpriced) == (4, 20, 0)
    found = by_name(choose(database))
    row = found["ref@1"]
    assert (row["verdicts"]["value"], row["verdicts"]["n"]) == (pytest.approx(10 / 12, abs=1e-6), 12)
    assert values(row, "flip_rate", "failure_coverage", "false_failure_rate") == [1, 0, 0]
    # The ledger of the run adds the same requests up by itself.
    assert row["cost"]["known"] == row["cost"]["at_most"] == pytest.approx(dear.run.micros / 1e6 / 20 * 1000)
    tokens = dear.run.input_tokens + dear.run.output_tokens
    assert row["cost"]["tokens"] == pytest.approx(tokens / 20 * 1000)
    assert (row["cost"]["votes"], row["cost"]["calls"]) == (20, dear.run.calls)
    assert row["cost"]["seconds_per_call"] is not None
    assert free.run.votes == 20
    assert found["free@1"]["cost"]["votes"] == 20
    with database.writing() as session:
        session.execute(
            update(JudgeRequest).where(JudgeRequest.run_id == dear.run.id).values(basis="possible")
        )
        session.execute(update(JudgeRequest).where(JudgeRequest.run_id == free.run.id).values(micros=None))
    found = by_name(choose(database))
    assert found["ref@1"]["cost"]["known"] == 0 < found["ref@1"]["cost"]["at_most"]
    assert found["free@1"]["cost"]["known"] is None
    assert found["free@1"]["cost"]["undefined"] == "its endpoint has no prices"


def test_half_an_opinion_is_none(database: Database, tmp_path: Path) -> None:
    """On p4 the reply in one order cannot be read; what the other order says is no verdict by itself."""
    judged_arena(database, prompts_asked=10)
    people_on(database, 10)
    script(
        tmp_path,
        {"when": "Answer A begins\nada on p4\n", "text": "Who knows?"},
        {"when": "Answer A begins\nada", "text": '{"winner": "A"}'},
        {"text": '{"winner": "B"}'},
    )
    done = work(database, tmp_path, start(database))
    assert (done.run.votes, done.run.failed) == (19, 1)
    row = by_name(choose(database))["ref@1"]
    assert values(row, "verdicts", "failure_coverage", "agreement") == [0.9, 0.9, 1]


def test_an_imported_judge_has_no_known_cost(quiz: Database) -> None:
    import_rows(quiz, graded({"ref": "++++++++++"}))
    cost = by_name(choose(quiz))["ref"]["cost"]
    assert (cost["known"], cost["at_most"], cost["votes"]) == (None, None, 0)
    assert "imported" in cost["undefined"]


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"judges": ("claude",)}, JudgeNotFound, "those with votes: ref"),
        ({"dimension": "style"}, DimensionNotFound, "style"),
        ({"holdout": 1.0}, Invalid, "holdout"),
    ],
)
def test_what_cannot_be_asked_says_what_can(
    quiz: Database, asked: Json, error: type[ArenaError], told: str
) -> None:
    import_rows(quiz, graded({"ref": "++"}))
    with pytest.raises(error, match=told):
        choose(quiz, **asked)


def test_a_rule_that_cannot_be_is_refused() -> None:
    with pytest.raises(Invalid, match="most_false_failures"):
        read_rule("alignment", 2.0, 0.9, 10)


def test_an_arena_without_judges_says_so(quiz: Database) -> None:
    import_rows(quiz, [vote("x", "y", "a")])
    assert choose(quiz)["pick"]["because"].startswith("No judge was asked")
