"""An arena whose exports are published gives its votes to everybody: without names, profiles, or what is held back."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.api import formats
from app.db.session import Database
from app.db.tables import Arena, Rater
from app.db.upgrade import downgrade, upgrade
from app.domain import arenas
from app.domain.arenas import ArenaRules
from tests.api.conftest import API, Keys, Maker
from tests.arenas import make_arena

CARD = "4111 1111 1111 1111"
ROWS = (
    "model_a,model_b,winner,rater,prompt_id,comment\n"
    "x,y,a,human:ana,p1,said aloud\n"
    "y,z,tie,human:ben,p2,said in private\n"
    "x,z,b,judge:gpt,p1,\n"
    "x,y,b,human:ana,p2,to be refused\n"
)
BEFORE = "0f93be6d21c7"


def fetch(client: TestClient, headers: Any = None, **query: str) -> Any:
    client.cookies.clear()
    return client.get(f"{API}/arenas/quiz/votes/export", params={"format": "csv", **query}, headers=headers)


def rows_of(told: Any) -> list[dict[str, str]]:
    assert told.status_code == 200, told.text
    return list(csv.DictReader(io.StringIO(told.text)))


@pytest.fixture
def quiz(client: TestClient, make: Maker, keys: Keys, database: Database) -> str:
    """Four votes; of the three comments one is published and one refused."""
    make.arena(exports="published")
    path = f"{API}/arenas/quiz/votes/import"
    told = client.post(path, params={"format": "csv"}, content=ROWS.encode(), headers=keys.admin)
    assert told.json()["accepted"] == 4
    with database.writing() as session:
        session.execute(update(Rater).values(profile={"age": "seventy"}))
    for each in client.get(f"{API}/arenas/quiz/comments", headers=keys.admin).json()["items"]:
        state = {"said aloud": "published", "to be refused": "refused"}.get(each["text"])
        if state:
            decided = f"{API}/arenas/quiz/comments/{each['ballot']}"
            assert client.put(decided, json={"state": state}, headers=keys.admin).status_code == 200
    return "quiz"


def test_nobody_reads_the_votes_with_what_was_published(client: TestClient, quiz: str) -> None:
    rows = rows_of(fetch(client))
    assert [(row["model_a"], row["model_b"], row["winner"]) for row in rows] == [
        ("x", "y", "a"),
        ("y", "z", "tie"),
        ("x", "z", "b"),
        ("x", "y", "b"),
    ]
    assert [row["comment"] for row in rows] == ["said aloud", "", "", ""]
    people = [row["rater"] for row in rows]
    assert people[0] == people[3] != people[1]
    assert people[2] == "judge:gpt"
    assert not {"human:ana", "human:ben"} & set(people)
    assert "seventy" not in fetch(client).text
    assert people[0] != rows_of(fetch(client))[0]["rater"], "each has another salt"


def test_those_who_may_and_those_who_may_not(
    client: TestClient, quiz: str, keys: Keys, key_for: Callable[..., dict[str, str]], database: Database
) -> None:
    make_arena(database, "elsewhere")
    with database.reading() as session:
        other = session.scalars(select(Arena.id).where(Arena.slug == "elsewhere")).one()
    nobodies: list[tuple[dict[str, str], int]] = [
        ({}, 401),
        (keys.owner, 403),
        (key_for("admin", "eve", other), 403),
    ]
    change = f"{API}/arenas/quiz"
    for headers, refused in nobodies:
        assert len(rows_of(fetch(client, headers))) == 4
        for name in ("native", "arena_catalog"):
            assert fetch(client, headers, format=name).status_code == refused, name
    assert fetch(client, keys.reader, format="native").status_code == 200
    assert [row["comment"] for row in rows_of(fetch(client, keys.reader))] == [""] * 4
    client.patch(change, json={"exports": "closed"}, headers=keys.admin)
    for headers, refused in nobodies:
        assert fetch(client, headers).status_code == refused
    client.patch(change, json={"exports": "published", "public": False}, headers=keys.admin)
    assert fetch(client).json()["type"] == "/problems/arena-not-found"
    assert len(rows_of(fetch(client, keys.reader))) == 4


def test_an_arena_is_closed_unless_it_says_otherwise(client: TestClient, make: Maker, keys: Keys) -> None:
    make.arena()
    assert client.get(f"{API}/arenas/quiz").json()["exports"] == "closed"
    assert fetch(client).status_code == 401
    told = client.patch(f"{API}/arenas/quiz", json={"exports": "open"}, headers=keys.admin)
    assert (told.status_code, told.json()["errors"][0]["at"]) == (422, "body.exports")


def test_wrong_use_is_told_to_everybody(client: TestClient, quiz: str) -> None:
    for query in ({"format": "xml"}, {"as": "zip"}, {"shape": "1k"}):
        assert fetch(client, **query).status_code == 422, query
    assert fetch(client, dimension="none").status_code == 404


def test_votes_on_hidden_models_stay_behind(client: TestClient, quiz: str, keys: Keys) -> None:
    client.patch(f"{API}/arenas/quiz/models/z", json={"state": "hidden"}, headers=keys.admin)
    assert [(row["model_a"], row["model_b"]) for row in rows_of(fetch(client))] == [("x", "y")] * 2
    assert len(rows_of(fetch(client, keys.reader))) == 4
    numbered = fetch(client, format="lmarena", shape="140k", **{"as": "jsonl"})
    assert numbered.status_code == 200
    assert '"z"' not in numbered.text


def test_texts_with_personal_data_stay_behind(client: TestClient, make: Maker, keys: Keys) -> None:
    make.arena(exports="published")
    asked = [{"id": "plain", "text": "Why?"}, {"id": "card", "text": f"Is {CARD} mine?"}]
    make.post("/arenas/quiz/prompts", asked)
    for slug in ("secret-m", "secret-mm"):
        make.post("/arenas/quiz/models", {"slug": slug}, keys.owner)
        said = [{"prompt_id": each["id"], "text": f"{slug} says {each['id']}"} for each in asked]
        make.post(f"/arenas/quiz/models/{slug}/answers", said, keys.owner)
    for _ in asked:
        make.vote(make.deal()["id"], {"overall": "a"})
    text = fetch(client, format="preference_pairs").text
    assert "says plain" in text
    assert CARD not in text
    assert "says card" not in text


def test_only_so_many_are_written_at_once(client: TestClient, quiz: str, keys: Keys) -> None:
    for _ in range(formats.PUBLIC_AT_ONCE + 2):
        assert fetch(client).status_code == 200
    held = [formats._slot() for _ in range(formats.PUBLIC_AT_ONCE)]
    told = fetch(client)
    assert (told.status_code, told.headers["retry-after"]) == (429, "10")
    assert fetch(client, keys.reader).status_code == 200
    held.clear()
    assert fetch(client).status_code == 200


def test_an_arena_from_before_is_closed(database_url: str) -> None:
    database = Database(database_url)
    make_arena(database, "quiz")
    database.close()
    downgrade(database_url, BEFORE)
    upgrade(database_url)
    database = Database(database_url)
    with database.reading() as session:
        row = arenas.find(session, "quiz")
        assert arenas.rules_of(row) == ArenaRules(row.title)
        assert row.exports == "closed"
    database.close()
