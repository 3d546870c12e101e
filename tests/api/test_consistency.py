"""Consistency over HTTP: the JSON of the contract, ETag and 304, the list of disagreements, the measures."""

import csv
import gzip
import io
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.reports import ConsistencyOut
from app.db.session import Database
from app.domain import arenas, consistency, reports
from app.stats.agreement import METRICS
from tests.api.conftest import API, Keys
from tests.arenas import SLUG, import_rows, make_arena, vote

REPORT = f"{API}/arenas/{SLUG}/consistency"
HEAD = ["judge", "against", "dimension", "filters", "snapshot_id", "models", "battles", "votes"]
MEASURES = {
    "ranking": [
        "spearman", "kendall_tau_b", "footrule", "rbo", "soft_pairwise_accuracy", "separability",
        "agreement_with_confidence", "exact_p",
    ],
    "votes": ["agreement", "agreement_no_ties", "cohen_kappa", "scott_pi", "gwet_ac1", "krippendorff_alpha"],
    "ceiling": ["agreement", "agreement_no_ties", "cohen_kappa", "scott_pi", "gwet_ac1", "krippendorff_alpha"],
    "calibration": ["ece", "brier"],
}  # fmt: skip
FIGURES = ["value", "lower", "upper", "level", "n", "undefined"]


@pytest.fixture
def judged(database: Database) -> Database:
    make_arena(database)
    rows = []
    for at in range(6):
        for pair in (("x", "y"), ("y", "z"), ("x", "z")):
            rows += [
                vote(*pair, "a" if at else "b", who, prompt_id=f"p{at}") for who in ("human:ana", "human:ben")
            ]
            rows.append(vote(*pair, "a" if at > 1 else "tie", "judge:gpt-4@v1", prompt_id=f"p{at}"))
    import_rows(database, rows)
    return database


def get(client: TestClient, path: str = REPORT, **params: Any) -> Any:
    told = client.get(path, params={"judge": "gpt-4", **params})
    assert told.status_code == 200, told.text
    return told.json()


def test_the_json_is_the_contracts(judged: Database, client: TestClient) -> None:
    found = get(client)
    assert set(HEAD) <= set(found)
    for part, names in MEASURES.items():
        for name in names:
            assert list(found[part][name]) == FIGURES, f"{part}.{name}"
    assert [len(row) for row in found["votes"]["confusion"]] == [3, 3, 3]
    assert set(found["biases"]) >= {"position", "self_preference", "leniency", "tie_rate", "model_bias"}
    assert found["verdict"]["trust"] == "do_not_automate"
    assert found["verdict"]["because"]
    assert {"model", "human", "judge"} <= set(found["ranks"][0])
    assert found["ranks"][0]["human"].keys() >= {"rank", "rating"}
    assert (
        ConsistencyOut.model_validate(found).model_dump(mode="json", exclude_unset=True).keys()
        == found.keys()
    )
    assert (found["models"], found["battles"], found["judge_versions"]) == (
        3,
        18,
        [
            {
                "version": "v1",
                "votes": 18,
                "first_vote": "2026-01-31",
                "last_vote": "2026-01-31",
                "prompt_hashes": [],
                "dimension_versions": [1],
                **dict.fromkeys(
                    ("model", "protocol", "protocol_version", "temperature", "orders", "repeats")
                ),
            }
        ],
    )


def test_a_judge_is_asked_by_its_bare_name_or_with_its_kind(judged: Database, client: TestClient) -> None:
    assert get(client, judge="judge:gpt-4") == get(client)


def test_the_same_bytes_a_strong_etag_304_and_gzip(judged: Database, client: TestClient) -> None:
    params = {"judge": "gpt-4"}
    first = client.get(REPORT, params=params, headers={"Accept-Encoding": "identity"})
    again = client.get(REPORT, params=params, headers={"Accept-Encoding": "identity"})
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]
    tag = {"If-None-Match": first.headers["etag"], "Accept-Encoding": "identity"}
    assert client.get(REPORT, params=params, headers=tag).status_code == 304
    packed = client.get(REPORT, params=params, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != first.headers["etag"]
    assert packed.content == first.content == gzip.decompress(gzip.compress(packed.content))


def test_two_requests_at_once_compute_once(
    judged: Database, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, compute = [], consistency.report

    def slowly(*asked: Any) -> Any:
        made.append(asked)
        time.sleep(0.3)
        return compute(*asked)

    monkeypatch.setattr(consistency, "report", slowly)
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda _: get(client), range(3)))
    assert len(made) == 1
    assert answers[0] == answers[1] == answers[2]


def test_newer_votes_are_said_and_the_worker_is_asked(judged: Database, client: TestClient) -> None:
    first = get(client)
    assert not first["stale"]
    import_rows(judged, [vote("x", "y", "a", prompt_id="p0")])
    second = get(client)
    assert (second["stale"], second["snapshot_id"]) == (True, first["snapshot_id"])
    with judged.reading() as session:
        waiting = reports.wanted(session, datetime(2100, 1, 1, tzinfo=UTC))
    assert waiting is not None
    assert waiting.question.judge == "gpt-4"


