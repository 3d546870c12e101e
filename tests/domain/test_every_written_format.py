"""One battery for every format that is written: what a shape can hold comes back, and what it cannot is counted."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow.parquet
import pytest
from sqlalchemy import func, select

from app.db.session import Database
from app.db.tables import Arena, Vote
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
from tests.conftest import ROOT
from tests.domain.written_votes import EVERYTHING, JUDGE, ONE_TURN, SPECS, said

WRITTEN = [
    (name, shape, encoding)
    for name, each in FORMATS.items()
    for shape in each.shapes
    for encoding in each.encodings
]
SHAPES = sorted({each[:2] for each in WRITTEN})
LOST_ONCE = {("comparia", "reactions")}
"""What its records say of texts and turns is not read: a second round loses nothing more."""
READ_BACK = [each for each in WRITTEN if FORMATS[each[0]].reads]


def groups(given: list[VoteRow], wanted: Wanted) -> list[list[VoteRow]]:
    """Each vote alone, or a game with its reverse."""
    return [[row, mirrored(row)] if wanted.shape.together == "games" else [row] for row in given]


def write(name: str, shape: str, encoding: str, given: list[VoteRow]) -> bytes:
    wanted = Wanted.of(name, encoding, shape)
    found = [
        each for at, some in enumerate(groups(given, wanted), 1) for each in wanted.shape.records(at, some)
    ]
    written = [each for each in found if not isinstance(each, str)]
    assert len(written) == len(found), [each for each in found if isinstance(each, str)]
    return b"".join(wanted.encoding.write(wanted.shape.columns, written))


def rows(name: str, shape: str) -> list[VoteRow]:
    return SPECS[(name, shape)].rows()


def mirrored(row: VoteRow) -> VoteRow:
    return replace(row, model_a=row.model_b, model_b=row.model_a)


@pytest.mark.parametrize(("name", "shape", "encoding"), READ_BACK)
def test_what_a_shape_can_hold_comes_back(name: str, shape: str, encoding: str) -> None:
    spec, given = SPECS[(name, shape)], rows(name, shape)
    back = list(read_file(name, io.BytesIO(write(name, shape, encoding, given)), {}))
    assert [row for row in back if isinstance(row, Bad)] == []
    sent = [row for some in groups(given, Wanted.of(name, encoding, shape)) for row in some]
    assert [replace(row, line=0, identity="") for row in back if isinstance(row, VoteRow)] == [
        spec.held(row) for row in sent
    ]


def test_every_shape_that_is_read_back_has_its_spec() -> None:
    assert SPECS.keys() == {each[:2] for each in READ_BACK}


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_what_a_shape_lacks_is_in_the_docs(name: str, shape: str) -> None:
    docs = " ".join((ROOT / "docs/formats.md").read_text().split())
    assert FORMATS[name].shapes[shape].lacks in docs


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
    records = 2 if shape == "reactions" else 1  # of a vote
    assert (len(empty), len(full)) == (0, records * len(given))


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_what_a_shape_has_no_place_for_is_left_out_with_a_reason(name: str, shape: str) -> None:
    spec = SPECS.get((name, shape), SPECS[("lmarena", "55k")])
    base = spec.base()
    odd = {
        word: replace(base, verdicts={"overall": Judged(Verdict(word), word)})
        for word in ("tie", "abstain", "both_good", "both_bad")
    }
    odd |= {
        "human": replace(base, rater=RaterName("human", spec.person)),
        "simulated": replace(base, rater=RaterName("simulated", "crowd-1")),
        "named": replace(base, rater=RaterName("human", "Ana María")),
        "judge": replace(base, rater=JUDGE),
        "like_a_person": replace(base, rater=RaterName("judge", spec.person)),
        "set_aside": replace(base, set_aside=NOT_BLIND),
    }
    known = FORMATS[name].shapes[shape]
    several = known.together == "games"
    refused = {
        what
        for what, row in odd.items()
        if any(isinstance(each, str) for each in known.records(1, [row, mirrored(row)] if several else [row]))
    }
    pairs = "tie abstain both_good both_bad simulated judge like_a_person set_aside"
    assert refused == set((pairs if name == "preference_pairs" else spec.refused).split())


def test_a_word_of_another_format_is_spelled_in_ones_own() -> None:
    (row,) = [
        replace(each, verdicts={"overall": Judged(Verdict.B, "rightvote")})
        for each in rows("csv", "votes")[:1]
    ]
    (fields,) = FORMATS["csv"].shapes["votes"].records(1, [row])
    assert not isinstance(fields, str)
    assert fields["winner"] == "b"


def test_preference_pairs_are_what_training_expects() -> None:
    row = rows("lmarena", "55k")[0]
    shape = FORMATS["preference_pairs"].shapes["messages"]
    (fields,) = shape.records(1, [replace(row, verdicts={"overall": Judged(Verdict.B, "b")})])
    assert fields == {
        "prompt": list(row.prompt[:1]),
        "chosen": [row.answer_b[0], row.prompt[1], row.answer_b[1]],
        "rejected": [row.answer_a[0], row.prompt[1], row.answer_a[1]],
    }
    odd = [replace(row, answer_b=row.answer_a), replace(row, answer_b=())]
    assert list(shape.records(1, odd)) == ["no difference between the answers", "no texts"]


@pytest.fixture
def voted(database: Database) -> Database:
    make_arena(database)
    import_rows(database, given())
    import_rows(database, [replace(given()[1], identity="seen", set_aside=NOT_BLIND)])
    return database


def given() -> list[VoteRow]:
    """Votes of all kinds: also of a judge in both orders, of several people on one item, and on two dimensions."""
    short = replace(EVERYTHING, turn=None, prompt_id="one", model_a="aya", model_b="bloom", **ONE_TURN)
    two = {slug: Judged(Verdict.B, "right") for slug in ("overall", "facts")}
    people = [RaterName("human", name) for name in ("ana", "ben")]
    more = [*(replace(short, rater=rater, verdicts=two) for rater in people), replace(short, rater=JUDGE)]
    more += [
        mirrored(more[-1]),
        replace(short, prompt_id="two", prompt=said("user", "Why?"), rater=people[0]),
    ]
    return [replace(row, line=at, identity=str(at)) for at, row in enumerate([*rows("csv", "votes"), *more])]


def exported(database: Database, slug: str = SLUG, **wanted: str) -> tuple[bytes, ExportReport]:
    report = ExportReport()
    with database.reading() as session:
        arena = arenas.find(session, slug)
        named = Pseudonyms() if wanted.pop("people", "") else None
        content = b"".join(exports.write_votes(session, arena, Wanted.of(**wanted), named, report))
    return content, report


def votes_in(database: Database, slug: str) -> int:
    with database.reading() as session:
        query = select(func.count()).select_from(Vote).join(Arena, Vote.arena_id == Arena.id)
        return session.scalar(query.where(Arena.slug == slug)) or 0


def test_exported_imported_and_exported_again_it_is_the_same(voted: Database) -> None:
    for number, (name, shape, encoding) in enumerate(READ_BACK):
        made = make_arena(voted, f"copy-{number}")
        first, report = exported(voted, name=name, shape=shape, encoding=encoding, people="pseudonyms")
        assert report.written > 0
        found = import_rows(voted, read_file(name, io.BytesIO(first), {}), made)
        assert found.rejected == 0
        assert votes_in(voted, made) == report.written, (name, shape, encoding)
        again, _ = exported(voted, made, name=name, shape=shape, encoding=encoding)
        if (name, shape) in LOST_ONCE:
            other = make_arena(voted, f"other-{number}")
            import_rows(voted, read_file(name, io.BytesIO(again), {}), other)
            first = again
            again, _ = exported(voted, other, name=name, shape=shape, encoding=encoding)
        assert again == first, (name, shape, encoding)


def test_what_is_left_out_is_counted_by_reason(voted: Database) -> None:
    total = exported(voted, name="csv")[1]
    assert (total.written, total.left_out) == (
        sum(len(row.verdicts) for row in given()),
        {"no place for votes that do not count": 1},
    )
    pairs = exported(voted, name="preference_pairs")[1]
    assert pairs.left_out["no word for abstain"] == 1
    assert (
        pairs.written + pairs.left_out.total() == total.written - 2
    )  # three on another dimension, one set aside


def test_one_dimension_can_be_asked_for(voted: Database) -> None:
    assert exported(voted, name="csv", dimension="facts")[1].written == 3
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
        (("ratings", "", ""), "expected one of csv, lmarena"),
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
