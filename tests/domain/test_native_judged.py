"""Native files with pictures and with judges at work: whole, gone on with where they are read, and hostile."""

import base64
import gc
import hashlib
import io
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.db.session import Database
from app.db.tables import Arena, Attachment, JudgeCall, JudgeRun
from app.domain import arenas, attachments, images, native, prompts, runs
from app.domain.errors import InvalidLines
from app.domain.formats.tables import lines_of
from app.domain.judges import roster
from app.domain.native.writing import spelled
from app.domain.prompts import NewPrompt
from app.domain.pseudonyms import Pseudonyms
from app.domain.runs import Budget
from app.domain.selections import Selection
from benchmarks.endpoint import served
from tests.arenas import NOW, SLUG, make_arena, rows_of
from tests.conftest import ROOT
from tests.domain.test_native import COPY, change, painted, read, records, written
from tests.judging import JUDGE, Recorder, judge_at, judged_arena, script, start, work

OLD = ROOT / "tests/domain/files/native_without_judges.jsonl"
ALL = Selection("all")


@pytest.fixture
def gallery(database: Database) -> Database:
    """An arena whose one prompt shows a picture."""
    make_arena(database, modality="image")
    address = "data:image/png;base64," + base64.b64encode(painted("PNG")).decode()
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": address}}]
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        told = attachments.told([{"role": "user", "content": parts}])
        attachments.keep(session, arena.id, told.pictures.values(), NOW)
        prompts.submit(session, arena, [NewPrompt(1, "p1", told.messages)], NOW)
    return database


@pytest.fixture
def judged(database: Database, tmp_path: Path) -> Database:
    """An arena in which a judge was at work: one run is done, another goes on."""
    judged_arena(database)
    script(tmp_path, {"text": '{"winner": "A"}'})
    work(database, tmp_path, start(database))
    start(database, replace(JUDGE, name="second"), ALL)
    return database


def restored(database: Database, lines: Iterable[bytes]) -> None:
    with database.writing() as session:
        arena = arenas.create(session, COPY, arenas.ArenaRules("Copy"), NOW)
        native.restore(session, arena, "file", lines, datetime.now(UTC))


def refused(database: Database, lines: list[bytes]) -> str:
    """What is wrong with the file, of which nothing is stored."""
    with pytest.raises(InvalidLines) as told:
        restored(database, lines)
    (problem,) = told.value.problems
    assert problem.at.startswith("file:")
    assert rows_of(database, Arena.slug) == [(SLUG,)]
    return problem.problem


def test_pictures_go_along(gallery: Database) -> None:
    first = written(gallery)
    read(gallery, first.splitlines(keepends=True))
    assert written(gallery, COPY) == first
    copies = rows_of(gallery, Attachment.digest, Attachment.data)
    assert len(copies) == 2
    assert copies[0] == copies[1]
    published = written(gallery, pseudonyms=Pseudonyms())
    assert b'"record":"attachment"' in published


def encoded(content: bytes) -> dict[str, str]:
    return {"data": base64.b64encode(content).decode(), "digest": hashlib.sha256(content).hexdigest()}


def animated() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


def with_text() -> bytes:
    out, more = io.BytesIO(), PngInfo()
    more.add_text("Software", "made by m1")
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=more)
    return out.getvalue()


def bomb() -> bytes:
    """60,000 × 60,000 pixels, so it says."""
    content = bytearray(painted("PNG"))
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


HOSTILE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"digest": "0" * 64}, "is not the SHA-256 of the bytes"),
    ({"digest": "../../../etc/passwd"}, "is not the SHA-256 of the bytes"),
    ({"digest": "x" * 65}, "digest: expected a text of at most 64"),
    ({"data": "no base64!"}, "data: expected base64"),
    ({"data": ["AAAA"]}, "data: expected base64"),
    (encoded(b"<svg onload=alert(1)>"), "no image"),
    (encoded(b""), "no image"),
    (encoded(painted("PNG")[:60]), "broken PNG"),
    (encoded(painted("JPEG")), "media_type: image/png for bytes that begin like JPEG"),
    (encoded(animated()), "animated"),
    (encoded(with_text()), "expected pixels alone"),
    (encoded(bomb()), "pixels"),
    ({"media_type": "text/html"}, "media_type: expected one of image/png, image/jpeg"),
    ({"media_type": "image/svg+xml"}, "media_type: expected one of image/png, image/jpeg"),
)


