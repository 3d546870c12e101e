"""Votes over HTTP: one for each dimension, changeable until the reveal, withdrawn after it, never doubled."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db.session import Database
from app.db.tables import Ballot, Dimension, Vote, VoteEvent
from tests.api.conftest import API, Keys, Maker


def test_a_vote_is_stored_as_it_was_given(make: Maker, database: Database) -> None:
    make.quiz()
    battle = make.deal()
    receipt = make.vote(
        battle["id"],
        {"overall": "b", "accuracy": "both_bad"},
        strengths={"overall": 3},
        reasons={"a": ["superficial"], "b": ["useful", "完整"]},
        comment="B est mieux — مرحبا",
        recognised=True,
        confidence=0.75,
        reading={"seconds": 41.5},
    )
    assert receipt["counted"] is False
    assert receipt["why_not"] == "you recognised a model, so the vote was not blind"
    with database.reading() as session:
        votes = {slug: vote for vote, slug in _stored(session)}
        ballot = session.scalars(select(Ballot)).one()
    assert (votes["overall"].verdict, votes["overall"].strength, votes["overall"].confidence) == (
        "b",
        3,
        0.75,
    )
    assert (votes["accuracy"].verdict, votes["accuracy"].strength) == ("both_bad", None)
    assert {vote.shown_as_a for vote in votes.values()} == {"a"}
    assert {vote.ballot_id for vote in votes.values()} == {ballot.id}
    assert (ballot.comment, ballot.recognised) == ("B est mieux — مرحبا", True)
    assert ballot.reasons == {"a": ["superficial"], "b": ["useful", "完整"]}
    assert ballot.reading == {"seconds": 41.5}


def test_dimensions_are_judged_apart(make: Maker) -> None:
    make.quiz()
    make.vote(make.deal()["id"], {"overall": "a"})
    assert (make.board()["votes"], make.board(dimension="accuracy")["votes"]) == (1, 0)


def test_the_board_counts_a_vote_at_once_and_forgets_a_withdrawn_one(client: TestClient, make: Maker) -> None:
    make.quiz()
    battle = make.deal()
    receipt = make.vote(battle["id"], {"overall": "a"})
    winner = receipt["reveal"]["a"]["model"]
    board = make.board()
    assert (board["votes"], board["raters"]) == (1, 1)
    assert {row["model"]: row["wins"] for row in board["rows"]}[winner] == 1
    withdrawn = client.delete(f"{API}/battles/{battle['id']}/votes")
    assert (withdrawn.status_code, withdrawn.json()["why_not_code"]) == (200, "withdrawn")
    board = make.board()
    assert (board["votes"], board["raters"], board["excluded"]["withdrawn"]) == (0, 0, 1)
    again = client.delete(f"{API}/battles/{battle['id']}/votes")
    assert (again.status_code, again.json()["type"]) == (404, "/problems/vote-not-found")


def test_a_withdrawn_vote_stays_in_the_table_with_its_reason(
    client: TestClient, make: Maker, database: Database
) -> None:
    """Invariant 3."""
    make.quiz()
    battle = make.deal()
    make.vote(battle["id"], {"overall": "a"})
    client.delete(f"{API}/battles/{battle['id']}/votes")
    with database.reading() as session:
        vote, event = session.scalars(select(Vote)).one(), session.scalars(select(VoteEvent)).one()
    assert (vote.verdict, vote.state, vote.state_reason) == ("a", "withdrawn", "withdrawn by the voter")
    assert (event.from_state, event.to_state, event.actor) == ("counted", "withdrawn", "voter")


def test_a_vote_that_is_not_committed_is_not_acknowledged(
    client: TestClient, make: Maker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invariant 5."""
    make.quiz()
    battle = make.deal()

    def disk_is_full(session: Session) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk is full"))

    with monkeypatch.context() as broken:
        broken.setattr(Session, "commit", disk_is_full)
        told = client.post(f"{API}/battles/{battle['id']}/votes", json={"verdicts": {"overall": "a"}})
    assert (told.status_code, told.json()["type"]) == (503, "/problems/unavailable")
    with database.reading() as session:
        assert _stored(session) == []
    make.vote(battle["id"], {"overall": "a"})


