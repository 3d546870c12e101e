"""A voter sees what is stored of them, takes it along, and has it erased; boards and battles stay whole."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.api import deps
from app.db.session import Database
from app.db.tables import Arena, Ballot, Battle, Rater, Skip, Table, Vote, VoteEvent
from app.domain import verification
from tests.api.conftest import API, Keys, Maker
from tests.arenas import roll_up

ME = f"{API}/me"
SECRETS = ("my name is Ana", "too easy", "slow reader", "boring")


@pytest.fixture
def ana(make: Maker) -> str:
    """Ana voted on three battles, withdrew one, skipped one and has one open. Ben voted once. The newest is Ana's."""
    make.quiz(prompts=5)
    make.vote(make.deal()["id"], {"overall": "b"}, comment="Ben was here")
    make.newcomer()
    remarks = {
        "comment": SECRETS[0],
        "reasons": {"a": [SECRETS[1]], "b": []},
        "reading": {"note": SECRETS[2]},
    }
    make.vote(make.deal()["id"], {"overall": "a", "accuracy": "tie"}, **remarks)
    make.vote(make.deal()["id"], {"overall": "a"})
    withdrawn = make.deal()["id"]
    make.vote(withdrawn, {"overall": "b"})
    assert make.client.delete(f"{API}/battles/{withdrawn}/votes").status_code == 200
    make.post(f"/battles/{make.deal()['id']}/skip", {"reason": "other", "comment": SECRETS[3]}, {"x": "y"})
    make.deal()
    return str(make.client.get(ME).json()["rater"])


def everything(database: Database) -> str:
    with database.reading() as session:
        return repr([list(session.execute(select(table))) for table in Table.metadata.sorted_tables])


def test_a_voter_sees_how_much_is_stored(client: TestClient, ana: str) -> None:
    shown = client.get(ME).json()
    assert (shown["votes"], shown["skips"], shown["comments"], shown["profile"]) == (2, 1, 1, None)
    assert shown["since"]
    client.cookies.clear()
    nobody = client.get(ME).json()
    assert {**nobody, "rater": ""} == {
        "rater": "", "votes": 0, "skips": 0, "comments": 0, "profile": None, "since": None,
    }  # fmt: skip
    assert client.get(f"{ME}/export").json()["battles"] == []


def test_an_export_holds_all_of_ones_own_and_nothing_else(client: TestClient, ana: str) -> None:
    told = client.get(f"{ME}/export")
    assert told.headers["content-disposition"].startswith("attachment")
    assert all(word in told.text for word in SECRETS)
    assert "Ben" not in told.text
    one, two, withdrawn, skipped, opened = told.json()["battles"]
    assert [vote["verdict"] for ballot in one["ballots"] for vote in ballot["votes"]] == ["a", "tie"]
    assert [each["state"] for each in (one, two, withdrawn, skipped, opened)] == [
        "voted", "voted", "withdrawn", "skipped", "open",
    ]  # fmt: skip
    assert withdrawn["ballots"][0]["votes"][0]["state_reason"] == "withdrawn by the voter"
    assert (skipped["skip"]["comment"], skipped["ballots"]) == (SECRETS[3], [])
    assert len(one["models"]) == 2
    assert (opened["models"], skipped["models"]) == (None, None)  # invariant 1
    assert "secret-m" not in json.dumps([opened, skipped])


