"""Runs: one errand of a judge over chosen battles, which outlives the program that works on it.

running → paused → running → done, or cancelled. A worker takes a run for a while and renews that lease; when it dies
the lease runs out and another worker goes on. What was asked and never heard of stays in the ledger as unknown.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import providers
from app.db.bulk import inserted
from app.db.tables import Arena, Judge, JudgeCall, JudgeRequest, JudgeRun, Judgment
from app.domain import selections
from app.domain.errors import Invalid, RunNotFound, RunNotOpen, RunOpen
from app.domain.judges import roster
from app.domain.paging import Page, after, page
from app.domain.selections import Selection

OPEN = ("running", "paused")
MOST = 2**62
CHUNK = 5_000
LOST = {
    "state": "unknown",
    "kind": "unknown",
    "reason": "unknown",
    "detail": "it was asked, and no answer was seen",
}
"""A call that may have been paid for: to ask the same again might be to pay for it twice."""
UNKNOWN = "unknown:"
"""How the failure of a judgment begins where it is unknown whether an answer was paid for."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may use at most, None without limit: requests, tokens read and written, millionths of the currency."""

    calls: int | None = None
    tokens: int | None = None
    micros: int | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a run; `number` tells it from the leases before and after."""

    run_id: int
    number: int
    worker: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Requests of one basis: how many, their tokens, their cost where a price is known."""

    basis: str
    calls: int
    input_tokens: int
    output_tokens: int
    micros: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `eta_seconds` from its pace since it was last started; None where that cannot be told.

    `failures` counts judgments by what kept them from a verdict, `unknown` the requests whose end nobody saw.
    """

    run: JudgeRun
    judge: Judge
    open: int
    unknown: int
    eta_seconds: float | None
    spent: tuple[Spent, ...]
    failures: Mapping[str, int]


def start(
    session: Session,
    arena: Arena,
    judge: Judge,
    selection: Selection,
    budget: Budget,
    now: datetime,
    *,
    ask_unknown: bool = False,
) -> JudgeRun:
    """A run over the chosen battles that this version of the judge has not judged yet, in each of its orders.

    Raises Invalid where there is none, or where a budget of money has no prices to go by; RunOpen.
    """
    if judge.archived_at is not None:
        raise Invalid(f"judge {judge.name!r} is archived; register it again to go on with it")
    _check_budget(judge, budget)
    run = JudgeRun(
        public_id=secrets.token_hex(8),
        arena_id=arena.id,
        judge_id=judge.id,
        judge=judge.name,
        selection={name: value for name, value in asdict(selection).items() if value not in (None, ())},
        wording_hash=roster.wording_hash(session, arena, judge),
        state="running",
        why="",
        ask_unknown=ask_unknown,
        most_calls=budget.calls,
        most_tokens=budget.tokens,
        most_micros=budget.micros,
        created_at=now,
    )
    session.add(run)
    _flush_open(session, run)
    asked = roster.dimensions_of(session, arena, judge)
    chosen = selections.battles(session, arena, judge, selection, len(asked), now)
    rows = [
        {"run_id": run.id, "battle_id": battle, "shown_as_a": side, "state": "waiting"}
        for battle, sides in chosen
        for side in sides
    ]
    if not rows and selection.only:
        raise Invalid(
            "there is nothing to write: each prompt of the battles that fit has a checklist, or none fits"
        )
    if not rows:
        raise Invalid(
            f"there is nothing to judge: {judge.name}@{judge.version} has judged all battles that fit, or none fits"
        )
    for at in range(0, len(rows), CHUNK):
        inserted(session, Judgment, rows[at : at + CHUNK])
    run.judgments = len(rows)
    session.flush()
    return run


def find(session: Session, public_id: str) -> JudgeRun:
    """Raises RunNotFound."""
    run = session.scalar(select(JudgeRun).where(JudgeRun.public_id == public_id))
    if run is None:
        raise RunNotFound("there is no such run")
    return run


def list_runs(
    session: Session, arena: Arena, limit: int, cursor: str | None, judge: str | None = None
) -> Page[JudgeRun]:
    """Newest first."""
    query = select(JudgeRun).where(JudgeRun.arena_id == arena.id)
    if judge is not None:
        query = query.where(JudgeRun.judge == judge)
    newest = after(cursor) or None
    if newest is not None:
        query = query.where(JudgeRun.id < newest)
    rows = session.scalars(query.order_by(JudgeRun.id.desc()).limit(limit + 1)).all()
    return page(rows, [row.id for row in rows], limit)


def pause(session: Session, run: JudgeRun, why: str) -> None:
    """Send nothing more; what was sent is still waited for and kept. Raises RunNotOpen."""
    _lock(session, run)
    if run.state not in OPEN:
        raise RunNotOpen(f"the run is {run.state}, so there is nothing to pause")
    run.state, run.why = "paused", why
    session.flush()


def cancel(session: Session, run: JudgeRun, why: str, now: datetime) -> None:
    """End the run; its votes stay. Raises RunNotOpen."""
    _lock(session, run)
    if run.state not in OPEN:
        raise RunNotOpen(f"the run is {run.state} already")
    run.state, run.why, run.ended_at = "cancelled", why, now
    if run.leased_until is None or run.leased_until <= now:
        _lose(session, run, now)  # nobody will take it again
    session.flush()


def resume(
    session: Session,
    run: JudgeRun,
    *,
    budget: Budget | None = None,
    ask_unknown: bool | None = None,
    retry_failed: bool = False,
) -> None:
    """Go on, under another budget where one is given. `retry_failed` judges again what has no verdict; what is
    unknown is asked again only with `ask_unknown`. A run that is done can be resumed to retry.

    Raises RunNotOpen, RunOpen, Invalid.
    """
    _lock(session, run)
    if run.state == "cancelled":
        raise RunNotOpen("the run is cancelled; start another, which pays for no question twice")
    if budget is not None:
        _check_budget(session.get_one(Judge, run.judge_id), budget)
        run.most_calls, run.most_tokens, run.most_micros = budget.calls, budget.tokens, budget.micros
    if ask_unknown is not None:
        run.ask_unknown = ask_unknown
    again = _wait_again(session, run, retry_failed)
    if run.state == "done" and not again:
        raise RunNotOpen("the run is done, and nothing in it can be asked again")
    run.state, run.why, run.ended_at = "running", "", None
    _flush_open(session, run)


def waits(session: Session, now: datetime, only: str | None = None) -> bool:
    """Whether a run waits for a worker: looking for work locks nothing."""
    return session.scalar(_waiting(now, only).limit(1)) is not None


def take(
    session: Session, worker: str, now: datetime, seconds: float, only: str | None = None
) -> Lease | None:
    """The oldest run that waits for a worker, now this worker's. Its open requests are unknown from here on."""
    run = session.scalar(_waiting(now, only).limit(1).with_for_update(skip_locked=True))
    if run is None:
        return None
    run.worker, run.lease, run.revision = worker, run.lease + 1, run.revision + 1
    run.leased_until = now + timedelta(seconds=seconds)
    run.started_at, run.ended_before = now, run.ended
    _lose(session, run, now)
    session.flush()
    return Lease(run.id, run.lease, worker)


