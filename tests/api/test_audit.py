"""The audit log: who did what, with what, and what came of it; written with the deed or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.api import deps
from app.db.session import Database
from app.db.tables import Arena, AuditEntry
from tests.api.conftest import API, Keys, Maker
from tests.arenas import make_arena


def log(client: TestClient, headers: dict[str, str], arena: str | None = None, **asked: Any) -> Any:
    path = f"{API}/audit" if arena is None else f"{API}/arenas/{arena}/audit"
    told = client.get(path, params=asked, headers=headers)
    assert told.status_code == 200, told.text
    return told.json()


def test_an_entry_says_who_did_what_with_what(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz()
    client.patch(f"{API}/arenas/quiz", json={"title": "Новое"}, headers=keys.admin)
    entry, *_ = log(client, keys.admin, "quiz")["items"]
    assert {**entry, "at": "", "key": ""} == {
        "arena": "quiz", "key": "", "owner": "root", "action": "change_arena", "target": "/api/v1/arenas/quiz",
        "outcome": "", "details": {"title": "Новое"}, "at": "",
    }  # fmt: skip
    answers = log(client, keys.admin, action="submit_answers")["items"]
    assert [(each["owner"], each["outcome"]) for each in answers] == [("acme", "1 accepted")] * 2


def test_large_and_strange_bodies_are_kept_by_their_size(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz()
    long, nul = "x" * 5_000, b'{"prompt_id": "p0", "text": "ok"}\n{"prompt_id": "p0", "text": "\\u0000"}'
    client.patch(f"{API}/arenas/quiz", json={"description": long}, headers=keys.admin)
    told = client.post(
        f"{API}/arenas/quiz/models/secret-m/answers",
        params={"partial": True},
        content=nul,
        headers={**keys.admin, "Content-Type": "application/x-ndjson"},
    )
    assert told.status_code == 201, told.text
    one = (
        b'{"prompt_id": "p0", "text": "\\u0000", "metadata": {"deep": ' + b"[" * 3_000 + b"]" * 3_000 + b"}}"
    )
    client.post(
        f"{API}/arenas/quiz/models/secret-m/answers", params={"partial": True}, content=one,
        headers={**keys.admin, "Content-Type": "application/json"},
    )  # fmt: skip
    shown = [each["details"] for each in log(client, keys.admin, "quiz")["items"]]
    assert {"bytes": len(nul)} in shown
    assert long not in str(shown)


def test_what_may_be_a_secret_is_left_out_however_deep_it_lies() -> None:
    body = b'{"name": "x", "Key": "s", "endpoint": {"headers": {"a": "s"}, "urls": [{"token": "s", "url": "u"}]}}'
    assert deps.Call("action", "/", None, body).details() == {
        "name": "x",
        "Key": "…",
        "endpoint": {"headers": "…", "urls": [{"token": "…", "url": "u"}]},
    }


def test_a_dry_run_a_repeated_call_and_a_vote_leave_no_entry(
    client: TestClient, make: Maker, keys: Keys
) -> None:
    make.quiz(prompts=2)
    said = {"prompt_id": "p0", "text": "Another"}
    path = f"{API}/arenas/quiz/models/secret-m/answers"
    before = len(log(client, keys.admin)["items"])
    assert client.post(path, params={"dry_run": True}, json=said, headers=keys.owner).status_code == 201
    client.post(f"{API}/arenas/quiz/battles", headers=keys.admin)
    assert len(log(client, keys.admin)["items"]) == before
    for _ in range(2):
        client.post(path, json=said, headers={**keys.owner, "Idempotency-Key": "once"})
    assert len(log(client, keys.admin)["items"]) == before + 1


def test_what_fails_is_not_written_down(
    client: TestClient, make: Maker, keys: Keys, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.arena()
    told = client.patch(f"{API}/arenas/quiz", json={"verdicts": ["a", "tie"]}, headers=keys.admin)
    assert told.status_code == 422
    assert [each["action"] for each in log(client, keys.admin)["items"]] == ["create_arena"]

    def full(*given: Any, **named: Any) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr("app.domain.audit.note", full)
    with pytest.raises(RuntimeError):
        client.patch(f"{API}/arenas/quiz", json={"title": "New"}, headers=keys.admin)
    with database.reading() as session:
        assert session.scalars(select(Arena.title)).one() == "Quiz"


def test_a_key_of_one_arena_sees_the_log_of_that_arena(
    client: TestClient, make: Maker, keys: Keys, database: Database, key_for: Callable[..., dict[str, str]]
) -> None:
    make.arena()
    make.arena("other")
    with database.reading() as session:
        arena = session.scalars(select(Arena.id).where(Arena.slug == "other")).one()
    una = key_for("admin", "una", arena)
    client.post(f"{API}/keys", json={"scope": "read"}, headers=una)
    shown = log(client, una)["items"]
    assert [(each["action"], each["arena"]) for each in shown] == [
        ("create_key", "other"),
        ("create_arena", "other"),
    ]
    assert log(client, una, "other")["items"] == shown
    assert client.get(f"{API}/arenas/quiz/audit", headers=una).status_code == 403


def test_the_log_is_read_in_pages(client: TestClient, make: Maker, keys: Keys, database: Database) -> None:
    for slug in ("one", "two", "three"):
        make.arena(slug)
    first = log(client, keys.admin, limit=2)
    second = log(client, keys.admin, limit=2, cursor=first["next"])
    assert [each["arena"] for page in (first, second) for each in page["items"]] == ["three", "two", "one"]
    assert second["next"] is None


def test_no_secret_is_kept(client: TestClient, make: Maker, keys: Keys, database: Database) -> None:
    make_arena(database)
    made = client.post(
        f"{API}/keys", json={"scope": "admin"}, headers={**keys.admin, "Idempotency-Key": "k"}
    ).json()
    secret = made["key"].split("_", 2)[2]
    with database.reading() as session:
        rows = [
            repr(tuple(row))
            for table in AuditEntry.metadata.sorted_tables
            for row in session.execute(select(table))
        ]
    assert rows
    assert [row for row in rows if secret in row] == []