def test_it_names_the_leaderboards_of_the_same_votes(judged: Database, client: TestClient) -> None:
    found = get(client)
    for side, key, voters in (("human", "reference", "human"), ("judge", "judge", "judge:gpt-4")):
        board = get(client, f"{API}/arenas/{SLUG}/leaderboard", voters=voters)
        assert board["snapshot_id"] == found["boards"][key]
        assert {row["model"]: row["rating_lower"] for row in board["rows"]} == {
            row["model"]: row[side]["rating_lower"] for row in found["ranks"]
        }
    assert get(client, turn=1)["boards"] == {"reference": None, "judge": None}
    assert get(client, judge="gpt-4@v1")["boards"]["judge"] is None


def test_models_of_the_judges_own_family_are_marked(judged: Database, client: TestClient, keys: Keys) -> None:
    told = client.patch(
        f"{API}/arenas/{SLUG}/models/y", json={"name": "Y", "family": "GPT"}, headers=keys.admin
    )
    assert told.status_code == 200, told.text
    rows = get(client)["ranks"]
    assert [(row["model"], row["name"], row["family"]) for row in rows if row["own_family"]] == [
        ("y", "Y", "GPT")
    ]


def test_a_registered_judge_belongs_to_the_family_that_it_was_registered_with(
    judged: Database, client: TestClient, keys: Keys
) -> None:
    path = f"{API}/arenas/{SLUG}/models/y"
    assert client.patch(path, json={"family": "Qwen"}, headers=keys.admin).status_code == 200
    assert not any(row["own_family"] for row in get(client)["ranks"])
    judge = {"name": "gpt-4", "model": "referee-1", "provider": "scripted", "family": "Qwen"}
    told = client.post(f"{API}/arenas/{SLUG}/judges", json=judge, headers=keys.admin)
    assert told.status_code == 201, told.text
    with judged.reading() as session:
        arena = arenas.find(session, SLUG)
        made = reports.make(session, arena, consistency.Question("gpt-4"), datetime.now(UTC))
    with judged.writing() as session:
        reports.keep(session, made)
    assert [row["model"] for row in get(client)["ranks"] if row["own_family"]] == ["y"]


def test_a_report_can_be_read_as_it_was(judged: Database, client: TestClient) -> None:
    first = get(client)
    assert get(client, snapshot=first["snapshot_id"]) == first
    missing = client.get(REPORT, params={"judge": "gpt-4", "snapshot": "none"})
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/snapshot-not-found")


@pytest.mark.parametrize(
    ("params", "status", "kind", "told"),
    [
        ({"judge": "claude"}, 404, "judge-not-found", "those with votes: gpt-4"),
        ({"judge": "gpt-4", "dimension": "style"}, 404, "dimension-not-found", "style"),
        ({"judge": "gpt-4", "against": "people"}, 422, "invalid", "human, simulated or judge:<name>"),
        ({"judge": "gpt-4", "threshold": "kappa=1"}, 422, "invalid", "near_ceiling"),
        ({"judge": "gpt-4", "threshold": "near_ceiling=high"}, 422, "invalid", "expected a number"),
        ({"judge": "gpt-4", "threshold": "near_ceiling=nan"}, 422, "invalid", "near_ceiling"),
        ({"judge": "gpt-4", "turn": "0"}, 422, "invalid-request", "turn"),
        ({"judge": "gpt-4", "resample": "votes"}, 422, "invalid-request", "resample"),
        ({}, 422, "invalid-request", "judge"),
    ],
)
def test_what_cannot_be_asked_is_a_problem_that_says_what_can(
    judged: Database, client: TestClient, params: dict[str, str], status: int, kind: str, told: str
) -> None:
    answer = client.get(REPORT, params=params)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert told in answer.json()["detail"]


def test_thresholds_can_be_set_and_are_said(judged: Database, client: TestClient) -> None:
    found = get(client, threshold=["least_items=18", "position_lean=0.5"])
    assert found["verdict"]["thresholds"]["least_items"] == 18
    assert (
        next(each for each in found["verdict"]["reasons"] if each["rule"] == "items")["allows"] == "trusted"
    )


def test_no_common_item_is_no_error(judged: Database, client: TestClient) -> None:
    found = get(client, turn=3)
    assert found["battles"] == 0
    assert found["votes"]["cohen_kappa"]["undefined"] == "no item has a label from both sides"


