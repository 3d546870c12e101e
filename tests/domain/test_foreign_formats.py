"""Formats of public sets that are only read: each row as its authors meant it, and what they did not mean refused."""

import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.db.session import Database
from app.domain.formats import read_file
from app.domain.formats.rows import Bad, VoteRow
from tests.arenas import import_rows, make_arena


@dataclass(frozen=True)
class Sample:
    """A good row of a format, what it says (model_a, model_b, rater, verdicts), and which field holds the outcome."""

    row: dict[str, Any]
    says: tuple[str, str, str, dict[str, str]]
    outcome: str
    rows: int = 1  # votes in it
    columns: dict[str, str] = field(default_factory=dict)


def _talk(*texts: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]


TURN = {
    "comparison_id": "c1", "model_a": "aya", "model_b": "bloom", "timestamp": "2026-01-01T10:00:00Z",
    "full_conversation_a": _talk("Pourquoi ?", "Parce que."), "full_conversation_b": _talk("Pourquoi ?", "Ainsi."),
    "choice": "both_good", "metadata": {"categories": ["Arts/Cinéma", "x"]},
}  # fmt: skip
VOTE = {
    "conversation_pair_id": "p1", "model_a_name": "aya", "model_b_name": "bloom", "chosen_model_name": "bloom",
    "both_equal": False, "visitor_id": "v7", "timestamp": "2025-01-01 10:00:00", "selected_category": "ideas",
    "conversation_a": _talk("Pourquoi ?", "Parce que."), "conversation_b": _talk("Pourquoi ?", "Ainsi."),
    "conv_useful_a": True, "conv_incorrect_b": True, "conv_comments_a": "bien",
}  # fmt: skip
CAPTION = {
    "img": "1.jpg", "source1": "aya", "source2": "human", "caption1": "A", "caption2": "B", "winner": "human",
    "cluster": "level 2",
}  # fmt: skip
ALPACA = {
    "instruction": "Why?", "generator_1": "aya", "output_1": "So.", "generator_2": "bloom", "output_2": "Thus.",
    "annotator": "gpt-4", "preference": 1.25, "dataset": "helpful_base",
}  # fmt: skip
HARD = {
    "uid": "q1", "category": "hard_prompt", "model": "aya", "baseline": "bloom", "judge": "gpt-4",
    "games": [{"score": "A>>B", "judgment": {"answer": "Clear."}}, {"score": "B>A"}],
}  # fmt: skip
PAIRED = {
    "id": 7, "data": {"model_1": "aya", "model_2": "bloom", "book": "b1"},
    "annotations": [
        {
            "id": 1, "completed_by": {"id": 3, "email": "ana@example.org"}, "created_at": "2023-09-19T19:44:10.062943Z",
            "was_cancelled": False,
            "result": [
                {"from_name": "detail", "type": "choices", "value": {"choices": ["Summary 2"]}},
                {"from_name": "overall", "type": "pairwise", "value": {"selected": "left"}},
                {"from_name": "detail_comments", "type": "textarea", "value": {"text": ["Longer."]}},
            ],
        },
        {"id": 2, "completed_by": 4, "was_cancelled": True, "result": []},
    ],
}  # fmt: skip
RANKED = {"prompt_id": "p1", "rater": "ana", "ranking": ["aya", ["bloom", "claude"], "dolly"]}

SAMPLES = {
    "comparia turn": Sample(TURN, ("aya", "bloom", "human:anonymous", {"overall": "both_good"}), "choice"),
    "comparia vote": Sample(VOTE, ("aya", "bloom", "human:v7", {"overall": "b"}), "chosen_model_name"),
    "caparena": Sample(CAPTION, ("aya", "human", "human:anonymous", {"overall": "b"}), "winner"),
    "alpaca_eval": Sample(ALPACA, ("aya", "bloom", "judge:gpt-4", {"overall": "a"}), "preference"),
    "arena_hard": Sample(HARD, ("bloom", "aya", "judge:gpt-4", {"overall": "a"}), "games", rows=2),
    "label_studio": Sample(
        PAIRED, ("aya", "bloom", "human:ana@example.org", {"detail": "b", "overall": "a"}), "annotations"
    ),
    "rankings": Sample(RANKED, ("aya", "bloom", "human:ana", {"overall": "a"}), "ranking", rows=6),
}  # fmt: skip


