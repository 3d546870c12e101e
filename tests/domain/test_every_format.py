"""One battery for every vote format: what is right is read, and what is wrong is refused and named by its line."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.db.session import Database
from app.db.tables import Answer, Battle, Rater, Vote
from app.domain.formats import FORMATS, read_file
from app.domain.formats.rows import LONGEST_LINE, Bad, VoteRow
from app.domain.formats.tables import lines_of
from app.stats.verdicts import Verdict
from tests.arenas import import_rows, make_arena, rows_of
from tests.domain import test_foreign_formats, test_judged_formats

MODELS = ("aya", "bloom", "claude", "dolly")
SHORT = 400  # characters that a problem may have, however long the value that it quotes


@dataclass(frozen=True)
class Sample:
    """How a format writes a vote: its names for our fields, its word for each verdict, its people and judges."""

    fields: Mapping[str, str]
    words: Mapping[str, Verdict]
    person: str
    judge: str
    as_csv: bool = False

    def row(self, **changes: Any) -> dict[str, Any]:
        """One good vote, with some fields set to other values, or left out (None)."""
        values = {
            "model_a": "aya",
            "model_b": "bloom",
            "winner": "model_a",
            "rater": self.person,
            "prompt": "p1",
        }
        named = {self.fields[name]: value for name, value in (values | changes).items()}
        return {name: value for name, value in named.items() if value is not None}

    def line(self, row: Mapping[str, Any]) -> bytes:
        if not self.as_csv:
            return json.dumps(row).encode() + b"\n"
        return _csv_line([row.get(name, "") for name in self.fields.values()])

    def file(self, *rows: Mapping[str, Any]) -> bytes:
        head = _csv_line(self.fields.values()) if self.as_csv else b""
        return head + b"".join(self.line(row) for row in rows)

    @property
    def first(self) -> int:
        """The line of the first vote."""
        return 2 if self.as_csv else 1


def _csv_line(cells: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


ARENA_FIELDS = {
    "model_a": "model_a", "model_b": "model_b", "winner": "winner",
    "rater": "judge", "prompt": "question_id", "time": "tstamp",
}  # fmt: skip

# The words are those of the published data sets: Zheng et al. 2023 (MT-Bench, Chatbot Arena) and its successors.
SAMPLES = {
    "mt_bench": Sample(
        {**ARENA_FIELDS, "turn": "turn"},
        {"model_a": Verdict.A, "model_b": Verdict.B, "tie": Verdict.TIE, "tie (inconsistent)": Verdict.TIE},
        person="expert_17",
        judge="gpt4_pair",
    ),
    "lmarena": Sample(
        {**ARENA_FIELDS, "language": "language", "turn": "turn"},
        {
            "model_a": Verdict.A, "model_b": Verdict.B, "tie": Verdict.TIE,
            "tie (bothbad)": Verdict.BOTH_BAD, "both_bad": Verdict.BOTH_BAD, "both_good": Verdict.BOTH_GOOD,
        },
        person="arena_user_973",
        judge="gpt-4",
    ),
    "csv": Sample(
        {
            "model_a": "model_a", "model_b": "model_b", "winner": "winner", "rater": "rater", "prompt": "prompt_id",
            "time": "timestamp", "turn": "turn", "language": "language", "category": "category",
            "dimension": "dimension",
        },
        {
            "a": Verdict.A, "b": Verdict.B, "model_a": Verdict.A, "model_b": Verdict.B, "left": Verdict.A,
            "right": Verdict.B, "tie": Verdict.TIE, "both_good": Verdict.BOTH_GOOD,
            "both_bad": Verdict.BOTH_BAD, "tie (bothbad)": Verdict.BOTH_BAD, "abstain": Verdict.ABSTAIN,
        },
        person="ana",
        judge="judge:gpt-4@pair-v2",
        as_csv=True,
    ),
}  # fmt: skip


@pytest.fixture(params=sorted(SAMPLES))
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def sample(name: str) -> Sample:
    return SAMPLES[name]


def read(name: str, content: bytes) -> list[VoteRow | Bad]:
    return list(read_file(name, io.BytesIO(content), {}))


def ten(sample: Sample) -> list[dict[str, Any]]:
    """Ten votes, two of them alike."""
    words = sorted(sample.words)
    rows = [
        sample.row(
            model_a=MODELS[at % 4],
            model_b=MODELS[(at + 1 + at // 4) % 4],
            winner=words[at % len(words)],
            rater=(sample.person, sample.judge)[at % 2],
            prompt=f"p{at % 3}",
        )
        for at in range(9)
    ]
    return [*rows, rows[4]]


def good(rows: list[VoteRow | Bad]) -> list[VoteRow]:
    return [row for row in rows if isinstance(row, VoteRow)]


def the_bad(rows: list[VoteRow | Bad]) -> Bad:
    (only,) = [row for row in rows if isinstance(row, Bad)]
    assert len(only.problem) < SHORT
    assert "\n" not in only.problem
    return only


def refused(name: str, sample: Sample, line: bytes) -> Bad:
    """What is said of a line between two good rows, both of which are read all the same."""
    file = sample.file(sample.row()) + line + sample.line(sample.row(winner="model_b"))
    rows = read(name, file)
    assert [row.line for row in good(rows)] == [sample.first, sample.first + 2]
    bad = the_bad(rows)
    assert bad.line == sample.first + 1
    return bad


def test_every_format_has_a_sample() -> None:
    read = [name for name, each in FORMATS.items() if each.read]
    assert sorted((*SAMPLES, *test_judged_formats.JUDGED, *test_foreign_formats.FOREIGN)) == sorted(read)


def test_ten_rows_are_read_as_they_stand(name: str, sample: Sample) -> None:
    wanted = ten(sample)
    rows = good(read(name, sample.file(*wanted)))
    assert [row.line for row in rows] == list(range(sample.first, sample.first + 10))
    for row, given in zip(rows, wanted, strict=True):
        assert (row.model_a, row.model_b) == (given["model_a"], given["model_b"])
        assert row.prompt_id == given[sample.fields["prompt"]]
        judged = row.verdicts["overall"]
        assert (judged.verdict, judged.raw) == (sample.words[given["winner"]], given["winner"])
    assert [row.rater.kind for row in rows] == ["human", "judge"] * 4 + ["human", "human"]


def test_every_word_has_its_verdict_and_no_other_word_has_one(name: str, sample: Sample) -> None:
    rows = good(read(name, sample.file(*(sample.row(winner=word) for word in sample.words))))
    assert [row.verdicts["overall"].verdict for row in rows] == list(sample.words.values())
    for word in ("draw", "model_c", "1", "0.5", "tie?", "ties", "none", "bothbad", "aya"):
        assert repr(word) in refused(name, sample, sample.line(sample.row(winner=word))).problem


def test_a_file_without_votes_gives_none(name: str) -> None:
    for content in (b"", b"\n\r\n  \n"):
        assert good(read(name, content)) == []


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: b"\xef\xbb\xbf" + file, id="byte-order mark"),
        pytest.param(lambda file: file.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda file: file.rstrip(b"\n"), id="no last line end"),
        pytest.param(lambda file: file + b"\n   \n\r\n\n", id="blank lines after"),
    ],
)
def test_what_editors_add_changes_nothing(name: str, sample: Sample, damage: Any) -> None:
    file = sample.file(*ten(sample))
    assert read(name, damage(file)) == read(name, file)


def test_blank_lines_are_passed_over_and_counted(name: str, sample: Sample) -> None:
    file = sample.file(sample.row()) + b"\n  \r\n" + sample.line(sample.row(winner="draw"))
    assert the_bad(read(name, file)).line == sample.first + 3


def test_bytes_that_are_no_utf8_are_refused_where_they_stand(name: str, sample: Sample) -> None:
    latin = sample.line(sample.row(prompt="caf-")).replace(b"caf-", "café".encode("latin-1"))
    assert "UTF-8" in refused(name, sample, latin).problem
    wide = sample.file(sample.row()).decode().encode("utf-16")
    rows = read(name, wide)
    assert good(rows) == []
    assert all(isinstance(row, Bad) and row.problem.encode() for row in rows)


def test_a_nul_is_refused_and_code_that_speaks_of_one_is_not(name: str, sample: Sample) -> None:
    assert "NUL" in refused(name, sample, sample.line(sample.row(prompt="a\0b"))).problem
    spoken = r"printf '\u0000'"
    (row,) = good(read(name, sample.file(sample.row(prompt=spoken))))
    assert row.prompt_id == spoken


def test_text_outside_the_basic_plane_is_kept(name: str, sample: Sample) -> None:
    (row,) = good(read(name, sample.file(sample.row(model_a="модель 模型 🦙"))))
    assert row.model_a == "модель 模型 🦙"


def test_a_model_does_not_meet_itself(name: str, sample: Sample) -> None:
    for other in ("aya", " aya "):
        assert "'aya'" in refused(name, sample, sample.line(sample.row(model_b=other))).problem


@pytest.mark.parametrize("field", ["model_a", "model_b", "winner"])
def test_a_missing_or_blank_field_is_named(name: str, sample: Sample, field: str) -> None:
    for value in (None, "", "  "):
        assert field in refused(name, sample, sample.line(sample.row(**{field: value}))).problem


@pytest.mark.parametrize("field", ["model_a", "winner", "rater", "prompt"])
def test_a_name_is_one_line_of_at_most_200_characters(name: str, sample: Sample, field: str) -> None:
    fits, long = "x" * 200, "x" * 201
    problem = refused(name, sample, sample.line(sample.row(**{field: long}))).problem
    assert problem.startswith(sample.fields[field])
    refused(name, sample, sample.line(sample.row(**{field: "tab\there"})))
    if field != "winner":
        assert len(good(read(name, sample.file(sample.row(**{field: fits}))))) == 1


@pytest.mark.parametrize(
    "raw", ["NaN", "Infinity", "1e999", "-1", "9" * 5000, "yesterday", "2026-13-01", "true"]
)
def test_a_time_is_a_moment_or_refused(name: str, sample: Sample, raw: str) -> None:
    line = sample.line(sample.row(time="@"))
    hostile = line.replace(b'"@"', raw.encode()).replace(b",@", f",{raw}".encode())
    refused(name, sample, hostile)


@pytest.mark.parametrize("word", [b"NaN", b"-Infinity"])
def test_what_json_has_no_word_for_is_refused_in_any_field(word: bytes) -> None:
    for name in ("lmarena", "mt_bench"):
        line = SAMPLES[name].line(SAMPLES[name].row())
        problem = refused(name, SAMPLES[name], line.replace(b"}", b', "note": [' + word + b"]}")).problem
        assert problem == f"{word.decode()} is not JSON"


def test_times_are_utc(name: str, sample: Sample) -> None:
    given = [
        "1700000000",
        1_700_000_000,
        1_700_000_000.0,
        "2023-11-14T22:13:20Z",
        "2023-11-14T23:13:20+01:00",
    ]
    rows = good(read(name, sample.file(*(sample.row(time=value) for value in given))))
    assert {row.voted_at.isoformat() for row in rows if row.voted_at} == {"2023-11-14T22:13:20+00:00"}
    assert all(row.voted_at for row in rows)


def test_a_nested_bomb_is_one_bad_row(name: str, sample: Sample) -> None:
    bomb = b"[" * 100_000
    line = sample.line(sample.row(prompt="@")).replace(b'"@"', bomb).replace(b",@", b"," + bomb)
    refused(name, sample, line)


def test_a_line_that_would_fill_the_memory_is_refused(name: str, sample: Sample) -> None:
    file = sample.file(sample.row()) + b"x" * (3 * LONGEST_LINE) + b"\n" + sample.line(sample.row())
    assert max(len(line) for line in lines_of(io.BytesIO(file))) == LONGEST_LINE + 1
    rows = read(name, file)
    bad = the_bad(rows)
    assert bad.line == sample.first + 1
    assert f"{LONGEST_LINE:,}" in bad.problem
    assert len(good(rows)) == 2 or "the rest of the file was not read" in bad.problem


def test_people_and_judges_are_kept_apart(name: str, sample: Sample) -> None:
    person, judge = good(read(name, sample.file(sample.row(), sample.row(rater=sample.judge))))
    assert (person.rater.kind, judge.rater.kind) == ("human", "judge")
    assert person.rater.name == sample.person
    assert str(judge.rater) == f"judge:{sample.judge.removeprefix('judge:')}"


def test_twice_doubles_nothing_and_a_file_that_grew_adds_what_is_new(
    name: str, sample: Sample, database: Database
) -> None:
    make_arena(database)

    def imported(file: bytes) -> tuple[int, int]:
        report = import_rows(database, read(name, file))
        return report.imported, report.known

    file = sample.file(*ten(sample))
    assert imported(file) == (10, 0)
    stored = rows_of(database, Vote.id, Vote.verdict, Vote.raw_verdict), rows_of(database, Battle.id)
    assert len(stored[0]) == len(stored[1]) == 10
    assert imported(file) == (0, 10)
    assert (
        rows_of(database, Vote.id, Vote.verdict, Vote.raw_verdict),
        rows_of(database, Battle.id),
    ) == stored
    # The fifth row stood there twice; a third one like it is a new vote.
    assert imported(file + sample.line(ten(sample)[4]) + sample.line(sample.row(prompt="new"))) == (2, 10)
    assert len(rows_of(database, Vote.id)) == 12
    assert [kind for (kind,) in rows_of(database, Rater.kind)] == ["human", "judge"]
    assert rows_of(database, Answer.id) == []


def test_a_real_file_is_read_to_its_last_row(shared_data: Path) -> None:
    renamed = {"model_a": "left", "model_b": "right", "rater": "worker", "prompt_id": "prompt"}
    for path, name, columns, rows in (
        ("mtbench_votes/data/snapshots/mtbench/human.jsonl", "mt_bench", {}, 3355),
        ("llmfao/crowd-comparisons.csv", "csv", renamed, 8931),
    ):
        with (shared_data / path).open("rb") as file:
            found = list(read_file(name, file, columns))
        assert (len(good(found)), len(found)) == (rows, rows)


def _csv(*lines: str, **columns: str) -> list[VoteRow | Bad]:
    return list(read_file("csv", io.BytesIO("".join(f"{line}\n" for line in lines).encode()), columns))


HEADER = "model_a,model_b,winner"


@pytest.mark.parametrize(
    ("lines", "columns", "line", "said"),
    [
        (["model_a,winner", "x,a"], {}, 1, "no column model_b"),
        (["model_a;model_b;winner"], {}, 1, "no column model_a, model_b, winner"),
        ([f"{HEADER},winner"], {}, 1, "column 'winner' stands twice"),
        (
            [HEADER],
            {"rater": "worker"},
            1,
            "no column 'worker' in the header; it has model_a, model_b, winner",
        ),
        ([HEADER], {"judge": "winner"}, 1, "no column is called 'judge'"),
        ([HEADER, "x,y"], {}, 2, "2 fields; the header has 3"),
        ([HEADER, "x,y,a,4"], {}, 2, "4 fields; the header has 3"),
        ([HEADER, "x,y,a", 'x,"y,a', "x,y,b"], {}, 3, "not CSV"),
        ([f"{HEADER},dimension", "x,y,a,Factual accuracy"], {}, 2, "dimension 'Factual accuracy'"),
        ([f"{HEADER},category", "x,y,a,medicine//eye"], {}, 2, "a path like medicine/cardiology"),
        ([f"{HEADER},category", f"x,y,a,{'m' * 201}"], {}, 2, "longer than 200"),
        ([f"{HEADER},language", f"x,y,a,{'z' * 81}"], {}, 2, "longer than 80"),
        ([f"{HEADER},turn", "x,y,a,0"], {}, 2, "turn '0'"),
        ([f"{HEADER},turn", "x,y,a,1.5"], {}, 2, "turn '1.5'"),
        ([f"{HEADER},rater", "x,y,a,judge:"], {}, 2, "has no name"),
        *[([f"{HEADER},confidence", f"x,y,a,{word}"], {}, 2, "from 0 to 1") for word in ("1.5", "-1", "nan")],
    ],
)
def test_a_csv_says_what_is_wrong_with_it(
    lines: list[str], columns: dict[str, str], line: int, said: str
) -> None:
    bad = the_bad(_csv(*lines, **columns))
    assert bad.line == line
    assert said in bad.problem


def test_a_csv_names_a_row_of_several_lines_by_the_first() -> None:
    rows = _csv(f"{HEADER},text", 'x,y,a,"one', 'two"', 'x,y,draw,"three', 'four"', "y,x,b,")
    assert [row.line for row in rows] == [2, 4, 6]
    assert the_bad(rows).line == 4


def test_a_csv_may_hold_long_texts_and_empty_spreadsheet_rows() -> None:
    rows = _csv(f"{HEADER},answer,rater", f"x,y,a,{'long ' * 40_000},ana", ",,,,", "x,y,b,,")
    assert [str(row.rater) for row in good(rows)] == ["human:ana", "human:anonymous"]
    assert len(rows) == 2
