"""Boards in time, at this moment, pair by pair, and under every treatment of ties, over HTTP."""

from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient

from app.domain.leaderboards import TREATMENTS
from tests.api.conftest import API, Maker

ARENA = f"{API}/arenas/quiz"


def _voted(make: Maker, votes: int = 4) -> None:
    make.quiz(models=2, prompts=4)
    for n in range(votes):
        make.vote(make.deal()["id"], {"overall": "ab"[n % 2], "accuracy": "tie"})


def test_the_past_of_a_board(make: Maker, client: TestClient) -> None:
    _voted(make, votes=2)
    first = make.board()
    make.vote(make.deal()["id"], {"overall": "tie"})
    second = make.board()
    page = client.get(f"{ARENA}/leaderboard/history").json()
    assert [(each["snapshot_id"], each["votes"]) for each in page["items"]] == [
        (second["snapshot_id"], 3),
        (first["snapshot_id"], 2),
    ]
    drawn = page["items"][0]["rows"]
    assert [(row["model"], row["rating"]) for row in drawn] == [
        (row["model"], row["rating"]) for row in second["rows"]
    ]
    assert make.board(at=first["generated_at"]) == first
    before = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    told = client.get(f"{ARENA}/leaderboard", params={"at": before})
    assert (told.status_code, told.json()["type"]) == (404, "/problems/snapshot-not-found")
    assert client.get(f"{ARENA}/leaderboard", params={"at": "2026-01-01T00:00:00"}).status_code == 422


def test_the_live_board_names_the_exact_one_behind_it(make: Maker, client: TestClient) -> None:
    _voted(make)
    live = client.get(f"{ARENA}/leaderboard/live").json()
    exact = make.board()
    assert (live["snapshot_id"], live["votes"], live["votes_since"]) == (exact["snapshot_id"], 4, 0)
    assert {row["model"]: row["rating"] for row in live["rows"]} == {
        row["model"]: row["rating"] for row in exact["rows"]
    }


def test_the_matrix_stands_in_the_order_of_the_board(make: Maker, client: TestClient) -> None:
    _voted(make)
    board = make.board()
    told = client.get(f"{ARENA}/matrix").json()
    assert (told["snapshot_id"], told["models"]) == (
        board["snapshot_id"],
        [row["model"] for row in board["rows"]],
    )
    assert [sum(row) for row in told["wins"]] == [row["wins"] for row in board["rows"]]
    assert client.get(f"{ARENA}/matrix", params={"dimension": "smell"}).status_code == 404


def test_the_same_votes_under_every_treatment_of_ties(make: Maker, client: TestClient) -> None:
    make.quiz(models=2, prompts=6)
    for verdict in ("a", "b", "tie", "both_bad"):
        make.vote(make.deal()["id"], {"overall": verdict})
    told = client.get(f"{ARENA}/leaderboard/treatments")
    items = {each["treatment"]: each["board"] for each in told.json()["items"]}
    assert list(items) == list(TREATMENTS)
    assert {board["method"]["name"] for board in items.values()} == {
        "bradley_terry",
        "davidson",
        "rao_kupper",
        "both_bad_aware",
    }
    assert items["half"] == make.board()
    assert [
        items[name]["method"]["settings"].get("ties") for name in ("half", "ties_dropped", "davidson")
    ] == [
        "half",
        "drop",
        None,
    ]
    tag = told.headers["etag"]
    assert client.get(f"{ARENA}/leaderboard/treatments", headers={"if-none-match": tag}).status_code == 304
