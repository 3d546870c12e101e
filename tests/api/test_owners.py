"""Owners who register by themselves: off at first, a key for one arena, a name of their own, in the audit log."""

from collections.abc import Iterator
from typing import Any

import altcha
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.api.main import create_app
from app.settings import Settings
from tests.api.conftest import API, Keys, Maker
from tests.api.test_limits import proof

OWNERS = f"{API}/arenas/quiz/owners"


def register(client: TestClient, owner: str, status: int = 201, **headers: str) -> Any:
    told = client.post(OWNERS, json={"owner": owner}, headers=headers)
    assert told.status_code == status, told.text
    return told.json()


def bearer(made: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {made['key']}"}


@pytest.fixture
def browser(database_url: str) -> Iterator[TestClient]:
    """At an address of the internet, of a server that lets two an hour of a network register without a proof."""
    key = SecretStr("a key for tests, nowhere else")
    told = Settings(
        _env_file=None,
        database_url=database_url,
        secret_key=key,
        limit_registrations="2/hour",
        proof_work=50,
    )
    with TestClient(create_app(told), client=("203.0.113.9", 4711)) as made:
        yield made


def test_it_is_off_until_an_admin_opens_it(client: TestClient, make: Maker) -> None:
    make.quiz()
    assert client.get(f"{API}/arenas/quiz").json()["registration"] == "closed"
    refused = register(client, "newcomer", 403)
    assert refused["type"] == "/problems/registration-closed"
    assert "ask an admin" in refused["detail"]


def test_who_registers_gets_a_key_of_an_owner_for_this_arena_alone(
    client: TestClient, make: Maker, keys: Keys
) -> None:
    make.quiz(registration="open")
    make.arena("other", registration="open")
    made = register(client, " newcomer ")
    session = client.get(f"{API}/session", headers=bearer(made)).json()
    assert (session["scope"], session["owner"], session["arena"]) == ("owner", "newcomer", "quiz")
    models = f"{API}/arenas/quiz/models"
    assert client.post(models, json={"slug": "mine"}, headers=bearer(made)).status_code == 201
    assert [each["slug"] for each in client.get(models, headers=bearer(made)).json()["items"]] == ["mine"]
    assert client.get(f"{models}/secret-m", headers=bearer(made)).status_code == 404
    assert client.get(f"{API}/arenas/other/models", headers=bearer(made)).status_code == 403
    assert client.get(f"{API}/arenas/quiz/votes", headers=bearer(made)).status_code == 403
    listed = client.get(f"{API}/keys", headers=keys.admin).json()["items"]
    assert made["prefix"] in [each["prefix"] for each in listed]
    assert client.delete(f"{API}/keys/{made['prefix']}", headers=keys.admin).status_code == 200
    assert client.get(models, headers=bearer(made)).status_code == 401


def test_it_is_in_the_audit_log_without_the_key(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz(registration="open")
    made = register(client, "newcomer")
    told = client.get(f"{API}/arenas/quiz/audit", headers=keys.admin)
    (entry,) = [each for each in told.json()["items"] if each["action"] == "register_owner"]
    assert (entry["owner"], entry["key"], entry["outcome"]) == (
        "newcomer",
        made["prefix"],
        f"pa_{made['prefix']}",
    )
    assert made["key"].split("_")[2] not in told.text


@pytest.mark.parametrize("name", ["acme", "ACME", " Acme ", "\uff21cme", "root", "admin", "imported  owner"])
def test_a_name_that_somebody_goes_by_is_not_given_again(
    client: TestClient, make: Maker, keys: Keys, name: str
) -> None:
    make.quiz(registration="open")
    make.post("/keys", {"scope": "read", "owner": "Imported Owner"})
    refused = register(client, name, 409)
    assert refused["type"] == "/problems/already-exists"


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\u202eb", "a\nb"])
def test_what_is_no_name_is_refused(client: TestClient, make: Maker, name: str) -> None:
    make.quiz(registration="open")
    register(client, name, 422)


def test_who_holds_a_key_registers_nobody(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz(registration="open")
    for headers in (keys.owner, keys.admin, keys.reader):
        register(client, "newcomer", 403, **headers)


def test_a_private_arena_is_not_found(client: TestClient, make: Maker) -> None:
    make.quiz(registration="open", public=False)
    register(client, "newcomer", 404)


def test_a_repeated_call_makes_one_owner_and_shows_no_key_again(client: TestClient, make: Maker) -> None:
    make.quiz(registration="open")
    client.get(f"{API}/me")
    again = {"Idempotency-Key": "click"}
    first, second = register(client, "newcomer", 201, **again), register(client, "newcomer", 201, **again)
    assert first["key"]
    assert second == {**first, "key": None}


def test_many_of_one_network_bring_a_proof_of_work(make: Maker, browser: TestClient) -> None:
    make.quiz(registration="open")
    for name in ("one", "two"):
        browser.cookies.clear()
        register(browser, name)
    browser.cookies.clear()
    assert register(browser, "three", 428)["type"] == "/problems/proof-needed"
    challenge = browser.get(f"{API}/challenge").json()
    solved = proof(challenge, altcha.solve_challenge(altcha.Challenge.from_dict(challenge)))
    register(browser, "three", 201, **solved)
    register(browser, "four", 428, **solved)  # it counts once


def test_another_sites_page_registers_nobody(client: TestClient, make: Maker) -> None:
    make.quiz(registration="open")
    refused = register(client, "newcomer", 403, **{"Sec-Fetch-Site": "cross-site"})
    assert refused["type"] == "/problems/cross-site"
