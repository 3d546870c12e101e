"""Files that are broken or meant to break: a clear error with file and line, nothing stored, nothing hung."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from app.db.session import Database
from app.db.tables import Battle, Model, Prompt, Rater, Vote
from app.domain.errors import InvalidLines
from app.domain.formats import read_file
from app.domain.formats.rows import VoteRow
from tests.arenas import import_files, make_arena, rows_of

ROW = {
    "model_a": "aya", "model_b": "bloom", "winner": "model_a", "judge": "arena_user_1", "question_id": "q1",
    "tstamp": 1,
}  # fmt: skip
AS_CSV = {"judge": "rater", "question_id": "prompt_id", "tstamp": "timestamp"}
HEADER = b"model_a,model_b,winner,rater,prompt_id,timestamp\n"
CELLS = b"aya,bloom,a,ana,q1,1\n"
HUGE = 64_000_000  # bytes; longer lines are cut in the same way
FILES = {
    "lmarena": (b"", json.dumps(ROW).encode() + b"\n"),
    "mt_bench": (b"", json.dumps(ROW | {"judge": "expert_1"}).encode() + b"\n"),
    "csv": (HEADER, CELLS),
}


def with_field(name: str, field: str, raw: bytes) -> bytes:
    """The good row with the raw text in the place of a field's value."""
    if name == "csv":
        position = HEADER.decode().strip().split(",").index(AS_CSV.get(field, field))
        cells = CELLS.strip().split(b",")
        cells[position] = raw.strip(b'"')
        return b",".join(cells) + b"\n"
    row = dict(ROW) | ({"judge": "expert_1"} if name == "mt_bench" else {})
    return json.dumps(row | {field: "@@"}).encode().replace(b'"@@"', raw) + b"\n"


def escaped(name: str, character: str) -> bytes:
    return f"a{character}b".encode() if name == "csv" else json.dumps(f"a{character}b").encode()


