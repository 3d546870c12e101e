"""Formats that hold people's votes and judges' verdicts in one row: the battery of the others has no place for them."""

import io
import json
from typing import Any

import pytest

from app.db.session import Database
from app.db.tables import Rater, Vote
from app.domain.formats import read_file
from app.domain.formats.rows import LONGEST_LINE, Bad, VoteRow
from app.stats.verdicts import Verdict
from tests.arenas import import_rows, make_arena, rows_of

JUDGED = ("genai_bench", "pandalm")
COLUMNS = {"genai_bench": {"judge": "=llama"}, "pandalm": {}}

PAIRS = ("aya_bloom", "aya_claude", "bloom_claude", "claude_aya", "aya_dolly")


def items(**changes: Any) -> list[dict[str, Any]]:
    """Ten items of PandaLM's test set, two questions each with five pairs; `changes` are of the third."""
    rows = [
        {
            "idx": at,
            "motivation_app": "https://mail.example/" if at % 2 else "Mail",
            "cmp_key": PAIRS[at % 5],
            "instruction": f"Shorten letter {at // 5}.",
            "input": "Dear reader, this is long.",
            "response1": f"Short {at}.",
            "response2": f"Shorter {at}.",
            "annotator1": at % 3,
            "annotator2": (at + 1) % 3,
        }
        for at in range(10)
    ]
    rows[2] |= changes
    return rows


def verdicts(**changes: Any) -> list[dict[str, Any]]:
    rows = [
        {"idx": at, "gpt_result": word, "gpt_reason": "why"} for at, word in enumerate(["1", "2", "Tie"] * 3)
    ]
    rows[2] |= changes
    return rows


def ballots(**changes: Any) -> list[dict[str, Any]]:
    people = ("leftvote", "rightvote", "tievote", "bothbad_vote")
    judge = ("[[A>B]]", "[[B>A]]", "[[A=B=Good]]", "[[A=B=Bad]]")
    rows = [{"idx": at, "human_vote": people[at % 4], "model_vote": judge[at // 2 % 4]} for at in range(10)]
    rows[2] |= changes
    return rows


def file_of(name: str, **changes: Any) -> bytes:
    rows = items(**changes) + verdicts() if name == "pandalm" else ballots(**changes)
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def read(name: str, content: bytes, **columns: str) -> list[VoteRow | Bad]:
    return list(read_file(name, io.BytesIO(content), columns or COLUMNS[name]))


def good(rows: list[VoteRow | Bad]) -> list[VoteRow]:
    return [row for row in rows if isinstance(row, VoteRow)]


def bad(rows: list[VoteRow | Bad]) -> list[Bad]:
    return [row for row in rows if isinstance(row, Bad)]


def said(rows: list[VoteRow | Bad], rater: str) -> list[str]:
    return [str(row.verdicts["overall"].verdict) for row in good(rows) if str(row.rater) == rater]


def test_ten_ballots_of_genai_bench_give_people_and_the_judge() -> None:
    rows = read("genai_bench", file_of("genai_bench"))
    assert said(rows, "human:anonymous") == [
        "a",
        "b",
        "both_good",
        "both_bad",
        "a",
        "b",
        "both_good",
        "both_bad",
        "a",
        "b",
    ]
    assert said(rows, "judge:llama") == [
        "a",
        "a",
        "b",
        "b",
        "both_good",
        "both_good",
        "both_bad",
        "both_bad",
        "a",
        "a",
    ]
    assert {(row.model_a, row.model_b) for row in good(rows)} == {("left", "right")}
    assert [row.line for row in good(rows)] == [line for line in range(1, 11) for _ in range(2)]


def test_ten_items_of_pandalm_give_annotators_and_the_judge_behind_them() -> None:
    rows = read("pandalm", file_of("pandalm"))
    assert said(rows, "human:annotator1") == ["tie", "a", "b", "tie", "a", "b", "tie", "a", "b", "tie"]
    assert said(rows, "human:annotator2") == ["a", "b", "tie", "a", "b", "tie", "a", "b", "tie", "a"]
    assert said(rows, "judge:gpt") == ["a", "b", "tie"] * 3
    first, last = good(rows)[0], good(rows)[-1]
    assert (first.model_a, first.model_b, last.model_a, last.model_b) == ("aya", "bloom", "claude", "aya")
    assert (first.prompt[0]["content"], first.answer_b[0]["content"]) == (
        "Shorten letter 0.\n\nDear reader, this is long.",
        "Shorter 0.",
    )
    assert last.prompt_id == good(rows)[16].prompt_id != first.prompt_id
    assert {row.category for row in good(rows)} == {"Mail", "mail.example"}


def test_a_bare_truth_value_is_an_answer() -> None:
    rows = read("pandalm", file_of("pandalm", response1=True))
    assert not bad(rows)
    assert good(rows)[4].answer_a[0]["content"] == "True"


def test_published_arrays_over_several_lines_are_the_same_votes() -> None:
    pretty = json.dumps(items(), indent=4).encode() + json.dumps(verdicts(), indent=2).encode()
    rows, plain = read("pandalm", pretty), read("pandalm", file_of("pandalm"))
    assert [row.identity for row in good(rows)] == [row.identity for row in good(plain)]
    assert [row.line for row in good(rows)[:3]] == [2, 2, 13]
    broken = pretty.replace(b'"annotator1": 2,', b'"annotator1": 2', 1)
    assert [row.line for row in bad(read("pandalm", broken))] == [24, 123]  # the item, and the verdict on it


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("genai_bench", {"human_vote": "left"}, "human_vote: 'left'; expected one of leftvote"),
        ("genai_bench", {"human_vote": None}, "human_vote"),
        ("genai_bench", {"model_vote": "[[A=B]]"}, "model_vote: '[[A=B]]'; expected one of [[a>b]]"),
        ("genai_bench", {"model_vote": "tie"}, "model_vote: 'tie'"),
        ("pandalm", {"annotator1": 3}, "annotator1: '3'; expected one of 0, tie, 1, 2"),
        ("pandalm", {"annotator2": "left"}, "annotator2: 'left'"),
        ("pandalm", {"annotator2": 1.5}, "annotator2"),
    ],
)
def test_an_unknown_word_is_refused_by_its_line_and_its_field_alone(
    name: str, changes: dict[str, Any], told: str
) -> None:
    rows = read(name, file_of(name, **changes))
    (only,) = bad(rows)
    assert only.line == 3
    assert told in only.problem
    assert len(good(rows)) == len(good(read(name, file_of(name)))) - 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cmp_key": "aya"}, "two models joined by _"),
        ({"cmp_key": "a_b_c"}, "two models joined by _"),
        ({"cmp_key": "aya_aya"}, "does not meet itself"),
        ({"instruction": "", "input": ""}, "instruction"),
        ({"response1": ["a"]}, "response1: expected a text"),
        ({"idx": None}, "idx"),
    ],
)
def test_an_item_of_pandalm_that_is_no_pair_is_refused_with_its_verdicts(
    changes: dict[str, Any], told: str
) -> None:
    refused = bad(read("pandalm", file_of("pandalm", **changes)))
    assert [row.line for row in refused] == [3, 13]
    assert told in refused[0].problem
    assert "put the test set first" in refused[1].problem


