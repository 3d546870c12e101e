"""A judge against people: which votes are compared with which, and what is said where nothing can be."""

from typing import Any

import pytest

from app.db.session import Database
from app.domain import arenas, consistency
from app.domain.consistency import Question
from app.domain.content import Message
from app.domain.errors import ArenaError, DimensionNotFound, Invalid, JudgeNotFound
from app.domain.formats.rows import VoteRow
from tests.arenas import SLUG, import_rows, make_arena, set_state, vote

JUDGE = "judge:gpt-4"
FEW = {"draws": 50, "board_draws": 20}

Json = dict[str, Any]


@pytest.fixture
def quiz(database: Database) -> Database:
    make_arena(database)
    return database


def report(database: Database, judge: str = "gpt-4", **asked: Any) -> Json:
    with database.reading() as session:
        question = Question(judge, **{**FEW, **asked})
        return consistency.report(session, arenas.find(session, SLUG), question)


def said(a: str, b: str, verdict: str, rater: str = "human:ana", prompt: str = "p", **given: Any) -> VoteRow:
    return vote(a, b, verdict, rater, prompt_id=prompt, **given)


def counts(found: Json, part: str = "votes") -> tuple[float, float]:
    s1 = found[part]["counts"]["s1"]
    return s1["agreed"], s1["pairs"]


