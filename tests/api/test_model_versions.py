"""New versions of models, and models that are withdrawn: contestants of their own, and for good."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.db.session import Database
from tests.api.conftest import API, Keys, Maker
from tests.arenas import import_rows, votes

MODELS = f"{API}/arenas/quiz/models"


@pytest.fixture
def quiz(make: Maker) -> str:
    return make.quiz(models=3)


def get(client: TestClient, keys: Keys, model: str) -> Any:
    return client.get(f"{MODELS}/{model}", headers=keys.owner).json()


def test_a_new_version_is_a_contestant_of_its_own_and_the_old_one_keeps_its_votes(
    client: TestClient, make: Maker, keys: Keys, database: Database, quiz: str
) -> None:
    client.patch(f"{MODELS}/secret-m", json={"organization": "Acme", "license": "MIT"}, headers=keys.owner)
    import_rows(database, votes("secret-m", "secret-mm", "a b a"), quiz)
    made = make.post("/arenas/quiz/models", {"slug": "second", "supersedes": "secret-m"}, keys.owner)
    told = [made[name] for name in ("supersedes", "name", "organization", "license", "state")]
    assert told == ["secret-m", "SECRET-M", "Acme", "MIT", "active"]
    assert made["coverage"]["answered"] == 0
    assert get(client, keys, "secret-m")["state"] == "retired"
    rows = {row["model"]: row["votes"] for row in make.board()["rows"]}
    assert (rows["secret-m"], rows["second"]) == (3, 0)
    foreign = client.post(MODELS, json={"slug": "third", "supersedes": "secret-mm"}, headers=keys.other_owner)
    assert (foreign.status_code, foreign.json()["type"]) == (404, "/problems/model-not-found")


def test_a_model_is_withdrawn_by_its_typed_name_for_good_and_the_audit_log_says_so(
    client: TestClient, make: Maker, keys: Keys, database: Database, quiz: str
) -> None:
    import_rows(database, votes("secret-m", "secret-mm", "a b a"), quiz)
    wrong = client.delete(f"{MODELS}/secret-m", params={"confirm": "secret-"}, headers=keys.owner)
    assert (wrong.status_code, get(client, keys, "secret-m")["withdrawn_at"]) == (422, None)
    assert client.delete(f"{MODELS}/secret-m", headers=keys.owner).status_code == 422
    told = client.delete(f"{MODELS}/secret-m", params={"confirm": "secret-m"}, headers=keys.owner)
    assert (told.status_code, told.json()["state"]) == (200, "hidden")
    assert told.json()["withdrawn_at"] is not None
    assert "secret-m" not in [row["model"] for row in make.board()["rows"]]
    entry, *_ = client.get(f"{API}/arenas/quiz/audit", headers=keys.admin).json()["items"]
    assert [entry[name] for name in ("action", "owner", "outcome")] == ["withdraw_model", "acme", "withdrawn"]
    assert entry["target"].endswith("/models/secret-m")
    for refused in (
        client.patch(f"{MODELS}/secret-m", json={"state": "active"}, headers=keys.owner),
        client.post(f"{MODELS}/secret-m/answers", json={"prompt_id": "p0", "text": "!"}, headers=keys.owner),
        client.post(f"{MODELS}/secret-m/uploads", json={"size": 1}, headers=keys.owner),
        client.post(MODELS, json={"slug": "second", "supersedes": "secret-m"}, headers=keys.owner),
    ):
        assert refused.status_code == 422, refused.text
        assert "withdrawn" in refused.json()["detail"]