FOREIGN = ("alpaca_eval", "arena_hard", "caparena", "comparia", "label_studio", "rankings", "ratings")


@pytest.fixture(params=sorted(SAMPLES))
def case(request: pytest.FixtureRequest) -> tuple[str, Sample]:
    return request.param.partition(" ")[0], SAMPLES[request.param]


def read(name: str, *rows: Any, **columns: str) -> list[VoteRow | Bad]:
    return read_bytes(name, b"".join(json.dumps(row).encode() + b"\n" for row in rows), **columns)


def read_bytes(name: str, content: bytes, **columns: str) -> list[VoteRow | Bad]:
    return list(read_file(name, io.BytesIO(content), columns))


def good(rows: list[VoteRow | Bad]) -> list[VoteRow]:
    assert [row for row in rows if isinstance(row, Bad)] == []
    return [row for row in rows if isinstance(row, VoteRow)]


def bad(rows: list[VoteRow | Bad]) -> Bad:
    (only,) = [row for row in rows if isinstance(row, Bad)]
    return only


def verdict(row: VoteRow, dimension: str = "overall") -> tuple[str, str]:
    return str(row.verdicts[dimension].verdict), row.verdicts[dimension].raw


def test_a_row_says_what_its_authors_meant(case: tuple[str, Sample]) -> None:
    name, sample = case
    rows = good(read(name, sample.row))
    assert len(rows) == sample.rows
    words = {slug: judged.verdict.value for slug, judged in rows[0].verdicts.items()}
    assert (rows[0].model_a, rows[0].model_b, str(rows[0].rater), words) == sample.says


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda rows: json.dumps(rows).encode(), id="one line"),
        pytest.param(lambda rows: b"\xef\xbb\xbf" + json.dumps(rows, indent=2).encode(), id="several lines"),
        pytest.param(lambda rows: b"\r\n".join(json.dumps(row).encode() for row in rows), id="JSON lines"),
        pytest.param(
            lambda rows: b"".join(json.dumps([row], indent=1).encode() for row in rows), id="two arrays"
        ),
    ],
)
def test_arrays_and_lines_hold_the_same_rows(
    case: tuple[str, Sample], written: Callable[[Any], bytes]
) -> None:
    name, sample = case
    rows = [sample.row, json.loads(json.dumps(sample.row).replace("bloom", "zephyr"))]
    assert [row.identity for row in good(read_bytes(name, written(rows)))] == [
        row.identity for row in good(read(name, *rows))
    ]


@pytest.mark.parametrize("word", ["draw?", "", None, 3, ["x"], {"a": 1}, True])
def test_an_outcome_that_the_format_does_not_have_is_refused_with_its_line(
    case: tuple[str, Sample], word: Any
) -> None:
    name, sample = case
    if (name, word) == ("alpaca_eval", None):
        word = "null"
    broken = sample.row | {sample.outcome: word}
    if name == "arena_hard":
        broken = sample.row | {"games": [{"score": word if word is not None else "null"}, {"score": "A>B"}]}
    if name == "label_studio":
        broken = json.loads(json.dumps(sample.row).replace('"left"', json.dumps(word)))
    rows = read(name, sample.row, broken, sample.row)
    assert bad(rows).line == 2
    assert len(rows) == 2 * sample.rows + 1


@pytest.mark.parametrize(
    "hostile",
    [
        b"{",
        b"[" * 100_000,
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'"\xe9"',
        b"nothing",
        b"[]",
        b'{"a": 1, "a": 2}',
        b"{}",
    ],
)
def test_what_is_no_row_is_one_bad_line(case: tuple[str, Sample], hostile: bytes) -> None:
    name, sample = case
    line = json.dumps(sample.row).encode()
    rows = read_bytes(name, b"\n".join([line, hostile, line]))
    assert bad(rows).line == 2
    assert len(rows) == 2 * sample.rows + 1


