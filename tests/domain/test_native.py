"""The native format: everything of an arena, the same to the byte when it is written, read and written again."""

import io
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select

from app.db.schema import Table
from app.db.session import Database
from app.db.tables import Arena, Ballot, Battle, ControlBattle, Model, Prompt, Rater, Vote
from app.domain import (
    answers,
    arenas,
    attachments,
    battles,
    comments,
    controls,
    dimensions,
    findings,
    images,
    models,
    native,
    trust,
    verification,
    votes,
)
from app.domain.accounts import RaterName
from app.domain.answers import NewAnswer
from app.domain.dimensions import Asked
from app.domain.errors import AlreadyExists, InvalidLines
from app.domain.models import NewModel
from app.domain.native import KINDS, LEFT_OUT
from app.domain.native.kinds import LEASE, NEWER
from app.domain.pseudonyms import Pseudonyms
from app.domain.selections import Selection
from app.domain.votes import NewBallot
from tests.arenas import NOW, SLUG, board, import_rows, make_arena, roll_up, rows_of, vote
from tests.conftest import ROOT
from tests.dealing import arena_of, deal, rater
from tests.judging import JUDGE, keep_checklists, script, start, work

LATER = NOW + timedelta(hours=1)
COPY = "copy"
BEYOND_64_BITS = 12345678901234567890123


@pytest.fixture
def lively(database: Database) -> Database:
    """An arena in which each kind of record stands, and each state of a battle and of a vote."""
    arena_of(database, prompts=5, reveal="never", target_overlap=2, verdicts=("a", "b", "tie", "abstain"))
    fill(database)
    return database


def fill(database: Database) -> None:
    chance = np.random.default_rng(7)
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        for title in ("Facts", "Facts, checked"):
            dimensions.put(session, arena, "facts", Asked(title, "Which is true?", "Check."), NOW)
        model = session.scalars(select(Model).where(Model.slug == "m1")).one()
        model.owner, model.endpoint, model.license = "ana", "https://models.example/m1", "MIT"
        session.scalars(select(Prompt).where(Prompt.external_id == "p4")).one().archived_at = LATER
        next_one = models.register(session, arena, NewModel("m1-next", supersedes="m1"), None, NOW)
        next_one.withdrawn_at, next_one.state, model.state = LATER, "hidden", "active"
        said = ({"role": "assistant", "content": 'Better: 🦙 \u2028 \\u0000 "quoted"'},)
        details = {"z": 1.5, "a": {"deep": [BEYOND_64_BITS, None, "ü"]}}
        answers.submit(session, arena, model, [NewAnswer(1, "p0", said, details)], [], LATER)
        voter = rater(session, "ana")
        session.get_one(Rater, voter).profile = {"age": "30", "languages": ["de"]}
        for at in range(12):
            act(
                session,
                at,
                deal(session, f"voter{at % 3}", chance, LATER).id,
                voter=rater(session, f"voter{at % 3}"),
            )
        deal(session, "ana", chance, LATER)  # left open
    import_rows(
        database,
        [
            vote(
                "m1",
                "m2",
                verdicts={"overall": "a", "facts": "b"},
                rater="judge:gpt@2",
                prompt_id="p1",
                turn=2,
            ),
            vote("m2", "x/y", "tie", comment="=why", confidence=0.25, language="de", category="a/b"),
            vote("m1", "m3", "b", set_aside="not blind"),
        ],
    )
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        counted = session.scalars(select(Vote.id).where(Vote.state == "counted").order_by(Vote.id)).first()
        votes.set_aside(session, [counted or 0], "too fast", "admin:eve", LATER)
        trust.decide(session, arena, "gpt", "overall", None, "include", "we looked", LATER)
        controls.add(session, arena, "p2", "m2", "m3", "m3 is wrong", LATER)
        checked = session.scalars(select(Battle.id).order_by(Battle.id)).first() or 0
        session.add(ControlBattle(battle_id=checked, kind="gold", expected="a", repeats=None))
        ballot = session.scalars(select(Ballot.id).where(Ballot.comment == "=why")).one()
        comments.decide(session, arena, ballot, "published", "admin:eve", LATER)
        findings.scan(session, LATER)
        findings.decide(session, arena, "p3", "held", "admin:eve", LATER)
        keep_checklists(session, arena)
        pictures = [images.clean(painted(kind)) for kind in ("PNG", "JPEG")]
        attachments.keep(session, arena.id, pictures, LATER)
    with TemporaryDirectory() as folder:
        script(Path(folder), {"text": '{"winner": "A"}'})
        for name in ("ref", "alike"):
            run = start(database, replace(JUDGE, name=name), Selection("all", most=8))
            work(database, Path(folder), run)
    start(database, replace(JUDGE, name="later"), Selection("all"))


