"""An owner's votes on models of their own are kept and never count, whatever the owner does with the key."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import OwnerRater, Vote
from app.domain.votes import OWN_MODEL
from tests.api.conftest import API, Keys, Maker


@pytest.fixture
def quiz(make: Maker, keys: Keys) -> str:
    """One model of acme, one of birch."""
    arena = make.arena()
    make.prompts(arena, 6)
    for slug, key in (("mine", keys.owner), ("theirs", keys.other_owner)):
        make.post(f"/arenas/{arena}/models", {"slug": slug}, key)
        said = [{"prompt_id": f"p{n}", "text": f"{slug} {n}"} for n in range(6)]
        make.post(f"/arenas/{arena}/models/{slug}/answers", said, key)
    return arena


def sign_in(client: TestClient, headers: dict[str, str]) -> None:
    key = headers["Authorization"].removeprefix("Bearer ")
    assert client.post(f"{API}/session", json={"key": key}).status_code == 200


def states(database: Database) -> list[tuple[str, str | None]]:
    with database.reading() as session:
        rows = session.execute(select(Vote.state, Vote.state_reason).order_by(Vote.id))
        return [(state, reason) for state, reason in rows]


def test_a_vote_on_ones_own_model_is_kept_does_not_count_and_says_why(
    client: TestClient, make: Maker, keys: Keys, database: Database, quiz: str
) -> None:
    sign_in(client, keys.owner)
    receipt = make.vote(make.deal()["id"], {"overall": "a"})
    assert [receipt[name] for name in ("counted", "why_not_code", "why_not")] == [
        False,
        "own_model",
        OWN_MODEL,
    ]
    assert receipt["reveal"] is not None
    assert states(database) == [("set_aside", OWN_MODEL)]
    board = make.board()
    assert (board["votes"], board["excluded"]["set_aside"]) == (0, 1)
    (own,) = client.get(f"{API}/me/votes").json()["items"]
    assert (own["counted"], own["why_not_code"]) == (False, "own_model")
    report = client.get(f"{API}/arenas/quiz/models/mine/report", headers=keys.owner).json()
    assert report["own_votes_not_counted"] == 1
    other = client.get(f"{API}/arenas/quiz/models/theirs/report", headers=keys.other_owner).json()
    assert other["own_votes_not_counted"] == 0


def test_signing_out_or_in_later_changes_nothing(
    client: TestClient, make: Maker, keys: Keys, database: Database, quiz: str
) -> None:
    early = make.vote(make.deal()["id"], {"overall": "a"})
    assert early["counted"]
    assert make.board()["votes"] == 1
    sign_in(client, keys.owner)
    battle = make.deal()["id"]
    assert client.delete(f"{API}/session").status_code == 204
    assert not make.vote(battle, {"overall": "a"})["counted"]
    assert not make.vote(make.deal()["id"], {"overall": "b"})["counted"]
    assert states(database) == [("set_aside", OWN_MODEL)] * 3, "the vote before is set aside too"
    assert make.board()["votes"] == 0
    make.newcomer()
    assert make.vote(make.deal()["id"], {"overall": "b"})["counted"], "another voter"


def test_what_is_no_model_of_ones_own_counts(
    client: TestClient, make: Maker, keys: Keys, key_for: Any, quiz: str
) -> None:
    for headers in (key_for("owner", "cedar"), keys.reader, keys.admin):
        make.newcomer()
        sign_in(client, headers)
        assert make.vote(make.deal()["id"], {"overall": "a"})["counted"]


def test_no_admin_counts_it_and_it_can_be_changed_and_withdrawn(
    client: TestClient, make: Maker, keys: Keys, database: Database, quiz: str
) -> None:
    client.patch(f"{API}/arenas/quiz", json={"reveal": "never"}, headers=keys.admin)
    sign_in(client, keys.owner)
    battle = make.deal()["id"]
    make.vote(battle, {"overall": "a"})
    changed = client.patch(f"{API}/battles/{battle}/votes", json={"verdicts": {"overall": "b"}})
    assert (changed.status_code, changed.json()["why_not_code"]) == (200, "own_model")
    assert [state for state, _ in states(database)] == ["superseded", "set_aside"]
    asked = {"where": {"state": "set_aside"}, "reason": "fine"}
    for dry_run in (True, False):
        told = client.post(
            f"{API}/arenas/quiz/votes/restore", params={"dry_run": dry_run}, json=asked, headers=keys.admin
        )
        assert told.json() == {"votes": 0}
    assert make.board()["votes"] == 0
    assert client.delete(f"{API}/battles/{battle}/votes").json()["why_not_code"] == "withdrawn"
    assert client.delete(f"{API}/me", params={"confirm": "erase"}).status_code == 200
    with database.reading() as session:
        assert session.scalars(select(OwnerRater)).all() == [], "who the voter was is forgotten"