def test_an_array_that_breaks_off_says_where(case: tuple[str, Sample]) -> None:
    name, sample = case
    pretty = json.dumps([sample.row, sample.row], indent=1).encode()
    rows = read_bytes(name, pretty[:-20])
    second = 1 + json.dumps([sample.row], indent=1).count("\n")
    assert (bad(rows).line, len(rows)) == (second, sample.rows + 1)
    assert "the rest of the file was not read" in bad(rows).problem


def test_an_array_without_its_end_was_cut_off(case: tuple[str, Sample]) -> None:
    name, sample = case
    whole = json.dumps([sample.row]).encode()
    for content in (whole[:-1], whole[:-1] + b", "):
        rows = read_bytes(name, content)
        assert ("cut off" in bad(rows).problem, len(rows)) == (True, sample.rows + 1)


def test_twice_doubles_nothing(case: tuple[str, Sample], database: Database) -> None:
    name, sample = case
    make_arena(database)
    for known in (0, sample.rows):
        report = import_rows(database, read(name, sample.row))
        assert (report.imported, report.known) == (sample.rows - known, known)


def test_a_turn_of_comparia_keeps_its_texts_and_its_place() -> None:
    (row,) = good(read("comparia", TURN | {"choice": "idk"}))
    assert (row.turn, row.category, verdict(row)) == (1, "Arts Cinéma", ("abstain", "idk"))
    assert (row.prompt[0]["content"], row.answer_b[0]["content"]) == ("Pourquoi ?", "Ainsi.")
    longer = {f"full_conversation_{side}": _talk("Pourquoi ?", f"{side}.", "Et ?", "Oui.") for side in "ab"}
    assert good(read("comparia", TURN | longer))[0].prompt_id != row.prompt_id


def test_a_vote_of_comparia_keeps_reasons_and_comments() -> None:
    (row,) = good(read("comparia", VOTE))
    assert (dict(row.reasons), row.comment) == ({"a": ("useful",), "b": ("incorrect",)}, "a: bien")
    assert verdict(good(read("comparia", VOTE | {"both_equal": True, "chosen_model_name": None}))[0]) == (
        "tie", "both_equal",
    )  # fmt: skip


def test_two_reactions_are_one_comparison() -> None:
    def reaction(side: str, liked: bool, pair: str = "p1", **more: Any) -> dict[str, Any]:
        model = {"a": "aya", "b": "bloom"}[side]
        return {
            "conversation_pair_id": pair, "msg_rank": 0, "model_pos": side, "refers_to_model": model,
            "liked": liked, "disliked": not liked, "visitor_id": "v1", **more,
        }  # fmt: skip

    for liked, word in (
        ((True, False), "a"),
        ((False, True), "b"),
        ((True, True), "both_good"),
        ((False, False), "both_bad"),
    ):
        (row,) = good(read("comparia", reaction("b", liked[1]), reaction("a", liked[0])))
        assert (row.model_a, row.model_b, verdict(row)[0]) == ("aya", "bloom", word)
    rows = read("comparia", reaction("a", True), reaction("a", True, "p2"), reaction("b", False))
    assert (bad(rows).line, bad(rows).problem) == (2, "a reaction on one answer only compares nothing")
    assert bad(read("comparia", reaction("a", True), reaction("a", False))).line == 2
    assert "liked and disliked" in bad(read("comparia", reaction("a", True, disliked=True))).problem


def test_captions_are_votes_of_a_judge_where_one_is_named() -> None:
    (row,) = good(
        read("caparena", CAPTION | {"judge": "gpt-4o", "judge_reason": "Finer.", "winner": "equal"})
    )
    assert (str(row.rater), row.comment, verdict(row), row.category) == (
        "judge:gpt-4o", "Finer.", ("tie", "equal"), "level 2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("preference", "word", "certain"),
    [
        (1, "a", None),
        (2.0, "b", None),
        (1.5, "tie", None),
        (0, "tie", None),
        (1.75, "b", 0.75),
        (None, "abstain", None),
    ],
)
def test_a_preference_is_a_side_and_how_sure(preference: Any, word: str, certain: float | None) -> None:
    (row,) = good(read("alpaca_eval", ALPACA | {"preference": preference}))
    assert (verdict(row)[0], row.confidence) == (word, certain)