def test_the_same_opinion_agrees_whichever_side_the_answers_stood_on(quiz: Database) -> None:
    import_rows(
        quiz,
        [
            said("x", "y", "a", prompt="p1"), said("y", "x", "b", JUDGE, "p1"),
            said("y", "x", "a", prompt="p2"), said("x", "y", "b", JUDGE, "p2"),
            said("y", "x", "a", prompt="p3"), said("y", "x", "b", JUDGE, "p3"),
        ],
    )  # fmt: skip
    found = report(quiz)
    assert counts(found) == (2, 3)
    # Rows people, columns judge: x, y, tie.
    assert found["votes"]["confusion"] == [[1, 0, 0], [1, 1, 0], [0, 0, 0]]
    # On the side that people saw first, that is a, a, a against a, a, b.
    assert found["plurality"]["as_shown"]["confusion"] == [[2, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_votes_on_another_prompt_turn_or_dimension_are_not_compared(quiz: Database) -> None:
    import_rows(
        quiz,
        [
            said("x", "y", "a", prompt="p1", turn=1),
            said("x", "y", "a", JUDGE, "p1", turn=2),
            said("x", "y", "a", JUDGE, "p2", turn=1),
            said("x", "z", "a", JUDGE, "p1", turn=1),
            said("x", "y", "a", JUDGE, "p1", turn=1, verdicts={"style": "a"}),
            vote("x", "y", "a"), vote("x", "y", "a", JUDGE),
        ],
    )  # fmt: skip
    assert report(quiz)["battles"] == 0


@pytest.mark.parametrize(
    ("shown", "turned", "opinion"),
    # METHODS 4.6: v1 in order AB, v2 as shown in order BA.
    [("a", "a", 2), ("a", "b", 0), ("a", "tie", 2), ("b", "a", 1), ("b", "b", 2), ("b", "tie", 2),
     ("tie", "a", 2), ("tie", "b", 2), ("tie", "tie", 2)],
)  # fmt: skip
def test_a_judge_asked_in_both_orders_wins_only_if_both_agree(
    quiz: Database, shown: str, turned: str, opinion: int
) -> None:
    import_rows(quiz, [said("x", "y", "a"), said("x", "y", shown, JUDGE), said("y", "x", turned, JUDGE)])
    found = report(quiz)
    row = [0, 0, 0]
    row[opinion] = 1
    assert found["votes"]["confusion"][0] == row
    position = found["biases"]["position"]
    flipped = {("a", "b"), ("b", "a"), ("tie", "tie")}.isdisjoint({(shown, turned)})
    assert (position["flip_rate"]["value"], position["flips"]) == (float(flipped), int(flipped))


def test_repeats_in_one_order_make_one_opinion(quiz: Database) -> None:
    repeats = [said("x", "y", word, JUDGE) for word in ("b", "b", "a")]
    import_rows(quiz, [said("x", "y", "b"), said("x", "y", "a", "human:ben"), *repeats])
    assert counts(report(quiz)) == (1, 2)


def test_people_are_compared_with_others_and_never_with_themselves(quiz: Database) -> None:
    people = ["human:ana", "human:ana", "human:ben"]
    import_rows(quiz, [said("x", "y", "a", JUDGE), *(said("x", "y", "a", name) for name in people)])
    found = report(quiz)
    assert counts(found) == (3, 3)
    assert counts(found, "ceiling") == (2, 2)


def test_ties_leave_the_second_count_when_either_side_ties(quiz: Database) -> None:
    import_rows(
        quiz,
        [
            said("x", "y", "tie", prompt="p1"), said("x", "y", "a", JUDGE, "p1"),
            said("x", "y", "a", prompt="p2"), said("x", "y", "both_bad", JUDGE, "p2"),
            said("x", "y", "both_good", prompt="p3"), said("x", "y", "both_bad", JUDGE, "p3"),
            said("x", "y", "b", prompt="p4"), said("x", "y", "b", JUDGE, "p4"),
            said("x", "y", "b", prompt="p5"), said("x", "y", "abstain", JUDGE, "p5"),
        ],
    )  # fmt: skip
    found = report(quiz)
    assert found["votes"]["counts"] == {
        "s1": {"agreed": 2, "pairs": 4},
        "s2": {"agreed": 1, "pairs": 1},
    }
    # Both good and both bad are one tie of three labels, and two of five.
    assert found["plurality"]["agreement"]["value"] == 0.5
    assert found["plurality"]["by_kind"]["agreement"]["value"] == 0.25


def test_people_of_one_group_can_be_asked_alone(quiz: Database) -> None:
    import_rows(
        quiz,
        [
            said("x", "y", "a", JUDGE),
            said("x", "y", "a", "human:expert_1"), said("x", "y", "a", "human:expert_2"),
            said("x", "y", "b", "human:author_1"), said("x", "y", "b", "human:author_2"),
        ],
    )  # fmt: skip
    assert report(quiz)["raters_available"] == ["author", "expert"]
    assert counts(report(quiz)) == (2, 4)
    assert counts(report(quiz, raters="expert")) == (2, 2)
    assert counts(report(quiz, raters="author_1")) == (0, 1)


def test_a_judge_can_be_held_against_a_judge(quiz: Database) -> None:
    import_rows(
        quiz,
        [
            said("x", "y", "a", JUDGE), said("x", "y", "a", "judge:other"), said("y", "x", "b", "judge:other"),
            said("x", "y", "b"),
        ],
    )  # fmt: skip
    found = report(quiz, against="judge:other")
    assert counts(found) == (1, 1)
    assert "people" in found["ceiling"]["agreement"]["undefined"]
    assert found["verdict"]["trust"] != "trusted"


def test_one_version_of_a_judge_can_be_asked_alone(quiz: Database) -> None:
    import_rows(
        quiz,
        [said("x", "y", "a"), said("x", "y", "b", "judge:gpt-4@v1"), said("x", "y", "a", "judge:gpt-4@v2")],
    )
    assert counts(report(quiz, "gpt-4@v2")) == (1, 1)
    day = "2026-01-31"
    assert report(quiz)["judge_versions"] == [
        {
            "version": version,
            "votes": 1,
            **{"first_vote": day, "last_vote": day, "prompt_hashes": [], "dimension_versions": [1]},
            **dict.fromkeys(("model", "protocol", "protocol_version", "temperature", "orders", "repeats")),
        }
        for version in ("v1", "v2")
    ]


def text(words: str) -> tuple[Message, ...]:
    return ({"role": "assistant", "content": words},)


def test_an_answer_that_was_replaced_is_another_item(quiz: Database) -> None:
    asked: tuple[Message, ...] = ({"role": "user", "content": "why?"},)

    def with_texts(verdict: str, rater: str, answer: str) -> VoteRow:
        texts = {"prompt": asked, "answer_a": text(answer), "answer_b": text("same")}
        return vote("x", "y", verdict, rater, prompt_id="p", **texts)

    import_rows(quiz, [with_texts("a", "human:ana", "first"), with_texts("a", JUDGE, "second")])
    assert report(quiz)["battles"] == 0
    import_rows(quiz, [said("x", "y", "b", JUDGE)])
    assert counts(report(quiz)) == (0, 1)


def test_the_report_names_the_property_that_moves_the_judge_and_not_people(quiz: Database) -> None:
    asked: tuple[Message, ...] = ({"role": "user", "content": "why?"},)
    short, long = text("so it is"), text("so it is, " * 30)
    rows = []
    for at in range(12):
        first, second = (long, short) if at % 2 else (short, long)
        given: Json = {"prompt_id": f"p{at}", "prompt": asked, "answer_a": first, "answer_b": second}
        rows += [
            vote("x", "y", "a" if at % 4 < 2 else "b", **given),
            vote("x", "y", "a" if at % 2 else "b", JUDGE, **given),
        ]
    import_rows(quiz, rows)
    factors = report(quiz)["factors"]
    assert factors["pairs"] == 12
    length = next(each for each in factors["properties"] if each["property"] == "length")
    assert (length["judge"]["tau"]["value"], length["human"]["tau"]["value"]) == (1, 0)
    assert factors["alignment"]["misaligned"][0] == {"property": "length", "apart": 1.0}
    assert factors["length"][-1]["judge"]["value"] == 1
    assert factors["length"][-1]["human"]["value"] == 0.5


def test_judges_make_a_panel_and_are_compared_with_each_other(quiz: Database) -> None:
    rows = []
    for at in range(12):
        better, worse = ("a", "b") if at % 3 else ("b", "a")
        rows += [said("x", "y", better, prompt=f"p{at}")]
        for judge, word in (("gpt-4", better if at < 8 else worse), ("good", better), ("bad", worse)):
            rows.append(said("x", "y", word, f"judge:{judge}", f"p{at}"))
    import_rows(quiz, rows)
    panel = report(quiz)["panel"]
    assert (panel["judges"], panel["items"]) == (["bad", "good", "gpt-4"], 12)
    agreed = {row["rule"]: row["agreement"]["value"] for row in panel["rules"]}
    assert agreed["majority"] == pytest.approx(8 / 12, abs=1e-6)
    assert agreed["weighted"] == 1
    assert {row["judge"]: row["difference"]["value"] for row in panel["rivals"]} == pytest.approx(
        {"bad": -8 / 12, "good": 4 / 12}, abs=1e-6
    )
    assert {tuple(row["judges"]) for row in panel["pairs"]} == {
        ("bad", "good"), ("bad", "gpt-4"), ("good", "gpt-4"),
    }  # fmt: skip


def test_a_judge_that_copies_a_person_changes_nothing_in_that_seat(quiz: Database) -> None:
    words = {"ana": "a b a b tie a b a a b", "ben": "a b b b a a b a tie b", "cem": "a a a b tie b b a a b"}
    rows = [
        said("x", "y", word, who, f"p{at}")
        for who, opinions in (
            *((f"human:{name}", each) for name, each in words.items()),
            (JUDGE, words["ana"]),
        )
        for at, word in enumerate(opinions.split())
    ]
    import_rows(quiz, rows)
    fitness = report(quiz)["fitness"]
    assert fitness["replace_one"]["seats"] == 3
    assert (
        fitness["replace_one"]["change"]["value"] > 0
    )  # in the other two seats it brings ana's opinion twice
    assert [each["people"] for each in fitness["add_one"]] == [1, 2, 3]
    assert [each["epsilon"] for each in fitness["alternative_test"]] == [0.1, 0.15, 0.2]
    assert "30 items" in fitness["alternative_test"][0]["winning_rate"]["undefined"]
    assert fitness["consensus"]["agreement"]["value"] == 1


def test_a_hidden_model_is_left_out_with_its_votes(quiz: Database) -> None:
    for other in ("y", "z"):
        import_rows(quiz, [said("x", other, "a"), said("x", other, "a", JUDGE)])
    set_state(quiz, "z", "hidden")
    found = report(quiz)
    assert found["battles"] == 1
    assert [row["model"] for row in found["ranks"]] == ["x", "y"]


def test_categories_languages_and_turns_are_filters_and_rows_of_the_split(quiz: Database) -> None:
    for prompt, category, language, verdict in (
        ("p1", "medicine/eye", "de", "a"),
        ("p2", "medicine", "de-AT", "b"),
        ("p3", "law", "en", "a"),
    ):
        rows = [said("x", "y", word, who, prompt, category=category, language=language, turn=1)
                for word, who in (("a", "human:ana"), (verdict, JUDGE))]  # fmt: skip
        import_rows(quiz, rows)
    assert counts(report(quiz, category="medicine")) == (1, 2)
    assert counts(report(quiz, language="de")) == (1, 2)
    assert counts(report(quiz, language="d")) == (0, 0)
    assert counts(report(quiz, turn=2)) == (0, 0)
    splits = report(quiz)["splits"]
    assert [(row["value"], row["agreement"]["value"]) for row in splits["category"]] == [
        ("law", 1), ("medicine", 0), ("medicine/eye", 1),
    ]  # fmt: skip
    assert [row["value"] for row in splits["language"]] == ["de", "de-AT", "en"]
    assert [(row["value"], row["items"]) for row in splits["turn"]] == [(1, 3)]


def test_an_unknown_judge_names_those_that_have_votes(quiz: Database) -> None:
    with pytest.raises(JudgeNotFound, match="none yet"):
        report(quiz)
    import_rows(quiz, [said("x", "y", "a", "judge:b"), said("x", "y", "a", "judge:a@v1")])
    with pytest.raises(JudgeNotFound, match="those with votes: a, b"):
        report(quiz)
    with pytest.raises(JudgeNotFound, match="'c'"):
        report(quiz, "a", against="judge:c")


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"against": "people"}, Invalid, "human, simulated or judge:<name>"),
        ({"against": "judge:"}, Invalid, "judge:<name>"),
        ({"resample": "votes"}, Invalid, "prompts, raters"),
        ({"dimension": "style"}, DimensionNotFound, "style"),
    ],
)
def test_a_question_that_cannot_be_asked_says_what_can(
    quiz: Database, asked: Json, error: type[ArenaError], told: str
) -> None:
    import_rows(quiz, [said("x", "y", "a", JUDGE)])
    with pytest.raises(error, match=told):
        report(quiz, **asked)


