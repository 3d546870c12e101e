"""Judge runs, worked on: a run is taken for a while, its judgments are asked about, many at once, and written down.

A run has one worker at a time, so that its limits of speed and its budget hold however many workers there are. A worker
that dies leaves its runs to the others once its leases have run out.
"""

import asyncio
import hashlib
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import providers
from app.db.session import Database
from app.db.tables import Judge, JudgeRun
from app.domain import attachments, calls, judgments, runs
from app.domain.calls import Asked, LeaseLost, NotRunning, Opened, OverBudget
from app.domain.errors import ArenaError, Invalid
from app.domain.judges import Protocol, repeats, roster
from app.domain.judges.items import Item
from app.domain.judges.protocol import Counts, Outcomes, Question
from app.domain.judges.replies import Failure, Unanswered
from app.domain.judgments import Judged, Task, Unaskable
from app.domain.runs import Lease
from app.domain.transcripts import Answer, answer_of
from app.providers import exchange
from app.providers.exchange import Reason
from app.providers.provider import Operator, Provider
from app.stats.settings import SettingsError
from app.worker.ledger import Failed, Journal, Ledger, Made, Renew, Stop

MOST_RUNS = 8  # at once in one worker
LOOK_SECONDS = 0.5
GRACE_SECONDS = 20.0  # for what was asked when the worker is told to stop
PAGE = 200
AHEAD = 4  # judgments begun for each question that may be in flight
SILENT = 20  # questions in a row without a reply, but for those too long, after which an endpoint is taken for broken
HOPELESS = frozenset(
    {
        Reason.KEY_MISSING,
        Reason.KEY_REFUSED,
        Reason.NOT_FOUND,
        Reason.REDIRECTED,
        Reason.ADDRESS_REFUSED,
        Reason.CERTIFICATE,
        Reason.QUOTA,
    }
)
"""Failures that every question would meet, so that somebody has to look."""

log = logging.getLogger(__name__)
T = TypeVar("T")


class Stopped(Exception):
    """The run cannot go on by itself."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a worker needs. `fence_key` is secret; `lease_seconds` is how long a dead worker is waited for."""

    database: Database
    operator: Operator
    fence_key: str
    lease_seconds: float = 30.0
    worker: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    )


def fence_key(signing_key: str) -> str:
    """A key of its own for the fences, which are seen by others."""
    return hashlib.sha256(f"fence\n{signing_key}".encode()).hexdigest()


def work(desk: Desk, stop: threading.Event, only: str | None = None) -> None:
    """Work on the runs that wait for a worker until `stop`, or on one of them until nobody can go on with it."""
    asyncio.run(_work(desk, stop, only))


async def _work(desk: Desk, stop: threading.Event, only: str | None) -> None:
    at_work: set[asyncio.Task[None]] = set()
    with ThreadPoolExecutor(MOST_RUNS + 1, "judging") as threads:
        while not stop.is_set():
            lease = None
            if len(at_work) < MOST_RUNS:
                lease = await asyncio.get_running_loop().run_in_executor(threads, _taken, desk, only)
            if lease is not None:
                at_work.add(asyncio.create_task(_at(desk, lease, stop, threads)))
                continue
            if only is not None and not at_work:
                return
            at_work = await _look_later(at_work)
        if at_work:
            await asyncio.wait(at_work)