def painted(kind: str) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((8, 6)).convert("RGB").save(out, kind)
    return out.getvalue()


def act(session: Any, at: int, battle: str, voter: int) -> None:
    ballot = NewBallot(
        {"overall": "ab"[at % 2]}, strengths={"overall": 2}, reasons={"a": ["clear"]}, comment="hm"
    )
    match at % 4:
        case 0:
            battles.skip(session, battle, voter, "topic", "no idea", LATER)
        case 1:
            votes.cast(session, battle, voter, ballot, LATER)
            votes.change(session, battle, voter, NewBallot({"overall": "tie", "facts": "a"}), LATER)
        case 2:
            votes.cast(session, battle, voter, ballot, LATER)
            votes.withdraw(session, battle, voter, LATER)
        case _:
            votes.cast(session, battle, voter, NewBallot({"overall": "a"}, reading={"seconds": 3.5}), LATER)


def written(database: Database, slug: str = SLUG, **given: Any) -> bytes:
    with database.reading() as session:
        return b"".join(native.write(session, arenas.find(session, slug), **given))


def read(database: Database, lines: Iterable[bytes], slug: str = COPY) -> None:
    make_arena(database, slug)
    with database.writing() as session:
        native.restore(session, arenas.find(session, slug), "file", lines, datetime.now(UTC))