def test_after_the_reveal_a_vote_cannot_be_changed(client: TestClient, make: Maker) -> None:
    make.quiz()
    battle = make.deal()
    make.vote(battle["id"], {"overall": "a"})
    told = client.patch(f"{API}/battles/{battle['id']}/votes", json={"verdicts": {"overall": "b"}})
    assert (told.status_code, told.json()["type"]) == (409, "/problems/already-revealed")
    second = client.post(f"{API}/battles/{battle['id']}/votes", json={"verdicts": {"overall": "b"}})
    assert (second.status_code, second.json()["type"]) == (409, "/problems/already-voted")
    assert {row["wins"] for row in make.board()["rows"]} == {0, 1}


def test_before_the_reveal_a_vote_can_be_changed_and_the_old_one_is_kept(
    client: TestClient, make: Maker, database: Database
) -> None:
    make.quiz(reveal="never")
    battle = make.deal()
    assert make.vote(battle["id"], {"overall": "a", "accuracy": "a"})["reveal"] is None
    told = client.patch(f"{API}/battles/{battle['id']}/votes", json={"verdicts": {"overall": "tie"}})
    assert (told.status_code, told.json()["reveal"]) == (200, None)
    assert make.board()["votes"] == 1
    assert {row["ties"] for row in make.board()["rows"]} == {1}
    assert make.board(dimension="accuracy")["votes"] == 0
    with database.reading() as session:
        states = sorted((slug, vote.verdict, vote.state) for vote, slug in _stored(session))
    assert states == [
        ("accuracy", "a", "superseded"),
        ("overall", "a", "superseded"),
        ("overall", "tie", "counted"),
    ]


def test_an_arena_may_reveal_at_the_end(client: TestClient, make: Maker) -> None:
    make.quiz(prompts=2, reveal="end", goal=2)
    assert make.vote(make.deal()["id"], {"overall": "a"})["reveal"] is None
    assert [own["models"] for own in client.get(f"{API}/me/votes").json()["items"]] == [None]
    assert make.vote(make.deal()["id"], {"overall": "a"})["reveal"] is not None
    assert all(own["models"] for own in client.get(f"{API}/me/votes").json()["items"])


def test_cannot_tell_is_kept_and_not_counted(make: Maker, database: Database) -> None:
    make.quiz()
    receipt = make.vote(make.deal()["id"], {"overall": "abstain"})
    assert receipt["counted"] is False
    assert "can't tell" in receipt["why_not"]
    assert receipt["why_not_code"] == "abstained"
    board = make.board()
    assert (board["votes"], board["raters"], board["excluded"]["abstain"]) == (0, 0, 1)
    with database.reading() as session:
        assert [vote.verdict for vote, _ in _stored(session)] == ["abstain"]


def test_both_bad_counts_as_a_tie_or_not_as_the_reader_asks(make: Maker) -> None:
    make.quiz(prompts=2)
    make.vote(make.deal()["id"], {"overall": "both_bad"})
    rows = make.board()["rows"]
    assert {(row["ties"], row["both_bad"], row["win_rate"]) for row in rows} == {(0, 1, 0.5)}
    assert make.board(both_bad="drop")["method"]["settings"]["both_bad"] == "drop"
    assert {row["rating"] for row in make.board(both_bad="drop")["rows"]} == {None}


