"""Writing down what a run does while it waits for replies: whatever came up since the last commit goes into the next.

A question waits two or three times for a commit, so that hundreds at once cost a few commits each second.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db.session import Database
from app.db.tables import Judge, JudgeRun
from app.domain import calls, judgments, runs
from app.domain.calls import Asked, Ended, LeaseLost, NotRunning, Opened, OverBudget, Sending
from app.domain.judges.items import Checklist
from app.domain.judges.replies import Unanswered
from app.domain.judgments import Judged, Unaskable
from app.domain.runs import Lease
from app.providers import exchange

FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0  # seconds until a database that is away is tried again
MANY, GATHER_SECONDS = 8, 0.02
"""While so many requests are in flight, a commit waits for what comes up meanwhile: twenty entries cost little more
than one, and a request has its turn before its slot is free (`Pace.turn`)."""

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failed:
    """A call without a reply."""

    call_id: int
    answer: Unanswered


@dataclass(frozen=True, slots=True)
class Stop:
    """The run cannot go on by itself, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Renew:
    """Nothing but the lease."""


@dataclass(frozen=True, slots=True)
class Made:
    """A checklist that the judge wrote for a prompt."""

    prompt_id: int
    checklist: Checklist


Entry = Asked | Sending | Ended | Failed | Made | Judged | Unaskable | Stop | Renew


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    done: "asyncio.Future[Any]"


@dataclass(slots=True)
class Ledger:
    """The ledger of one run under one lease, for one event loop. `lease_seconds` from now after each commit.

    `open`, `send` and `keep` return once the entry is on disk: for a question its call, for a request its id, for a
    checklist the one that stands. A request that does not fit into the budget waits while others may still give
    something back.
    """

    database: Database
    lease: Lease
    lease_seconds: float
    thread: Executor
    closing: bool = False
    _waiting: list[_Waiting] = field(default_factory=list)
    _deferred: list[_Waiting] = field(default_factory=list)
    _in_flight: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, asked: Asked) -> Opened:
        """Raises LeaseLost."""
        opened: Opened = await self._record(asked)
        return opened

    async def send(self, sending: Sending) -> int:
        """Raises LeaseLost, NotRunning, OverBudget."""
        request_id: int = await self._record(sending)
        return request_id

    async def keep(self, made: Made) -> Checklist:
        """What the prompt's checklist is then. Raises LeaseLost."""
        checklist: Checklist = await self._record(made)
        return checklist

    async def note(self, entry: Ended | Failed | Judged | Unaskable | Stop | Renew) -> None:
        """Raises LeaseLost."""
        await self._record(entry)

    async def write(self) -> None:
        """Commit what is recorded, until cancelled. Whatever goes wrong is told to those who wait."""
        while True:
            await self._wake.wait()
            if self._in_flight >= MANY:
                await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            batch = [*self._deferred, *self._waiting]
            self._deferred, self._waiting = [], []
            self._tell(batch, await self._results([each.entry for each in batch]))

    async def _record(self, entry: Entry) -> Any:
        waiting = _Waiting(entry, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._wake.set()
        return await waiting.done

    def _tell(self, batch: Sequence[_Waiting], results: Sequence[Any]) -> None:
        for each, result in zip(batch, results, strict=True):
            self._in_flight += isinstance(each.entry, Sending) and isinstance(result, int)
            self._in_flight -= isinstance(each.entry, Ended)
        for each, found in zip(batch, results, strict=True):
            result = found
            if isinstance(result, OverBudget) and self.closing:
                result = NotRunning("the worker stops")
            if isinstance(result, OverBudget) and self._in_flight > 0:
                self._deferred.append(each)
            elif each.done.done():  # who asked was cancelled
                continue
            elif isinstance(result, Exception):
                each.done.set_exception(result)
            else:
                each.done.set_result(result)

    async def _results(self, entries: Sequence[Entry]) -> list[Any]:
        """What comes of each; an entry that cannot be written keeps none of the others from the disk."""
        try:
            return await self._committed(entries)
        except LeaseLost as lost:
            return [lost] * len(entries)
        except Exception as failed:  # noqa: BLE001  # told to whoever waits for it, who raises it
            if len(entries) == 1:
                return [failed]
            return [result for each in entries for result in await self._results([each])]

    async def _committed(self, entries: Sequence[Entry]) -> list[Any]:
        """The results of the entries; a database that is away is waited for as long as the lease may hold."""
        wait = FIRST_WAIT
        while True:
            try:
                return await self._in_thread(lambda: self._commit(entries))
            except OperationalError:
                log.exception("the ledger cannot be written and is tried again")
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)

    def _commit(self, entries: Sequence[Entry]) -> list[Any]:
        try:
            with self.database.writing() as session:
                run = calls.renew(session, self.lease, _now(), self.lease_seconds)
                return _written(session, run, self.lease, entries)
        except LeaseLost:
            # What was paid for is true whoever has the run now.
            with self.database.writing() as session:
                lost = session.get_one(JudgeRun, self.lease.run_id, with_for_update=True)
                calls.settle_late(
                    session, lost, [each for each in entries if isinstance(each, Ended)], _now()
                )
            raise