async def _look_later(at_work: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    if not at_work:
        await asyncio.sleep(LOOK_SECONDS)
        return set()
    _, left = await asyncio.wait(at_work, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    return left


def _taken(desk: Desk, only: str | None) -> Lease | None:
    try:
        with desk.database.reading() as session:
            if not runs.waits(session, _now(), only):
                return None
        with desk.database.writing() as session:
            return runs.take(session, desk.worker, _now(), desk.lease_seconds, only)
    except OperationalError:
        log.exception("the database is away; whether a run waits is looked up again")
        return None


async def _at(desk: Desk, lease: Lease, stop: threading.Event, threads: ThreadPoolExecutor) -> None:
    """One run, from its lease to its end; what goes wrong in it stays in it."""
    ledger = Ledger(desk.database, lease, desk.lease_seconds, threads)
    writer = asyncio.create_task(ledger.write())
    try:
        await _Errand(desk, ledger, threads, stop).run()
    except LeaseLost:
        log.warning("run %s was taken over by another worker", lease.run_id)
    except Exception:  # a bug in one run must not stop the others; the run is paused and says so
        log.exception("run %s failed", lease.run_id)
        with suppress(LeaseLost):
            await ledger.note(Stop("the program failed; its log says where"))
    finally:
        writer.cancel()
        await asyncio.get_running_loop().run_in_executor(threads, _left, desk, lease)


def _left(desk: Desk, lease: Lease) -> None:
    try:
        with desk.database.writing() as session:
            runs.leave(session, lease, _now())
    except OperationalError:
        log.exception("the database is away; run %s is free once its lease has run out", lease.run_id)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What does not change while a run is worked on."""

    run: JudgeRun
    judge: Judge
    protocol: Protocol[Any]
    settings: Any
    provider: Provider
    holding: asyncio.Semaphore  # pictures, which are in memory only while the provider has their question


@dataclass(slots=True)
class _Errand:
    desk: Desk
    ledger: Ledger
    threads: ThreadPoolExecutor
    stop: threading.Event
    halted: bool = False
    failure: Exception | None = None
    silent: int = 0
    pending: dict[str, "asyncio.Event"] = field(default_factory=dict)

    async def run(self) -> None:
        """Until nothing is left, or it cannot go on. A database that cannot be read ends it too: the run waits then and
        is taken again once the database is back.
        """
        try:
            plan = await self._read(self._plan)
            await self._carried_out(plan)
        except (ArenaError, SettingsError) as wrong:
            await self.ledger.note(Stop(str(wrong)))
        except OperationalError:
            log.exception("the database is away; run %s is taken again later", self.ledger.lease.run_id)

    async def _carried_out(self, plan: _Plan) -> None:
        beat = asyncio.create_task(self._renew())
        try:
            while await self._pass(plan):
                pass
        finally:
            beat.cancel()
            await plan.provider.close()

    def _plan(self, session: Session) -> _Plan:
        run = session.get_one(JudgeRun, self.ledger.lease.run_id)
        judge = session.get_one(Judge, run.judge_id)
        session.expunge_all()
        protocol, settings = roster.protocol_of(judge)
        provider = providers.opened(judge.provider, judge.endpoint, self.desk.operator)
        holding = asyncio.Semaphore(provider.concurrency)
        return _Plan(run, judge, protocol, settings, provider, holding)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self.desk.lease_seconds / 3)
            with suppress(LeaseLost):  # whoever writes next is told
                await self.ledger.note(Renew())

    async def _pass(self, plan: _Plan) -> bool:
        """Once through all judgments that wait; whether there were any and the run can go on."""
        room = asyncio.Semaphore(AHEAD * plan.provider.concurrency)
        begun: set[asyncio.Task[None]] = set()
        after, any_left = 0, False
        try:
            while not self._halts() and (tasks := await self._waiting(plan, after)):
                any_left, after = True, tasks[-1].judgment_id
                for task in tasks:
                    await room.acquire()
                    if self._halts():
                        break
                    begun.add(made := asyncio.create_task(self._judge(plan, task, room)))
                    made.add_done_callback(begun.discard)
        finally:
            await self._finished(begun)
        if self.failure is not None:
            raise self.failure
        return any_left and not self._halts()

    async def _finished(self, begun: set[asyncio.Task[None]]) -> None:
        """Wait for what was begun; when the worker is told to stop, only for what was asked, and not for ever."""
        while begun:
            await asyncio.wait(begun, timeout=LOOK_SECONDS)
            if self.stop.is_set():
                self.ledger.closing = True
                _, late = await asyncio.wait(begun, timeout=GRACE_SECONDS) if begun else (set(), set())
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    def _halts(self) -> bool:
        self.halted = self.halted or self.stop.is_set()
        return self.halted

    async def _waiting(self, plan: _Plan, after: int) -> Sequence[Task | Unaskable]:
        run, judge, key = plan.run, plan.judge, self.desk.fence_key
        return await self._read(lambda read: judgments.waiting(read, run, judge, after, PAGE, key))

    async def _read(self, look: Callable[[Session], T]) -> T:
        def read() -> T:
            with self.desk.database.reading() as session:
                return look(session)

        return await asyncio.get_running_loop().run_in_executor(self.threads, read)

    async def _judge(self, plan: _Plan, task: Task | Unaskable, room: asyncio.Semaphore) -> None:
        """One judgment; where the run cannot go on it stays waiting. What is not foreseen ends the whole errand: left
        alone, the judgment would be begun again and again.
        """
        try:
            found = task if isinstance(task, Unaskable) else await self._within_budget(plan, task)
            await self.ledger.note(found)
        except (NotRunning, Stopped):
            self.halted = True
        except Exception as failed:  # noqa: BLE001  # raised again by the pass, once all that was asked has ended
            self.halted, self.ledger.closing = True, True
            self.failure = self.failure or failed
        finally:
            room.release()

    async def _within_budget(self, plan: _Plan, task: Task) -> Judged | Unaskable:
        try:
            return await self._judged(plan, task)
        except OverBudget as over:
            return await self._stopped(f"over budget: one more request might pass {over}")

    async def _stopped(self, why: str) -> NoReturn:
        """Pause the run. Raises Stopped."""
        self.halted = True
        await self.ledger.note(Stop(why))
        raise Stopped(why)

    async def _judged(self, plan: _Plan, task: Task) -> Judged | Unaskable:
        try:
            item = await self._informed(plan, task)
            if not task.judges:
                return Judged(task, judgments.written(item))
            if not isinstance(item, Item):
                return Judged(task, {each.slug: item for each in task.item.dimensions})
            questions = plan.protocol.questions(item, plan.settings)
        except Invalid as missing:
            return Unaskable(task.judgment_id, missing.detail)
        said = [await self._round(plan, task, item, questions, each) for each in range(plan.judge.repeats)]
        margin = getattr(plan.settings, "tie_margin", 0.0)
        slugs = [each.slug for each in item.dimensions]
        return Judged(task, *repeats.together(said, slugs, margin))

    async def _informed(self, plan: _Plan, task: Task) -> Item | Failure:
        """The item with all that must be known first, or why it is not."""
        item = task.item
        if roster.reads_checklists(plan.judge):  # another may have been stored since the tasks were read
            wanted = [task.prompt_id]
            there = await self._read(lambda read: judgments.checklists_of(read, plan.judge, wanted))
            item = replace(item, checklist=there.get(task.prompt_id))
        for question in judgments.preliminary(plan.judge, task, item, plan.settings):
            reply = await self._asked(plan, task, question, 0)
            found = judgments.informed(item, question.key, reply, plan.settings)
            if not isinstance(found, Item):
                return found
            if found.checklist is not None and item.checklist is None:
                found = replace(
                    found, checklist=await self.ledger.keep(Made(task.prompt_id, found.checklist))
                )
            item = found
        return item

    async def _round(
        self, plan: _Plan, task: Task, item: Item, questions: Sequence[Question], repeat: int
    ) -> tuple[Outcomes, Counts]:
        asked = [self._asked(plan, task, question, repeat) for question in questions]
        said = await asyncio.gather(*asked, return_exceptions=True)
        for each in said:
            if isinstance(each, BaseException):
                raise each
        replies: Mapping[str, Any] = {
            question.key: reply for question, reply in zip(questions, said, strict=True)
        }
        # A long reply takes a while to read, and the code of a constraint may take its second.
        return await asyncio.to_thread(plan.protocol.heard, item, replies, plan.settings)

    async def _asked(self, plan: _Plan, task: Task, question: Question, repeat: int) -> Answer:
        """The answer to a question, which is asked once however many judgments wait for it."""
        identity = calls.identity(plan.judge, question, repeat, calls.longest_reply(plan.judge, question))
        while identity in self.pending:
            await self.pending[identity].wait()
        self.pending[identity] = asyncio.Event()
        try:
            opened = await self.ledger.open(Asked(task.judgment_id, question.key, repeat, identity, question))
            if opened.answer is not None:
                return opened.answer
            return await self._answered(plan, opened, question, repeat)
        finally:
            self.pending.pop(identity).set()

    async def _answered(self, plan: _Plan, opened: Opened, question: Question, repeat: int) -> Answer:
        answer = answer_of(await self._outcome(plan, opened, question, repeat))
        if not isinstance(answer, Unanswered):
            self.silent = 0
            return answer
        broken = self._broken(answer)
        # Before it is on disk, so that nothing more is asked meanwhile.
        self.halted = self.halted or bool(broken)
        await self.ledger.note(Failed(opened.call_id, answer))
        if broken:
            await self._stopped(broken)
        return answer

    async def _outcome(
        self, plan: _Plan, opened: Opened, question: Question, repeat: int
    ) -> exchange.Outcome:
        digests = calls.pictures_of(question)
        async with plan.holding if digests else nullcontext():
            pictures = await self._contents(plan.run.arena_id, digests) if digests else {}
            sent = calls.posed(plan.judge, question, repeat, pictures)
            journal = Journal(self.ledger, opened.call_id, plan.provider.most(sent), self._halts)
            return await plan.provider.ask(sent, journal)

    async def _contents(self, arena_id: int, digests: set[str]) -> Mapping[str, tuple[str, bytes]]:
        return await self._read(lambda read: attachments.contents(read, arena_id, digests))

    def _broken(self, answer: Unanswered) -> str:
        """Why the run must pause rather than fail at every question in turn; "" where it need not."""
        self.silent += answer.reason != Reason.TOO_LONG
        why = f"{answer.reason}: {answer.detail}"
        if answer.reason in HOPELESS:
            return why
        return (
            f"{SILENT} questions in a row got no reply; the last one: {why}" if self.silent >= SILENT else ""
        )


def _now() -> datetime:
    return datetime.now(UTC)