def test_what_is_erased_is_gone_and_boards_forget_it(
    client: TestClient, make: Maker, ana: str, database: Database, keys: Keys
) -> None:
    roll_up(database)
    with database.writing() as session:
        name = ana.removeprefix("human:")
        session.execute(update(Rater).where(Rater.name == name).values(profile={"age": SECRETS[2]}))
    cookie = client.cookies[deps.COOKIE]
    assert make.board()["votes"] == 3
    assert client.delete(ME).status_code == 422
    assert client.delete(ME, params={"confirm": "yes"}).status_code == 422
    assert make.board()["votes"] == 3
    told = client.delete(ME, params={"confirm": "erase"})
    assert (told.status_code, told.json()) == (200, {"votes": 3})  # on three dimensions of two battles
    left = everything(database)
    assert [word for word in (*SECRETS, ana.removeprefix("human:")) if word in left] == []
    assert "Ben was here" in left
    assert (make.board()["votes"], make.board()["raters"], make.board()["excluded"]["withdrawn"]) == (1, 1, 3)
    assert client.get(ME).json()["rater"] != ana
    client.cookies.set(deps.COOKIE, cookie)
    assert client.get(f"{ME}/export").json()["battles"] == []
    with database.reading() as session:
        mine = select(Rater.id).where(Rater.name.startswith("erased-"))
        assert set(session.scalars(select(Vote.state).where(Vote.rater_id.in_(mine)))) == {"withdrawn"}
        reasons = session.scalars(select(VoteEvent.reason).join(Vote).where(Vote.rater_id.in_(mine))).all()
        assert sorted(reasons) == ["erased by the voter"] * 3 + ["withdrawn by the voter"]
        states = session.scalars(
            select(Battle.state).where(Battle.dealt_to.in_(mine)).order_by(Battle.id)
        ).all()
        assert states == ["withdrawn", "withdrawn", "withdrawn", "skipped", "expired"]
        assert set(session.scalars(select(Battle.overlap).where(Battle.dealt_to.in_(mine)))) == {0}
        said = session.execute(
            select(Ballot.comment, Ballot.reasons, Ballot.reading).where(Ballot.rater_id.in_(mine))
        )
        assert {tuple(row) for row in said} == {("", None, None)}
        assert session.scalars(select(Skip.comment)).all() == [""]
        arena = session.scalars(select(Arena.id)).all()
        assert verification.verify(session, arena).differences == ()


def test_erased_votes_cannot_be_restored(client: TestClient, make: Maker, ana: str, keys: Keys) -> None:
    def decide(verb: str) -> Any:
        body = {"where": {"verdict": "a"}, "reason": "?"}
        return client.post(f"{API}/arenas/quiz/votes/{verb}", json=body, headers=keys.admin).json()

    assert decide("set_aside") == {"votes": 2}
    assert client.delete(ME, params={"confirm": "erase"}).json() == {"votes": 1}
    assert decide("restore") == {"votes": 0}
    assert make.board()["excluded"] == {"withdrawn": 3, "set_aside": 0, "abstain": 0}


def test_erasing_twice_or_nothing_is_no_mistake(client: TestClient, ana: str) -> None:
    cookie = client.cookies[deps.COOKIE]
    for expected in (3, 0):
        client.cookies.set(deps.COOKIE, cookie)
        told = client.delete(ME, params={"confirm": "erase"})
        assert (told.status_code, told.json()) == (200, {"votes": expected})
    client.cookies.clear()
    assert client.delete(ME, params={"confirm": "erase"}).json() == {"votes": 0}


def test_another_sites_page_can_erase_nobody(client: TestClient, ana: str) -> None:
    told = client.delete(ME, params={"confirm": "erase"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert told.status_code == 403
    assert client.get(ME).json()["votes"] == 2


def test_a_profile_is_given_changed_and_taken_away_by_the_voter_alone(
    client: TestClient, make: Maker, ana: str
) -> None:
    profile = f"{ME}/profile"
    told = client.put(profile, json={"fields": {"age": "34", "town": ""}, "consent": True})
    assert (told.status_code, told.json()) == (200, {"fields": 1})
    assert client.get(ME).json()["profile"] == {"age": "34"}
    assert client.get(f"{ME}/export").json()["me"]["profile"] == {"age": "34"}
    make.newcomer()
    assert client.get(ME).json()["profile"] is None
    assert client.put(profile, json={"fields": {"age": "71"}, "consent": True}).json() == {"fields": 1}
    assert client.delete(profile).json() == {"fields": 0}
    assert client.get(ME).json()["profile"] is None
    client.cookies.clear()
    assert client.delete(profile).json() == {"fields": 0}


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"fields": {"age": "34"}}, "consent"),
        ({"fields": {"age": "34"}, "consent": False}, "consent"),
        ({"fields": {}, "consent": True}, "fields"),
        ({"fields": {"age": " "}, "consent": True}, "it says nothing"),
        ({"fields": {"e-mail": "a"}, "consent": True}, "would tell who somebody is"),
        ({"fields": {"says": "call +33 6 12 34 56 78"}, "consent": True}, "would tell who somebody is"),
    ],
)
def test_a_profile_needs_consent_and_names_nobody(
    client: TestClient, ana: str, sent: dict[str, Any], problem: str
) -> None:
    told = client.put(f"{ME}/profile", json=sent)
    assert (told.status_code, problem in told.text) == (422, True), told.text
    assert client.get(ME).json()["profile"] is None
