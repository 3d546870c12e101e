"""Judges over HTTP: registered and changed by admins, seen by everybody, and never with a secret."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.domain.judges import PROTOCOLS, roster
from app.providers import PROVIDERS
from tests.api.conftest import API, Keys, Maker

JUDGES = f"{API}/arenas/quiz/judges"
REF = {
    "name": "ref",
    "model": "referee-1",
    "family": "referee",
    "endpoint": {"base_url": "https://models.example.org/v1", "key": "env:REFEREE_API_KEY"},
}
SECRET = "sk-proj-4f1d9a7c2b"


@pytest.fixture
def quiz(make: Maker) -> Maker:
    make.quiz()
    return make


def register(quiz: Maker, **changed: Any) -> Any:
    return quiz.post("/arenas/quiz/judges", {**REF, **changed})


def test_a_judge_is_registered_with_its_settings(quiz: Maker) -> None:
    made = register(quiz, orders="ab", repeats=3, dimensions=["accuracy"], temperature=None, seed=7)
    assert {name: made[name] for name in ("name", "version", "rater", "protocol", "orders", "repeats")} == {
        "name": "ref", "version": 1, "rater": "judge:ref@1", "protocol": "pairwise", "orders": "ab", "repeats": 3,
    }  # fmt: skip
    assert made["settings"] == {
        "description": "", "provider": "openai_chat", "endpoint": REF["endpoint"], "protocol_settings": {},
        "temperature": None, "seed": 7, "longest_reply": None, "told": {},
    }  # fmt: skip
    assert len(made["wording_hash"]) == 64
    assert [each["version"] for each in made["versions"]] == [1]


def test_the_same_settings_are_the_same_version_and_others_a_new_one(quiz: Maker, client: TestClient) -> None:
    first = register(quiz)
    assert register(quiz, description="Calm.")["version"] == 1
    second = register(quiz, protocol_settings={"explain": False})
    assert (second["version"], second["rater"]) == (2, "judge:ref@2")
    assert second["wording_hash"] != first["wording_hash"]
    assert [each["version"] for each in client.get(f"{JUDGES}/ref").json()["versions"]] == [2, 1]
    old = client.get(f"{JUDGES}/ref", params={"version": 1}).json()
    assert (old["version"], old["wording_hash"]) == (1, first["wording_hash"])
    assert [each["version"] for each in client.get(JUDGES).json()["items"]] == [2]


def test_an_idempotency_key_registers_once(quiz: Maker, client: TestClient, keys: Keys) -> None:
    headers = {**keys.admin, "Idempotency-Key": "one"}
    first = client.post(JUDGES, json=REF, headers=headers)
    client.post(JUDGES, json={**REF, "seed": 1}, headers=keys.admin)
    again = client.post(JUDGES, json=REF, headers=headers)
    assert (again.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (
        201,
        first.json(),
        "true",
    )
    other = client.post(JUDGES, json={**REF, "seed": 2}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")


def test_readers_see_who_judges_and_not_how_it_is_reached(
    quiz: Maker, client: TestClient, keys: Keys
) -> None:
    register(quiz, description="for the office", told={"profile": {"age": "40"}}, protocol="persona")
    for headers in ({}, keys.reader, keys.owner):
        for told in (client.get(JUDGES, headers=headers), client.get(f"{JUDGES}/ref", headers=headers)):
            assert told.status_code == 200
            for hidden in ("models.example.org", "REFEREE_API_KEY", "for the office", "age"):
                assert hidden not in told.text
    shown = client.get(f"{JUDGES}/ref").json()
    assert (shown["name"], shown["version"], shown["model"], shown["family"], shown["settings"]) == (
        "ref", 1, "referee-1", "referee", None,
    )  # fmt: skip
    assert client.get(f"{JUDGES}/ref", headers=keys.admin).json()["settings"]["told"] == {
        "profile": {"age": "40"}
    }


def test_only_an_admin_of_the_arena_may_change_judges(
    quiz: Maker, client: TestClient, keys: Keys, key_for: Any
) -> None:
    quiz.arena("other", public=False)
    elsewhere = key_for("admin", "else", 2)
    assert client.post(JUDGES, json=REF).status_code == 401
    for headers in (keys.owner, keys.reader, elsewhere):
        assert client.post(JUDGES, json=REF, headers=headers).status_code == 403
    register(quiz)
    for headers in (keys.owner, keys.reader, elsewhere):
        assert client.delete(f"{JUDGES}/ref", headers=headers).status_code == 403
    # Not even that a private arena exists is told.
    local = key_for("admin", "local", 1)
    for told in (
        client.get(f"{API}/arenas/other/judges"),
        client.post(f"{API}/arenas/other/judges", json=REF, headers=local),
    ):
        assert (told.status_code, told.json()["type"]) == (404, "/problems/arena-not-found")


def test_an_archived_judge_leaves_the_list_and_may_come_back(
    quiz: Maker, client: TestClient, keys: Keys
) -> None:
    register(quiz)
    gone = client.delete(f"{JUDGES}/ref", headers=keys.admin)
    assert (gone.status_code, gone.json()["archived_at"] is not None) == (200, True)
    assert client.delete(f"{JUDGES}/ref", headers=keys.admin).json() == gone.json()
    assert client.get(JUDGES).json()["items"] == []
    kept = client.get(JUDGES, params={"archived": True}).json()["items"]
    assert [each["name"] for each in kept] == ["ref"]
    run = client.post(f"{JUDGES}/ref/runs", json={}, headers=keys.admin)
    assert (run.status_code, "archived" in run.json()["detail"]) == (422, True)
    assert register(quiz)["version"] == 2
    assert client.delete(f"{JUDGES}/nobody", headers=keys.admin).json()["type"] == "/problems/judge-not-found"
    assert client.get(f"{JUDGES}/ref", params={"version": 9}).status_code == 404


def test_no_judge_has_the_name_of_a_page(client: TestClient) -> None:
    paths = [
        path.split("/judges/")[1]
        for path in client.get("/openapi.json").json()["paths"]
        if "/judges/" in path
    ]
    assert {path for path in paths if "/" not in path and "{" not in path} == set(roster.RESERVED)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "scores"}, "there is a page of that name"),
    ({"endpoint": {"base": "x"}}, "openai_chat has no setting 'base'; it has base_url, key, "),
    ({"endpoint": {"concurrency": 0}}, "concurrency is 0; it must be a whole number from 1 to 1000"),
    ({"endpoint": {"stream": "yes"}}, "stream must be true or false"),
    ({"endpoint": {"base_url": 5}}, "base_url must be a text"),
    ({"protocol": "vibes"}, "there is no protocol 'vibes'; there are pairwise, pairwise_joint, "),
    ({"protocol_settings": {"unit": "bytes"}}, "unit must be one of characters, tokens"),
    ({"protocol_settings": {"reference": 1}}, "reference must be a text"),
    ({"protocol_settings": {"tone": "calm"}}, "pairwise has no setting 'tone'; it has longest_text, "),
    (
        {"provider": "carrier_pigeon"},
        "there is no provider 'carrier_pigeon'; there are openai_chat, scripted",
    ),
    ({"dimensions": ["accuracy", "accuracy"]}, "dimensions: each once"),
    (
        {
            "protocol": "persona",
            "protocol_settings": {"fields": "age"},
            "told": {"profile": {"town": "Oran"}},
        },
        "age",
    ),
    ({"protocol": "policy", "dimensions": ["overall"]}, "policy"),
    (
        {
            "protocol": "constraint",
            "dimensions": ["overall"],
            "told": {"constraints": [{"check": "sing", "value": 1}]},
        },
        "sing",
    ),
    (
        {
            "protocol": "constraint",
            "dimensions": ["overall"],
            "told": {"constraints": [{"check": "code", "value": "import os\nos.remove('arena.db')"}]},
        },
        "constraint: its code: ",
    ),
]


def test_what_no_judge_can_have_is_a_problem_that_names_what_exists(
    quiz: Maker, client: TestClient, keys: Keys
) -> None:
    for changed, said in WRONG:
        told = client.post(JUDGES, json={**REF, **changed}, headers=keys.admin)
        assert told.status_code == 422, (changed, told.text)
        assert said in told.json()["detail"], changed
    assert client.get(JUDGES).json()["items"] == []


def test_a_dimension_that_does_not_exist(quiz: Maker, client: TestClient, keys: Keys) -> None:
    told = client.post(JUDGES, json={**REF, "dimensions": ["wit"]}, headers=keys.admin)
    assert (told.status_code, told.json()["type"]) == (404, "/problems/dimension-not-found")


SECRETLY = [
    {"key": SECRET},
    {"key": f"env:{SECRET}"},
    {"api_key": SECRET},
    {"base_url": f"https://me:{SECRET}@models.example.org/v1"},
    {"base_url": f"https://models.example.org/v1?key={SECRET}"},
    {"headers": f"Authorization: Bearer {SECRET}"},
    {"headers": f"X-Api-Key: {SECRET}"},
    {"key_header": f"Key: {SECRET}"},
]


def test_a_secret_is_neither_taken_nor_repeated(quiz: Maker, client: TestClient, keys: Keys) -> None:
    for endpoint in SECRETLY:
        headers = {**keys.admin, "Idempotency-Key": "secret"}
        told = client.post(JUDGES, json={**REF, "endpoint": endpoint}, headers=headers)
        assert told.status_code == 422, (endpoint, told.text)
        assert SECRET not in told.text
    assert client.get(JUDGES, headers=keys.admin).json()["items"] == []


def test_the_registries_say_what_can_be_set(quiz: Maker, client: TestClient) -> None:
    for path, registry in (("protocols", PROTOCOLS), ("providers", PROVIDERS)):
        listed = client.get(f"{API}/arenas/quiz/{path}").json()["items"]
        assert [each["name"] for each in listed] == list(registry)
        for each in listed:
            assert {setting["name"]: setting["default"] for setting in each["settings"]} == registry[
                each["name"]
            ].defaults()
    form = next(each for each in client.get(f"{API}/arenas/quiz/protocols").json()["items"][0]["settings"]
                if each["name"] == "form")  # fmt: skip
    assert (form["kind"], form["choices"]) == ("choice", ["json", "brackets"])
