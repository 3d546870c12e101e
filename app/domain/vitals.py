"""Vitals: how the arena does at this moment, for whoever watches over the server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, JudgeRun
from app.domain import gates, rollup

MOST_WAITING = 100_000  # counted at most: it is asked for often


@dataclass(frozen=True, slots=True)
class Stopped:
    """What one gate did in all arenas: `set_aside` of the newest `votes`; too many of them in `alarms` arenas."""

    votes: int = 0
    set_aside: int = 0
    alarms: int = 0

    def and_also(self, rate: gates.Rate) -> "Stopped":
        return Stopped(self.votes + rate.votes, self.set_aside + rate.set_aside, self.alarms + rate.alarm)


@dataclass(frozen=True, slots=True)
class Vitals:
    """`lag` is the age in seconds of the oldest vote that no tally holds yet, 0 without one; `runs` counts by state;
    `calls`, `failed` and `micros` (millionths) are those of all judge runs.
    """

    waiting: int
    lag: float
    runs: Mapping[str, int]
    calls: int
    failed: int
    micros: int
    gates: Mapping[str, Stopped]


def vitals(session: Session, now: datetime) -> Vitals:
    since = rollup.waiting_since(session)
    runs = session.execute(
        select(
            JudgeRun.state,
            func.count().label("runs"),
            func.sum(JudgeRun.calls).label("calls"),
            func.sum(JudgeRun.failed).label("failed"),
            func.sum(JudgeRun.micros).label("micros"),
        ).group_by(JudgeRun.state)
    ).all()
    return Vitals(
        waiting=rollup.waiting(session, MOST_WAITING),
        lag=0.0 if since is None else max(0.0, (now - since).total_seconds()),
        runs={row.state: row.runs for row in runs},
        calls=sum(int(row.calls) for row in runs),
        failed=sum(int(row.failed) for row in runs),
        micros=sum(int(row.micros) for row in runs),
        gates=_stopped(session),
    )


def _stopped(session: Session) -> Mapping[str, Stopped]:
    found: dict[str, Stopped] = {}
    for arena in session.scalars(select(Arena).order_by(Arena.id)):
        for rate in gates.rates(session, arena):
            found[rate.gate] = found.get(rate.gate, Stopped()).and_also(rate)
    return found
