"""The ledger of a run: no budget is passed, a lost lease records nothing, a database that is away loses nothing."""

import asyncio
import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import providers
from app.db.session import Database
from app.db.tables import JudgeCall, JudgeRun, Judgment
from app.domain import judgments, runs
from app.domain.calls import Asked as Question
from app.domain.calls import Ended, LeaseLost, Sending
from app.domain.judges.protocol import Question as Wording
from app.domain.runs import Budget, Lease
from app.providers.costs import Basis, Cost, Usage
from app.providers.exchange import Attempt, Format, Outcome, Reply
from app.providers.exchange import Question as Sent
from app.providers.provider import Journal, Unkept
from app.worker import judging, ledger
from app.worker.ledger import Ledger
from benchmarks.endpoint import Asked, Said, deliberate, served
from tests.arenas import rows_of
from tests.judging import Recorder, counted, desk, judge_at, judged_arena, progress, start, work


class Chancy:
    """A provider whose replies take random time and random tokens, up to the most that they may."""

    concurrency = 6

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._slots = asyncio.Semaphore(self.concurrency)

    async def ask(self, question: Sent, journal: Journal | None = None) -> Outcome:
        kept = journal or Unkept()
        async with self._slots:
            await kept.sending(1, Format.PLAIN)
            await asyncio.sleep(self._chance.random() * 0.003)
            reply = Reply('{"winner": "B"}', question.model, "stop", "", None)
            most = self.most(question).usage
            used = Usage(self._chance.randint(0, most.input), self._chance.randint(0, most.output))
            cost = Cost(Basis.STATED, used, used.input + 2 * used.output)
            attempt = Attempt(1, Format.PLAIN, None, "", 200, cost, 0.0)
        await kept.ended(attempt, reply)
        return replace(reply, attempts=(attempt,))

    def most(self, question: Sent) -> Cost:
        """Different for each question."""
        read = 50 + len(question.idempotency_key or "") + int((question.idempotency_key or "0")[:2], 16)
        return Cost(Basis.POSSIBLE, Usage(read, 100), read + 200)

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("budget", "limit"),
    [
        (Budget(calls=5), "5 calls"),
        (Budget(tokens=1_500), "1,500 tokens"),
        (Budget(micros=2_000), "0.002 in money"),
    ],
    ids=["calls", "tokens", "money"],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_no_budget_is_passed_at_any_moment_and_a_raised_one_goes_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: Budget, limit: str, seed: int
) -> None:
    judged_arena(database, 8)
    provider = Chancy(seed)
    monkeypatch.setattr(providers, "opened", lambda *_: provider)
    written, moments = Ledger._commit, []

    def watched(self: Ledger, entries: Sequence[ledger.Entry]) -> list[Any]:
        found = written(self, entries)
        moments.append(len(counted(database, run)))  # asserts that the sums are within the budget
        return found

    monkeypatch.setattr(Ledger, "_commit", watched)
    run = start(database, judge_at("https://models.example.org/v1"), budget=budget)
    done = work(database, tmp_path, run)
    assert (done.run.state, done.run.why) == ("paused", f"over budget: one more request might pass {limit}")
    assert 0 < done.run.votes < 16
    assert _nearly_spent(done.run)
    factor = 2
    while done.run.state == "paused":
        raised = Budget(*(each and each * factor for each in (budget.calls, budget.tokens, budget.micros)))
        with database.writing() as session:
            runs.resume(session, runs.find(session, run), budget=raised)
        factor, before = 2 * factor, done.run.votes
        done = work(database, tmp_path, run)
        assert done.run.votes > before
    assert (done.run.state, done.run.votes, done.run.failed) == ("done", 16, 0)
    assert len(counted(database, run)) == 16
    assert len(moments) > 10


def test_a_worker_whose_lease_was_taken_sends_nothing_more_and_what_it_paid_for_is_counted_and_kept(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 8)
    thief: list[Lease] = []

    def say(asked: Asked, number: int) -> Said:
        while number == 5 and not thief:  # a run that is being written is not there to take
            with database.writing() as session:
                lease = runs.take(session, "other", datetime.now(UTC) + timedelta(hours=1), 3600, run)
            thief.extend([lease] if lease else [])
        return deliberate(asked, 0.01)

    recorder = Recorder(say)
    with served(recorder) as url:
        run = start(database, judge_at(url, settings={"concurrency": 3}))
        work(database, tmp_path, run)
        (lease,) = thief
        asked = len(recorder.asked)
        assert 5 <= asked <= 8  # two were asked beside it, and one had its turn
        requests = counted(database, run)
        assert [(each.state, each.basis) for each in requests] == [("ended", "stated")] * asked
        with database.writing() as session:
            runs.leave(session, lease, datetime.now(UTC))
        done = work(database, tmp_path, run)
    # Replies that came too late were kept, so that none is unknown and none was asked for again.
    assert (done.run.state, done.run.votes, done.run.failed, done.unknown) == ("done", 16, 0, 0)
    assert set(recorder.questions.values()) == {1}
    assert len(counted(database, run)) == len(recorder.asked) == 16


