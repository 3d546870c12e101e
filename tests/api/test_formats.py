"""Votes in and out over HTTP."""

import csv
import io
import json
from typing import Any

import pyarrow.parquet
import pytest
from fastapi.testclient import TestClient

from app.domain.formats import FORMATS
from tests.api.conftest import API, Keys, Maker

HEADER = "model_a,model_b,winner,rater,prompt_id\n"
VOTES = HEADER + "x,y,a,ana,p1\ny,z,tie,ben,p2\n=x,z,both_bad,judge:gpt,p1\n"


def send(client: TestClient, keys: Any, content: str | bytes, arena: str = "quiz", **query: Any) -> Any:
    return client.post(
        f"{API}/arenas/{arena}/votes/import", params={"format": "csv", **query}, content=content, headers=keys
    )


def fetch(client: TestClient, keys: Any, arena: str = "quiz", **query: str) -> Any:
    return client.get(f"{API}/arenas/{arena}/votes/export", params=query, headers=keys)


@pytest.fixture
def quiz(make: Maker) -> str:
    return make.arena()


def test_the_formats_say_what_they_read_and_write(client: TestClient, quiz: str) -> None:
    items = {each["name"]: each for each in client.get(f"{API}/arenas/{quiz}/formats").json()["items"]}
    assert set(items) == set(FORMATS)
    assert [
        (items[name]["reads"], items[name]["writes"])
        for name in ("csv", "ratings", "preference_pairs", "native")
    ] == [
        (True, True),
        (True, False),
        (False, True),
        (True, True),
    ]
    assert items["lmarena"]["shapes"] == ["33k", "55k", "100k", "140k"]
    assert items["native"]["content"] == "arena"


def test_imported_votes_are_reported_and_again_double_nothing(
    client: TestClient, keys: Keys, quiz: str
) -> None:
    first = send(client, keys.admin, VOTES)
    assert first.status_code == 201
    assert first.json() == {"accepted": 3, "known": 0, "rejected": [], "rejected_rows": 0}
    assert send(client, keys.admin, VOTES).json()["known"] == 3
    assert client.get(f"{API}/arenas/{quiz}/leaderboard").json()["votes"] == 2


def test_bad_rows_are_named_and_nothing_is_stored_unless_partial(
    client: TestClient, keys: Keys, quiz: str
) -> None:
    broken = VOTES + "x,x,a,ana,p1\nx,y,draw,ana,p1\n"
    refused = send(client, keys.admin, broken)
    assert refused.status_code == 422
    assert [(each["at"], each["problem"][:20]) for each in refused.json()["errors"]] == [
        ("body:5", "model_a and model_b "),
        ("body:6", "winner 'draw'; expec"),
    ]
    tried = send(client, keys.admin, broken, dry_run=True).json()
    assert (tried["accepted"], [each["line"] for each in tried["rejected"]]) == (3, [5, 6])
    kept = send(client, keys.admin, broken, partial=True).json()
    assert (kept["accepted"], kept["known"], kept["rejected_rows"]) == (3, 0, 2)  # nothing was there before


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"format": "xml"}, "expected one of csv"),
        ({"format": "preference_pairs"}, "expected one of csv"),
        ({"columns": "model_a"}, "name=column"),
        ({"columns": "model_a=left"}, "no column 'left'"),
    ],
)
def test_wrong_use_of_import_is_told(
    client: TestClient, keys: Keys, quiz: str, query: Any, told: str
) -> None:
    refused = send(client, keys.admin, VOTES, **query)
    assert refused.status_code == 422
    assert told in json.dumps(refused.json())


def test_columns_are_renamed_and_given(client: TestClient, keys: Keys, quiz: str) -> None:
    found = send(
        client, keys.admin, "l,r,w\nx,y,left\n", columns="model_a=l,model_b=r,winner=w,rater==judge:gpt"
    )
    assert found.json()["accepted"] == 1
    assert b"judge:gpt" in fetch(client, keys.reader, format="csv").content


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("csv", "csv"),
        ("lmarena", "lmarena.jsonl"),
        ("mt_bench", "mt_bench.jsonl"),
        ("native", "native.jsonl"),
    ],
)
def test_what_is_exported_is_imported_elsewhere(
    client: TestClient, keys: Keys, make: Maker, quiz: str, name: str, file: str
) -> None:
    send(client, keys.admin, VOTES)
    found = fetch(client, keys.reader, format=name)
    assert found.status_code == 200
    assert found.headers["content-disposition"] == f'attachment; filename="quiz.{file}"'
    make.arena("copy")
    copied = send(client, keys.admin, found.content, "copy", format=name).json()
    assert copied["accepted"] == (2 if name == "mt_bench" else 3)  # it has no word for both bad
    assert copied["rejected"] == []