def leave(session: Session, lease: Lease, now: datetime) -> None:
    """Give the run back; one without anything left to do is done. What was not waited for is unknown from here on."""
    run = _held(session, lease)
    if run is None:
        return
    left = session.scalar(
        select(Judgment.id).where(Judgment.run_id == run.id, Judgment.state == "waiting").limit(1)
    )
    if run.state == "running" and left is None:
        run.state, run.why, run.ended_at = "done", "", now
    # Under a number of its own, so that nothing that is still on its way renews what was given back.
    run.worker, run.leased_until, run.lease = None, None, run.lease + 1
    _lose(session, run, now)
    session.flush()


def stop(session: Session, lease: Lease, why: str) -> None:
    """Pause the run that is held: it cannot go on by itself."""
    run = _held(session, lease)
    if run is not None and run.state == "running":
        run.state, run.why = "paused", why
        session.flush()


def progress(session: Session, run: JudgeRun, now: datetime) -> Progress:
    spent = session.execute(
        select(
            JudgeRequest.basis,
            func.count().label("calls"),
            func.sum(JudgeRequest.input_tokens).label("read"),
            func.sum(JudgeRequest.output_tokens).label("written"),
            func.coalesce(func.sum(JudgeRequest.micros), 0).label("micros"),
        )
        .where(JudgeRequest.run_id == run.id)
        .group_by(JudgeRequest.basis)
        .order_by(JudgeRequest.basis)
    )
    counted = session.execute(
        select(JudgeRequest.state, func.count())
        .where(JudgeRequest.run_id == run.id)
        .group_by(JudgeRequest.state)
    )
    states = {str(state): int(count) for state, count in counted}
    failures = session.execute(
        select(Judgment.failure, func.count())
        .where(Judgment.run_id == run.id, Judgment.state == "failed")
        .group_by(Judgment.failure)
        .order_by(func.count().desc(), Judgment.failure)
    )
    return Progress(
        run=run,
        judge=session.get_one(Judge, run.judge_id),
        open=states.get("sent", 0),
        unknown=states.get("unknown", 0),
        eta_seconds=_eta(run, now),
        spent=tuple(
            Spent(row.basis, row.calls, int(row.read), int(row.written), int(row.micros)) for row in spent
        ),
        failures={str(failure): int(count) for failure, count in failures},
    )