def test_each_entry_needs_the_lease_and_a_late_end_counts_once(database: Database) -> None:
    run, judgment = _taken_run(database)
    slow = _lease(database, "slow", timedelta())
    most, paid = Cost(Basis.POSSIBLE, Usage(10, 20), 50), Cost(Basis.STATED, Usage(10, 5), 20)
    question = Question(
        judgment, "overall", 0, "1" * 64, Wording("overall", ({"role": "user", "content": "?"},))
    )
    attempt = Attempt(1, Format.PLAIN, None, "", 200, paid, 0.1)
    reply = Reply('{"winner": "A"}', "m", "stop", "", None)

    async def too_late() -> None:
        with ThreadPoolExecutor(1) as thread:
            kept = Ledger(database, slow, 30, thread)
            writer = asyncio.create_task(kept.write())
            call = await kept.open(question)
            request = await kept.send(Sending(call.call_id, "plain", most))
            _lease(database, "quick", timedelta(minutes=1))
            assert [(each.state, each.micros) for each in counted(database, run)] == [("unknown", 50)]
            with pytest.raises(LeaseLost):
                await kept.send(Sending(call.call_id, "plain", most))
            with pytest.raises(LeaseLost):
                await kept.open(question)
            for _ in range(2):
                with pytest.raises(LeaseLost):
                    await kept.note(Ended(request, call.call_id, attempt, reply))
                assert [(each.state, each.micros) for each in counted(database, run)] == [("ended", 20)]
            writer.cancel()

    asyncio.run(too_late())
    ((state, text),) = rows_of(database, JudgeCall.state, JudgeCall.reply)
    assert (state, text["text"]) == ("answered", '{"winner": "A"}')


def test_a_worker_that_slept_past_its_lease_goes_on_only_where_nobody_took_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_arena(database, 2)
    ahead = [timedelta()]
    monkeypatch.setattr(ledger, "_now", lambda: datetime.now(UTC) + ahead[0])
    taken: list[bool] = []

    def say(asked: Asked, number: int) -> Said:
        ahead[0] = timedelta(hours=1)
        with database.reading() as session:
            taken.append(runs.waits(session, datetime.now(UTC) + ahead[0], run))
        return deliberate(asked)

    with served(Recorder(say)) as url:
        run = start(database, judge_at(url, orders="ab", settings={"concurrency": 1}))
        done = work(database, tmp_path, run)
    assert taken == [True, False]  # the first entry after the sleep renewed the lease
    assert (done.run.state, done.run.votes) == ("done", 2)


def test_a_database_that_is_away_for_a_moment_loses_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_arena(database, 6)
    monkeypatch.setattr(ledger, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(judging, "LOOK_SECONDS", 0.01)
    recorder, away = Recorder(), _Away()
    with served(recorder) as url:
        run = start(database, judge_at(url, settings={"concurrency": 3}))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Database, "writing", away.sometimes(Database.writing))
            patched.setattr(Database, "reading", away.sometimes(Database.reading))
            stop = threading.Event()
            worker = threading.Thread(
                target=judging.work, args=(desk(database, tmp_path, lease_seconds=1.0), stop)
            )
            worker.start()
            while not away.quietly(lambda: progress(database, run).run.state == "done"):
                assert worker.is_alive()
            stop.set()
            worker.join()
    assert away.times > 5
    done = progress(database, run)
    assert (done.run.votes, done.run.failed, done.unknown) == (12, 0, 0)
    assert set(recorder.questions.values()) == {1}
    assert len(counted(database, run)) == len(recorder.asked) == 12


def test_an_entry_that_cannot_be_written_keeps_no_other_from_the_disk_and_pauses_the_run(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    judged_arena(database, 4)
    finish = judgments.finish

    def poisoned(session: Session, run: JudgeRun, judge: Any, judged: Sequence[Any], now: datetime) -> None:
        if any(each.task.judgment_id == 3 for each in judged):
            raise ValueError("a bug")
        finish(session, run, judge, judged, now)

    recorder = Recorder()
    with served(recorder) as url:
        run = start(database, judge_at(url, settings={"concurrency": 2}))
        with monkeypatch.context() as patched:
            patched.setattr(judgments, "finish", poisoned)
            done = work(database, tmp_path, run)
        assert (done.run.state, done.run.why) == ("paused", "the program failed; its log says where")
        assert "a bug" in caplog.text
        assert {each.state for each in counted(database, run)} == {"ended"}
        assert 2 <= done.run.votes <= 7
        with database.writing() as session:
            runs.resume(session, runs.find(session, run))
        done = work(database, tmp_path, run)
    assert (done.run.state, done.run.votes) == ("done", 8)
    assert set(recorder.questions.values()) == {1}
    counted(database, run)


class _Away:
    """A database that every third time cannot be reached."""

    def __init__(self) -> None:
        self.times = self._calls = 0
        self._local = threading.local()

    def sometimes(self, opened: Any) -> Any:
        @contextmanager
        def maybe(database: Database) -> Any:
            self._calls += 1
            if self._calls % 3 == 0 and not getattr(self._local, "quiet", False):
                self.times += 1
                raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))
            with opened(database) as session:
                yield session

        return maybe

    def quietly(self, look: Any) -> Any:
        """The test itself sees it all the time."""
        self._local.quiet = True
        return look()


def _nearly_spent(run: JudgeRun) -> bool:
    """Whether one more request might have passed the budget: the dearest reads 369 tokens and writes 100."""
    tokens = run.input_tokens + run.output_tokens
    return (
        (run.most_calls is not None and run.calls == run.most_calls)
        or (run.most_tokens is not None and tokens + 500 > run.most_tokens)
        or (run.most_micros is not None and run.micros + 600 > run.most_micros)
    )


def _taken_run(database: Database) -> tuple[str, int]:
    judged_arena(database, 1)
    run = start(database, judge_at("https://models.example.org/v1"))
    with database.reading() as session:
        return run, session.scalars(select(Judgment.id).order_by(Judgment.id).limit(1)).one()


def _lease(database: Database, worker: str, later: timedelta) -> Lease:
    with database.writing() as session:
        lease = runs.take(session, worker, datetime.now(UTC) + later, 30)
    assert lease is not None
    return lease
