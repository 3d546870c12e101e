"""Files of answers in parts: resumed where they stopped, checked, and nothing stored before they are confirmed."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select, update

from app.api.uploads import read_answer
from app.db.session import Database
from app.db.tables import Answer, Prompt, Upload, UploadChunk
from app.domain import answers, looks, uploads
from app.domain.answers import Rejected
from app.worker import Checking, check_uploads, store_uploads
from tests.api.conftest import API, Keys, Maker, database_of

UPLOADS = f"{API}/arenas/quiz/models/mine/uploads"
BYTES = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def quiz(make: Maker, keys: Keys) -> str:
    """Twelve prompts; `mine` has answered p0, and a model of another owner is there too."""
    make.arena()
    make.prompts("quiz", 12)
    make.post("/arenas/quiz/models", {"slug": "mine", "organization": "Quibble Labs"}, keys.owner)
    make.post("/arenas/quiz/models/mine/answers", {"prompt_id": "p0", "text": "Old"}, keys.owner)
    return "quiz"


def lines(*said: Any) -> bytes:
    return b"".join(
        (each if isinstance(each, bytes) else json.dumps(each, ensure_ascii=False).encode()) + b"\n"
        for each in said
    )


def answer(number: int, text: str = "Because.", **more: Any) -> dict[str, Any]:
    return {"prompt_id": f"p{number}", "text": text, **more}


def begin(client: TestClient, keys: Keys, data: bytes, **more: Any) -> Any:
    told = client.post(UPLOADS, json={"name": "a.jsonl", "size": len(data), **more}, headers=keys.owner)
    assert told.status_code == 201, told.text
    return told.json()


def send(client: TestClient, keys: Keys, upload: str, offset: int, data: bytes) -> Any:
    path = f"{UPLOADS}/{upload}"
    return client.patch(path, params={"offset": offset}, content=data, headers={**keys.owner, **BYTES})


def whole(client: TestClient, keys: Keys, data: bytes, part: int = 50, **more: Any) -> str:
    upload = begin(client, keys, data, **more)["id"]
    for start in range(0, len(data), part):
        told = send(client, keys, upload, start, data[start : start + part])
        assert told.status_code == 200, told.text
    return str(upload)


def check(client: TestClient, keys: Keys, upload: str) -> Any:
    told = client.post(f"{UPLOADS}/{upload}/check", headers=keys.owner)
    assert told.status_code == 200, told.text
    return told.json()


def report(client: TestClient, keys: Keys, upload: str) -> Any:
    """What the worker finds in it."""
    assert check(client, keys, upload)["state"] == "checking"
    look_through(database_of(client))
    shown = client.get(f"{UPLOADS}/{upload}", headers=keys.owner).json()
    assert shown["state"] == "checked"
    return shown["report"]


def look_through(database: Database) -> None:
    checking = Checking(read_answer)
    while check_uploads(database, checking):
        pass


def stored(database: Database) -> list[Any]:
    query = select(Prompt.external_id, Answer.messages).join(Prompt, Answer.prompt_id == Prompt.id)
    with database.reading() as session:
        rows = session.execute(query.where(Answer.replaced_at.is_(None)).order_by(Prompt.id))
        return [(prompt, messages[0]["content"]) for prompt, messages in rows]


def test_a_file_in_parts_is_checked_confirmed_and_stored(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    data = lines(answer(0, "New"), answer(1, "你好"), b"", answer(2, metadata={"seed": 1}))
    upload = whole(client, keys, data, part=7, sha256=hashlib.sha256(data).hexdigest())
    found = report(client, keys, upload)
    counted = ("lines", "matched", "new", "replacing", "unchanged")
    assert [found[name] for name in counted] == [3, 3, 2, 1, 0]
    assert (found["answered"], found["prompts"], found["missing"][:2]) == (3, 12, ["p3", "p4"])
    assert stored(database) == [("p0", "Old")], "nothing is stored before it is confirmed"
    assert not store_uploads(database, 10)
    told = client.post(f"{UPLOADS}/{upload}/confirm", json={}, headers=keys.owner)
    assert (told.status_code, told.json()["state"]) == (200, "storing")
    assert not store_uploads(database, 10)
    assert stored(database) == [("p0", "New"), ("p1", "你好"), ("p2", "Because.")]
    shown = client.get(f"{UPLOADS}/{upload}", headers=keys.owner).json()
    assert [shown[name] for name in ("state", "accepted", "replaced", "position")] == [
        "stored",
        3,
        1,
        len(data),
    ]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(UploadChunk)) == 0
        assert session.scalars(select(Answer.details).where(Answer.details != {})).all() == [{"seed": 1}]
    again = whole(client, keys, data)
    assert (report(client, keys, again)["unchanged"], report(client, keys, again)["new"]) == (3, 0)


def test_bad_lines_are_named_and_counted_and_nothing_is_stored(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    data = lines(
        answer(1),
        answer(2),
        answer(99),
        answer(1, "Again"),
        answer(3, "x" * 400_001),
        {"prompt_id": "p4", "messages": [{"role": "user", "content": "?"}]},
        b'{"prompt_id": "p5", "text": ',
        b"\xff\xfe\x00",
        answer(6, txt="misspelt"),
        answer(7),
    )
    upload = whole(client, keys, data, part=100_000)
    found = report(client, keys, upload)
    assert [(each["line"], each["code"], each["prompt_id"]) for each in found["problems"]] == [
        (3, "unknown_prompt", "p99"),
        (4, "duplicate", "p1"),
        (5, "too_long", "p3"),
        (6, "malformed", "p4"),
        (7, "unreadable", None),
        (8, "unreadable", None),
        (9, "unreadable", "p6"),
    ]
    assert found["rejected_by"] == {
        "unknown_prompt": 1,
        "duplicate": 1,
        "too_long": 1,
        "malformed": 1,
        "unreadable": 3,
    }
    assert (found["lines"], found["matched"], found["rejected"]) == (10, 3, 7)
    refused = client.post(f"{UPLOADS}/{upload}/confirm", json={}, headers=keys.owner)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-lines")
    assert refused.json()["errors"][4]["at"] == "line 7"
    store_uploads(database, 10)
    assert stored(database) == [("p0", "Old")]
    told = client.post(f"{UPLOADS}/{upload}/confirm", json={"partial": True}, headers=keys.owner)
    assert told.status_code == 200
    store_uploads(database, 10)
    assert [prompt for prompt, _ in stored(database)] == ["p0", "p1", "p2", "p7"]
    assert dict(stored(database))["p1"] == "Because.", "the first of two answers to one prompt counts"


def test_an_upload_goes_on_where_it_stopped_also_in_another_process(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    data = lines(*(answer(n, f"Said {n}.") for n in range(12)))
    upload = begin(client, keys, data)["id"]
    assert send(client, keys, upload, 0, data[:100]).json()["received"] == 100
    gap = send(client, keys, upload, 101, data[101:])
    assert (gap.status_code, gap.json()["type"]) == (409, "/problems/upload-offset")
    assert "100 bytes have come" in gap.json()["detail"]
    early = client.post(f"{UPLOADS}/{upload}/check", headers=keys.owner)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/upload-not-ready")
    assert send(client, keys, upload, 50, data[50:150]).json()["received"] == 150, "an overlap is not doubled"
    assert send(client, keys, upload, 0, data[:100]).json()["received"] == 150, "nor a part sent twice"
    other = send(client, keys, upload, 140, b"!" * 20)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/upload-differs")
    beyond = send(client, keys, upload, 150, data[150:] + b"!")
    assert beyond.status_code == 422
    (open_one,) = client.get(UPLOADS, headers=keys.owner).json()["items"]
    assert (open_one["id"], open_one["received"], open_one["state"]) == (upload, 150, "receiving")
    assert send(client, keys, upload, 150, data[150:]).json()["received"] == len(data)
    assert report(client, keys, upload)["matched"] == 12


def test_storing_goes_on_after_a_crash_and_stores_every_line_once(
    client: TestClient, keys: Keys, database: Database, quiz: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "BATCH", 5)
    upload = whole(client, keys, lines(*(answer(n) for n in range(12))), part=1_000)
    report(client, keys, upload)
    client.post(f"{UPLOADS}/{upload}/confirm", json={}, headers=keys.owner)
    assert store_uploads(database, 1)
    shown = client.get(f"{UPLOADS}/{upload}", headers=keys.owner).json()
    assert (shown["state"], shown["accepted"], len(stored(database))) == ("storing", 5, 5)
    with pytest.raises(RuntimeError), database.writing() as session:
        uploads.step(session, datetime.now(UTC))
        raise RuntimeError("killed before the commit")
    assert not store_uploads(database, 10)
    shown = client.get(f"{UPLOADS}/{upload}", headers=keys.owner).json()
    assert (shown["state"], shown["accepted"], len(stored(database))) == ("stored", 12, 12)


def test_what_became_unfit_after_the_check_is_left_out_and_said(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    upload = whole(client, keys, lines(answer(1), answer(2)))
    report(client, keys, upload)
    client.post(f"{UPLOADS}/{upload}/confirm", json={}, headers=keys.owner)
    with database.writing() as session:
        session.execute(delete(Prompt).where(Prompt.external_id == "p2"))
    store_uploads(database, 10)
    shown = client.get(f"{UPLOADS}/{upload}", headers=keys.owner).json()
    assert (shown["state"], shown["accepted"]) == ("stored", 1)
    assert [(each["line"], each["code"]) for each in shown["report"]["late"]] == [(2, "unknown_prompt")]


def test_a_rule_that_came_after_the_check_refuses_the_line_and_not_the_file(
    client: TestClient, keys: Keys, database: Database, quiz: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = whole(client, keys, lines(answer(1), answer(2), answer(3)))
    report(client, keys, upload)
    client.post(f"{UPLOADS}/{upload}/confirm", json={}, headers=keys.owner)
    read = answers.read
    monkeypatch.setattr(
        answers,
        "read",
        lambda line, *rest: Rejected(line, "p2", "no more") if line == 2 else read(line, *rest),
    )
    store_uploads(database, 10)
    shown = client.get(f"{UPLOADS}/{upload}", headers=keys.owner).json()
    assert (shown["state"], shown["accepted"], shown["report"]["late"][0]["problem"]) == (
        "stored",
        2,
        "no more",
    )


def test_lines_that_name_their_model_are_counted_and_listed(
    client: TestClient, keys: Keys, quiz: str
) -> None:
    data = lines(
        answer(1, "I am ChatGPT, a language model made by OpenAI."),
        answer(2, "Fine."),
        answer(3, "As an assistant made by Quibble Labs, I cannot."),
        answer(4, "Claude Opus would say so."),
    )
    found = report(client, keys, whole(client, keys, data, part=1_000))
    assert (found["self_naming"], found["naming"], found["rejected"]) == (2, 1, 0)
    assert [(each["line"], each["prompt_id"], each["kind"]) for each in found["leaks"]] == [
        (1, "p1", "introduction"),
        (3, "p3", "introduction"),
        (4, "p4", "name"),
    ]


def test_answers_are_looked_at_before_they_are_confirmed(client: TestClient, keys: Keys, quiz: str) -> None:
    upload = whole(client, keys, lines(answer(1, "One"), answer(99), answer(2, "Two"), answer(3, "Three")))
    path = f"{UPLOADS}/{upload}/answers"
    assert client.get(path, headers=keys.owner).status_code == 409
    report(client, keys, upload)
    shown = client.get(path, params={"line": 2, "limit": 1}, headers=keys.owner).json()["items"]
    assert shown == [
        {
            "line": 3,
            "prompt_id": "p2",
            "prompt": [{"role": "user", "content": "Question 2?", "pictures": []}],
            "answer": [{"role": "assistant", "content": "Two", "pictures": []}],
        }
    ]


def test_cancelled_uploads_are_gone_and_old_ones_are_dropped(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    first, second = (whole(client, keys, lines(answer(1))) for _ in range(2))
    told = client.delete(f"{UPLOADS}/{first}", headers=keys.owner)
    assert (told.status_code, told.json()["state"]) == (200, "cancelled")
    late = send(client, keys, first, 0, b"x")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/upload-not-ready")
    with database.writing() as session:
        uploads.drop_old(session, datetime.now(UTC) + uploads.KEPT - timedelta(minutes=1))
        assert session.scalars(select(Upload.state).order_by(Upload.id)).all() == ["cancelled", "receiving"]
        uploads.drop_old(session, datetime.now(UTC) + uploads.KEPT + timedelta(minutes=1))
        assert session.scalars(select(Upload.state).order_by(Upload.id)).all() == ["cancelled", "cancelled"]
        assert session.scalar(select(func.count()).select_from(UploadChunk)) == 0
        session.execute(update(Upload).values(touched_at=datetime.now(UTC) - timedelta(days=31)))
        uploads.drop_old(session, datetime.now(UTC))
    assert client.get(f"{UPLOADS}/{second}", headers=keys.owner).status_code == 404


def test_what_is_too_much_is_refused(
    client: TestClient, keys: Keys, quiz: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = client.post(UPLOADS, json={"size": 512_000_001}, headers=keys.owner)
    assert large.status_code == 422
    assert "512,000,000" in large.json()["detail"]
    monkeypatch.setattr(uploads, "LARGEST_CHUNK", 10)
    monkeypatch.setattr(uploads, "LONGEST_LINE", 40)
    data = lines(answer(1), answer(2, "x" * 100), answer(3))
    upload = begin(client, keys, data)["id"]
    assert send(client, keys, upload, 0, data[:11]).status_code == 422
    assert send(client, keys, upload, 0, b"").status_code == 422
    for start in range(0, len(data), 10):
        send(client, keys, upload, start, data[start : start + 10])
    found = report(client, keys, upload)
    assert [(each["line"], each["code"]) for each in found["problems"]] == [(2, "too_long")]
    assert found["matched"] == 2
    for _ in range(uploads.MOST_OPEN - 1):
        begin(client, keys, data)
    full = client.post(UPLOADS, json={"size": 1}, headers=keys.owner)
    assert (full.status_code, full.json()["type"]) == (409, "/problems/too-many-uploads")
    wrong = client.patch(
        f"{UPLOADS}/{upload}",
        params={"offset": 0},
        content=b"x",
        headers={**keys.owner, "Content-Type": "text/html"},
    )
    assert wrong.status_code == 422


def test_bytes_that_are_not_the_announced_ones_are_refused(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    upload = whole(client, keys, lines(answer(1)), sha256="0" * 64)
    check(client, keys, upload)
    look_through(database)
    shown = client.get(f"{UPLOADS}/{upload}", headers=keys.owner).json()
    assert shown["state"] == "failed"
    assert "SHA-256" in shown["problem"]
    confirmed = client.post(f"{UPLOADS}/{upload}/confirm", json={}, headers=keys.owner)
    assert confirmed.status_code == 409


def test_a_look_says_how_far_it_is_and_begins_anew_when_it_was_cut_off(
    client: TestClient, keys: Keys, database: Database, quiz: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "BATCH", 5)
    data = lines(*(answer(n) for n in range(12)))
    upload = whole(client, keys, data, part=1_000)
    check(client, keys, upload)
    path = f"{UPLOADS}/{upload}"
    killed = Checking(read_answer)
    assert check_uploads(database, killed)
    shown = client.get(path, headers=keys.owner).json()
    assert (shown["state"], shown["report"]) == ("checking", None)
    assert 0 < shown["position"] < len(data)
    for refused in (
        client.post(f"{path}/confirm", json={}, headers=keys.owner),
        client.get(f"{path}/answers", headers=keys.owner),
    ):
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/upload-not-ready")
    again = Checking(read_answer)
    assert not check_uploads(database, again), "the other may be alive"
    with database.writing() as session:
        session.execute(
            update(Upload).values(touched_at=datetime.now(UTC) - looks.LOST - timedelta(seconds=1))
        )
    look_through(database)
    shown = client.get(path, headers=keys.owner).json()
    assert (shown["state"], shown["report"]["lines"], shown["position"]) == ("checked", 12, 0)
    assert check_uploads(database, killed), "who was taken for dead"
    assert not check_uploads(database, killed)
    assert client.get(path, headers=keys.owner).json() == shown


def test_a_look_at_what_was_cancelled_meanwhile_ends(
    client: TestClient, keys: Keys, database: Database, quiz: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "BATCH", 5)
    upload = whole(client, keys, lines(*(answer(n) for n in range(12))), part=1_000)
    check(client, keys, upload)
    checking = Checking(read_answer)
    assert check_uploads(database, checking)
    assert client.delete(f"{UPLOADS}/{upload}", headers=keys.owner).json()["state"] == "cancelled"
    while check_uploads(database, checking):
        pass
    shown = client.get(f"{UPLOADS}/{upload}", headers=keys.owner).json()
    assert (shown["state"], shown["report"]) == ("cancelled", None)


def test_an_upload_is_its_owners_alone(client: TestClient, keys: Keys, make: Maker, quiz: str) -> None:
    upload = whole(client, keys, lines(answer(1)))
    make.post("/arenas/quiz/models", {"slug": "theirs"}, keys.other_owner)
    theirs = UPLOADS.replace("mine", "theirs")
    for path in (f"{UPLOADS}/{upload}", f"{theirs}/{upload}"):
        told = client.get(path, headers=keys.other_owner)
        assert told.status_code == 404, path
        assert client.delete(path, headers=keys.other_owner).status_code == 404
    assert client.get(f"{theirs}/{upload}", headers=keys.other_owner).json()["type"] == (
        "/problems/upload-not-found"
    )
    assert client.get(theirs, headers=keys.other_owner).json()["items"] == []