def test_the_same_key_gives_the_first_answer_again(
    client: TestClient, make: Maker, database: Database
) -> None:
    make.quiz()
    battle = make.deal()
    path, key = f"{API}/battles/{battle['id']}/votes", {"Idempotency-Key": "click-1"}
    body = {"verdicts": {"overall": "a"}}
    first, second = (client.post(path, json=body, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    other = client.post(path, json={"verdicts": {"overall": "b"}}, headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")
    with database.reading() as session:
        assert len(_stored(session)) == 1


def test_two_voters_may_use_the_same_key(client: TestClient, make: Maker) -> None:
    make.quiz()
    key = {"Idempotency-Key": "click-1"}
    for _ in range(2):
        battle = make.deal()
        told = client.post(
            f"{API}/battles/{battle['id']}/votes", json={"verdicts": {"overall": "a"}}, headers=key
        )
        assert (told.status_code, told.json()["battle"]) == (201, battle["id"])
        make.newcomer()
    assert make.board()["votes"] == 2


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"verdicts": {}}, "body.verdicts"),
        ({"verdicts": {"overall": "maybe"}}, "body.verdicts.overall"),
        ({"verdicts": {"overall": "both_good"}}, "verdicts.overall"),
        ({"verdicts": {"overall": "a", "smell": "a"}}, "verdicts.smell"),
        ({"verdicts": {"accuracy": "a"}}, "verdicts.overall"),
        ({"verdicts": {"overall": "a"}, "strengths": {"accuracy": 1}}, "strengths.accuracy"),
        ({"verdicts": {"overall": "a"}, "strengths": {"overall": 9}}, "body.strengths.overall"),
        ({"verdicts": {"overall": "a"}, "comment": "x" * 2001}, "body.comment"),
        ({"verdicts": {"overall": "a"}, "comment": "a\x00b"}, "body.comment"),
        ({"verdicts": {"overall": "a"}, "confidence": 1.5}, "body.confidence"),
        ({"verdicts": {"overall": "a"}, "verdict": "a"}, "body.verdict"),
    ],
)
def test_a_vote_that_cannot_be_read_names_its_field_and_stores_nothing(
    client: TestClient, make: Maker, database: Database, body: object, at: str
) -> None:
    make.quiz()
    battle = make.deal()
    told = client.post(f"{API}/battles/{battle['id']}/votes", json=body)
    assert told.status_code == 422
    assert at in [each["at"] for each in told.json()["errors"]]
    with database.reading() as session:
        assert _stored(session) == []
    make.vote(battle["id"], {"overall": "a"})


def test_an_archived_dimension_is_asked_no_more_but_keeps_its_board(
    client: TestClient, make: Maker, keys: Keys
) -> None:
    make.quiz(prompts=2)
    make.vote(make.deal()["id"], {"overall": "a", "accuracy": "a"})
    make.dimension("quiz", "accuracy", archived=True)
    battle = make.deal()
    assert [each["slug"] for each in battle["dimensions"]] == ["overall"]
    told = client.post(
        f"{API}/battles/{battle['id']}/votes", json={"verdicts": {"overall": "a", "accuracy": "a"}}
    )
    assert told.status_code == 422
    assert make.board(dimension="accuracy")["votes"] == 1


def test_a_vote_names_the_version_of_the_question_it_answered(make: Maker, database: Database) -> None:
    make.quiz(prompts=2)
    make.vote(make.deal()["id"], {"overall": "a", "accuracy": "a"})
    make.dimension("quiz", "accuracy", question="Which one is right?")
    make.vote(make.deal()["id"], {"overall": "a", "accuracy": "a"})
    with database.reading() as session:
        versions = [vote.dimension_version for vote, slug in _stored(session) if slug == "accuracy"]
    assert versions == [1, 2]


def test_a_write_from_another_sites_page_is_refused(client: TestClient, make: Maker) -> None:
    make.quiz()
    told = client.post(f"{API}/arenas/quiz/battles", headers={"Sec-Fetch-Site": "cross-site"})
    assert (told.status_code, told.json()["type"]) == (403, "/problems/cross-site")


def _stored(session: Session) -> list[tuple[Vote, str]]:
    rows = session.execute(
        select(Vote, Dimension.slug).join(Dimension, Vote.dimension_id == Dimension.id).order_by(Vote.id)
    )
    return [(vote, slug) for vote, slug in rows]