def test_people_have_other_pseudonyms_in_every_export(client: TestClient, keys: Keys, quiz: str) -> None:
    send(client, keys.admin, VOTES)
    names = []
    for _ in range(2):
        rows = csv.DictReader(io.StringIO(fetch(client, keys.reader, format="csv").text))
        names.append([row["rater"] for row in rows])
    assert names[0][2] == names[1][2] == "judge:gpt"
    assert not {*names[0][:2], "human:ana"} & {*names[1][:2], "human:ben"}


def test_parquet_and_json_lines_hold_the_same_rows(client: TestClient, keys: Keys, quiz: str) -> None:
    send(client, keys.admin, VOTES)
    lines = fetch(client, keys.admin, format="lmarena", shape="140k").text.splitlines()
    table = pyarrow.parquet.read_table(
        io.BytesIO(fetch(client, keys.admin, format="lmarena", shape="140k", **{"as": "parquet"}).content)
    )
    kept = ("model_a", "model_b", "winner", "id")
    assert [[row[name] for name in kept] for row in table.to_pylist()] == [
        [json.loads(line)[name] for name in kept] for line in lines
    ]
    assert len(lines) == 2


def test_who_may(client: TestClient, keys: Keys, make: Maker) -> None:
    make.arena("open")
    make.arena("closed", public=False)
    cases = (
        (None, 401, 401),
        (keys.owner, 403, 403),
        (keys.reader, 403, 200),
        (keys.admin, 201, 200),
    )
    for who, imports, exports in cases:
        assert send(client, who, VOTES, "open").status_code == imports
        assert fetch(client, who, "open", format="csv").status_code == exports
    for call in (send(client, None, VOTES, "closed"), fetch(client, None, "closed", format="csv")):
        assert call.status_code == 404


def test_no_export_names_the_models_of_a_battle_that_is_open(
    client: TestClient, keys: Keys, make: Maker
) -> None:
    make.quiz()
    make.deal()
    content = fetch(client, keys.reader, format="native").text
    assert '"record":"model"' in content
    assert '"record":"battle"' not in content


def test_boards_go_out_as_an_arena_catalog(client: TestClient, keys: Keys, quiz: str) -> None:
    votes = HEADER.strip() + ",category,language\n"
    pairs = ("x,y,a", "y,x,a", "x,y,a", "y,z,b", "z,y,b", "x,z,tie", "z,x,a")
    send(client, keys.admin, votes + "".join(f"{pair},ana,p{n},code,de\n" for n, pair in enumerate(pairs)))
    found = fetch(client, keys.reader, format="arena_catalog").json()
    assert list(found) == ["full", "code", "de"]
    board = client.get(f"{API}/arenas/{quiz}/leaderboard").json()["rows"]
    assert (
        found["full"]
        == found["code"]
        == {
            row["model"]: {
                "rating": row["rating"],
                "rating_q975": row["rating_upper"],
                "rating_q025": row["rating_lower"],
            }
            for row in board
        }
    )


def test_wrong_use_of_export_is_told(client: TestClient, keys: Keys, quiz: str) -> None:
    for query, status, told in (
        ({"format": "ratings"}, 422, "expected one of csv"),
        ({"format": "csv", "as": "parquet"}, 422, "written as csv"),
        ({"format": "lmarena", "shape": "1k"}, 422, "written as 33k"),
        ({"format": "csv", "dimension": "taste"}, 404, "taste"),
        ({}, 422, "format"),
    ):
        refused = fetch(client, keys.admin, **query)
        assert (refused.status_code, told in refused.text) == (status, True), query


def test_prompts_and_answers_come_by_the_same_route(client: TestClient, keys: Keys, quiz: str) -> None:
    asked = '{"id": "m1", "question": "2 + 2?", "choices": ["3", "4"], "answer": "B", "subject": "math"}\n'
    said = '{"question_id": "m1", "model_id": "aya", "choices": [{"turns": ["4"]}]}\n'
    tried = send(client, keys.admin, asked, format="prompts", dry_run=True).json()
    assert (tried["accepted"], tried["rejected"]) == (1, [])
    refused = send(client, keys.admin, said, format="model_answers")
    assert (refused.status_code, "has no prompt" in refused.text) == (422, True)
    for name, content in (("prompts", asked), ("model_answers", said)):
        reports = [send(client, keys.admin, content, format=name).json() for _ in range(2)]
        assert [(each["accepted"], each["known"]) for each in reports] == [(1, 0), (0, 1)]
    assert fetch(client, keys.admin, format="prompts").status_code == 422