def records(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def test_every_table_and_column_is_written_or_left_out_for_a_reason() -> None:
    tables = {each.__tablename__ for each in (mapper.class_ for mapper in Table.registry.mappers)}
    placed = {kind.table.__tablename__ for kind in KINDS.values()} | {"arenas"}
    assert placed | set(LEFT_OUT) >= tables
    assert not placed & set(LEFT_OUT)
    told = (ROOT / "docs/formats.md").read_text()
    assert [name for name in sorted(tables) if f"`{name}`" not in told] == []
    for kind in KINDS.values():
        columns = {column.name: column for column in kind.table.__table__.c}
        assert set(kind.unwritten) <= {"id", "arena_id", "txid", "public_id", "judge", *LEASE}
        assert set(kind.refers) == {name for name in kind.columns if columns[name].foreign_keys} - {
            "arena_id"
        }


def test_the_arena_of_this_test_has_every_kind_and_state(lively: Database) -> None:
    found = records(written(lively))
    assert {each["record"] for each in found} == {"arena", *KINDS, "end"}
    assert {each["state"] for each in found if each["record"] == "run"} == {"done", "paused"}
    assert any(each["same_as"] is not None for each in found if each["record"] == "call")
    states = {(each["record"], each["state"]) for each in found if "state" in each}
    assert {state for record, state in states if record == "vote"} == {
        "counted",
        "superseded",
        "withdrawn",
        "set_aside",
    }
    assert {"open", "voted", "skipped", "withdrawn", "imported"} <= {
        state for record, state in states if record == "battle"
    }
    assert any(each["copy_of"] is not None for each in found if each["record"] == "battle")
    assert any(each["replaced_at"] for each in found if each["record"] == "answer")


def test_written_read_and_written_again_it_is_the_same_to_the_byte(lively: Database) -> None:
    first = written(lively)
    read(lively, first.splitlines(keepends=True))
    assert written(lively, COPY) == first
    with lively.reading() as session:
        assert session.scalar(select(func.count(func.distinct(Battle.public_id)))) == 2 * first.count(
            b'"record":"battle"'
        )


def test_each_kind_of_database_reads_what_the_other_wrote(sqlite_url: str, postgresql_url: str) -> None:
    one, other = Database(sqlite_url), Database(postgresql_url)
    try:
        arena_of(one, prompts=5, reveal="never", target_overlap=2)
        fill(one)
        first = written(one)
        read(other, first.splitlines(keepends=True))
        second = written(other, COPY)
        assert second == first
        read(one, second.splitlines(keepends=True))
        assert written(one, COPY) == first
    finally:
        one.close()
        other.close()


def test_the_copy_has_the_same_boards_and_its_tallies_are_right(lively: Database) -> None:
    read(lively, written(lively).splitlines(keepends=True))
    roll_up(lively)
    one, other = (json.loads(board(lively, slug=slug).body) for slug in (SLUG, COPY))
    assert one["rows"] == other["rows"]
    assert one["excluded"] == other["excluded"]
    with lively.reading() as session:
        ids = session.scalars(select(Arena.id)).all()
        assert verification.verify(session, ids).differences == ()


def test_a_file_goes_only_into_an_empty_arena(lively: Database) -> None:
    content = written(lively).splitlines(keepends=True)
    with pytest.raises(AlreadyExists, match="holds prompts already"), lively.writing() as session:
        native.restore(session, arenas.find(session, SLUG), "file", content, LATER)


def test_what_is_published_names_no_person_and_no_open_battle(lively: Database) -> None:
    one, other = (written(lively, pseudonyms=Pseudonyms()) for _ in range(2))
    for private in (
        b"voter1",
        b"ana",
        b"languages",
        b"models.example",
        b'"open"',
        b"no idea",
        b'"hm"',
        b"admin:una",
        b"admin:eve",
    ):
        assert private in written(lively)
        assert private not in one
    asked = [each for each in records(one) if each["record"] == "checklist"]
    assert [(each["prompt"], each["version"], each["author"]) for each in asked] == [(0, 2, "admin")]
    people = [
        {each["name"] for each in records(content) if each["record"] == "rater" and each["kind"] == "human"}
        for content in (one, other)
    ]
    assert len(people[0]) == len(people[1]) == 5  # ana of the page and ana of the import are two
    assert not people[0] & people[1]
    assert {each["name"] for each in records(one) if each["record"] == "rater"} > {"gpt"}
    read(lively, one.splitlines(keepends=True))
    assert written(lively, COPY) == one


def test_the_same_pseudonym_throughout_one_export() -> None:
    names, again = Pseudonyms(b"x"), Pseudonyms(b"x")
    ana = RaterName("human", "ana")
    assert names.of(ana) == again.of(ana) != names.of(RaterName("human", "ben"))
    assert names.of(ana) != names.of(ana, everywhere=True)
    assert names.of(ana) != Pseudonyms(b"y").of(ana)


def change(lines: list[bytes], record: str, /, **fields: Any) -> list[bytes]:
    """The file with fields of the last record of a kind changed; a field set to ... is left out."""
    at = max(
        number for number, line in enumerate(lines) if line.startswith(b'{"record":"%s"' % record.encode())
    )
    row = json.loads(lines[at]) | fields
    kept = {name: value for name, value in row.items() if value is not ...}
    return [*lines[:at], json.dumps(kept).encode() + b"\n", *lines[at + 1 :]]


WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("checklist", {"questions": []}, "questions: expected a list of texts"),
    ("checklist", {"questions": ["Is it?", 7]}, "questions: expected a list of texts"),
    ("checklist", {"prompt": 99}, "no prompt 99 stands above"),
    ("prompt", {"checklist": "Is it?"}, "checklist: expected a list of texts"),
    ("arena", {"schema": "pairwise-arena/2"}, "no native export"),
    ("arena", {"reveal": "sometimes"}, "reveal: expected one of after_vote"),
    ("arena", {"sampling": "dice"}, "sampling 'dice'"),
    ("arena", {"verdicts": ["a"]}, "a and b are always offered"),
    ("dimension", {"slug": "overall"}, "'overall' stands twice"),
    ("dimension_version", {"dimension": "taste"}, "no dimension 'taste' stands above"),
    ("prompt", {"messages": [{"role": "tool", "content": "x"}]}, "role 'tool' in a prompt"),
    ("prompt", {"messages": ["x"]}, "messages: expected"),
    ("prompt", {"external_id": "p1"}, "does not go with what stands above"),
    ("prompt", {"details": []}, "details: expected a dict"),
    ("answer", {"messages": []}, "0 assistant messages"),
    ("answer", {"prompt": 99}, "prompt: no prompt 99 stands above"),
    ("answer", {"prompt": True}, "prompt: no prompt True stands above"),
    ("answer", {"prompt": -1}, "prompt: no prompt -1 stands above"),
    ("rater", {"everywhere": "yes"}, "everywhere: expected true or false"),
    ("rater", {"kind": "robot"}, "kind: expected one of human, judge, simulated"),
    ("battle", {"model_a": "m9"}, "model_a: no model 'm9' stands above"),
    ("battle", {"model_a": "m1", "model_b": "m1"}, "does not go with what stands above"),
    ("battle", {"copy_of": 10_000}, "copy_of: no battle 10000 stands above"),
    ("battle", {"dealt_at": "2099-03-31T12:00:00Z"}, "lies in the future"),
    ("battle", {"dealt_at": "yesterday"}, "dealt_at"),
    ("battle", {"probability": "0.5"}, "probability: expected a number"),
    ("battle", {"overlap": 1.5}, "overlap: expected a whole number"),
    ("battle", {"overlap": 2**31}, "overlap: expected a whole number"),
    ("ballot", {"recognised": 0}, "recognised: expected true or false"),
    ("ballot", {"rater": None}, "rater"),
    ("vote", {"verdict": "draw"}, "verdict: expected one of a, b, tie"),
    ("vote", {"state": "withdrawn"}, "its events make it"),
    ("vote", {"dimension_version": 7}, "has no version 7"),
    ("vote", {"n": 0}, "n: expected"),
    ("vote", {"strength": ...}, "no field 'strength'"),
    ("vote", {"extra": 1}, "a field 'extra' is not expected"),
    ("event", {"from_state": "superseded"}, "not 'superseded' and then"),
    ("event", {"to_state": "lost"}, "and then 'lost'"),
    ("trust", {"judge": "a\0b"}, "NUL"),
    ("end", {"records": 7}, "7 records were written"),
    ("trust", {"record": "mystery"}, "record 'mystery' is not expected here"),
    ("trust", {"record": "vote"}, "record 'vote' is not expected here"),
)  # fmt: skip


