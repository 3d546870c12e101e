"""Every operation of the API with every kind of key: done by those who may, refused to all others, and written down."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Arena
from tests.api.calls import CALLS, VOTERS_OWN, prepare, run_in
from tests.api.conftest import API, Keys, Maker
from tests.arenas import make_arena

READS = ("get", "head", "options")
MAY = {
    "read": {"reader", "admin", "arena's admin"},
    "owner": {"owner", "admin", "arena's admin"},
    "admin": {"admin", "arena's admin"},
    "admin of all": {"admin"},
}
FILLED = {"arena": "quiz", "model": "secret-m", "judge": "gpt-4", "slug": "overall"}
QUERY = {"judge": "gpt-4", "mix": "gpt-4:1", "format": "csv"}
ANY_ARENA = ("list_keys", "create_key", "list_audit")
"""What an admin of any arena may do, each for that arena; other tests hold that it is for no other."""


@pytest.fixture
def roles(
    make: Maker, database: Database, keys: Keys, key_for: Callable[..., dict[str, str]]
) -> dict[str, dict[str, str]]:
    prepare(make, database)
    make_arena(database, "elsewhere")
    with database.reading() as session:
        ids = {row.slug: row.id for row in session.scalars(select(Arena))}
    return {
        "nobody": {},
        "reader": keys.reader,
        "owner": keys.owner,
        "another arena's admin": key_for("admin", "eve", ids["elsewhere"]),
        "arena's admin": key_for("admin", "una", ids["quiz"]),
        "admin": keys.admin,
    }


@pytest.fixture
def new_key(key_for: Callable[..., dict[str, str]], database: Database) -> Callable[[], str]:
    """The prefix of another key of the arena."""

    def make_one() -> str:
        with database.reading() as session:
            arena = session.scalars(select(Arena.id).where(Arena.slug == "quiz")).one()
        return key_for("read", "guest", arena)["Authorization"][len("Bearer pa_") :].partition("_")[0]

    return make_one


def operations(client: TestClient) -> Iterator[tuple[str, str, str]]:
    """(operation, method, path)"""
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, asked in methods.items():
            if path.startswith(API):
                yield asked["operationId"], method, path


def test_every_operation_is_for_those_who_may(
    client: TestClient, roles: dict[str, dict[str, str]], new_key: Callable[[], str], database: Database
) -> None:
    for name, method, path in operations(client):
        if name not in CALLS:
            assert name in VOTERS_OWN or (method == "get" and "{arena}" in path), f"{name}: who may?"
            continue
        for role, headers in roles.items():
            client.cookies.clear()
            told = CALLS[name].send(client, method, headers, new_key(), run_in(database, CALLS[name].run))
            if role in MAY[CALLS[name].scope] or (name in ANY_ARENA and role == "another arena's admin"):
                assert told.status_code in (200, 201, 409), (
                    name,
                    role,
                    told.text,
                )  # 409: the role before did it
            else:
                expected = {401} if role == "nobody" else {403, 404}
                assert told.status_code in expected, (name, role, told.text)


def test_another_owners_models_are_not_found(
    client: TestClient, roles: dict[str, dict[str, str]], keys: Keys
) -> None:
    for name, method, path in operations(client):
        if "{model}" in path and name in CALLS:
            told = CALLS[name].send(client, method, keys.other_owner, "0", "none")
            assert (told.status_code, told.json()["type"]) == (404, "/problems/model-not-found"), name


def test_nothing_of_a_private_arena_is_there_for_those_without_a_key_of_it(
    client: TestClient, roles: dict[str, dict[str, str]], keys: Keys
) -> None:
    client.patch(f"{API}/arenas/quiz", json={"public": False}, headers=keys.admin)
    paths = client.get("/openapi.json").json()["paths"]
    reads = {path: asked["get"] for path, asked in paths.items() if "{arena}" in path and "get" in asked}
    assert len(reads) > 20
    for path, asked in reads.items():
        given = {each["name"] for each in asked["parameters"] if each["in"] == "query"}
        query = {name: value for name, value in QUERY.items() if name in given}
        for role in ("nobody", "another arena's admin"):
            told = client.get(path.format_map(_Filled(FILLED)), params=query, headers=roles[role])
            shown = (told.status_code, told.json()["type"])
            assert shown == (404, "/problems/arena-not-found"), (asked["operationId"], role)


def test_every_write_with_a_key_is_in_the_audit_log_once(
    client: TestClient, roles: dict[str, dict[str, str]], new_key: Callable[[], str], database: Database
) -> None:
    def entries() -> Any:
        return client.get(f"{API}/audit", params={"limit": 500}, headers=roles["admin"]).json()["items"]

    walked = 0
    for name, method, _ in operations(client):
        if name not in CALLS:
            continue
        before = entries()
        run = run_in(database, CALLS[name].run)
        refused = CALLS[name].send(
            client, method, roles["reader"] if CALLS[name].scope != "read" else {}, "0" * 10, run
        )
        assert refused.status_code >= 400
        assert entries() == before, name
        told = CALLS[name].send(client, method, roles["admin"], new_key(), run)
        assert told.status_code in (200, 201), (name, told.text)
        added = entries()[: len(entries()) - len(before)]
        if method in READS:
            assert added == [], name
            continue
        walked += 1
        (entry,) = added
        assert (entry["action"], entry["owner"]) == (name, "root")
        assert entry["key"] == roles["admin"]["Authorization"][len("Bearer pa_") :].partition("_")[0]
        assert entry["arena"] == {"create_arena": "second", "create_key": None}.get(name, "quiz"), name
    assert walked >= 10


class _Filled(dict[str, str]):
    """Any other name in a path is some number."""

    def __missing__(self, name: str) -> str:
        return "1"