def measures(found: Any) -> list[Json]:
    if isinstance(found, dict):
        here = [found] if found.keys() >= {"value", "undefined", "n"} else []
        return here + [each for value in found.values() for each in measures(value)]
    return [each for value in found for each in measures(value)] if isinstance(found, list) else []


def test_without_a_common_item_every_figure_of_votes_says_why_it_is_missing(quiz: Database) -> None:
    import_rows(quiz, [said("x", "y", "a", JUDGE, "p1"), said("x", "y", "a", prompt="p2")])
    found = report(quiz)
    for part in ("votes", "plurality", "ceiling", "calibration", "fitness"):
        missing = measures(found[part])
        assert missing
        assert all(each["value"] is None and each["undefined"] for each in missing)
    assert found["verdict"]["trust"] == "calibrate"
    assert "0 items" in found["verdict"]["because"][0]


def test_every_measure_has_its_five_figures_or_the_reason(quiz: Database) -> None:
    rows = []
    for prompt in ("p1", "p2", "p3", "p4"):
        for pair in (("x", "y"), ("x", "z"), ("y", "z")):
            rows += [said(*pair, "a", prompt=prompt), said(*pair, "tie", "human:ben", prompt)]
            rows += [said(*pair, "a" if prompt < "p3" else "b", JUDGE, prompt)]
    import_rows(quiz, rows)
    for each in measures(report(quiz)):
        assert set(each) == {"value", "lower", "upper", "level", "n", "undefined"}
        assert (each["value"] is None) == bool(each["undefined"])