def test_a_hostile_picture_is_named_by_its_line_and_nothing_is_stored(gallery: Database) -> None:
    lines = written(gallery).splitlines(keepends=True)
    for fields, told in HOSTILE:
        assert told in refused(gallery, change(lines, "attachment", **fields))
    at = next(at for at, line in enumerate(lines) if b'"attachment"' in line)
    long = json.loads(lines[at]) | encoded(painted("PNG") + b"\0" * 40_000_000)
    del long["record"]
    assert "at most 40,000,000 are kept" in refused(
        gallery, [*lines[:at], spelled("attachment", long), *lines[at + 1 :]]
    )
    again = lines[at].replace(b'"n":0', b'"n":1')
    assert "stands twice" in refused(gallery, [*lines[: at + 1], again, *lines[at + 1 :]])


def test_a_message_shows_only_pictures_of_its_file(gallery: Database) -> None:
    lines = written(gallery).splitlines(keepends=True)
    (message,) = next(each["messages"] for each in records(b"".join(lines)) if each["record"] == "prompt")
    (image,) = message["images"]
    for shown, told in (
        ([image | {"digest": "0" * 64}], "no attachment"),
        ([image | {"digest": 7}], "no attachment"),
        ([image] * 9, "at most 8"),
        ([image | {"src": "http://tracker.example"}], "expected each image to have"),
        ([image | {"width": "100%"}], "pixels wide and high"),
        ([image | {"width": 0}], "pixels wide and high"),
        ({}, "at most 8"),
        (["x"], "expected each image to have"),
    ):
        assert told in refused(gallery, change(lines, "prompt", messages=[message | {"images": shown}]))


def test_memory_stays_flat_over_many_pictures(sqlite_url: str, tmp_path: Path) -> None:
    """Thirty pictures of a megabyte each; few of them at once are in memory, written or read."""
    database = Database(sqlite_url)
    make_arena(database, modality="image")
    chance = np.random.default_rng(1)
    for _ in range(30):
        out = io.BytesIO()
        Image.fromarray(chance.integers(0, 256, (580, 580, 3), np.uint8)).save(out, "PNG")
        with database.writing() as session:
            arena = arenas.find(session, SLUG)
            attachments.keep(session, arena.id, [images.clean(out.getvalue())], NOW)
    file = tmp_path / "gallery.jsonl"

    def write() -> None:
        with database.reading() as session, file.open("wb") as opened:
            opened.writelines(native.write(session, arenas.find(session, SLUG)))

    def restore() -> None:
        with file.open("rb") as opened:
            restored(database, lines_of(opened, native.LONGEST_RECORD))

    peaks = [peak_of(write), peak_of(restore)]
    database.close()
    assert file.stat().st_size > 40_000_000
    assert max(peaks) < 30_000_000


def peak_of(work: Callable[[], None]) -> int:
    """Bytes that Python held at most meanwhile."""
    gc.collect()
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_run_that_goes_on_arrives_paused_and_is_gone_on_with(judged: Database, tmp_path: Path) -> None:
    first = written(judged)
    read(judged, first.splitlines(keepends=True))
    assert written(judged, COPY) == first
    with judged.reading() as session:
        arena = arenas.find(session, COPY)
        (name,) = session.scalars(
            select(JudgeRun.public_id).where(JudgeRun.arena_id == arena.id, JudgeRun.state == "paused")
        ).all()
        row = runs.find(session, name)
        assert (row.worker, row.lease, row.leased_until, row.judge) == (None, 0, None, "second")
        assert "it was running" in row.why
    with judged.writing() as session:
        runs.resume(session, runs.find(session, name))
    done = work(judged, tmp_path, name)
    assert (done.run.state, done.run.failed, done.run.ended) == ("done", 0, done.run.judgments)


def test_what_was_paid_for_before_an_arena_moved_is_not_paid_for_again(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database)
    endpoint = Recorder()
    with served(endpoint) as url:
        work(database, tmp_path, start(database, judge_at(url)))
        asked = len(endpoint.asked)
        read(database, written(database).splitlines(keepends=True))
        with database.writing() as session:
            arena = arenas.find(session, COPY)
            alike = roster.register(session, arena, judge_at(url, name="alike"), NOW)
            run = runs.start(session, arena, alike, ALL, Budget(), NOW).public_id
        done = work(database, tmp_path, run)
    assert asked == 6
    assert len(endpoint.asked) == asked
    assert (done.run.state, done.run.cached, done.run.calls, done.run.votes) == ("done", 6, 0, 6)
    source, its = aliased(JudgeCall), aliased(JudgeRun)
    with database.reading() as session:
        places = session.execute(
            select(JudgeRun.arena_id, its.arena_id)
            .join(JudgeCall, JudgeCall.run_id == JudgeRun.id)
            .join(source, JudgeCall.same_as == source.id)
            .join(its, source.run_id == its.id)
        ).all()
    assert len(places) == 6
    assert all(one == other for one, other in places)  # each arena has replies of its own


