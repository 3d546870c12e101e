"""What an owner is told of a model: sums that agree with the boards, nothing vote by vote, nobody's name."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.db.session import Database
from tests.api.conftest import API, Keys, Maker
from tests.arenas import import_rows, vote, votes

REPORT = f"{API}/arenas/quiz/models/secret-m/report"


@pytest.fixture
def quiz(make: Maker) -> str:
    """secret-m and secret-mm belong to acme, secret-mmm too."""
    return make.quiz(models=3, prompts=2)


def report(client: TestClient, headers: dict[str, str], **asked: Any) -> Any:
    told = client.get(REPORT, params=asked, headers=headers)
    assert told.status_code == 200, told.text
    return told.json()


def test_a_report_sums_what_the_boards_say(
    client: TestClient, keys: Keys, database: Database, make: Maker, quiz: str
) -> None:
    import_rows(
        database,
        [
            *votes("secret-m", "secret-mm", "a a a b tie", category="art/film", language="fr"),
            *votes("secret-mmm", "secret-m", "a a b b b both_bad", category="art", language="zh"),
            vote("secret-m", "secret-mm", verdicts={"overall": "a", "accuracy": "b"}, category="art"),
            *votes("secret-mm", "secret-mmm", "a b a"),
        ],
        quiz,
    )
    told = report(client, keys.owner)
    assert (told["arena"], told["model"], told["votes"], told["votes_until_next"]) == (
        "quiz",
        "secret-m",
        12,
        10,
    )
    overall, accuracy = told["dimensions"]
    board = make.board()
    (row,) = [each for each in board["rows"] if each["model"] == "secret-m"]
    assert {name: overall[name] for name in row.keys() & overall.keys()} == {
        name: row[name] for name in row.keys() & overall.keys()
    }
    assert (overall["dimension"], overall["snapshot_id"], overall["models"]) == (
        "overall",
        board["snapshot_id"],
        3,
    )
    assert (overall["wins"], overall["losses"], overall["ties"], overall["both_bad"]) == (7, 3, 1, 1)
    assert (accuracy["dimension"], accuracy["votes"], accuracy["losses"]) == ("accuracy", 1, 1)
    assert {each["category"]: each["votes"] for each in told["categories"]} == {"art": 12, "art/film": 5}
    assert {each["language"]: each["votes"] for each in told["languages"]} == {"fr": 5, "zh": 6}
    (french,) = [each for each in told["languages"] if each["language"] == "fr"]
    assert french["rating"] == next(
        each["rating"] for each in make.board(language="fr")["rows"] if each["model"] == "secret-m"
    )
    counts = ("votes", "wins", "losses", "ties", "both_bad")
    assert {each["model"]: [each[name] for name in counts] for each in told["opponents"]} == {
        "secret-mm": [6, 4, 1, 1, 0],
        "secret-mmm": [6, 3, 2, 0, 1],
    }
    assert [(each["votes"], each["rating"]) for each in told["history"]] == [(12, overall["rating"])]


def test_no_single_vote_can_be_seen_in_it(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    def many(count: int) -> None:
        import_rows(database, votes("secret-m", "secret-mm", " ".join(["a", "b"] * count)[: 2 * count]), quiz)

    many(9)
    early = report(client, keys.owner)
    assert (early["votes"], early["dimensions"], early["opponents"], early["history"]) == (0, [], [], [])
    many(1)
    first = report(client, keys.owner)
    assert first["votes"] == 10
    many(9)
    assert report(client, keys.owner) == first
    many(1)
    second = report(client, keys.owner)
    assert second["votes"] == 20
    assert [each["votes"] for each in second["history"]] == [10, 20]


def test_with_many_votes_a_report_waits_for_one_percent_more(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    import_rows(database, votes("secret-m", "secret-mm", " ".join(["a", "b"] * 1_000)), quiz)
    first = report(client, keys.owner)
    assert (first["votes"], first["votes_until_next"]) == (2_000, 20)
    import_rows(database, votes("secret-m", "secret-mm", " ".join(["a"] * 19)), quiz)
    assert report(client, keys.owner) == first
    import_rows(database, [vote("secret-m", "secret-mm", "b")], quiz)
    assert report(client, keys.owner)["votes"] == 2_020


def test_reasons_and_comments_come_in_sum_and_texts_only_once_they_are_published(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    told = {"reasons": {"a": ("useful", "clear"), "b": ("incorrect",)}}
    import_rows(
        database,
        [
            *votes("secret-m", "secret-mm", "a a a a a a", "human:very-own-name"),
            *votes("secret-m", "secret-mm", "a a", "human:ben", **told),
            *votes("secret-mm", "secret-m", "a", "human:eve", **told, comment="Mail me: eve@example.org"),
            *votes("secret-m", "secret-mm", "a", "human:kim", comment="Short and right."),
            *votes("secret-mm", "secret-mmm", "a", "human:una", comment="Of others.", **told),
        ],
        quiz,
    )
    shown = report(client, keys.owner)
    assert shown["reasons"] == {
        "of_model": [
            {"reason": "clear", "votes": 2},
            {"reason": "useful", "votes": 2},
            {"reason": "incorrect", "votes": 1},
        ],
        "of_opponents": [
            {"reason": "incorrect", "votes": 2},
            {"reason": "clear", "votes": 1},
            {"reason": "useful", "votes": 1},
        ],
    }
    assert shown["comments"] == {"written": 2, "published": []}
    comments = f"{API}/arenas/quiz/comments"
    waiting = client.get(comments, headers=keys.admin).json()["items"]
    texts = [each["text"] for each in waiting]
    assert texts == ["Of others.", "Short and right.", "Mail me: eve@example.org"]
    decided = dict(zip(texts, ("published", "published", "refused"), strict=True))
    for each in waiting:
        told_back = client.put(
            f"{comments}/{each['ballot']}", json={"state": decided[each["text"]]}, headers=keys.admin
        )
        assert (told_back.status_code, told_back.json()["state"]) == (200, decided[each["text"]])
    assert client.get(comments, headers=keys.admin).json()["items"] == []
    refused = client.get(comments, params={"state": "refused"}, headers=keys.admin).json()["items"]
    assert [each["text"] for each in refused] == ["Mail me: eve@example.org"]
    after = report(client, keys.owner)
    assert after["comments"] == {"written": 2, "published": ["Short and right."]}
    whole = json.dumps(after)
    assert not any(word in whole for word in ("very-own-name", "human:", "rater", "ballot", "battle", "eve@"))


def test_a_comment_of_another_arena_is_not_found(
    client: TestClient, keys: Keys, database: Database, make: Maker, quiz: str
) -> None:
    make.arena("other")
    import_rows(database, votes("secret-m", "secret-mm", "a", comment="Here"), quiz)
    (waiting,) = client.get(f"{API}/arenas/quiz/comments", headers=keys.admin).json()["items"]
    for path in (f"other/comments/{waiting['ballot']}", "quiz/comments/999999"):
        told = client.put(f"{API}/arenas/{path}", json={"state": "published"}, headers=keys.admin)
        assert (told.status_code, told.json()["type"]) == (404, "/problems/comment-not-found")
    wrong = client.put(
        f"{API}/arenas/quiz/comments/{waiting['ballot']}", json={"state": "undecided"}, headers=keys.admin
    )
    assert wrong.status_code == 422


def test_a_report_is_for_its_owner_and_admins(client: TestClient, keys: Keys, quiz: str) -> None:
    assert client.get(REPORT).status_code == 401
    assert client.get(REPORT, headers=keys.reader).status_code == 403
    foreign = client.get(REPORT, headers=keys.other_owner)
    assert (foreign.status_code, foreign.json()["type"]) == (404, "/problems/model-not-found")
    unknown = client.get(REPORT.replace("secret-m", "no-such"), headers=keys.owner)
    assert unknown.json()["detail"] == foreign.json()["detail"].replace("secret-m", "no-such")
    assert client.get(REPORT, headers=keys.admin).status_code == 200
    assert client.get(REPORT, params={"voters": "judge:x"}, headers=keys.owner).status_code == 422


def test_a_hidden_models_report_says_nothing_and_comes_back_with_it(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    import_rows(database, votes("secret-m", "secret-mm", " ".join(["a", "b"] * 10)), quiz)
    assert report(client, keys.owner)["votes"] == 20
    model = f"{API}/arenas/quiz/models/secret-m"
    assert client.patch(model, json={"state": "hidden"}, headers=keys.owner).status_code == 200
    assert report(client, keys.owner)["votes"] == 0
    assert client.patch(model, json={"state": "active"}, headers=keys.owner).status_code == 200
    assert report(client, keys.owner)["votes"] == 20


def test_simulated_votes_have_a_report_of_their_own(
    client: TestClient, keys: Keys, database: Database, quiz: str
) -> None:
    import_rows(database, votes("secret-m", "secret-mm", " ".join(["a", "b"] * 6), "simulated:crowd"), quiz)
    assert report(client, keys.owner)["votes"] == 0
    assert report(client, keys.owner, voters="simulated")["votes"] == 12
