"""Judge runs over HTTP: started, watched, paused, resumed and cancelled by admins of the arena, and by nobody else."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from app.db.session import Database
from app.settings import operator
from app.worker import judging
from app.worker.judging import Desk, fence_key
from tests.api.conftest import API, Keys, Maker
from tests.judging import script

PRICED = {"file": "replies.jsonl", "input_price": 1.0, "output_price": 2.0}
NEW = {"selection": {"battles": "new", "most": 100}}


class Runs:
    """An arena with a scripted judge whose replies stand in `folder`."""

    def __init__(self, make: Maker, database: Database, folder: Path) -> None:
        self.make, self.client, self.admin = make, make.client, make.keys.admin
        self.database, self.folder = database, folder
        self.app = cast("Any", make.client.app)
        state = self.app.state
        state.settings = state.settings.model_copy(update={"scripts_folder": folder})
        make.quiz(models=2, prompts=3)
        self.judge()
        script(folder, {"text": '{"winner": "A"}'})

    def judge(self, **changed: Any) -> Any:
        judge = {"name": "ref", "model": "referee-1", "provider": "scripted", "endpoint": PRICED}
        return self.make.post("/arenas/quiz/judges", {**judge, "dimensions": ["overall"], **changed})

    def start(self, **given: Any) -> Any:
        return self.make.post("/arenas/quiz/judges/ref/runs", {**NEW, **given})

    def post(self, path: str, body: Any = None, headers: Any = None) -> Any:
        return self.client.post(API + path, json=body, headers=self.admin if headers is None else headers)

    def get(self, path: str, headers: Any = None, **params: Any) -> Any:
        return self.client.get(API + path, params=params, headers=self.admin if headers is None else headers)

    def work(self, run: str) -> None:
        """As a worker of this server would."""
        state = self.app.state
        desk = Desk(self.database, operator(state.settings), fence_key(state.signing_key))
        judging.work(desk, threading.Event(), run)


@pytest.fixture
def judged(make: Maker, database: Database, tmp_path: Path) -> Runs:
    return Runs(make, database, tmp_path)


def test_a_run_is_started_worked_on_and_read(judged: Runs) -> None:
    begun = judged.start(budget={"calls": 100, "money": "0.5"})
    assert (begun["state"], begun["judgments"], begun["ended"], begun["at_work"]) == ("running", 6, 0, False)
    assert begun["budget"] == {"calls": 100, "tokens": None, "micros": 500_000}
    assert begun["selection"] == {
        "battles": "new", "category": None, "language": None, "models": [], "most": 100, "seed": 0,
    }  # fmt: skip
    assert {**begun["judge"], "wording_hash": ""} == {
        "name": "ref", "version": 1, "protocol": "pairwise", "model": "referee-1", "wording_hash": "",
    }  # fmt: skip
    judged.work(begun["id"])
    done = judged.get(f"/runs/{begun['id']}").json()
    assert (done["state"], done["ended"], done["failed"], done["votes"], done["calls"]) == (
        "done",
        6,
        0,
        6,
        6,
    )
    assert (done["open"], done["unknown"], done["failures"], done["eta_seconds"]) == (0, 0, [], None)
    (spent,) = done["cost"]["by_basis"]
    assert (spent["basis"], spent["calls"]) == ("estimated", 6)
    # A price of 1 for a million tokens read and of 2 for a million written, in millionths.
    assert done["cost"]["known"] == done["tokens"]["input"] + 2 * done["tokens"]["output"] == done["micros"]
    assert (done["cost"]["possible"], done["cost"]["unpriced"]) == (0, 0)
    listed = judged.get("/arenas/quiz/runs").json()["items"]
    assert [(each["id"], each["state"], each["votes"]) for each in listed] == [(begun["id"], "done", 6)]
    assert judged.get("/arenas/quiz/runs", judge="nobody").json()["items"] == []


def test_a_dry_run_foretells_the_run_and_leaves_nothing(judged: Runs) -> None:
    judged.judge(protocol_settings={"explain": True}, repeats=2)
    dry = "/arenas/quiz/judges/ref/runs?dry_run=true"
    foretold = judged.post(dry, NEW)
    assert foretold.status_code == 201, foretold.text
    told = foretold.json()
    assert (told["judgments"], told["sampled"], told["calls"], told["cached"]) == (6, 6, 12, 0)
    assert judged.get("/arenas/quiz/runs").json()["items"] == []
    assert judged.post(dry, NEW).json() == told
    run = judged.start()
    judged.work(run["id"])
    done = judged.get(f"/runs/{run['id']}").json()
    assert done["calls"] == told["calls"]
    # The replies are shorter than the longest, and the questions as long as foretold.
    assert done["tokens"]["input"] == told["input_tokens"]
    assert done["micros"] < told["micros"]


def test_a_dry_run_counts_what_is_known_already(judged: Runs) -> None:
    script(judged.folder, {"text": "no idea"})
    judged.work(judged.start()["id"])
    told = judged.post("/arenas/quiz/judges/ref/runs?dry_run=true", {"selection": {"battles": "all"}}).json()
    assert (told["judgments"], told["calls"], told["cached"], told["micros"]) == (6, 0, 6, 0)


def test_one_run_of_a_judge_at_a_time(judged: Runs) -> None:
    first = judged.start()["id"]
    second = judged.post("/arenas/quiz/judges/ref/runs", NEW)
    assert (second.status_code, second.json()["type"]) == (409, "/problems/run-open")
    assert judged.post(f"/runs/{first}/cancel").json()["state"] == "cancelled"
    for verb in ("pause", "cancel", "resume"):
        told = judged.post(f"/runs/{first}/{verb}", {} if verb == "resume" else None)
        assert (told.status_code, told.json()["type"]) == (409, "/problems/run-not-open"), verb
    assert judged.start(selection={"battles": "all"})["judgments"] == 6


def test_a_budget_pauses_a_run_and_a_larger_one_lets_it_go_on(judged: Runs) -> None:
    run = judged.start(budget={"calls": 2})["id"]
    judged.work(run)
    stopped = judged.get(f"/runs/{run}").json()
    assert (stopped["state"], stopped["calls"], "2 calls" in stopped["why"]) == ("paused", 2, True)
    resumed = judged.post(f"/runs/{run}/resume", {"budget": {"calls": 50}}).json()
    assert (resumed["state"], resumed["why"], resumed["budget"]["calls"]) == ("running", "", 50)
    assert judged.post(f"/runs/{run}/pause").json()["state"] == "paused"
    judged.work(run)
    assert judged.get(f"/runs/{run}").json()["calls"] == 2
    judged.post(f"/runs/{run}/resume", {})
    judged.work(run)
    assert judged.get(f"/runs/{run}").json()["state"] == "done"


def test_an_idempotency_key_starts_one_run(judged: Runs) -> None:
    headers = {**judged.admin, "Idempotency-Key": "once"}
    first, again = (judged.post("/arenas/quiz/judges/ref/runs", NEW, headers) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    run = first.json()["id"]
    paused, twice = (judged.post(f"/runs/{run}/pause", None, headers={**headers, "Idempotency-Key": "p"})
                     for _ in range(2))  # fmt: skip
    assert (paused.status_code, twice.json()) == (200, paused.json())


def test_what_cannot_be_run_is_a_problem(judged: Runs) -> None:
    path = "/arenas/quiz/judges/ref/runs"
    judged.judge(name="unpriced", provider="openai_chat", endpoint={})
    for body, said in (
        ({"selection": {"battles": "new"}}, "most: say how many"),
        ({"selection": {"battles": "all"}}, "nothing to judge"),
        ({"selection": {"models": ["secret-m"]}}, "two or more"),
        ({"selection": {"battles": "some"}}, "selection.battles"),
        ({"budget": {"money": 0}}, "budget.money"),
        ({"budget": {"dollars": 1}}, "budget.dollars"),
    ):
        told = judged.post(path, body)
        assert (told.status_code, said in told.json()["detail"]) == (422, True), told.text
    told = judged.post("/arenas/quiz/judges/unpriced/runs", {**NEW, "budget": {"money": 1}})
    assert (told.status_code, "input_price" in told.json()["detail"]) == (422, True)
    for where, kind in ((path.replace("ref", "nobody"), "judge"), (path.replace("quiz", "none"), "arena")):
        told = judged.post(where, NEW)
        assert (told.status_code, told.json()["type"]) == (404, f"/problems/{kind}-not-found")
    told = judged.post(path, {"selection": {"battles": "all", "models": ["secret-m", "x"]}})
    assert (told.status_code, told.json()["type"]) == (404, "/problems/model-not-found")
    assert judged.post(path, {**NEW, "version": 9}).status_code == 404


def test_only_an_admin_of_the_arena_sees_a_run(
    judged: Runs, keys: Keys, key_for: Callable[..., dict[str, str]], client: TestClient
) -> None:
    judged.make.arena("other")
    local, elsewhere = key_for("admin", "local", 1), key_for("admin", "elsewhere", 2)
    run = judged.start()["id"]
    calls: list[tuple[str, str]] = [
        ("GET", f"/runs/{run}"), ("GET", f"/runs/{run}/calls"), ("GET", f"/runs/{run}/judgments"),
        ("GET", f"/runs/{run}/events"), ("GET", "/arenas/quiz/runs"), ("POST", f"/runs/{run}/pause"),
        ("POST", f"/runs/{run}/resume"), ("POST", f"/runs/{run}/cancel"),
        ("POST", "/arenas/quiz/judges/ref/runs"),
    ]  # fmt: skip

    def asked(method: str, path: str, headers: dict[str, str]) -> int:
        body: dict[str, str] | None = {} if method == "POST" else None
        return client.request(method, API + path, json=body, headers=headers).status_code

    for method, path in calls:
        assert asked(method, path, {}) == 401, path
        assert [asked(method, path, who) for who in (keys.owner, keys.reader, elsewhere)] == [403] * 3, path
    assert judged.get(f"/runs/{run}", local).status_code == 200
    private = client.patch(f"{API}/arenas/quiz", json={"public": False}, headers=local)
    assert private.status_code == 200
    for method, path in calls:
        assert [asked(method, path, who) for who in ({}, elsewhere)] == [404] * 2, path
    assert judged.get("/runs/never").json()["type"] == "/problems/run-not-found"
    assert judged.get(f"/runs/{run}", local).json()["state"] == "running"


def test_a_failure_can_be_looked_into(judged: Runs) -> None:
    script(
        judged.folder,
        {"when": "Question 0", "text": "Both are fine, I guess."},
        {"when": "Question 1", "failure": "too_long"},
        {"text": '{"winner": "B"}'},
    )
    run = judged.start()["id"]
    judged.work(run)
    assert judged.get(f"/runs/{run}").json()["failures"] == [
        {"kind": "permanent", "reason": "too_long", "judgments": 2},
        {"kind": "unreadable", "reason": "no_verdict", "judgments": 2},
    ]
    calls = judged.get(f"/runs/{run}/calls").json()["items"]
    assert len(calls) == 6
    failed = judged.get(f"/runs/{run}/calls", failed=True).json()["items"]
    assert failed == [each for each in calls if each["judgment"]["state"] == "failed"]
    unread = next(each for each in failed if each["state"] == "answered")
    assert unread["reply"]["text"] == "Both are fine, I guess."
    assert "Question 0?" in unread["asked"]["messages"][1]["content"]
    assert unread["judgment"]["outcomes"]["overall"]["reason"] == "no_verdict"
    (request,) = unread["requests"]
    assert (request["state"], request["basis"], request["micros"] > 0) == ("ended", "estimated", True)
    unasked = next(each for each in failed if each["state"] == "failed")
    assert (unasked["kind"], unasked["reason"], unasked["reply"]) == ("permanent", "too_long", None)
    judgments = judged.get(f"/runs/{run}/judgments", failed=True).json()["items"]
    assert sorted(each["prompt"] for each in judgments) == ["p0", "p0", "p1", "p1"]
    read = judged.get(f"/runs/{run}/judgments").json()["items"]
    assert {each["outcomes"]["overall"]["verdict"] for each in read if each["state"] == "voted"} == {"b"}


def test_calls_come_a_page_at_a_time_and_name_the_call_that_was_paid_for(judged: Runs) -> None:
    judged.judge(protocol="score")  # an answer alone is asked about once, on whichever side it stands
    run = judged.start()["id"]
    script(judged.folder, {"text": "Rating: [[5]]"})
    judged.work(run)
    seen: list[Any] = []
    cursor = None
    while True:
        page = judged.get(f"/runs/{run}/calls", limit=5, **({"cursor": cursor} if cursor else {})).json()
        seen += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert len(seen) == 12
    shared = [each for each in seen if each["same_as"]]
    assert len(shared) == 6
    paid = {each["id"]: each for each in seen if not each["same_as"]}
    for each in shared:
        other = paid[each["same_as"]]
        assert (each["asked"], each["reply"]) == (other["asked"], other["reply"])
        assert each["requests"] == other["requests"] != []
    assert judged.get(f"/runs/{run}/calls", cursor="x").status_code == 422


def events(text: str) -> list[tuple[int, str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def test_the_stream_of_a_run_that_is_over_is_its_end(judged: Runs) -> None:
    run = judged.start()["id"]
    judged.work(run)
    told = judged.get(f"/runs/{run}/events")
    assert told.headers["content-type"].startswith("text/event-stream")
    ((number, kind, data),) = events(told.text)
    assert (kind, data) == ("done", judged.get(f"/runs/{run}").json())
    assert data["state"] == "done"
    # Who has it already is told to come back no more; who has less gets it.
    again = judged.get(f"/runs/{run}/events", {**judged.admin, "Last-Event-ID": str(number)})
    assert (again.status_code, again.text) == (204, "")
    missed = judged.get(f"/runs/{run}/events", {**judged.admin, "Last-Event-ID": str(number - 1)})
    assert events(missed.text) == [(number, "done", data)]
    bad = judged.get(f"/runs/{run}/events", {**judged.admin, "Last-Event-ID": "x"})
    assert bad.status_code == 422