def test_records_of_judges_that_do_not_fit_are_named(judged: Database) -> None:
    lines = written(judged).splitlines(keepends=True)
    for record, fields, told in (
        ("judge", {"rater": 0}, "rater: expected that of judge:second@1"),
        ("judge", {"endpoint": {"file": 7}}, "file"),
        ("judge", {"endpoint": {"api_key": "sk-1"}}, "api_key"),
        ("judge", {"provider": "carrier pigeon"}, "no provider"),
        ("judge", {"protocol": "dice"}, "no protocol"),
        ("judge", {"protocol_settings": {"dice": 1}}, "dice"),
        ("judge", {"told": {"policy": 7}}, "told"),
        ("judge", {"dimensions": [{}]}, "dimensions"),
        ("judge", {"repeats": 1000}, "repeats 1000"),
        ("run", {"selection": {"battles": "every"}}, "selection"),
        ("run", {"state": "lost"}, "state: expected one of"),
        ("run", {"judge": 9}, "no judge 9"),
        ("judgment", {"outcome": {"overall": "a"}}, "outcome"),
        ("judgment", {"outcome": {"overall": {"failure": "unreadable"}}}, "outcome"),
        ("judgment", {"outcome": {"overall": {"counts": {"first": {}}}}}, "outcome"),
        (
            "judgment",
            {"outcome": {"overall": {"counts": {"first": {"csr": [1, "x"]}, "second": {}}}}},
            "outcome",
        ),
        ("judgment", {"state": "failed", "failure": None}, "has a failure and an outcome"),
        ("judgment", {"battle": 99}, "no battle 99"),
        ("call", {"asked": {"messages": "x"}}, "asked"),
        ("call", {"reply": {"text": "x"}}, "reply"),
        ("call", {"same_as": 99}, "no other call 99"),
        ("call", {"same_as": True}, "no call True"),
        ("call", {"run": 1}, "judgment"),
        ("request", {"basis": "guessed"}, "basis"),
        ("request", {"micros": "free"}, "micros: expected a whole number"),
        ("request", {"run": 1}, "call"),
    ):
        assert told in refused(judged, change(lines, record, **fields)), (record, fields)


def test_a_call_may_have_the_reply_of_one_that_stands_below_it(judged: Database) -> None:
    lines = written(judged).splitlines(keepends=True)
    at = next(at for at, line in enumerate(lines) if line.startswith(b'{"record":"call"'))
    row = json.loads(lines[at]) | {"same_as": 2, "asked": None, "reply": None}
    kind = row.pop("record")
    lines[at] = spelled(kind, row)
    restored(judged, lines)
    assert written(judged, COPY) == b"".join(lines)


def test_a_published_file_says_nothing_of_runs(judged: Database) -> None:
    content = written(judged, pseudonyms=Pseudonyms())
    assert {each["record"] for each in records(content)}.isdisjoint({"judge", "run", "call", "request"})
    read(judged, content.splitlines(keepends=True))
    assert written(judged, COPY) == content


def test_a_file_from_before_judges_and_pictures_went_along_is_read(database: Database) -> None:
    """Kept as it was written by an earlier program."""
    content = OLD.read_bytes()
    restored(database, content.splitlines(keepends=True))
    again = records(written(database, COPY))
    before = records(content)
    newer = {"trust": {"shortcomings": None}}  # what the earlier program did not know
    count = {each["record"]: sum(other["record"] == each["record"] for other in before) for each in before}
    assert {line.pop("checklist") == [] for line in before if line["record"] == "prompt"} == {True}
    for kind in ("prompt", "answer", "battle", "vote", "event", "ballot", "skip", "trust"):
        assert [each for each in again if each["record"] == kind] == [
            newer.get(kind, {}) | each for each in before if each["record"] == kind
        ]
        assert count[kind]
