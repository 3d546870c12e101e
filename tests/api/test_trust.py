"""An admin says where a judge's votes stand beside people's; everybody may see it."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.db.session import Database
from app.worker import assess_judge
from tests.api.conftest import API, Keys
from tests.arenas import NOW, SLUG, import_rows, make_arena, roll_up, vote

TRUST = f"{API}/arenas/{SLUG}/judges/gpt-4/trust"


@pytest.fixture
def judged(database: Database) -> Database:
    make_arena(database)
    import_rows(database, [vote("x", "y", "a", who, language="de") for who in ("human:ana", "judge:gpt-4")])
    return database


def combined(client: TestClient) -> Any:
    return client.get(f"{API}/arenas/{SLUG}/leaderboard", params={"voters": "combined"}).json()["votes"]


def test_an_admin_lets_a_judge_in_and_out_again(judged: Database, client: TestClient, keys: Keys) -> None:
    assert (client.get(TRUST).json(), combined(client)) == ({"judge": "gpt-4", "items": [], "next": None}, 1)
    asked = {"language": "de", "decision": "include", "reason": "checked by hand"}
    told = client.put(TRUST, json=asked, headers=keys.admin)
    assert told.status_code == 200
    (cell,) = told.json()["items"]
    assert cell["decided_at"]
    assert {**cell, "decided_at": None} == {
        "dimension": "overall", "language": "de", "included": True, "assessed": None, "because": "",
        "shortcomings": [], "assessed_at": None, "decision": "include", "reason": "checked by hand", "decided_at": None,
    }  # fmt: skip
    assert client.get(TRUST).json() == told.json()
    assert combined(client) == 2
    client.put(TRUST, json={"language": "de", "decision": "automatic"}, headers=keys.admin)
    assert combined(client) == 1


def test_what_an_assessment_lacks_is_told(judged: Database, client: TestClient) -> None:
    roll_up(judged)
    assert assess_judge(judged, NOW)
    (cell,) = client.get(TRUST).json()["items"]
    assert [each["code"] for each in cell["shortcomings"]] == ["one_order", "unknown_settings", "no_ceiling"]
    assert cell["shortcomings"][0]["sentence"].startswith("1 of 1 items were shown to it in one order only")


def test_nobody_else_may(judged: Database, client: TestClient, keys: Keys) -> None:
    body = {"decision": "include"}
    assert client.put(TRUST, json=body).status_code == 401
    for headers in (keys.owner, keys.reader):
        assert client.put(TRUST, json=body, headers=headers).status_code == 403
    assert combined(client) == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        (TRUST.replace("gpt-4", "claude"), {"decision": "include"}, 404, "judge-not-found"),
        (TRUST, {"decision": "include", "dimension": "style"}, 404, "dimension-not-found"),
        (TRUST, {"decision": "maybe"}, 422, "invalid-request"),
        (TRUST, {"decision": "include", "language": "*"}, 422, "invalid-request"),
        (TRUST, {}, 422, "invalid-request"),
    ],
)
def test_what_cannot_be_decided_is_a_problem(
    judged: Database, client: TestClient, keys: Keys, path: str, body: Any, status: int, kind: str
) -> None:
    told = client.put(path, json=body, headers=keys.admin)
    assert (told.status_code, told.json()["type"]) == (status, f"/problems/{kind}")
