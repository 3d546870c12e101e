"""Prompts with personal data stay out of exports until an admin releases them; comments say what was found in them."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app import worker
from app.api import deps
from app.db.session import Database
from app.db.tables import Ballot, Battle, Rater, Skip
from app.domain import personal
from tests.api.conftest import API, Keys, Maker

CARD = "4111 1111 1111 1111"
FORMAT = {"format": "preference_pairs"}


@pytest.fixture
def quiz(make: Maker) -> str:
    """Two prompts with one vote each; the second holds a card's number."""
    make.arena()
    make.post(
        "/arenas/quiz/prompts", [{"id": "plain", "text": "Why?"}, {"id": "set/2", "text": f"Is {CARD} mine?"}]
    )
    for slug in ("secret-m", "secret-mm"):
        make.post("/arenas/quiz/models", {"slug": slug}, make.keys.owner)
        said = [{"prompt_id": each, "text": f"{slug} says {each}"} for each in ("plain", "set/2")]
        make.post(f"/arenas/quiz/models/{slug}/answers", said, make.keys.owner)
    for comment in ("fine", "write to ana@posteo.de"):
        make.vote(make.deal()["id"], {"overall": "a"}, comment=comment)
    return "quiz"


def exported(client: TestClient, keys: Keys) -> str:
    told = client.get(f"{API}/arenas/quiz/votes/export", params=FORMAT, headers=keys.reader)
    assert told.status_code == 200, told.text
    return told.text


def findings(client: TestClient, keys: Keys, state: str = "held") -> list[dict[str, Any]]:
    told = client.get(f"{API}/arenas/quiz/findings", params={"state": state}, headers=keys.admin)
    assert told.status_code == 200, told.text
    found: list[dict[str, Any]] = told.json()["items"]
    return found


@pytest.mark.parametrize("seen", [False, True])
def test_a_prompt_is_held_back_until_it_is_released(
    client: TestClient, keys: Keys, quiz: str, database: Database, seen: bool
) -> None:
    """Whether or not the worker has looked at it yet."""
    if seen:
        assert worker.scan_prompts(database)
        assert not worker.scan_prompts(database)
        assert [(each["prompt"], each["kinds"], each["state"]) for each in findings(client, keys)] == [
            ("set/2", ["payment_card"], "held")
        ]
    assert "Why?" in exported(client, keys)
    assert CARD not in exported(client, keys)
    assert "says set/2" not in exported(client, keys)
    path = f"{API}/arenas/quiz/findings/set/2"
    told = client.put(path, json={"state": "released"}, headers=keys.admin)
    assert (told.status_code, told.json()["state"]) == (200, "released")
    assert CARD in exported(client, keys)
    assert findings(client, keys) == []
    assert [each["prompt"] for each in findings(client, keys, "released")] == ["set/2"]
    client.put(path, json={"state": "held"}, headers=keys.admin)
    assert CARD not in exported(client, keys)


def test_an_admin_can_hold_back_what_no_machine_finds(client: TestClient, keys: Keys, quiz: str) -> None:
    path = f"{API}/arenas/quiz/findings/plain"
    assert client.put(path, json={"state": "held"}, headers=keys.admin).status_code == 200
    assert "Why?" not in exported(client, keys)


def test_a_prompt_that_is_not_there(client: TestClient, keys: Keys, quiz: str) -> None:
    told = client.put(f"{API}/arenas/quiz/findings/none", json={"state": "held"}, headers=keys.admin)
    assert (told.status_code, told.json()["type"]) == (404, "/problems/prompt-not-found")


def test_comments_are_listed_with_what_was_found(client: TestClient, keys: Keys, quiz: str) -> None:
    items = client.get(f"{API}/arenas/quiz/comments", headers=keys.admin).json()["items"]
    assert {each["text"]: each["findings"] for each in items} == {
        "fine": [],
        "write to ana@posteo.de": ["email"],
    }


def test_exports_name_nobody(client: TestClient, keys: Keys, quiz: str) -> None:
    text = client.get(f"{API}/arenas/quiz/votes/export", params={"format": "csv"}, headers=keys.reader).text
    assert client.cookies[deps.COOKIE].split(".")[0].strip('"') not in text
    assert "ana@posteo.de" not in text
    again = client.get(f"{API}/arenas/quiz/votes/export", params={"format": "csv"}, headers=keys.reader).text
    assert text != again  # another salt


def test_what_voters_wrote_is_forgotten_in_time_and_their_votes_count_on(
    client: TestClient, make: Maker, quiz: str, database: Database
) -> None:
    now = deps.now()
    old, cookie = now - timedelta(days=40), client.cookies[deps.COOKIE]
    with database.writing() as session:
        session.execute(update(Ballot).values(created_at=old, reasons={"a": ["mine"]}, reading={"t": 1}))
        session.execute(update(Battle).values(dealt_at=old))
        session.execute(update(Rater).values(created_at=old, profile={"age": 30}))
    make.newcomer()
    make.vote(make.deal()["id"], {"overall": "b"}, comment="fresh")
    make.post(f"/battles/{make.deal()['id']}/skip", {"reason": "other", "comment": "fresh skip"}, {"x": "y"})
    votes = make.board()["votes"]
    with database.writing() as session:
        assert personal.forget_old(session, now - timedelta(days=50)) == 0
    assert worker.forget(database, 30)
    assert not worker.forget(database, 30)
    with database.reading() as session:
        kept = [
            (each.comment, each.reasons, each.reading)
            for each in session.scalars(select(Ballot).order_by(Ballot.id))
        ]
        raters = session.scalars(select(Rater).where(Rater.kind == "human").order_by(Rater.id)).all()
        assert session.scalars(select(Skip.comment)).all() == ["fresh skip"]
    assert kept[:2] == [("", None, None)] * 2
    assert kept[2][0] == "fresh"
    assert [(each.name.startswith("erased-"), each.profile) for each in raters] == [
        (True, None),
        (False, None),
    ]
    assert make.board()["votes"] == votes
    client.cookies.clear()
    client.cookies.set(deps.COOKIE, cookie)
    assert client.get(f"{API}/me").json()["since"] is None


def test_who_came_with_an_import_and_who_still_comes_stay(
    client: TestClient, make: Maker, quiz: str, database: Database
) -> None:
    now = deps.now()
    with database.writing() as session:
        session.execute(update(Rater).values(created_at=now - timedelta(days=400)))
    rows = b"model_a,model_b,winner,rater\nx,y,a,human:ana\n"
    path = f"{API}/arenas/quiz/votes/import"
    client.post(path, params={"format": "csv"}, content=rows, headers=make.keys.admin)
    with database.writing() as session:
        session.execute(update(Rater).where(Rater.name == "ana").values(created_at=now - timedelta(days=400)))
        assert personal.forget_old(session, now - timedelta(days=30)) == 0