def test_outputs_are_no_votes() -> None:
    told = bad(read("alpaca_eval", {"instruction": "Why?", "output": "So.", "generator": "aya"})).problem
    assert told.startswith("an output is an answer and no vote")


def test_both_games_are_votes_with_the_answers_the_other_way_round() -> None:
    one, other = good(read("arena_hard", HARD))
    assert (one.model_a, other.model_a, verdict(one), verdict(other)) == (
        "bloom",
        "aya",
        ("a", "A>>B"),
        ("b", "B>A"),
    )
    assert (one.strength, other.strength, one.comment) == (3, 1, "Clear.")
    nameless = {name: value for name, value in HARD.items() if name != "baseline"}
    assert "baseline==NAME" in bad(read("arena_hard", nameless)).problem
    assert good(read("arena_hard", nameless, baseline="=gpt-3"))[0].model_a == "gpt-3"
    unread = HARD | {"games": [{"score": None}, {"score": "A=B"}]}
    assert [verdict(row)[0] for row in good(read("arena_hard", unread))] == ["abstain", "tie"]


def test_games_of_mt_bench_name_the_models_whichever_came_first() -> None:
    row = {
        "question_id": 81, "model_1": "aya", "model_2": "bloom", "g1_winner": "model_1", "g2_winner": "model_1",
        "judge": ["gpt-4", "pair-v2"], "turn": 1,
    }  # fmt: skip
    one, other = good(read("mt_bench", row))
    assert [(each.model_a, verdict(each)[0]) for each in (one, other)] == [("aya", "a"), ("bloom", "b")]
    assert str(one.rater) == "judge:gpt-4@pair-v2"
    assert verdict(good(read("mt_bench", row | {"g2_winner": "error"}))[1])[0] == "abstain"
    assert bad(read("mt_bench", row | {"g1_winner": "A"})).line == 1


def test_a_task_of_label_studio_gives_the_dimensions_that_are_asked_for() -> None:
    (row,) = good(read("label_studio", PAIRED, overall="detail", prompt_id="book"))
    assert (list(row.verdicts), verdict(row), row.prompt_id) == (["overall"], ("b", "Summary 2"), "b1")
    assert row.comment == "detail_comments: Longer."
    yes = json.loads(json.dumps(PAIRED).replace("Summary 2", "Yes"))
    assert "leave the control out" in bad(read("label_studio", yes)).problem
    assert good(read("label_studio", yes, overall="overall"))


def test_the_counts_of_booookscore_are_those_that_its_authors_published(shared_data: Path) -> None:
    folder = shared_data / "booookscore/annotations/human_annotations"
    texts = {
        way: {
            _summary(each)
            for each in json.loads((folder / f"summary-gpt4-4096-{way}.json").read_text()).values()
        }
        for way in ("inc", "hier")
    }
    published = json.loads((shared_data / "expected_dev.json").read_text())["booookscore"]
    dimensions = {"detail": "detail", "structure": "structure", "logic": "logic", "overall": "preference"}
    for annotator in ("annotator1", "annotator2", "annotator3", "annotator4"):
        path = folder / f"qualitative_comparison/formal/{annotator}.json"
        tasks = json.loads(path.read_text())
        for task in tasks:
            for side in ("1", "2"):
                said = task["data"][f"summary_{side}"].strip()
                (task["data"][f"model_{side}"],) = [way for way, known in texts.items() if said in known]
        content = json.dumps(tasks).encode()
        rows = good(read_bytes("label_studio", content, prompt_id="book", **dimensions))
        assert len(rows) == 20
        for slug, control in dimensions.items():
            counted = Counter(
                "draw"
                if (word := verdict(row, slug)[0]) == "tie"
                else (row.model_a if word == "a" else row.model_b)
                for row in rows
            )
            expected = published[annotator][control]["published"]
            assert {way: counted[way] for way in ("inc", "hier", "draw")} == expected, (annotator, slug)


def _summary(entry: Any) -> str:
    found = entry if isinstance(entry, str) else entry.get("final_summary", entry.get("summary"))
    return str(found).strip()