def test_a_verdict_that_nobody_could_read_is_no_tie_unless_the_reader_says_so() -> None:
    rows = [*items(), *verdicts(gpt_result="garbage")]
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    for word, verdict in (("", "abstain"), ("abstain", "abstain"), ("tie", "tie")):
        found = read("pandalm", content, **({"unreadable": word} if word else {}))
        assert said(found, "judge:gpt")[2] == verdict
        assert good(found)[22].verdicts["overall"].raw == "garbage"
    assert "unreadable=tie or abstain" in bad(read("pandalm", content, unreadable="loss"))[0].problem
    assert "unreadable=tie or abstain" in bad(read("pandalm", content, judge="=x"))[0].problem


def test_a_judge_without_a_name_is_asked_for() -> None:
    for columns in ({"judge": "llama"}, {"judge": "="}, {"rater": "=x"}):
        (only,) = read("genai_bench", file_of("genai_bench"), **columns)
        assert isinstance(only, Bad)
        assert "judge==NAME" in only.problem


@pytest.mark.parametrize("name", JUDGED)
def test_twice_doubles_nothing_and_another_judge_adds_only_its_verdicts(
    name: str, database: Database
) -> None:
    make_arena(database)

    def imported(**columns: str) -> tuple[int, int]:
        report = import_rows(database, read(name, file_of(name), **columns))
        return report.imported, report.known

    total = len(good(read(name, file_of(name))))
    assert imported() == (total, 0)
    assert imported() == (0, total)
    assert len(rows_of(database, Vote.id)) == total
    if name == "genai_bench":
        assert imported(judge="=other") == (10, 10)
        assert [kind for (kind,) in rows_of(database, Rater.kind)] == ["human", "judge", "judge"]


@pytest.mark.parametrize("name", JUDGED)
def test_what_is_no_row_is_one_bad_line(name: str) -> None:
    lines = file_of(name).splitlines(keepends=True)
    for hostile in (
        b"[" * 100_000,
        b"{",
        b'{"idx": NaN}',
        b'{"idx": "a\\u0000b"}',
        b'"caf\xe9"',
        b"x" * (LONGEST_LINE + 5),
    ):
        rows = read(name, b"".join([lines[0], hostile, b"\n", *lines[1:]]))
        if hostile == b"{" and name == "pandalm":
            assert bad(rows)  # it opens an object of several lines, which never ends
            continue
        assert [row.line for row in bad(rows)] == [2], hostile[:20]
        assert len(good(rows)) == len(good(read(name, file_of(name))))
    assert read(name, b"\xef\xbb\xbf" + file_of(name)) == read(name, file_of(name))
    assert read(name, b"\n  \n") == []


def test_a_csv_may_give_one_value_to_every_row() -> None:
    lines = [b"left,right,winner,p\n", b"x,y,left,1\n"]
    columns = {"model_a": "left", "model_b": "right", "prompt_id": "p"}
    first, second = (
        next(
            read_file(
                "csv", io.BytesIO(b"".join(lines)), {**columns, "rater": f"=judge:{name}", "language": "=de"}
            )
        )
        for name in ("gpt3", "gpt4")
    )
    assert isinstance(first, VoteRow)
    assert isinstance(second, VoteRow)
    assert (str(first.rater), first.language, first.verdicts["overall"].verdict) == (
        "judge:gpt3",
        "de",
        Verdict.A,
    )
    assert first.identity != second.identity
