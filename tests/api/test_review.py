"""An admin finds votes, sets them aside with a reason and counts them again; boards follow, voters read why."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Arena, Vote, VoteEvent
from app.domain import verification
from tests.api.conftest import API, Keys, Maker
from tests.arenas import SLUG, import_rows, make_arena, roll_up, vote
from tests.counting import assert_exact, every_vote, many_votes

VOTES = f"{API}/arenas/{SLUG}/votes"


@pytest.fixture
def arena(database: Database) -> Database:
    make_arena(database)
    return database


def found(client: TestClient, keys: Keys, **asked: Any) -> list[Any]:
    """Every vote of the choice, two pages or more where there are several."""
    items, cursor = [], None
    while True:
        told = client.get(
            VOTES, params={**asked, "limit": 2, **({"cursor": cursor} if cursor else {})}, headers=keys.admin
        )
        assert told.status_code == 200, told.text
        items += told.json()["items"]
        cursor = told.json()["next"]
        if cursor is None:
            return items


def decide(client: TestClient, keys: Keys, verb: str, *, dry_run: bool = False, **body: Any) -> Any:
    asked = {"reason": "a bot", **body}
    told = client.post(f"{VOTES}/{verb}", params={"dry_run": dry_run}, json=asked, headers=keys.admin)
    assert told.status_code == 200, told.text
    return told.json()


def test_a_vote_is_shown_with_all_that_was_said_beside_it(
    client: TestClient, make: Maker, keys: Keys
) -> None:
    make.quiz()
    battle = make.deal()
    said = {"comment": "<b>B</b>", "reasons": {"a": [], "b": ["useful"]}, "reading": {"seconds": 7}}
    pair = make.vote(battle["id"], {"overall": "b", "accuracy": "tie"}, strengths={"overall": 2}, **said)[
        "reveal"
    ]
    accuracy, overall = found(client, keys)
    assert (overall["dimension"], overall["verdict"], overall["strength"]) == ("overall", "b", 2)
    assert (accuracy["dimension"], accuracy["verdict"], accuracy["strength"]) == ("accuracy", "tie", None)
    assert overall["ballot"] == accuracy["ballot"]
    assert (overall["a"], overall["b"]) == (pair["a"]["model"], pair["b"]["model"])
    assert (overall["battle"], overall["prompt"], overall["state"]) == (battle["id"], "p0", "counted")
    assert (overall["comment"], overall["reasons"], overall["reading"]) == (
        "<b>B</b>",
        {"b": ["useful"]},
        {"seconds": 7},
    )
    assert overall["rater"]["name"] == client.get(f"{API}/me").json()["rater"]
    assert datetime.fromisoformat(overall["dealt_at"]) < datetime.fromisoformat(overall["created_at"])
    assert overall["events"] == []


def test_a_judge_who_saw_the_pair_turned_round_is_shown_what_it_saw(
    arena: Database, client: TestClient, keys: Keys
) -> None:
    import_rows(arena, [vote("x", "y", "a", "judge:gpt-4")])
    with arena.writing() as session:
        session.scalars(select(Vote)).one().shown_as_a = "b"
    (turned,) = found(client, keys)
    assert (turned["a"], turned["b"]) == ("y", "x")


CHOICES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"1", "2", "3", "4"}),
    ({"state": "counted"}, {"1", "2", "3"}),
    ({"state": "set_aside"}, {"4"}),
    ({"state": "superseded"}, set()),
    ({"verdict": "tie"}, {"2"}),
    ({"kind": "judge"}, {"3"}),
    ({"model": "z"}, {"3", "4"}),
    ({"prompt": "p2"}, {"2"}),
    ({"category": "medicine"}, {"1", "2"}),
    ({"category": "medicine/eye"}, {"2"}),
    ({"language": "zh"}, {"2"}),
    ({"dimension": "wit"}, {"3"}),
    ({"since": "2026-01-02T00:00:00Z"}, {"2", "3", "4"}),
    ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-03T01:00:00+01:00"}, {"2"}),
    ({"has_reason": True}, {"4"}),
    ({"has_reason": False, "model": "z"}, {"3"}),
    ({"rater": 999}, set()),
]


@pytest.fixture
def four(arena: Database) -> Database:
    """Votes that are called 1 to 4 by their comments."""

    def on(day: int) -> datetime:
        return datetime(2026, 1, day, tzinfo=UTC)

    import_rows(
        arena,
        [
            vote("x", "y", "a", comment="1", category="medicine", prompt_id="p1", voted_at=on(1)),
            vote("x", "y", "tie", comment="2", category="medicine/eye", language="zh-Hant", prompt_id="p2",
                 voted_at=on(2)),
            vote("x", "z", rater="judge:gpt-4", verdicts={"wit": "b"}, comment="3", prompt_id="p3", voted_at=on(3)),
            vote("z", "y", "b", rater="human:ben", comment="4", set_aside="not blind", voted_at=on(4)),
        ],
    )  # fmt: skip
    return arena


@pytest.mark.parametrize(("asked", "expected"), CHOICES)
def test_votes_are_found_by_what_they_are(
    four: Database, client: TestClient, keys: Keys, asked: dict[str, Any], expected: set[str]
) -> None:
    shown = found(client, keys, **asked)
    assert {each["comment"] for each in shown} == expected
    assert [each["id"] for each in shown] == sorted((each["id"] for each in shown), reverse=True)
    state = {"counted"} if asked.get("state", "counted") == "counted" else set()
    countable = {each["comment"] for each in shown if each["state"] in state}
    if asked:
        assert decide(client, keys, "set_aside", where=asked, dry_run=True) == {"votes": len(countable)}
        assert decide(client, keys, "set_aside", where=asked) == {"votes": len(countable)}
    assert_exact(four)


def test_a_voter_reads_why_and_the_board_forgets_and_remembers(
    client: TestClient, make: Maker, keys: Keys, database: Database
) -> None:
    make.quiz()
    make.vote(make.deal()["id"], {"overall": "a"})
    (shown,) = found(client, keys)
    before = make.board()
    assert decide(
        client, keys, "set_aside", votes=[shown["id"]], reason=" votes faster than one can read "
    ) == {"votes": 1}
    own = client.get(f"{API}/me/votes").json()["items"][0]
    assert (own["counted"], own["why_not"]) == (False, "votes faster than one can read")
    assert (make.board()["votes"], make.board()["excluded"]["set_aside"]) == (0, 1)
    assert decide(client, keys, "set_aside", votes=[shown["id"]]) == {"votes": 0}
    assert decide(client, keys, "restore", votes=[shown["id"]], reason="it was one person") == {"votes": 1}
    assert client.get(f"{API}/me/votes").json()["items"][0]["counted"] is True
    assert make.board()["rows"] == before["rows"]
    (shown,) = found(client, keys)
    events = [
        (each["from_state"], each["to_state"], each["reason"], each["actor"]) for each in shown["events"]
    ]
    assert events == [
        ("counted", "set_aside", "votes faster than one can read", "admin:root"),
        ("set_aside", "counted", "it was one person", "admin:root"),
    ]


def test_what_the_voter_changed_or_withdrew_never_comes_back(
    client: TestClient, make: Maker, keys: Keys
) -> None:
    make.quiz(prompts=2, reveal="never")
    changed, withdrawn = make.deal()["id"], None
    make.vote(changed, {"overall": "a"})
    client.patch(f"{API}/battles/{changed}/votes", json={"verdicts": {"overall": "b"}})
    withdrawn = make.deal()["id"]
    make.vote(withdrawn, {"overall": "a"})
    decide(client, keys, "set_aside", where={"verdict": "a"})
    client.delete(f"{API}/battles/{withdrawn}/votes")
    gone = [*found(client, keys, state="superseded"), *found(client, keys, state="withdrawn")]
    assert len(gone) == 2
    for verb in ("set_aside", "restore"):
        assert decide(client, keys, verb, votes=[each["id"] for each in gone]) == {"votes": 0}
        assert decide(client, keys, verb, where={"kind": "human", "verdict": "a"}) == {"votes": 0}
    assert make.board()["votes"] == 1


def test_many_votes_set_aside_and_restored_leave_exact_tallies(
    arena: Database, client: TestClient, keys: Keys
) -> None:
    import_rows(arena, many_votes(seed=7, size=400))
    roll_up(arena)
    whole = Counter(row.state for row in every_vote(arena))
    assert decide(client, keys, "set_aside", where={"kind": "judge", "category": "medicine"})["votes"] > 10
    assert_exact(arena)
    roll_up(arena)
    assert decide(client, keys, "set_aside", where={"verdict": "tie"})["votes"] > 10
    assert_exact(arena)
    assert decide(client, keys, "restore", where={"language": "zh"})["votes"] > 0
    assert_exact(arena)
    roll_up(arena)
    left = decide(client, keys, "restore", where={"state": "set_aside"}, reason="all of them")
    assert left["votes"] > 0
    assert_exact(arena)
    assert Counter(row.state for row in every_vote(arena)) == whole
    with arena.reading() as session:
        assert verification.verify(session, session.scalars(select(Arena.id)).all()).differences == ()


def test_votes_of_another_arena_are_out_of_reach(arena: Database, client: TestClient, keys: Keys) -> None:
    make_arena(arena, "other")
    import_rows(arena, [vote("x", "y")], "other")
    with arena.reading() as session:
        keys_of_other = list(session.scalars(select(Vote.id)))
    assert decide(client, keys, "set_aside", votes=keys_of_other) == {"votes": 0}
    assert found(client, keys) == []


def test_a_decision_that_fails_moves_no_vote(
    four: Database, client: TestClient, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.votes.CHUNK", 1)
    monkeypatch.setattr("app.domain.votes.inserted", _fails_at(2))
    with pytest.raises(RuntimeError, match="disk"):
        decide(client, keys, "set_aside", where={"kind": "human"})
    with four.reading() as session:
        assert session.scalars(select(VoteEvent).where(VoteEvent.reason == "a bot")).all() == []
    assert len(found(client, keys, state="counted")) == 3


def _fails_at(at: int) -> Any:
    from app.db.bulk import inserted

    calls = iter(range(1, at + 1))

    def insert(*given: Any) -> Any:
        if next(calls) == at:
            raise RuntimeError("disk")
        return inserted(*given)

    return insert


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"votes": [1]}, 422, "invalid-request"),
        ({"votes": [1], "reason": "  "}, 422, "invalid-request"),
        ({"votes": [], "reason": "x"}, 422, "invalid-request"),
        ({"votes": [0], "reason": "x"}, 422, "invalid-request"),
        ({"votes": [2**63], "reason": "x"}, 422, "invalid-request"),
        ({"reason": "x"}, 422, "invalid-request"),
        ({"votes": [1], "where": {"verdict": "a"}, "reason": "x"}, 422, "invalid-request"),
        ({"where": {}, "reason": "x"}, 422, "invalid"),
        ({"where": {"verdikt": "a"}, "reason": "x"}, 422, "invalid-request"),
        ({"where": {"model": "nobody"}, "reason": "x"}, 404, "model-not-found"),
        ({"where": {"dimension": "smell"}, "reason": "x"}, 404, "dimension-not-found"),
        (
            {"where": {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "reason": "x"},
            422,
            "invalid",
        ),
        ({"where": {"since": "2026-01-02T00:00:00"}, "reason": "x"}, 422, "invalid-request"),
    ],
)
@pytest.mark.parametrize("verb", ["set_aside", "restore"])
def test_what_cannot_be_decided_is_a_problem(
    four: Database, client: TestClient, keys: Keys, verb: str, body: Any, status: int, kind: str
) -> None:
    told = client.post(f"{VOTES}/{verb}", json=body, headers=keys.admin)
    assert (told.status_code, told.json()["type"]) == (status, f"/problems/{kind}")