def _waiting(now: datetime, only: str | None) -> Select[JudgeRun]:
    free = or_(JudgeRun.leased_until.is_(None), JudgeRun.leased_until <= now)
    query = select(JudgeRun).where(JudgeRun.state == "running", free).order_by(JudgeRun.id)
    return query if only is None else query.where(JudgeRun.public_id == only)


def _eta(run: JudgeRun, now: datetime) -> float | None:
    done = run.ended - run.ended_before
    if run.state != "running" or run.leased_until is None or run.started_at is None or done <= 0:
        return None
    return (now - run.started_at).total_seconds() / done * (run.judgments - run.ended)


def _held(session: Session, lease: Lease) -> JudgeRun | None:
    run = session.scalar(
        select(JudgeRun).where(JudgeRun.id == lease.run_id, JudgeRun.lease == lease.number).with_for_update()
    )
    if run is not None:
        run.revision += 1
    return run


def _lock(session: Session, run: JudgeRun) -> None:
    session.refresh(run, with_for_update=True)
    run.revision += 1


def _lose(session: Session, run: JudgeRun, now: datetime) -> None:
    """What was sent and not heard of. It counts for all that it can have cost already."""
    lost = (JudgeRequest.run_id == run.id, JudgeRequest.state == "sent")
    session.execute(
        update(JudgeCall)
        .where(JudgeCall.id.in_(select(JudgeRequest.call_id).where(*lost)), JudgeCall.state == "open")
        .values(**LOST, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(JudgeRequest).where(*lost).values(state="unknown").execution_options(synchronize_session=False)
    )


def _wait_again(session: Session, run: JudgeRun, retry_failed: bool) -> int:
    """Let failed judgments wait again; how many there are. What has a reply is read again and not paid for again."""
    unknown = Judgment.failure.startswith(UNKNOWN)
    wanted = [*([unknown] if run.ask_unknown else []), *([~unknown] if retry_failed else [])]
    if not wanted:
        return 0
    failed = (Judgment.run_id == run.id, Judgment.state == "failed", or_(*wanted))
    again = session.scalar(select(func.count()).select_from(Judgment).where(*failed)) or 0
    session.execute(
        update(Judgment)
        .where(*failed)
        .values(state="waiting", failure=None, ended_at=None)
        .execution_options(synchronize_session=False)
    )
    run.ended, run.failed = run.ended - again, run.failed - again
    return again


def _check_budget(judge: Judge, budget: Budget) -> None:
    for name, value in asdict(budget).items():
        if value is not None and not 0 < value <= MOST:
            raise Invalid(f"budget: {name} must be more than 0")
    settings: Any = providers.find(judge.provider).configured(judge.endpoint)
    if budget.micros is not None and settings.input_price is None:
        raise Invalid(
            "budget: a budget of money needs input_price and output_price among the endpoint's settings"
        )


def _flush_open(session: Session, run: JudgeRun) -> None:
    try:
        session.flush()
    except IntegrityError as refused:
        raise RunOpen(
            f"another run of judge {run.judge!r} is running or paused in this arena; wait for it or cancel it, so that "
            "no question is paid for twice"
        ) from refused


def judges_of(session: Session, rows: Sequence[JudgeRun]) -> dict[int, Judge]:
    """The judges of these runs, by id."""
    ids = {row.judge_id for row in rows}
    return {judge.id: judge for judge in session.scalars(select(Judge).where(Judge.id.in_(ids)))}
