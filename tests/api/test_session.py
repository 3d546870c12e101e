"""A browser is logged in with a key: by a signed cookie, for as long as the key holds, and from the own pages alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from typing import Any

import pytest
from fastapi.testclient import TestClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from app.api import deps, guards, session
from app.api.session import first_token
from app.db.session import Database
from app.db.tables import Arena
from app.domain import accounts
from tests.api.conftest import API, Keys, Maker

SESSION = f"{API}/session"


def key_of(headers: dict[str, str]) -> str:
    return headers["Authorization"].removeprefix("Bearer ")


def log_in(client: TestClient, headers: dict[str, str]) -> Any:
    told = client.post(SESSION, json={"key": key_of(headers)})
    assert told.status_code == 200, told.text
    return told.json()


def test_a_session_does_what_its_key_does_until_it_ends(client: TestClient, make: Maker, keys: Keys) -> None:
    make.arena()
    nobody = {
        "scope": None,
        "owner": None,
        "arena": None,
        "prefix": None,
        "expires_at": None,
        "cookie": False,
    }
    assert client.get(SESSION).json() == nobody
    assert client.patch(f"{API}/arenas/quiz", json={"title": "x"}).status_code == 401
    told = log_in(client, keys.admin)
    assert (told["scope"], told["owner"], told["arena"], told["cookie"]) == ("admin", "root", None, True)
    assert client.get(SESSION).json() == told
    assert client.patch(f"{API}/arenas/quiz", json={"title": "x"}).status_code == 200
    entry = client.get(f"{API}/audit").json()["items"][0]
    assert (entry["action"], entry["key"]) == ("change_arena", told["prefix"])
    assert client.delete(SESSION).status_code == 204
    assert client.get(SESSION).json() == nobody
    assert client.patch(f"{API}/arenas/quiz", json={"title": "x"}).status_code == 401


def test_the_cookie_holds_no_secret_and_no_script_can_read_it(client: TestClient, keys: Keys) -> None:
    told = client.post(SESSION, json={"key": key_of(keys.admin)})
    cookie = SimpleCookie(told.headers["set-cookie"])[deps.SESSION]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        True,
        "lax",
        str(deps.SESSION_SECONDS),
    )
    assert key_of(keys.admin).split("_", 2)[2] not in told.headers["set-cookie"]


def test_a_revoked_key_ends_its_sessions_at_once(client: TestClient, make: Maker, keys: Keys) -> None:
    make.arena()
    made = client.post(f"{API}/keys", json={"scope": "admin"}, headers=keys.admin).json()
    log_in(client, {"Authorization": f"Bearer {made['key']}"})
    assert client.get(f"{API}/keys").status_code == 200
    client.delete(f"{API}/keys/{made['prefix']}", headers=keys.admin)
    assert client.get(f"{API}/keys").status_code == 401
    assert client.get(SESSION).json()["scope"] is None
    assert client.get(f"{API}/arenas/quiz").status_code == 200


def test_a_session_ends_with_its_time(
    client: TestClient, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(client, keys.admin)
    monkeypatch.setattr(deps, "SESSION_SECONDS", -1)
    assert client.get(f"{API}/keys").status_code == 401


@pytest.mark.parametrize("forged", ["", "x", "0123456789", "IjAxMjM0NTY3ODki.aaaa.bbbb", "é"])
def test_a_forged_cookie_is_nobodys(client: TestClient, keys: Keys, forged: str) -> None:
    told = client.get(SESSION, headers={b"Cookie": f"{deps.SESSION}={forged}".encode()})
    assert (told.status_code, told.json()["scope"]) == (200, None)


def test_a_voters_cookie_is_no_session(client: TestClient, make: Maker, keys: Keys) -> None:
    client.get(f"{API}/me")
    client.cookies.set(deps.SESSION, client.cookies[deps.COOKIE])
    assert client.get(SESSION).json()["scope"] is None


def test_a_session_of_one_arena_is_of_that_arena(
    client: TestClient, make: Maker, database: Database, key_for: Callable[..., dict[str, str]]
) -> None:
    make.arena(public=False)
    make.arena("other")
    with database.reading() as session:
        arena = session.scalars(select(Arena.id).where(Arena.slug == "quiz")).one()
    assert client.get(f"{API}/arenas/quiz").status_code == 404
    assert log_in(client, key_for("admin", "una", arena))["arena"] == "quiz"
    assert client.get(f"{API}/arenas/quiz").status_code == 200
    assert client.patch(f"{API}/arenas/other", json={"title": "x"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    ],
)
def test_a_write_from_another_sites_page_is_refused(
    client: TestClient, make: Maker, keys: Keys, headers: dict[str, str]
) -> None:
    make.arena()
    log_in(client, keys.admin)
    told = client.patch(f"{API}/arenas/quiz", json={"title": "x"}, headers=headers)
    assert (told.status_code, told.json()["type"]) == (403, "/problems/cross-site")
    assert client.post(SESSION, json={"key": key_of(keys.admin)}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}, {}],
)
def test_a_write_from_the_own_pages_is_done(
    client: TestClient, make: Maker, keys: Keys, headers: dict[str, str]
) -> None:
    make.arena()
    log_in(client, keys.admin)
    assert client.patch(f"{API}/arenas/quiz", json={"title": "x"}, headers=headers).status_code == 200


def test_who_fails_to_log_in_ten_times_must_wait(client: TestClient, keys: Keys) -> None:
    wrong = "pa_0123456789_" + "x" * 43
    for _ in range(guards.TRIES):
        told = client.post(SESSION, json={"key": wrong})
        assert (told.status_code, told.json()["type"]) == (401, "/problems/key-refused")
    told = client.post(SESSION, json={"key": key_of(keys.admin)})
    assert (told.status_code, told.json()["type"]) == (429, "/problems/too-many-tries")
    assert told.headers["retry-after"] == "60"
    assert client.get(f"{API}/keys", headers=keys.admin).status_code == 200


def test_logins_that_succeed_are_never_too_many(client: TestClient, keys: Keys) -> None:
    for _ in range(guards.TRIES + 2):
        log_in(client, keys.admin)


def first(client: TestClient, token: str) -> Any:
    return client.post(f"{SESSION}/first", json={"token": token})


def test_the_first_link_makes_one_admin_and_is_dead_from_then_on(
    client: TestClient, database: Database
) -> None:
    token = first_token(client.app.state.signing_key)  # type: ignore[attr-defined]  # an ASGI application
    told = first(client, token)
    assert told.status_code == 201, told.text
    assert (told.json()["scope"], told.json()["arena"], told.json()["cookie"]) == ("admin", None, True)
    assert client.get(SESSION).json()["scope"] == "admin"
    entry = client.get(f"{API}/audit").json()["items"][0]
    assert (entry["action"], entry["outcome"]) == ("keys create", f"pa_{told.json()['prefix']}")
    client.cookies.clear()
    bearer = {"Authorization": f"Bearer {told.json()['key']}"}
    assert client.get(SESSION, headers=bearer).json()["prefix"] == told.json()["prefix"]
    again = first(client, token)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-set-up")
    assert client.get(SESSION).json()["scope"] is None


def test_a_link_of_another_server_or_of_yesterday_makes_nobody_admin(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = client.app.state.signing_key  # type: ignore[attr-defined]  # an ASGI application
    token = first_token(key)
    with monkeypatch.context() as later:
        later.setattr(session, "FIRST_SECONDS", -1)
        assert first(client, token).json()["type"] == "/problems/key-refused"
    assert first(client, first_token("another key of another server")).status_code == 401
    assert first(client, URLSafeTimedSerializer(key, salt="session").dumps("x")).status_code == 401
    with database.reading() as reading:
        assert not accounts.has_admin(reading)
    for _ in range(10):
        refused = first(client, "guessed")
    assert refused.status_code == 429
    assert first(client, token).status_code == 429


def test_two_who_open_the_first_link_at_once_make_one_admin(client: TestClient, database: Database) -> None:
    token = first_token(client.app.state.signing_key)  # type: ignore[attr-defined]  # an ASGI application
    with ThreadPoolExecutor(4) as many:
        statuses = sorted(many.map(lambda _: first(client, token).status_code, range(4)))
    assert statuses == [201, 409, 409, 409]
    with database.reading() as reading:
        assert len(accounts.list_keys(reading).items) == 1