def test_disagreements_are_paged_and_only_for_key_holders(
    judged: Database, client: TestClient, keys: Keys
) -> None:
    path = f"{REPORT}/disagreements"
    params: dict[str, str | int] = {"judge": "gpt-4", "limit": 4}
    nobody = client.get(path, params=params)
    assert (nobody.status_code, nobody.json()["type"]) == (404, "/problems/not-found")
    assert client.get(path, params=params, headers=keys.owner).status_code == 404
    pages, cursor = [], None
    while True:
        asked = {**params, **({"cursor": cursor} if cursor else {})}
        told = client.get(path, params=asked, headers=keys.reader).json()
        pages.append(told["items"])
        if (cursor := told["next"]) is None:
            break
    rows = [row for page in pages for row in page]
    assert [len(page) for page in pages] == [4, 2]
    assert [(row["prompt"], row["first"], row["second"]) for row in rows] == [
        (f"p{at}", *pair) for at in (0, 1) for pair in (("x", "y"), ("y", "z"), ("x", "z"))
    ]
    assert rows[0]["people"] == {"first": 0, "second": 2, "tie": 0}
    assert (rows[0]["people_say"], rows[3]["people_say"], rows[0]["judge_says"]) == ("y", "x", "tie")
    assert len({row["battle"] for row in rows}) == 6


def test_a_disagreement_is_read_with_its_texts_and_the_judges_words(
    judged: Database, client: TestClient, keys: Keys
) -> None:
    texts: dict[str, Any] = {
        "prompt": ({"role": "user", "content": "why?"},),
        "answer_a": ({"role": "assistant", "content": "one"},),
        "answer_b": ({"role": "assistant", "content": "other"},),
    }
    words = {"confidence": 0.9, "comment": "<script>alert(1)</script> A is right"}
    import_rows(
        judged,
        [
            vote("z", "y", "b", "human:ana", prompt_id="q", **texts),
            vote("z", "y", "a", "judge:gpt-4@v1", prompt_id="q", **texts, **words),
            vote("y", "z", "both_bad", "judge:gpt-4@v2", prompt_id="q"),
        ],
    )
    listed = client.get(f"{REPORT}/disagreements", params={"judge": "gpt-4"}, headers=keys.reader).json()
    row = next(each for each in listed["items"] if each["prompt"] == "q")
    path = f"{REPORT}/disagreements/{row['battle']}"
    assert client.get(path, params={"judge": "gpt-4"}).status_code == 404
    found = client.get(path, params={"judge": "gpt-4"}, headers=keys.reader).json()
    assert {name: found[name] for name in row} == row
    assert [found[each][0]["content"] for each in ("prompt_messages", "first_answer", "second_answer")] == [
        "why?", "other", "one",
    ]  # fmt: skip
    said = ("version", "shown_first", "says", "confidence", "reasoning")
    assert [tuple(each[name] for name in said) for each in found["judged"]] == [
        ("v1", "z", "z", 0.9, words["comment"]),
        ("v2", "y", "both_bad", None, ""),
    ]
    first = f"{REPORT}/disagreements/{found['judged'][0]['battle']}"
    one = client.get(first, params={"judge": "gpt-4@v1"}, headers=keys.reader).json()
    assert [each["version"] for each in one["judged"]] == ["v1"]
    client.patch(f"{API}/arenas/{SLUG}/models/z", json={"state": "hidden"}, headers=keys.admin)
    assert client.get(path, params={"judge": "gpt-4"}, headers=keys.reader).status_code == 404


def test_disagreements_as_a_file_are_those_of_the_list(
    judged: Database, client: TestClient, keys: Keys
) -> None:
    import_rows(
        judged,
        [
            vote("=x", "y", "a", "human:ana", prompt_id="r"),
            vote("=x", "y", "b", "judge:gpt-4", prompt_id="r"),
        ],
    )
    params = {"judge": "gpt-4"}
    assert client.get(f"{REPORT}/disagreements.csv", params=params).status_code == 404
    told = client.get(f"{REPORT}/disagreements.csv", params=params, headers=keys.reader)
    assert told.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(told.text)))
    listed = client.get(f"{REPORT}/disagreements", params=params, headers=keys.reader).json()["items"]
    assert [row["battle"].removeprefix("'") for row in rows] == [row["battle"] for row in listed]
    assert [int(row["second_votes"]) for row in rows] == [row["people"]["second"] for row in listed]
    assert (rows[-1]["first"], rows[-1]["judge_says"]) == ("'=x", "y")


def test_the_measures_are_listed(judged: Database, client: TestClient) -> None:
    listed = get(client, f"{API}/arenas/{SLUG}/metrics")["items"]
    assert [each["name"] for each in listed] == list(METRICS)
    assert all(each["summary"] and each["takes"] for each in listed)


def test_a_private_arena_shows_nothing_to_strangers(judged: Database, client: TestClient, keys: Keys) -> None:
    changed = client.patch(f"{API}/arenas/{SLUG}", json={"public": False}, headers=keys.admin)
    assert changed.status_code == 200
    for path in (REPORT, f"{REPORT}/disagreements", f"{API}/arenas/{SLUG}/metrics"):
        assert client.get(path, params={"judge": "gpt-4"}).status_code == 404
    assert client.get(REPORT, params={"judge": "gpt-4"}, headers=keys.reader).status_code == 200
