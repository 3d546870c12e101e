"""Keys over HTTP: shown once, until they are revoked or expire; a key of one arena makes none for another."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.db.session import Database
from app.db.tables import ApiKey, Arena
from tests.api.conftest import API, Keys, Maker

KEYS = f"{API}/keys"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def create(client: TestClient, headers: dict[str, str], status: int = 201, **asked: Any) -> Any:
    told = client.post(KEYS, json=asked, headers=headers)
    assert told.status_code == status, told.text
    return told.json()


def shown(client: TestClient, headers: dict[str, str]) -> dict[str, Any]:
    told = client.get(KEYS, headers=headers)
    assert told.status_code == 200, told.text
    return {each["prefix"]: each for each in told.json()["items"]}


@pytest.fixture
def una(make: Maker, database: Database, key_for: Callable[..., dict[str, str]]) -> dict[str, str]:
    """An admin of the arena `quiz` beside another arena."""
    make.arena()
    make.arena("other")
    make.arena("secret", public=False)
    with database.reading() as session:
        return key_for("admin", "una", session.scalars(select(Arena.id).where(Arena.slug == "quiz")).one())


def test_a_key_is_shown_once_and_works_until_it_is_revoked(
    client: TestClient, make: Maker, keys: Keys
) -> None:
    make.arena()
    made = create(client, keys.admin, scope="owner", owner=" acme ", arena="quiz")
    assert client.get(f"{API}/arenas/quiz/models", headers=bearer(made["key"])).status_code == 200
    listed = shown(client, keys.admin)[made["prefix"]]
    assert (listed["scope"], listed["owner"], listed["arena"], listed["revoked_at"]) == (
        "owner",
        "acme",
        "quiz",
        None,
    )
    assert listed["last_used_at"] is not None
    assert made["key"].split("_")[2] not in client.get(KEYS, headers=keys.admin).text
    for name in (made["prefix"], f"pa_{made['prefix']}"):
        gone = client.delete(f"{KEYS}/{name}", headers=keys.admin)
        assert (gone.status_code, gone.json()["revoked_at"] is None) == (200, False)
    assert client.get(f"{API}/arenas/quiz/models", headers=bearer(made["key"])).status_code == 401


def test_the_key_is_not_given_again_to_a_repeated_call(client: TestClient, keys: Keys) -> None:
    headers = {**keys.admin, "Idempotency-Key": "click"}
    first, again = create(client, headers, scope="read"), create(client, headers, scope="read")
    assert first["key"]
    assert again == {**first, "key": None}


def test_a_key_expires(client: TestClient, make: Maker, keys: Keys, database: Database) -> None:
    make.arena()
    soon = datetime.now(UTC) + timedelta(hours=1)
    made = create(client, keys.admin, scope="admin", expires_at=soon.isoformat())
    headers = bearer(made["key"])
    assert client.get(f"{API}/arenas/quiz/models", headers=headers).status_code == 200
    with database.writing() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(ApiKey).where(ApiKey.prefix == made["prefix"]).values(expires_at=past))
    told = client.get(f"{API}/arenas/quiz/models", headers=headers)
    assert (told.status_code, told.json()["type"]) == (401, "/problems/key-refused")


def test_a_key_of_one_arena_makes_and_sees_keys_of_that_arena_alone(
    client: TestClient, keys: Keys, una: dict[str, str]
) -> None:
    everywhere = create(client, keys.admin, scope="read")["prefix"]
    others = create(client, keys.admin, scope="admin", arena="other")["prefix"]
    own = create(client, una, scope="admin", owner="ugo")
    assert {each["arena"] for each in shown(client, una).values()} == {"quiz"}
    assert own["prefix"] in shown(client, una)
    assert create(client, bearer(own["key"]), scope="read")["prefix"] in shown(client, una)
    assert {each["arena"] for each in shown(client, bearer(own["key"])).values()} == {"quiz"}
    create(client, una, 403, scope="read", arena="other")
    create(client, una, 404, scope="read", arena="secret")
    for prefix in (everywhere, others):
        told = client.delete(f"{KEYS}/{prefix}", headers=una)
        assert (told.status_code, told.json()["type"]) == (404, "/problems/key-not-found")
    assert {shown(client, keys.admin)[prefix]["revoked_at"] for prefix in (everywhere, others)} == {None}
    assert client.delete(f"{KEYS}/{own['prefix']}", headers=una).status_code == 200


def test_an_owner_makes_sees_and_revokes_keys_of_their_own_alone(
    client: TestClient, make: Maker, keys: Keys
) -> None:
    make.quiz()
    made = create(client, keys.owner, scope="owner")
    for_quiz = create(client, bearer(made["key"]), scope="owner", owner=" acme ", arena="quiz")
    same_name = create(client, keys.admin, scope="read", owner="acme")["prefix"]
    others = next(iter(shown(client, keys.other_owner)))
    mine = shown(client, keys.owner)
    assert {(each["scope"], each["owner"]) for each in mine.values()} == {("owner", "acme")}
    assert len(mine) == 3
    assert shown(client, bearer(made["key"])) == shown(client, keys.owner)
    assert set(shown(client, bearer(for_quiz["key"]))) == {for_quiz["prefix"]}, "it is for one arena"
    for headers, prefix in (
        (keys.owner, others),
        (keys.owner, same_name),
        (keys.other_owner, made["prefix"]),
        (bearer(for_quiz["key"]), made["prefix"]),
    ):
        told = client.delete(f"{KEYS}/{prefix}", headers=headers)
        assert (told.status_code, told.json()["type"]) == (404, "/problems/key-not-found")
    models = f"{API}/arenas/quiz/models"
    assert len(client.get(models, headers=bearer(for_quiz["key"])).json()["items"]) == 2
    assert client.delete(f"{KEYS}/{made['prefix']}", headers=keys.owner).status_code == 200
    assert client.get(models, headers=bearer(made["key"])).status_code == 401


def test_an_owner_makes_no_key_that_may_more_than_the_one_in_hand(
    client: TestClient, make: Maker, keys: Keys, key_for: Callable[..., dict[str, str]]
) -> None:
    make.arena()
    make.arena("other")
    soon = datetime.now(UTC) + timedelta(hours=1)
    hand = bearer(
        create(client, keys.admin, scope="owner", owner="acme", arena="quiz", expires_at=soon.isoformat())[
            "key"
        ]
    )
    create(client, hand, 403, scope="admin")
    create(client, hand, 403, scope="read")
    create(client, hand, 403, scope="owner", owner="birch")
    create(client, hand, 403, scope="owner", arena="other")
    create(client, hand, 403, scope="owner", expires_at=(soon + timedelta(minutes=1)).isoformat())
    prefix = create(client, hand, scope="owner")["prefix"]
    found = shown(client, hand)[prefix]
    assert (found["arena"], datetime.fromisoformat(found["expires_at"])) == ("quiz", soon)
    sooner = (soon - timedelta(minutes=1)).isoformat()
    earlier = create(client, hand, scope="owner", expires_at=sooner)["prefix"]
    assert datetime.fromisoformat(shown(client, hand)[earlier]["expires_at"]) < soon
    create(client, key_for("read", "acme"), 403, scope="read")


def test_an_owner_has_twenty_valid_keys_at_most(client: TestClient, keys: Keys) -> None:
    made = [create(client, keys.owner, scope="owner")["prefix"] for _ in range(19)]
    refused = create(client, keys.owner, 409, scope="owner")
    assert refused["type"] == "/problems/too-many-keys"
    create(client, keys.other_owner, scope="owner")
    assert client.delete(f"{KEYS}/{made[0]}", headers=keys.owner).status_code == 200
    create(client, keys.owner, scope="owner")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"scope": "owner"}, 422),
        ({"scope": "owner", "owner": "  "}, 422),
        ({"scope": "root"}, 422),
        ({"scope": "read", "owner": "x" * 81}, 422),
        ({"scope": "read", "arena": "nowhere"}, 404),
        ({"scope": "read", "expires_at": "2020-01-01T00:00:00Z"}, 422),
        ({"scope": "read", "expires_at": "2999-01-01T00:00:00"}, 422),
        ({"scope": "read", "expires": "2999-01-01T00:00:00Z"}, 422),
    ],
)
def test_what_is_no_key_is_a_problem(client: TestClient, keys: Keys, body: Any, status: int) -> None:
    before = len(shown(client, keys.admin))
    create(client, keys.admin, status, **body)
    assert len(shown(client, keys.admin)) == before