@dataclass(slots=True)
class Journal:
    """Each request of one call goes into the ledger before it is sent and after it ended."""

    ledger: Ledger
    call_id: int
    most: Any
    halts: Callable[[], bool]
    request_id: int = 0

    async def sending(self, number: int, format: exchange.Format) -> None:
        if self.halts():
            raise NotRunning("the worker stops")
        self.request_id = await self.ledger.send(Sending(self.call_id, format.value, self.most))

    async def ended(self, attempt: exchange.Attempt, outcome: exchange.Outcome) -> None:
        await self.ledger.note(Ended(self.request_id, self.call_id, attempt, outcome))


def _written(session: Session, run: JudgeRun, lease: Lease, entries: Sequence[Entry]) -> list[Any]:
    """Ends come first, so that what they give back can be used by what is sent."""
    now, results = _now(), [None] * len(entries)
    ended = [each for each in entries if isinstance(each, Ended)]
    calls.settle(session, run, ended, now)
    calls.keep(session, ended, now)
    calls.fail(session, {each.call_id: each.answer for each in entries if isinstance(each, Failed)}, now)
    judged = [each for each in entries if isinstance(each, Judged)]
    if judged:
        judgments.finish(session, run, session.get_one(Judge, run.judge_id), judged, now)
    made = [(at, each) for at, each in enumerate(entries) if isinstance(each, Made)]
    stands = _kept(session, run, [each for _, each in made], now)
    judgments.refuse(session, run, [each for each in entries if isinstance(each, Unaskable)], now)
    for stop in (each for each in entries if isinstance(each, Stop)):
        runs.stop(session, lease, stop.why)
    asked = [(at, each) for at, each in enumerate(entries) if isinstance(each, Asked)]
    opened = calls.open_calls(session, run, [each for _, each in asked], now)
    sending = [(at, each) for at, each in enumerate(entries) if isinstance(each, Sending)]
    sent = _sent(session, run, lease, [each for _, each in sending], now)
    found: list[Any] = list(results)
    for (at, _), result in (
        *zip(asked, opened, strict=True),
        *zip(sending, sent, strict=True),
        *zip(made, stands, strict=True),
    ):
        found[at] = result
    return found


def _kept(session: Session, run: JudgeRun, made: Sequence[Made], now: datetime) -> list[Checklist]:
    if not made:
        return []
    judge = session.get_one(Judge, run.judge_id)
    stands = judgments.keep_checklists(session, judge, {each.prompt_id: each.checklist for each in made}, now)
    return [stands[each.prompt_id] for each in made]


def _sent(
    session: Session, run: JudgeRun, lease: Lease, sending: Sequence[Sending], now: datetime
) -> list[int | Exception]:
    if run.state != "running":
        return [NotRunning(f"the run is {run.state}") for _ in sending]
    ids = calls.send(session, run, lease, sending, now)
    return [
        OverBudget(calls.short_of(run, each.most)) if request_id is None else request_id
        for request_id, each in zip(ids, sending, strict=True)
    ]


def _now() -> datetime:
    return datetime.now(UTC)