def test_a_line_that_is_wrong_is_named_and_nothing_is_stored(lively: Database) -> None:
    content = written(lively).splitlines(keepends=True)
    before = rows_of(lively, Arena.slug), rows_of(lively, Rater.id), rows_of(lively, Battle.id)
    for record, fields, told in WRONG:
        with pytest.raises(InvalidLines) as refused:
            read_all_or_nothing(lively, change(content, record, **fields))
        (problem,) = refused.value.problems
        assert problem.at.startswith("file:")
        assert told in problem.problem, (record, fields)
    assert before == (rows_of(lively, Arena.slug), rows_of(lively, Rater.id), rows_of(lively, Battle.id))


def test_a_file_from_before_a_field_was_known_is_read(lively: Database) -> None:
    content = [json.loads(line) for line in written(lively).splitlines()]
    for record in content:
        for field in NEWER.get(record["record"], {}):
            del record[field]
    read(lively, [json.dumps(record).encode() + b"\n" for record in content])
    again = records(written(lively, COPY))
    arena = next(each for each in again if each["record"] == "arena")
    assert {name: arena[name] for name in NEWER["arena"]} == NEWER["arena"]
    assert {each["archived_at"] for each in again if each["record"] == "prompt"} == {None}


def read_all_or_nothing(database: Database, lines: Iterable[bytes]) -> None:
    with database.writing() as session:
        arena = arenas.create(session, COPY, arenas.ArenaRules("Copy"), NOW)
        native.restore(session, arena, "file", lines, datetime.now(UTC))


def test_a_file_that_was_cut_off_or_is_another_is_known_as_such(lively: Database) -> None:
    lines = written(lively).splitlines(keepends=True)
    for broken, told in (
        (lines[:-1], "it was cut off"),
        (lines[: len(lines) // 2], "it was cut off"),
        ([*lines[:-1], lines[-1][:10]], "not JSON"),
        ([*lines[:30], *lines[31:]], "n: expected"),
        ([*lines, lines[-1]], "more after the last line"),
        ([b"model_a,model_b,winner\n", b"x,y,a\n"], "not JSON"),
        ([], "no native export"),
        ([b'{"model_a": "x"}'], "no native export"),
    ):
        with pytest.raises(InvalidLines) as refused:
            read_all_or_nothing(lively, broken)
        assert told in refused.value.problems[0].problem


def test_other_spellings_of_the_same_records_are_read(lively: Database) -> None:
    content = written(lively)
    spaced = [
        json.dumps(dict(reversed(json.loads(line).items())), indent=None).encode() + b"\r\n\n"
        for line in content.splitlines()
    ]
    read(lively, [b"\xef\xbb\xbf" + spaced[0], *spaced[1:]])
    assert written(lively, COPY) == content


def test_a_model_is_registered_in_the_copy_as_it_was(lively: Database) -> None:
    read(lively, written(lively).splitlines(keepends=True))
    with lively.reading() as session:
        rows = models.by_id(session, arenas.find(session, COPY)).values()
    assert [(row.slug, row.license) for row in rows if row.owner == "ana"] == [("m1", "MIT")]
