"""/metrics: what was asked is counted by its template, what was voted by its outcome, and nobody is named."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, update
from sqlalchemy.orm import Session

from app.api import deps
from app.db.session import Database
from app.db.tables import Arena, Vote
from app.domain.gates import Rate
from app.stats.gates import GATES, RULES
from tests.api.calls import prepare, run_in
from tests.api.conftest import API, Keys, Maker
from tests.arenas import roll_up

CALLS = "arena_http_requests_total"


def told(
    client: TestClient, headers: dict[str, str] | None = None
) -> dict[tuple[str, tuple[str, ...]], float]:
    """(name, label values in order of their names) → value"""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_calls_are_counted_by_method_template_and_status(client: TestClient, make: Maker) -> None:
    make.quiz()
    before = told(client)
    for path in ("/arenas/quiz", "/arenas/none", "/arenas/none-either", "/nothing/at/all"):
        client.get(API + path)
    client.request("BREW", f"{API}/arenas/quiz")
    client.get("/arenas/quiz/vote")
    after = told(client)
    route = f"{API}/arenas/{{arena}}"
    grown = {key: value - before.get(key, 0) for key, value in after.items() if key[0] == CALLS}
    assert grown[CALLS, ("GET", route, "200")] == 1
    assert grown[CALLS, ("GET", route, "404")] == 2
    assert grown[CALLS, ("GET", "page", "404")] == 1
    assert sum(value for (_, labels), value in grown.items() if labels[0] == "other") == 1
    assert after["arena_http_request_seconds_count", ("GET", route)] >= 3


def test_ballots_are_counted_by_what_became_of_them(client: TestClient, make: Maker) -> None:
    make.quiz(models=3, prompts=3)
    before = told(client)
    make.vote(make.deal()["id"], {"overall": "a"})
    make.vote(make.deal()["id"], {"overall": "b"}, recognised=True)
    after = told(client)
    grown = {
        labels: value - before.get((name, labels), 0)
        for (name, labels), value in after.items()
        if name == "arena_votes_total"
    }
    assert sum(grown.values()) == 2
    assert grown[("counted",)] >= 1


def test_the_lag_of_the_tallies_is_the_age_of_the_oldest_waiting_vote(
    client: TestClient, make: Maker, database: Database
) -> None:
    make.quiz()
    assert told(client)["arena_rollup_lag_seconds", ()] == 0
    make.vote(make.deal()["id"], {"overall": "a"})
    with database.writing() as session:
        session.execute(update(Vote).values(created_at=datetime.now(UTC) - timedelta(seconds=90)))
    found = told(client)
    assert 90 <= found["arena_rollup_lag_seconds", ()] < 120
    assert found["arena_rollup_waiting_votes", ()] >= 1
    roll_up(database)
    assert told(client)["arena_rollup_lag_seconds", ()] == 0


def test_judge_runs_are_told_by_state(client: TestClient, make: Maker, database: Database) -> None:
    prepare(make, database)
    run_in(database, "paused")
    found = told(client)
    assert found["arena_judge_runs", ("paused",)] == 1
    assert found["arena_judge_calls", ()] == 0


def test_what_gates_set_aside_is_told_by_gate(
    client: TestClient, make: Maker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rates(session: Session, arena: Arena) -> list[Rate]:
        return [
            Rate("fast", "", True, {}, 200, 80, 0, 0.4, 0.2, True),
            Rate("slow", "", True, {}, 200, 2, 0, 0.01, 0.2, False),
        ]

    make.arena()
    make.arena("other")
    quiet = told(client)
    assert sum(value for (name, _), value in quiet.items() if name == "arena_gate_alarms") == 0
    assert sum(name == "arena_gate_votes" for name, _ in quiet) == len({*GATES, *RULES})
    monkeypatch.setattr("app.domain.gates.rates", rates)
    found = told(client)
    assert found["arena_gate_votes", ("fast",)] == 400
    assert found["arena_gate_set_aside", ("fast",)] == 160
    assert (found["arena_gate_alarms", ("fast",)], found["arena_gate_alarms", ("slow",)]) == (2, 0)


def test_nobody_and_no_arena_is_named(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz()
    make.vote(make.deal()["id"], {"overall": "a"})
    client.get(f"{API}/arenas/quiz/models/secret-m/report", headers=keys.admin)
    text = client.get("/metrics").text
    for name in ("quiz", "secret", "acme", client.cookies[deps.COOKIE].partition(".")[0]):
        assert not re.search(rf"\b{re.escape(name)}\b", text), name


def test_a_key_is_asked_for_where_the_operator_wants_it(
    client: TestClient, make: Maker, keys: Keys, key_for: Callable[..., dict[str, str]]
) -> None:
    make.arena()
    client.app.state.settings.metrics = "key"  # type: ignore[attr-defined]  # the application that the client calls
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=keys.owner).status_code == 403
    assert client.get("/metrics", headers=key_for("read", "one", 1)).status_code == 403
    assert told(client, keys.reader)
    client.app.state.settings.metrics = "off"  # type: ignore[attr-defined]  # as above
    assert client.get("/metrics", headers=keys.admin).status_code == 404


def test_without_a_database_the_counters_are_told(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_engine("sqlite:////nowhere/at/all.db")
    monkeypatch.setattr("app.db.session.Session", lambda *_, **__: Session(engine))
    found = told(client)
    assert found["arena_database_up", ()] == 0
    assert any(name == CALLS for name, _ in found)
    assert ("arena_rollup_lag_seconds", ()) not in found
