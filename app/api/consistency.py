"""/arenas/{arena}/consistency: how far a judge can be trusted, and on which battles it and people part.

/arenas/{arena}/metrics lists the measures.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.orm import Session

from app.api.boards import (
    NOT_MODIFIED,
    AcceptEncoding,
    DimensionQuery,
    IfNoneMatch,
    SnapshotQuery,
    csv_text,
    served,
)
from app.api.deps import CallerDep, Data, Now, Reading, readable
from app.api.disagreements import DisagreementReadOut, DisagreementsOut
from app.api.problems import RESPONSES
from app.api.reports import ConsistencyOut, MetricOut, MetricsOut
from app.api.shapes import NO_CONTROL, ArenaPath, BattlePath, CategoryQuery, Cursor, LanguageQuery, Limit
from app.db.session import Database
from app.db.tables import Arena
from app.domain import consistency, disagreements, reports
from app.domain.accounts import Caller
from app.domain.consistency import Question
from app.domain.disagreements import Disagreement
from app.domain.errors import NotFound
from app.domain.reports import Served
from app.stats.agreement import METRICS

router = APIRouter(prefix="/arenas/{arena}", tags=["consistency"], responses=RESPONSES)

CSV_COLUMNS = (
    "battle", "prompt", "turn", "category", "language", "first", "second", "people_say", "judge_says",
    "first_votes", "second_votes", "tie_votes",
)  # fmt: skip
NAME = {"pattern": NO_CONTROL, "max_length": 250}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which judge, against whom, and on which votes."""

    judge: Annotated[str, Query(**NAME, description="<name>, or <name>@<version>")]
    against: Annotated[str, Query(**NAME, description="human, simulated or judge:<name>")] = "human"
    dimension: DimensionQuery = "overall"
    category: CategoryQuery = None
    language: LanguageQuery = None
    turn: Annotated[int | None, Query(ge=1, le=999)] = None
    raters: Annotated[
        str | None, Query(**NAME, description="only people of this group: expert for expert_1, expert_2, …")
    ] = None
    resample: Annotated[Literal["prompts", "raters"], Query(description="what limits resample")] = "prompts"
    threshold: Annotated[
        list[str] | None, Query(max_length=20, description="name=value of a rule of the verdict")
    ] = None

    def question(self) -> Question:
        return Question(
            judge=self.judge.removeprefix("judge:"),
            against=self.against,
            dimension=self.dimension,
            category=self.category or None,
            language=self.language or None,
            turn=self.turn,
            raters=self.raters or None,
            resample=self.resample,
            thresholds=consistency.read_thresholds(self.threshold or ()),
        )


AskedDep = Annotated[Asked, Depends()]


@router.get("/consistency", response_model=ConsistencyOut, responses=NOT_MODIFIED)
def get_consistency(
    arena: ArenaPath,
    data: Data,
    caller: CallerDep,
    now: Now,
    asked: AskedDep,
    snapshot: SnapshotQuery = None,
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    found = _report(data, arena, caller, asked.question(), snapshot, now)
    return served(found.body, found.etag, "application/json", accept_encoding, if_none_match)


@router.get("/consistency/disagreements")
def list_disagreements(
    arena: ArenaPath,
    session: Reading,
    caller: CallerDep,
    asked: AskedDep,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DisagreementsOut:
    """The items on which the judge says otherwise than most people; needs a key of scope read, or there are none."""
    row = _read_by_key(session, arena, caller)
    found = disagreements.list_disagreements(session, row, asked.question(), limit, cursor)
    return DisagreementsOut.model_validate(found)


@router.get(
    "/consistency/disagreements.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "All of them, a row each"}, **NOT_MODIFIED},
)
def get_disagreements_csv(
    arena: ArenaPath,
    session: Reading,
    caller: CallerDep,
    asked: AskedDep,
    accept_encoding: AcceptEncoding = "",
    if_none_match: IfNoneMatch = "",
) -> Response:
    """The same as a file; `first_votes`, `second_votes` and `tie_votes` are those of people."""
    row = _read_by_key(session, arena, caller)
    text = csv_text(CSV_COLUMNS, map(_csv_row, disagreements.every(session, row, asked.question())))
    etag = hashlib.sha256(text.encode()).hexdigest()[:32]
    return served(text, etag, "text/csv; charset=utf-8", accept_encoding, if_none_match)


@router.get("/consistency/disagreements/{battle}")
def get_disagreement(
    arena: ArenaPath, battle: BattlePath, session: Reading, caller: CallerDep, asked: AskedDep
) -> DisagreementReadOut:
    """One of them with its texts, and each verdict of the judge on it with what the judge wrote."""
    row = _read_by_key(session, arena, caller)
    return DisagreementReadOut.model_validate(disagreements.read(session, row, asked.question(), battle))


@router.get("/metrics")
def list_metrics(arena: ArenaPath, session: Reading, caller: CallerDep) -> MetricsOut:
    """The measures of agreement."""
    readable(session, arena, caller)
    return MetricsOut(items=[MetricOut.model_validate(metric) for metric in METRICS.values()])


def _read_by_key(session: Session, arena: str, caller: Caller) -> Arena:
    row = readable(session, arena, caller)
    if not caller.may("read", row.id):
        raise NotFound("disagreements are listed for those with an API key of scope read")
    return row


def _csv_row(found: Disagreement) -> dict[str, Any]:
    plain = {name: getattr(found, name) for name in CSV_COLUMNS if hasattr(found, name)}
    return plain | {f"{name}_votes": getattr(found.people, name) for name in ("first", "second", "tie")}


def _report(
    data: Database, arena: str, caller: Caller, question: Question, snapshot: str | None, now: datetime
) -> Served:
    with data.reading() as session:
        row = readable(session, arena, caller)
        if snapshot:
            return reports.snapshot(session, row, snapshot)
        found = reports.find(session, row, question, now)
    if found is None:
        return _made(data, arena, caller, question, now)
    if found.stale:
        with data.writing() as session:
            reports.want(session, found, now)
    return found


def _made(data: Database, arena: str, caller: Caller, question: Question, now: datetime) -> Served:
    with reports.one_at_a_time(arena, question):
        with data.reading() as session:
            row = readable(session, arena, caller)
            found = reports.find(session, row, question, now) or reports.make(session, row, question, now)
        with data.writing() as session:
            return reports.keep(session, found)
