"""Boards over HTTP: the JSON of the contract, ETag and 304, compression, CSV, every dimension side by side."""

import csv
import gzip
import io
import json

from fastapi.testclient import TestClient

from app.api.boards import LeaderboardOut
from app.stats.rankings import METHODS
from tests.api.conftest import API, Keys, Maker

BOARD = f"{API}/arenas/quiz/leaderboard"
CONTRACT = [
    "schema_version",
    "arena",
    "dimension",
    "voters",
    "filters",
    "method",
    "snapshot_id",
    "generated_at",
    "data_until",
    "votes",
    "raters",
    "components",
    "excluded",
    "rows",
]
ROW = [
    "model",
    "name",
    "organization",
    "license",
    "rating",
    "rating_lower",
    "rating_upper",
    "rank",
    "rank_best",
    "rank_worst",
    "votes",
    "wins",
    "losses",
    "ties",
    "both_bad",
    "win_rate",
    "mean_win_probability",
    "component",
    "preliminary",
    "votes_needed",
]


def _voted(make: Maker, votes: int = 3) -> None:
    make.quiz(models=3, prompts=4)
    for _ in range(votes):
        make.vote(make.deal()["id"], {"overall": "a", "accuracy": "tie"})


def test_a_board_has_every_field_of_the_contract(make: Maker) -> None:
    _voted(make)
    board = make.board()
    assert set(CONTRACT) <= set(board)
    assert all(set(ROW) <= set(row) for row in board["rows"])
    LeaderboardOut.model_validate(board)
    assert (board["schema_version"], board["voters"], board["votes"], board["raters"]) == (
        "1.0",
        "human",
        3,
        1,
    )


def test_the_etag_is_strong_and_spares_the_body(make: Maker, client: TestClient) -> None:
    _voted(make)
    first = client.get(BOARD, headers={"accept-encoding": "identity"})
    tag = first.headers["etag"]
    assert tag.startswith('"')
    again = client.get(BOARD, headers={"accept-encoding": "identity", "if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    make.vote(make.deal()["id"], {"overall": "b"})
    fresh = client.get(BOARD, headers={"accept-encoding": "identity", "if-none-match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != tag


def test_compressed_bytes_have_a_tag_of_their_own(make: Maker, client: TestClient) -> None:
    _voted(make)
    plain = client.get(BOARD, headers={"accept-encoding": "identity"})
    with client.stream("GET", BOARD, headers={"accept-encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    again = client.get(BOARD, headers={"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]})
    assert again.status_code == 304


def test_the_same_votes_give_the_same_snapshot(make: Maker, client: TestClient) -> None:
    _voted(make)
    first, second = client.get(BOARD), client.get(BOARD)
    assert first.content == second.content
    old = first.json()["snapshot_id"]
    make.vote(make.deal()["id"], {"overall": "b"})
    assert make.board()["snapshot_id"] != old
    assert client.get(BOARD, params={"snapshot": old}).content == first.content
    assert client.get(BOARD, params={"snapshot": "none"}).status_code == 404


def test_every_dimension_side_by_side_is_each_board_alone(make: Maker, client: TestClient) -> None:
    _voted(make)
    told = client.get(f"{API}/arenas/quiz/leaderboards").json()
    assert [board["dimension"] for board in told["boards"]] == ["overall", "accuracy"]
    assert {board["method"]["name"] for board in told["boards"]} == {"elo"}
    assert told["boards"][1] == make.board(dimension="accuracy", method="elo")
    same = client.get(f"{API}/arenas/quiz/leaderboards", params={"method": "bradley_terry"}).json()
    assert same["boards"][0] == make.board()


def test_the_csv_holds_the_rows_of_the_json(make: Maker, client: TestClient, keys: Keys) -> None:
    _voted(make)
    client.patch(f"{API}/arenas/quiz/models/secret-m", json={"name": "=HYPERLINK(1)"}, headers=keys.owner)
    told = client.get(f"{API}/arenas/quiz/leaderboard.csv")
    assert told.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(told.text)))
    board = make.board()
    assert [row["model"] for row in rows] == [row["model"] for row in board["rows"]]
    ratings = [None if row["rating"] == "" else float(row["rating"]) for row in rows]
    assert ratings == [row["rating"] for row in board["rows"]]
    assert "'=HYPERLINK(1)" in {row["name"] for row in rows}


def test_a_board_without_votes_lists_its_models_and_says_why(make: Maker) -> None:
    make.quiz(models=2)
    board = make.board()
    assert (board["votes"], board["problem"]) == (0, "no votes")
    assert {(row["rating"], row["problem"]) for row in board["rows"]} == {(None, "no votes")}
    assert (board["problem_codes"], board["rows"][0]["problem_code"]) == (["no_votes"], "no_votes")


def test_what_cannot_be_asked_is_named(make: Maker, client: TestClient) -> None:
    make.quiz()
    asked = [{"method": "pagerank"}, {"voters": "robots"}, {"ties": "third"}, {"dimension": "smell"}]
    told = [client.get(BOARD, params=each) for each in asked]
    assert [each.status_code for each in told] == [422, 422, 422, 404]
    assert "bradley_terry" in told[0].json()["detail"]
    assert "simulated" in told[1].json()["detail"]
    assert "overall, accuracy" in told[3].json()["detail"]


def test_every_setting_of_a_method_can_be_asked_for(make: Maker, client: TestClient) -> None:
    _voted(make)
    used = make.board(set=["level=0.9", "center=1500"])["method"]["settings"]
    assert (used["level"], used["center"], used["ties"]) == (0.9, 1500, "half")
    assert make.board(ties="davidson")["method"]["name"] == "davidson"
    asked = [
        {"set": "level"},
        {"set": "lvl=0.9"},
        {"set": "level=high"},
        {"set": "level=2"},
        {"method": "elo", "ties": "davidson"},
        {"method": "elo", "style_control": "true"},
    ]
    told = [client.get(BOARD, params=each) for each in asked]
    assert [each.status_code for each in told] == [422] * 6
    expected = (
        "name=value",
        "prior_weight",
        "must be a number",
        "from 0.5",
        "'davidson'",
        "'style_controlled'",
    )
    assert all(word in each.json()["detail"] for word, each in zip(expected, told, strict=True))


def test_the_methods_can_be_read(make: Maker, client: TestClient) -> None:
    make.quiz()
    methods = {each["name"]: each for each in client.get(f"{API}/arenas/quiz/methods").json()["items"]}
    settings = {each["name"]: each for each in methods["bradley_terry"]["settings"]}
    assert (settings["ties"]["default"], settings["ties"]["choices"]) == ("half", ["half", "drop"])
    assert (settings["level"]["kind"], settings["level"]["default"]) == ("number", 0.95)
    formats = {each["name"] for each in client.get(f"{API}/arenas/quiz/formats").json()["items"]}
    assert {"lmarena", "mt_bench", "csv"} <= formats


def test_numbers_are_never_nan(make: Maker, client: TestClient) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    _voted(make, votes=1)
    for method in METHODS:
        json.loads(client.get(BOARD, params={"method": method}).text, parse_constant=refuse)
