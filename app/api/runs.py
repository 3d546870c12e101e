"""/runs: what a judge is sent to do, how far it is, what was said; paused, resumed, cancelled. Admins only."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.deps import CallerDep, Now, OnceDep, Reading, Writing, allowed, now
from app.api.links import leads_to
from app.api.problems import RESPONSES
from app.api.progress import (
    BudgetIn,
    EstimateOut,
    RunProgressOut,
    RunsOut,
    SelectionIn,
    is_over,
    shown,
    shown_progress,
)
from app.api.records import CallsOut, JudgmentsOut, shown_call, shown_judgment
from app.api.shapes import ArenaPath, Cursor, In, JudgePath, Limit, RunPath
from app.api.streams import Look, Sight
from app.db.session import Database
from app.db.tables import Arena, JudgeRun
from app.domain import estimates, records, runs
from app.domain.accounts import Caller
from app.domain.errors import ArenaNotFound, RunNotFound
from app.domain.judges import roster
from app.settings import operator
from app.worker.judging import fence_key

router = APIRouter(tags=["runs"], responses=RESPONSES)

EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "event": {"enum": ["progress", "done"]},
        "data": {"type": "string"},
    },
    "required": ["id", "event", "data"],
}

Failed = Annotated[bool, Query(description="only of judgments without all their verdicts")]


class RunIn(In):
    """`version` is the newest by default. `ask_unknown`: what was sent and never answered, perhaps paid for, is asked
    again.
    """

    selection: SelectionIn = SelectionIn()
    budget: BudgetIn = BudgetIn()
    ask_unknown: bool = False
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class ResumeIn(In):
    """`budget` takes the place of the one before; `retry_failed` asks again what brought no verdict."""

    budget: BudgetIn | None = None
    ask_unknown: bool | None = None
    retry_failed: bool = False


@router.post(
    "/arenas/{arena}/judges/{judge}/runs",
    status_code=201,
    response_model=RunProgressOut | EstimateOut,
    responses={201: leads_to("get_run", "pause_run", "resume_run", "cancel_run", run="$response.body#/id")},
)
def start_run(
    arena: ArenaPath,
    judge: JudgePath,
    body: RunIn,
    request: Request,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
    dry_run: bool = False,
) -> RunProgressOut | EstimateOut | Response:
    """Send a judge to judge. A dry run says how much it would ask and what that can cost, and asks nothing."""
    row = allowed(session, arena, caller, "admin")
    found = roster.find(session, row, judge, body.version)
    asked = (session, row, found, body.selection.chosen(), body.budget.limits())
    state = request.app.state

    def foretold() -> EstimateOut:
        able, key = operator(state.settings), fence_key(state.signing_key)
        return EstimateOut.model_validate(estimates.estimate(*asked, able, key, now))

    def started() -> RunProgressOut:
        run = runs.start(*asked, now, ask_unknown=body.ask_unknown)
        return shown_progress(row.slug, runs.progress(session, run, now), now)

    return once(foretold, changes=False) if dry_run else once(started)


@router.get("/arenas/{arena}/runs")
def list_runs(
    arena: ArenaPath,
    session: Reading,
    caller: CallerDep,
    now: Now,
    judge: Annotated[str | None, Query(max_length=80, description="of this judge alone")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> RunsOut:
    """The newest first."""
    row = allowed(session, arena, caller, "admin")
    found = runs.list_runs(session, row, limit, cursor, judge)
    judges = runs.judges_of(session, found.items)
    return RunsOut(
        items=[shown(row.slug, each, judges[each.judge_id], now) for each in found.items], next=found.next
    )


@router.get("/runs/{run}")
def get_run(run: RunPath, session: Reading, caller: CallerDep, now: Now) -> RunProgressOut:
    row, arena = _run(session, run, caller)
    return shown_progress(arena.slug, runs.progress(session, row, now), now)


@router.post("/runs/{run}/pause", response_model=RunProgressOut)
def pause_run(
    run: RunPath, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> RunProgressOut | Response:
    """Send nothing more. What is out is waited for, and kept."""
    row, arena = _run(session, run, caller)

    def paused() -> RunProgressOut:
        runs.pause(session, row, "paused by an admin")
        return shown_progress(arena.slug, runs.progress(session, row, now), now)

    return once(paused, arena=lambda _: arena.slug)


@router.post("/runs/{run}/resume", response_model=RunProgressOut)
def resume_run(
    run: RunPath, body: ResumeIn, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> RunProgressOut | Response:
    """Go on; a run that is done can only be resumed to ask again."""
    row, arena = _run(session, run, caller)

    def resumed() -> RunProgressOut:
        runs.resume(
            session,
            row,
            budget=None if body.budget is None else body.budget.limits(),
            ask_unknown=body.ask_unknown,
            retry_failed=body.retry_failed,
        )
        return shown_progress(arena.slug, runs.progress(session, row, now), now)

    return once(resumed, arena=lambda _: arena.slug)


@router.post("/runs/{run}/cancel", response_model=RunProgressOut)
def cancel_run(
    run: RunPath, session: Writing, caller: CallerDep, once: OnceDep, now: Now
) -> RunProgressOut | Response:
    """End the run for good; its votes stay."""
    row, arena = _run(session, run, caller)

    def cancelled() -> RunProgressOut:
        runs.cancel(session, row, "cancelled by an admin", now)
        return shown_progress(arena.slug, runs.progress(session, row, now), now)

    return once(cancelled, arena=lambda _: arena.slug)


@router.get("/runs/{run}/judgments")
def list_judgments(
    run: RunPath,
    session: Reading,
    caller: CallerDep,
    failed: Failed = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> JudgmentsOut:
    """Each battle in each order, and what every dimension came to."""
    row, _ = _run(session, run, caller)
    found = records.judgments(session, row, limit, cursor, failed=failed)
    return JudgmentsOut(items=[shown_judgment(each) for each in found.items], next=found.next)


@router.get("/runs/{run}/calls")
def list_calls(
    run: RunPath,
    session: Reading,
    caller: CallerDep,
    failed: Failed = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CallsOut:
    """Each question with the exact messages, the raw reply, what was read in it, and every request with its cost."""
    row, _ = _run(session, run, caller)
    found = records.calls(session, row, limit, cursor, failed=failed)
    return CallsOut(items=[shown_call(each) for each in found.items], next=found.next)


@router.get(
    "/runs/{run}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events. `progress` and, at the end, `done`: the JSON of GET /runs/{run}",
            "content": {"text/event-stream": {"schema": EVENT}},
        },
        204: {"description": "The run is over, and `done` was the last event that was received"},
    },
)
def stream_run(
    run: RunPath,
    request: Request,
    session: Reading,
    caller: CallerDep,
    now: Now,
    last: Annotated[str | None, Header(alias="Last-Event-ID", pattern="^[0-9]{1,18}$")] = None,
) -> Response:
    """The progress of a run as it changes. `Last-Event-ID` goes on from there."""
    row, arena = _run(session, run, caller)
    received = None if last is None else int(last)
    if is_over(row, now) and received == Sight(row.revision, "", True).number:
        return Response(status_code=204)
    state, look = request.app.state, _look(request.app.state.database, row.id, arena.slug)
    return StreamingResponse(
        state.watch.events(row.public_id, look, received),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _look(database: Database, run_id: int, arena: str) -> Look:
    def look(before: Sight | None) -> Sight:
        with database.reading() as session:
            run, moment = session.get_one(JudgeRun, run_id), now()
            over = is_over(run, moment)
            if before is not None and (before.revision, before.over) == (run.revision, over):
                return before
            progress = shown_progress(arena, runs.progress(session, run, moment), moment)
            return Sight(run.revision, progress.model_dump_json(), over)

    return look


def _run(session: Session, public_id: str, caller: Caller) -> tuple[JudgeRun, Arena]:
    """A run of an arena that the caller administers. Raises RunNotFound, KeyNeeded, Forbidden."""
    run = runs.find(session, public_id)
    arena = session.get_one(Arena, run.arena_id)
    try:
        return run, allowed(session, arena.slug, caller, "admin")
    except ArenaNotFound:
        raise RunNotFound("there is no such run") from None
