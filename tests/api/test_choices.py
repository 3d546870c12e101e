"""Choosing a judge over HTTP: the JSON of the verb, who may read it, and questions that cannot be asked."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.choices import ChoiceOut
from app.db.session import Database
from app.domain import arenas, choices
from tests.api.conftest import API, Keys
from tests.arenas import SLUG, import_rows, make_arena, vote

CHOICE = f"{API}/arenas/{SLUG}/judges/choice"


def judged(database: Database, **rules: Any) -> None:
    """People decided 12 pairs; one judge is right on 11, another on 8 and wrong on the rest."""
    make_arena(database, **rules)
    rows = []
    for at in range(12):
        better, worse = ("a", "b") if at % 2 else ("b", "a")
        for who, right in (("human:ana", 12), ("judge:good@v1", 11), ("judge:poor", 8)):
            rows.append(vote("x", "y", better if at < right else worse, who, prompt_id=f"p{at}"))
    import_rows(database, rows)


def test_the_json_is_the_verbs_and_the_documented_one(database: Database, client: TestClient) -> None:
    judged(database)
    told = client.get(CHOICE)
    assert told.status_code == 200, told.text
    found = told.json()
    assert (found["pick"]["judge"], [row["judge"] for row in found["candidates"]]) == (
        "good@v1",
        ["good@v1", "poor"],
    )
    assert ChoiceOut.model_validate(found).model_dump(mode="json") == found
    with database.reading() as session:
        arena = arenas.find(session, SLUG)
        assert told.text == choices.text_of(choices.choose(session, arena, choices.Question()))
    tag = {"If-None-Match": told.headers["etag"]}
    assert client.get(CHOICE, headers=tag).status_code == 304


def test_every_option_is_asked(database: Database, client: TestClient) -> None:
    judged(database)
    asked: dict[str, Any] = {
        "judge": ["judge:poor", "good"], "rule": "mcc", "least_items": 5, "least_verdicts": 0.5, "holdout": 0.5,
        "seed": 7, "earlier": True, "most_ffr": 0.4,
    }  # fmt: skip
    found = client.get(CHOICE, params=asked).json()
    assert (found["rule"]["by"], found["rule"]["most_false_failures"], found["rule"]["least_items"]) == (
        "mcc",
        0.4,
        5,
    )
    assert (found["holdout"]["share"], found["holdout"]["seed"]) == (0.5, 7)
    assert found["sample"]["compared"] + found["holdout"]["decided"] == 12
    assert client.get(CHOICE, params={"turn": 2}).json()["sample"]["labelled"] == 0


def test_a_private_arena_is_for_those_with_a_key(database: Database, client: TestClient, keys: Keys) -> None:
    judged(database, public=False)
    assert client.get(CHOICE).status_code == 404
    assert client.get(CHOICE, headers=keys.reader).status_code == 200


@pytest.mark.parametrize(
    ("params", "status", "kind", "told"),
    [
        ({"judge": "claude"}, 404, "judge-not-found", "good@v1, poor"),
        ({"dimension": "style"}, 404, "dimension-not-found", "style"),
        ({"rule": "kappa"}, 422, "invalid-request", "rule"),
        ({"most_ffr": "1.5"}, 422, "invalid-request", "most_ffr"),
        ({"least_verdicts": "nan"}, 422, "invalid-request", "least_verdicts"),
        ({"holdout": "1"}, 422, "invalid-request", "holdout"),
        ({"judge": "a\tb"}, 422, "invalid-request", "judge"),
    ],
)
def test_what_cannot_be_asked_is_a_problem(
    database: Database, client: TestClient, params: dict[str, str], status: int, kind: str, told: str
) -> None:
    judged(database)
    answer = client.get(CHOICE, params=params)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert told in answer.json()["detail"]
