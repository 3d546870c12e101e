"""What the runs of each judge cost: money, tokens and time, for 1,000 votes, so that judges can be compared."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Judge, JudgeRequest, JudgeRun
from app.providers.costs import Basis

NO_RUN = "no run of it in this arena: its votes were imported"
NO_VOTES = "its runs brought no vote"
UNPRICED = "its endpoint has no prices"


@dataclass(frozen=True, slots=True)
class Expense:
    """For 1,000 votes: money that was surely paid and the most that may have been, in units of the currency, None for
    the reason in `undefined`; tokens read and written. `calls` are the requests that were sent, `cached` the questions
    whose reply was known already, which cost nothing.
    """

    known: float | None
    at_most: float | None
    undefined: str | None
    tokens: float | None = None
    votes: int = 0
    calls: int = 0
    cached: int = 0
    seconds_per_call: float | None = None


NEVER_RUN = Expense(None, None, NO_RUN)


def by_judge(session: Session, arena: Arena) -> dict[str, Expense]:
    """What the runs of each judge cost, by `<name>@<version>`, per 1,000 votes."""
    possible = JudgeRequest.basis == Basis.POSSIBLE.value
    spent = session.execute(
        select(
            Judge.name,
            Judge.version,
            func.count().label("calls"),
            func.sum(JudgeRequest.input_tokens + JudgeRequest.output_tokens).label("tokens"),
            func.sum(case((JudgeRequest.micros.is_(None), 1), else_=0)).label("unpriced"),
            func.coalesce(func.sum(JudgeRequest.micros), 0).label("at_most"),
            func.coalesce(func.sum(case((possible, 0), else_=JudgeRequest.micros)), 0).label("known"),
            func.avg(JudgeRequest.seconds).label("seconds"),
        )
        .join(JudgeRun, JudgeRun.judge_id == Judge.id)
        .join(JudgeRequest, JudgeRequest.run_id == JudgeRun.id)
        .where(Judge.arena_id == arena.id)
        .group_by(Judge.name, Judge.version)
    )
    runs = session.execute(
        select(
            Judge.name,
            Judge.version,
            func.sum(JudgeRun.votes).label("votes"),
            func.sum(JudgeRun.cached).label("cached"),
        )
        .join(JudgeRun, JudgeRun.judge_id == Judge.id)
        .where(Judge.arena_id == arena.id)
        .group_by(Judge.name, Judge.version)
    )
    paid = {f"{row.name}@{row.version}": row for row in spent}
    return {
        name: _expense(paid.get(name), int(row.votes), int(row.cached))
        for row in runs
        for name in [f"{row.name}@{row.version}"]
    }


def _expense(paid: Any, votes: int, cached: int) -> Expense:
    """`paid` holds the sums over the requests, None where no question needed one."""
    known, most, tokens, calls, unpriced = (
        0 if paid is None else int(getattr(paid, name))
        for name in ("known", "at_most", "tokens", "calls", "unpriced")
    )
    why = NO_VOTES if not votes else UNPRICED if unpriced else None
    return Expense(
        known=None if why else known / votes / 1000,
        at_most=None if why else most / votes / 1000,
        undefined=why,
        tokens=1000 * tokens / votes if votes else None,
        votes=votes,
        calls=calls,
        cached=cached,
        seconds_per_call=None if paid is None or paid.seconds is None else float(paid.seconds),
    )