def test_the_same_votes_give_the_same_figures(quiz: Database) -> None:
    rows = [
        said("x", "y", word, who, f"p{at}")
        for at, word in enumerate(["a", "b", "a", "tie", "a", "b"])
        for who in ("human:ana", JUDGE)
    ]
    import_rows(quiz, rows)
    assert report(quiz) == report(quiz)
    assert report(quiz, seed=1)["votes"]["counts"] == report(quiz)["votes"]["counts"]


def test_six_models_in_perfect_order_prove_little(quiz: Database) -> None:
    models = "uvwxyz"
    rows = [
        said(a, b, "a", who, prompt)
        for at, a in enumerate(models)
        for b in models[at + 1 :]
        for who in ("human:ana", JUDGE)
        for prompt in ("p1", "p2")
    ]
    import_rows(quiz, rows)
    ranking = report(quiz)["ranking"]
    assert ranking["spearman"]["value"] == ranking["kendall_tau_b"]["value"] == 1
    assert ranking["exact_p"]["value"] == pytest.approx(1 / 720, abs=1e-6)
    assert ranking["proves"].startswith("Little: 6 models have only 720 orders, and 1 of them")


def test_a_judge_that_always_says_a_is_found_guessing_and_leaning(quiz: Database) -> None:
    rows = []
    for at in range(120):
        first, second = ("x", "y") if at % 2 else ("y", "x")
        better = "a" if at % 3 else "b"
        rows += [said(first, second, better, prompt=f"p{at}"), said(first, second, "a", JUDGE, f"p{at}")]
    import_rows(quiz, rows)
    found = report(quiz)
    assert found["biases"]["position"]["first_share"]["value"] == 1
    assert found["verdict"]["trust"] == "do_not_automate"
    assert any("100%" in reason for reason in found["verdict"]["because"])


def test_certainty_is_compared_with_being_right(quiz: Database) -> None:
    import_rows(quiz, [said("x", "y", "a", JUDGE), said("x", "y", "a")])
    assert report(quiz)["calibration"]["ece"]["undefined"] == "the judge said nothing of its certainty"


def test_families_and_models_show_what_the_judge_favours(quiz: Database) -> None:
    rows = []
    for at in range(10):
        rows += [
            said("x", "y", "a" if at < 5 else "b", prompt=f"p{at}"),
            said("x", "y", "a" if at < 8 else "b", JUDGE, f"p{at}"),
        ]
    import_rows(quiz, rows)
    bias = report(quiz)["biases"]["model_bias"]
    assert {row["model"]: row["bias"]["value"] for row in bias["models"]} == {"x": 0.3, "y": -0.3}
    assert bias["mean"]["value"] == 0.3
    assert "families" in report(quiz)["biases"]["self_preference"]["undefined"]