# What is wrong with the second row of three, and what is said of it.
BROKEN: dict[str, tuple[Callable[[str], bytes], str]] = {
    "truncated": (lambda name: FILES[name][1][: len(FILES[name][1]) // 2] + b"\n", "not JSON|the header has"),
    "wrong encoding": (lambda name: with_field(name, "question_id", '"café"'.encode("latin-1")), "not UTF-8"),
    "one huge line": (lambda name: b"x" * HUGE + b"\n", "longer than 20,000,000 bytes"),
    "nested bomb": (lambda name: with_field(name, "question_id", b"[" * 200_000), "nested too deeply|longer"),
    "NUL": (lambda name: with_field(name, "question_id", escaped(name, "\0")), "NUL"),
    "NaN": (lambda name: with_field(name, "tstamp", b"NaN"), "NaN"),
    "infinite": (lambda name: with_field(name, "tstamp", b"1e999"), "1e999"),
    "future date": (lambda name: with_field(name, "tstamp", b'"2199-01-01T00:00:00Z"'), "future"),
    "impossible date": (lambda name: with_field(name, "tstamp", b'"2024-02-30"'), "2024-02-30"),
    "unknown word": (lambda name: with_field(name, "winner", b'"draw"'), "'draw'"),
    "long number": (lambda name: with_field(name, "tstamp", b"9" * 5_000), "digits|expected seconds"),
    "control characters": (lambda name: with_field(name, "model_a", escaped(name, "\a")), "control"),
}
DOUBLED = FILES["lmarena"][1].replace(b"{", b'{"winner": "model_b", ')


NO_VOTES = (
    b"", b"\n\n", b"[]", b"{}", b"[", b"\x00" * 1000, b"PK\x03\x04zip", b"\x1f\x8b\x08gzip", b"<html>",
)  # fmt: skip


@pytest.fixture(params=sorted(FILES))
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def refused(database: Database, name: str, content: bytes) -> InvalidLines:
    with pytest.raises(InvalidLines) as raised:
        import_files(database, {"hostile.file": read_file(name, io.BytesIO(content), {})})
    for table in (Vote, Battle, Model, Rater, Prompt):
        assert rows_of(database, table.id) == []
    for problem in raised.value.problems:
        assert problem.at.startswith("hostile.file:")
        assert len(problem.problem) < 600
        assert problem.problem.encode()
    return raised.value


def test_each_broken_row_is_named_by_file_and_line_and_nothing_is_stored(name: str, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    make_arena(database)
    head, row = FILES[name]
    line = 3 if head else 2
    for what, (broken, told) in BROKEN.items():
        said = refused(database, name, head + row + broken(name) + row).problems[0]
        assert said.at == f"hostile.file:{line}", what
        assert any(each in said.problem for each in told.split("|")), (what, said.problem)
    if name != "csv":
        assert "stands twice" in refused(database, name, row + DOUBLED).problems[0].problem
    else:
        assert "stands twice" in refused(database, name, b"model_a," + head + row).problems[0].problem
    database.close()


@pytest.mark.parametrize(
    "damage", [lambda file: b"\xef\xbb\xbf" + file, lambda file: file.replace(b"\n", b"\r\n")]
)
def test_a_mark_or_other_line_ends_do_no_harm(name: str, damage: Callable[[bytes], bytes]) -> None:
    head, row = FILES[name]
    found = list(read_file(name, io.BytesIO(damage(head + row * 2)), {}))
    assert [type(each) for each in found] == [VoteRow, VoteRow]


def test_names_of_emoji_and_other_scripts_are_kept(name: str, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    make_arena(database)
    head, row = FILES[name]
    content = head + row.replace(b"aya", "👩‍🚀 ñandú 模型 \u202e".encode())
    import_files(database, {"names": read_file(name, io.BytesIO(content), {})})
    assert ("👩‍🚀 ñandú 模型 \u202e",) in rows_of(database, Model.slug)
    database.close()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037"])
def test_a_file_in_another_encoding_is_refused_at_once(name: str, encoding: str, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    make_arena(database)
    head, row = FILES[name]
    assert (
        refused(database, name, (head + row * 3).decode().encode(encoding)).problems[0].at == "hostile.file:1"
    )
    database.close()


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), sink)
    return sink.getvalue()


def test_broken_parquet_is_refused(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    make_arena(database)
    good = _parquet([ROW, ROW])
    assert len(list(read_file("lmarena", io.BytesIO(good), {}))) == 2
    for broken in (
        good[: len(good) // 2],
        good[:4],
        good[:4] + b"\0" * 500 + good[-4:],
        good[:40] + b"\xff" * 60 + good[100:],
    ):
        assert "not Parquet" in refused(database, "lmarena", broken).problems[0].problem
    wrong = _parquet([ROW, ROW | {"winner": "draw"}])
    assert refused(database, "lmarena", wrong).problems[0].at == "hostile.file:2"
    database.close()


@pytest.mark.parametrize("content", NO_VOTES)
def test_what_is_no_file_of_votes_stores_nothing(name: str, content: bytes, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    make_arena(database)
    rows = list(read_file(name, io.BytesIO(content), {}))
    assert not [row for row in rows if isinstance(row, VoteRow)]
    assert len(rows) <= 1
    database.close()


def test_every_shared_set_is_read_to_its_last_row(shared_data: Path) -> None:
    sets: tuple[tuple[str, str, dict[str, str], int], ...] = (
        ("mtbench_votes/data/snapshots/mtbench/human.jsonl", "mt_bench", {}, 3355),
        ("mtbench_votes/data/snapshots/mtbench/gpt4_pair.jsonl", "mt_bench", {}, 2400),
        ("pandalm/data/testset-v1.json", "pandalm", {}, 2997),
        ("genai_bench/results/image_edition/gpt4o/pairwise.jsonl", "genai_bench", {"judge": "=gpt4o"}, 1838),
        (
            "llmfao/crowd-comparisons.csv",
            "csv",
            {"model_a": "left", "model_b": "right", "rater": "worker", "prompt_id": "prompt"},
            8931,
        ),
    )
    for path, name, columns, rows in sets:
        with (shared_data / path).open("rb") as file:
            assert sum(isinstance(row, VoteRow) for row in read_file(name, file, columns)) == rows, path
