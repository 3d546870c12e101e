"""kill -9 of workers amid 300 paid calls, five times: none is lost, none is repeated unseen, none is uncounted.

What is compared with what: the endpoint logs every request that it received, with the tokens that it charges. Each of
them is a row of the ledger, written before it was sent. A row that has ended holds what the endpoint charged. A row of
which no answer was seen counts for the most that it could have cost: its request was received, and cost no more, or
never left.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.session import Database
from app.db.tables import JudgeCall, JudgeRequest, JudgeRun, Judgment, Vote
from app.domain import runs
from tests.conftest import ROOT
from tests.judging import counted, judge_at, judged_arena, progress, start
from tests.system.workers import Workers

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

PROMPTS = 150  # in both orders
KILLS = 5
LATENCY = 0.1  # seconds
CONCURRENCY = 16
LEASE = 2.0  # seconds
PATIENCE = 120  # seconds until the whole run must have ended
LOOK = 0.02


@dataclass(frozen=True)
class Received:
    """A request as the endpoint logged it: what was asked (with the format), and the tokens that it charges."""

    question: str
    read: int
    written: int


@dataclass
class Endpoint:
    """A process of its own, so that it outlives whoever asks it."""

    url: str
    log: Path

    def received(self) -> list[Received]:
        return [Received(**json.loads(line)) for line in self.log.read_text().splitlines()]


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    log = tmp_path / "requests.jsonl"
    log.touch()
    command = [sys.executable, "-m", "benchmarks.endpoint", "--seconds", str(LATENCY), "--log", str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Endpoint(process.stdout.readline().strip(), log)
        process.kill()


@pytest.mark.parametrize(("workers", "ask_unknown"), [(1, False), (3, True)])
def test_workers_that_are_killed_lose_no_call_and_repeat_none_unseen(
    database_url: str, database: Database, tmp_path: Path, endpoint: Endpoint, workers: int, ask_unknown: bool
) -> None:
    judged_arena(database, PROMPTS)
    settings = {"concurrency": CONCURRENCY}
    run = start(database, judge_at(endpoint.url, settings=settings), ask_unknown=ask_unknown)
    crew = Workers(database_url, tmp_path, LEASE)
    try:
        for _ in range(workers):
            crew.start()
        for kill in range(1, KILLS + 1):
            crew.kill(_at_work_after(database, run, endpoint, kill * 2 * PROMPTS // (KILLS + 1)))
            crew.start()
        _wait_until_done(database, run)
    finally:
        crew.end()
    _check_against_the_endpoint(database, run, endpoint)
    _check_judgments(database, run, endpoint, ask_unknown)
    if not ask_unknown:
        with database.writing() as session:
            runs.resume(session, runs.find(session, run), ask_unknown=True)
        crew.start()
        try:
            _wait_until_done(database, run)
        finally:
            crew.end()
        _check_against_the_endpoint(database, run, endpoint)
        _check_judgments(database, run, endpoint, True)


def _at_work_after(database: Database, run: str, endpoint: Endpoint, received: int) -> int:
    """The process that has the run, once the endpoint has received so many requests: some are under way."""
    until = time.monotonic() + PATIENCE
    while len(endpoint.received()) < received:
        assert time.monotonic() < until, (
            f"{len(endpoint.received())} requests, of which {received} should come"
        )
        time.sleep(LOOK)
    row = progress(database, run).run
    assert row.worker is not None, row.state
    return int(row.worker.split(":")[1])


def _wait_until_done(database: Database, run: str) -> None:
    until = time.monotonic() + PATIENCE
    while (row := progress(database, run).run).state != "done":
        assert row.state == "running", row.why
        assert time.monotonic() < until, f"{row.ended} of {row.judgments}"
        time.sleep(5 * LOOK)


def _check_against_the_endpoint(database: Database, run: str, endpoint: Endpoint) -> None:
    """Every request that was received is a row; every row that has ended was received, and cost what it says."""
    ledger = counted(database, run)
    with database.reading() as session:
        question = {row.id: row.question for row in session.execute(select(JudgeCall.id, JudgeCall.question))}
    received = endpoint.received()
    charged = {each.question.partition("-")[0]: (each.read, each.written) for each in received}
    asked = Counter(each.question.partition("-")[0] for each in received)
    ended = [each for each in ledger if each.state == "ended"]
    unknown = [each for each in ledger if each.state == "unknown"]
    assert len(ended) + len(unknown) == len(ledger)
    for each in ended:
        assert (each.input_tokens, each.output_tokens) == charged[question[each.call_id]]
    for each in unknown:
        read, written = charged.get(question[each.call_id], (0, 0))
        assert each.input_tokens >= read
        assert each.output_tokens >= written
    known, lost = (Counter(question[each.call_id] for each in rows) for rows in (ended, unknown))
    # Received but not ended: its answer was lost. Not received either: the worker died before it was sent.
    assert not asked - (known + lost)
    assert not known - asked
    assert (asked - known).total() <= lost.total()
    assert lost.total() > 0, "no kill was in the middle"
    paid = sum(each.micros or 0 for each in ended)
    assert paid == sum(read + 2 * written for read, written in (charged[each] for each in known))
    bill = sum(each.read + 2 * each.written for each in received)
    assert paid <= bill <= sum(each.micros or 0 for each in ledger)


def _check_judgments(database: Database, run: str, endpoint: Endpoint, ask_unknown: bool) -> None:
    with database.reading() as session:
        row = session.scalars(select(JudgeRun)).one()
        states = Counter(session.scalars(select(Judgment.state)))
        failures = Counter(session.scalars(select(Judgment.failure).where(Judgment.state == "failed")))
        unknown = session.scalar(
            select(func.count()).select_from(JudgeCall).where(JudgeCall.state == "unknown")
        )
        votes = Counter(tuple(row) for row in session.execute(select(Vote.battle_id, Vote.shown_as_a)))
        requests = Counter(session.scalars(select(JudgeRequest.call_id)))
    assert row.ended == row.judgments == 2 * PROMPTS
    assert set(votes.values()) == {1}
    assert len(votes) == row.votes == states["voted"]
    if ask_unknown:
        assert states == {"voted": 2 * PROMPTS}
        return
    # Whatever was lost failed, and says so; and nothing was asked twice.
    assert states["failed"] == failures["unknown:unknown"] == unknown == row.failed
    assert set(requests.values()) == {1}
    assert set(Counter(each.question for each in endpoint.received()).values()) == {1}
