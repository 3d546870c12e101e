"""One battery for every format that is written: what a shape can hold comes back, and what it cannot is counted."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet
import pytest

from app.db.session import Database
from app.domain import arenas, exports
from app.domain.accounts import RaterName
from app.domain.errors import DimensionNotFound, Invalid
from app.domain.exports import ExportReport, Wanted
from app.domain.formats import FORMATS, read_file
from app.domain.formats.rows import NOT_BLIND, Bad, Judged, VoteRow
from app.domain.formats.tables import ENCODINGS, RISKY
from app.domain.pseudonyms import Pseudonyms
from app.stats.verdicts import Verdict
from tests.arenas import SLUG, import_rows, make_arena

WRITTEN = [
    (name, shape, encoding)
    for name, each in FORMATS.items()
    for shape in each.shapes
    for encoding in each.encodings
]
SHAPES = sorted({each[:2] for each in WRITTEN})
READ_BACK = [each for each in WRITTEN if FORMATS[each[0]].reads]
SPOKEN = datetime(2024, 2, 29, 12, 30, 15, 123456, UTC)
PERSON = {"lmarena": "arena_user_17", "mt_bench": "expert_17", "csv": "ana", "preference_pairs": "ana"}

# What a shape has no place for, beside the words that it lacks. Nothing else may be lost.
LOST: dict[tuple[str, str], dict[str, Any]] = {
    ("csv", "votes"): {"prompt": (), "answer_a": (), "answer_b": ()},
    ("lmarena", "33k"): {"turn": None, "category": "", "confidence": None, "comment": ""},
    ("lmarena", "100k"): {"turn": None, "category": "", "confidence": None, "comment": ""},
    ("lmarena", "140k"): {"turn": None, "category": "", "confidence": None, "comment": ""},
    ("lmarena", "55k"): {
        "turn": None, "language": "", "category": "", "confidence": None, "comment": "", "voted_at": None,
        "rater": RaterName("human", "anonymous"),
    },
    ("mt_bench", "votes"): {"language": "", "category": "", "confidence": None, "comment": ""},
}  # fmt: skip


def said(role: str, *texts: str) -> tuple[dict[str, str], ...]:
    return tuple({"role": role, "content": text} for text in texts)


def rows(name: str, shape: str) -> list[VoteRow]:
    """A vote with everything, and one for each word, name and text that could go wrong on the way."""
    person = RaterName("human", PERSON[name])
    everything = VoteRow(
        line=0,
        identity="",
        rater=person,
        model_a="=cmd|'/c calc'!A0",
        model_b="модель 模型 🦙",
        verdicts={"overall": Judged(Verdict.A, "model_a")},
        prompt_id="-1+1",
        turn=2,
        language="pt-BR",
        category="medicine/eye",
        voted_at=SPOKEN,
        prompt=said("user", 'First, "quoted"?\r\nsecond line\u2028', "Then <b>?"),
        answer_a=said("assistant", "+1", "'=2\t\\u0000"),
        answer_b=said("assistant", "", "@x\n\n"),
        confidence=1e-05,
        comment="'- a mark, a comma\n and a line",
    )
    few = replace(
        everything, language="", category="", voted_at=SPOKEN + timedelta(days=1), comment="", confidence=None
    )
    kept = [everything, few, replace(few, model_a="'quoted", model_b="@at", comment="\tx")]
    kept += [replace(few, verdicts={"overall": Judged(word, raw)}) for raw, word in words(name, shape)]
    if name != "lmarena" or shape == "33k":
        kept.append(replace(few, rater=RaterName("judge", "gpt-4", "pair-v2")))
    if name == "csv":
        kept.append(
            replace(few, rater=RaterName("simulated", "crowd-1"), verdicts={"facts": Judged(Verdict.B, "b")})
        )
    if (name, shape) != ("lmarena", "55k"):
        kept.append(replace(few, prompt=(), answer_a=(), answer_b=(), prompt_id="p"))
    if shape in ("33k", "100k"):
        kept.append(replace(few, set_aside=NOT_BLIND))
        kept.append(replace(few, prompt=(*said("system", "Be brief."), *few.prompt)))
    return kept


def words(name: str, shape: str) -> list[tuple[str, Verdict]]:
    found = {
        "csv": [
            ("right", "b"),
            ("tie", "tie"),
            ("tie (bothbad)", "both_bad"),
            ("both_good",) * 2,
            ("abstain",) * 2,
        ],
        "33k": [("model_b", "b"), ("tie", "tie"), ("tie (bothbad)", "both_bad")],
        "100k": [("model_b", "b"), ("tie", "tie"), ("tie (bothbad)", "both_bad")],
        "140k": [("model_b", "b"), ("tie", "tie"), ("both_bad", "both_bad"), ("both_good", "both_good")],
        "55k": [("winner_model_a", "a"), ("winner_model_b", "b"), ("winner_tie", "tie")],
        "mt_bench": [("model_b", "b"), ("tie", "tie"), ("tie (inconsistent)", "tie")],
    }
    return [(raw, Verdict(word)) for raw, word in found.get(shape) or found[name]]


def write(name: str, shape: str, encoding: str, given: list[VoteRow]) -> bytes:
    wanted = Wanted.of(name, encoding, shape)
    fields = [wanted.shape.row(row) for row in given]
    written = [each for each in fields if not isinstance(each, str)]
    assert len(written) == len(given), [each for each in fields if isinstance(each, str)]
    return b"".join(wanted.encoding.write(wanted.shape.columns, written))


def as_held(row: VoteRow, name: str, shape: str) -> VoteRow:
    held = replace(row, line=0, identity="", **LOST[(name, shape)])
    if (name, shape) == ("lmarena", "55k"):
        ((_, judged),) = row.verdicts.items()
        raw = {"a": "winner_model_a", "b": "winner_model_b", "tie": "winner_tie"}[judged.verdict.value]
        held = replace(held, verdicts={"overall": Judged(judged.verdict, raw)})
    return replace(held, comment=held.comment.strip())


@pytest.mark.parametrize(("name", "shape", "encoding"), READ_BACK)
def test_what_a_shape_can_hold_comes_back(name: str, shape: str, encoding: str) -> None:
    given = rows(name, shape)
    back = list(read_file(name, io.BytesIO(write(name, shape, encoding, given)), {}))
    assert [row for row in back if isinstance(row, Bad)] == []
    assert [replace(row, line=0, identity="") for row in back if isinstance(row, VoteRow)] == [
        as_held(row, name, shape) for row in given
    ]


@pytest.mark.parametrize(
    ("name", "shape"), sorted({each[:2] for each in WRITTEN if "csv" in FORMATS[each[0]].encodings})
)
def test_no_cell_is_run_by_a_spreadsheet(name: str, shape: str) -> None:
    given = rows("lmarena", "55k") if name == "preference_pairs" else rows(name, shape)
    if name == "preference_pairs":
        given = given[:2]
    content = write(name, shape, "csv", given).decode()
    cells = [cell for row in csv.reader(io.StringIO(content, newline="")) for cell in row]
    marked = [cell for cell in cells if cell.startswith("'")]
    assert len(marked) > 3 or name == "preference_pairs"
    assert not [cell for cell in cells if cell.startswith(RISKY) and cell not in marked]
    assert all(cell[1:].startswith(RISKY) for cell in marked)


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_parquet_has_the_same_columns_whatever_is_in_it(name: str, shape: str) -> None:
    if "parquet" not in FORMATS[name].encodings:
        return
    wanted = Wanted.of(name, "parquet", shape)
    empty = pyarrow.parquet.read_table(io.BytesIO(b"".join(wanted.encoding.write(wanted.shape.columns, []))))
    given = rows("lmarena", "55k")[:2] if name == "preference_pairs" else rows(name, shape)
    full = pyarrow.parquet.read_table(io.BytesIO(write(name, shape, "parquet", given)))
    assert full.schema == empty.schema
    assert full.column_names == list(wanted.shape.columns)
    assert (len(empty), len(full)) == (0, len(given))


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_what_a_shape_has_no_place_for_is_left_out_with_a_reason(name: str, shape: str) -> None:
    base = rows(name, shape)[0] if name != "preference_pairs" else rows("lmarena", "55k")[0]
    odd = {
        "abstain": replace(base, verdicts={"overall": Judged(Verdict.ABSTAIN, "abstain")}),
        "both_good": replace(base, verdicts={"overall": Judged(Verdict.BOTH_GOOD, "both_good")}),
        "both_bad": replace(base, verdicts={"overall": Judged(Verdict.BOTH_BAD, "both_bad")}),
        "simulated": replace(base, rater=RaterName("simulated", "crowd-1")),
        "named": replace(base, rater=RaterName("human", "Ana María")),
        "judge": replace(base, rater=RaterName("judge", PERSON[name])),
        "set aside": replace(base, set_aside=NOT_BLIND),
    }
    refused = {what for what, row in odd.items() if isinstance(FORMATS[name].shapes[shape].row(row), str)}
    assert refused == {
        ("csv", "votes"): {"set aside"},
        ("lmarena", "33k"): {"abstain", "both_good", "simulated", "named", "judge"},
        ("lmarena", "55k"): {"abstain", "both_good", "both_bad", "simulated", "judge", "set aside"},
        ("lmarena", "100k"): {"abstain", "both_good", "simulated", "judge"},
        ("lmarena", "140k"): {"abstain", "simulated", "judge", "set aside"},
        ("mt_bench", "votes"): {"abstain", "both_good", "both_bad", "simulated", "named", "judge", "set aside"},
        ("preference_pairs", "messages"): {
            "abstain", "both_good", "both_bad", "simulated", "judge", "set aside",
        },
    }[(name, shape)]  # fmt: skip


def test_a_word_of_another_format_is_spelled_in_ones_own() -> None:
    (row,) = [
        replace(each, verdicts={"overall": Judged(Verdict.B, "rightvote")})
        for each in rows("csv", "votes")[:1]
    ]
    fields = FORMATS["csv"].shapes["votes"].row(row)
    assert not isinstance(fields, str)
    assert fields["winner"] == "b"


def test_preference_pairs_are_what_training_expects() -> None:
    row = rows("lmarena", "55k")[0]
    fields = (
        FORMATS["preference_pairs"]
        .shapes["messages"]
        .row(replace(row, verdicts={"overall": Judged(Verdict.B, "b")}))
    )
    assert fields == {
        "prompt": list(row.prompt[:1]),
        "chosen": [row.answer_b[0], row.prompt[1], row.answer_b[1]],
        "rejected": [row.answer_a[0], row.prompt[1], row.answer_a[1]],
    }
    shape = FORMATS["preference_pairs"].shapes["messages"]
    assert shape.row(replace(row, answer_b=row.answer_a)) == "no difference between the answers"
    assert shape.row(replace(row, answer_b=())) == "no texts"


@pytest.fixture
def voted(database: Database) -> Database:
    make_arena(database)
    given = [replace(row, line=at, identity=str(at)) for at, row in enumerate(rows("csv", "votes"))]
    import_rows(database, given)
    import_rows(database, [replace(given[1], identity="seen", set_aside=NOT_BLIND)])
    return database


def exported(database: Database, slug: str = SLUG, **wanted: str) -> tuple[bytes, ExportReport]:
    report = ExportReport()
    with database.reading() as session:
        arena = arenas.find(session, slug)
        named = Pseudonyms() if wanted.pop("people", "") else None
        content = b"".join(exports.write_votes(session, arena, Wanted.of(**wanted), named, report))
    return content, report


def test_exported_imported_and_exported_again_it_is_the_same(voted: Database) -> None:
    for number, (name, shape, encoding) in enumerate(READ_BACK):
        made = make_arena(voted, f"copy-{number}")
        first, report = exported(voted, name=name, shape=shape, encoding=encoding, people="pseudonyms")
        assert report.written > 0
        found = import_rows(voted, read_file(name, io.BytesIO(first), {}), made)
        assert (found.imported, found.rejected) == (report.written, 0)
        again, _ = exported(voted, made, name=name, shape=shape, encoding=encoding)
        assert again == first, (name, shape, encoding)


def test_what_is_left_out_is_counted_by_reason(voted: Database) -> None:
    total = exported(voted, name="csv")[1]
    assert (total.written, total.left_out) == (
        len(rows("csv", "votes")),
        {"no place for votes that do not count": 1},
    )
    pairs = exported(voted, name="preference_pairs")[1]
    assert pairs.left_out["no word for abstain"] == 1
    assert pairs.written + pairs.left_out.total() == total.written  # one on another dimension, one set aside


def test_one_dimension_can_be_asked_for(voted: Database) -> None:
    assert exported(voted, name="csv", dimension="facts")[1].written == 1
    with pytest.raises(DimensionNotFound):
        exported(voted, name="csv", dimension="taste")


def test_people_have_pseudonyms_and_their_comments_stay_here(voted: Database) -> None:
    content, _ = exported(voted, name="csv", people="pseudonyms")
    assert b"human:ana" not in content
    assert b"a mark, a comma" not in content
    assert b"judge:gpt-4@pair-v2" in content
    assert b"human:ana" in exported(voted, name="csv")[0]


def test_what_cannot_be_written_is_told_with_what_can() -> None:
    for wanted, told in (
        (("pandalm", "", ""), "expected one of csv, lmarena"),
        (("csv", "parquet", ""), "csv is written as csv"),
        (("lmarena", "", "7k"), "lmarena is written as 33k, 55k, 100k, 140k"),
    ):
        with pytest.raises(Invalid, match=told):
            Wanted.of(*wanted)


def test_a_large_file_is_written_piece_by_piece() -> None:
    def endless() -> Iterator[dict[str, Any]]:
        while True:
            yield {"model": "x", "won": True}

    for encoding in ENCODINGS.values():
        pieces = encoding.write({"model": "text", "won": "flag"}, endless())
        assert any(next(pieces) for _ in range(3))
