"""Who voted in an arena, how much and how: what an admin needs to tell judging from clicking."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Battle, Vote
from tests.api.conftest import API, Keys, Maker
from tests.arenas import SLUG, import_rows, make_arena, vote, votes

RATERS = f"{API}/arenas/{SLUG}/raters"


def raters(client: TestClient, keys: Keys, **asked: Any) -> dict[str, Any]:
    told = client.get(RATERS, params=asked, headers=keys.admin)
    assert told.status_code == 200, told.text
    return {each["name"]: each for each in told.json()["items"]}


def test_a_rater_is_shown_by_what_they_cast(database: Database, client: TestClient, keys: Keys) -> None:
    make_arena(database)
    import_rows(
        database,
        [
            *votes("x", "y", "a a a b tie both_bad abstain", "human:ana"),
            vote("x", "y", "a", "human:ana", set_aside="not blind"),
            *votes("x", "y", "tie", "judge:gpt-4@2"),
        ],
    )
    make_arena(database, "other")
    import_rows(database, votes("x", "y", "b b b", "human:elsewhere"), "other")
    shown = raters(client, keys)
    assert list(shown) == ["human:ana", "judge:gpt-4@2"]
    ana = shown["human:ana"]
    assert (ana["votes"], ana["states"]) == (8, {"counted": 7, "set_aside": 1})
    assert ana["verdicts"] == {"a": 3, "b": 1, "tie": 1, "both_bad": 1, "abstain": 1}
    assert (ana["left"], ana["equal"], ana["seconds"]) == (3 / 4, 2 / 6, None)
    assert (shown["judge:gpt-4@2"]["left"], shown["judge:gpt-4@2"]["equal"]) == (None, 1.0)
    assert client.get(f"{RATERS}/{ana['id']}", headers=keys.admin).json() == ana
    assert list(raters(client, keys, kind="judge")) == ["judge:gpt-4@2"]
    assert list(raters(client, keys, name="an")) == ["human:ana"]
    assert raters(client, keys, name="%") == {}
    page = client.get(RATERS, params={"limit": 1}, headers=keys.admin).json()
    assert list(raters(client, keys, cursor=page["next"])) == ["judge:gpt-4@2"]


def test_the_time_over_a_ballot_is_told_by_the_page_or_lies_between_deal_and_vote(
    client: TestClient, make: Maker, keys: Keys, database: Database
) -> None:
    make.quiz(prompts=5)
    told = [{"seconds": 10}, {"seconds": 30}, {"seconds": "soon"}, {"seconds": 10**400}, {}]
    for reading in told:
        make.vote(make.deal()["id"], {"overall": "a", "accuracy": "b"}, reading=reading)
    with database.writing() as session:
        for battle in session.scalars(select(Battle)):
            voted_at = session.scalars(select(Vote.created_at).where(Vote.battle_id == battle.id)).first()
            assert voted_at is not None
            battle.dealt_at = voted_at - timedelta(seconds=20)
    (rater,) = raters(client, keys).values()
    assert rater["seconds"] == pytest.approx(20)


def test_all_votes_of_a_rater_are_set_aside_at_once(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz(prompts=3)
    for _ in range(3):
        make.vote(make.deal()["id"], {"overall": "a", "accuracy": "a"})
    make.newcomer()
    make.vote(make.deal()["id"], {"overall": "b"})
    bot, person = raters(client, keys).values()
    body = {"where": {"rater": bot["id"]}, "reason": "always the left one"}
    told = client.post(f"{API}/arenas/{SLUG}/votes/set_aside", json=body, headers=keys.admin)
    assert told.json() == {"votes": 6}
    bot, person = raters(client, keys).values()
    assert (bot["states"], bot["verdicts"], bot["left"]) == ({"set_aside": 6}, {}, None)
    assert person["states"] == {"counted": 1}
    assert make.board()["votes"] == 1


def test_a_rater_without_votes_here_is_not_found(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz()
    make.deal()
    assert raters(client, keys) == {}
    for rater in (1, 999, 2**63 - 1):
        told = client.get(f"{RATERS}/{rater}", headers=keys.admin)
        assert (told.status_code, told.json()["type"]) == (404, "/problems/rater-not-found")
    assert client.get(f"{RATERS}/{2**63}", headers=keys.admin).status_code == 422
