"""Raters: who voted in an arena, how much, and whether it looks like judging or like clicking."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Ballot, Battle, Rater, Vote
from app.domain.accounts import RaterName
from app.domain.errors import RaterNotFound
from app.domain.paging import Page, after, page
from app.domain.review import STANDING
from app.stats.verdicts import Verdict

NEWEST = 1_000
"""Of a rater's ballots so many are looked at for the time that they took."""
LONGEST_SECONDS = 24 * 3600
EQUAL = (Verdict.TIE, Verdict.BOTH_GOOD, Verdict.BOTH_BAD)


@dataclass(frozen=True, slots=True)
class RaterRecord:
    """One rater's votes in one arena; those that were changed by their voter do not stand and are left out.

    `states` counts all others; `verdicts` counts those that count. `left` is the share of the answer shown as A among
    the verdicts for one side, `equal` that of ties, both good and both bad among all verdicts but "can't tell".
    `seconds` is the median time over a ballot: from the battle's deal to the vote, or as `reading` says.
    """

    id: int
    rater: RaterName
    states: Mapping[str, int]
    verdicts: Mapping[str, int]
    seconds: float | None
    first_at: datetime
    last_at: datetime

    @property
    def votes(self) -> int:
        return sum(self.states.values())

    @property
    def left(self) -> float | None:
        a, b = self.verdicts.get(Verdict.A, 0), self.verdicts.get(Verdict.B, 0)
        return a / (a + b) if a + b else None

    @property
    def equal(self) -> float | None:
        said = sum(count for word, count in self.verdicts.items() if word != Verdict.ABSTAIN)
        return sum(self.verdicts.get(word, 0) for word in EQUAL) / said if said else None


def list_raters(
    session: Session,
    arena: Arena,
    limit: int,
    cursor: str | None,
    kind: str | None = None,
    name: str | None = None,
) -> Page[RaterRecord]:
    """Those with votes in the arena, in the order in which they first came; `name` is how their names begin."""
    query = _with_votes(arena).where(Rater.id > after(cursor)).order_by(Rater.id).limit(limit + 1)
    if kind is not None:
        query = query.where(Rater.kind == kind)
    if name is not None:
        query = query.where(func.substr(Rater.name, 1, len(name)) == name)
    rows = session.scalars(query).all()
    return page(_records(session, arena, rows), [row.id for row in rows], limit)


def find(session: Session, arena: Arena, rater_id: int) -> RaterRecord:
    """Raises RaterNotFound for a rater without votes in this arena."""
    rows = session.scalars(_with_votes(arena).where(Rater.id == rater_id)).all()
    if not rows:
        raise RaterNotFound(f"arena {arena.slug!r} has no votes of a rater {rater_id}")
    return _records(session, arena, rows)[0]


def _with_votes(arena: Arena) -> Select[Any]:
    cast = select(Vote.id).where(Vote.rater_id == Rater.id, Vote.arena_id == arena.id, STANDING)
    return select(Rater).where(cast.exists())


def _records(session: Session, arena: Arena, rows: Sequence[Rater]) -> list[RaterRecord]:
    states, verdicts = defaultdict[int, Counter[str]](Counter), defaultdict[int, Counter[str]](Counter)
    moments = defaultdict[int, list[datetime]](list)
    grouped = (
        select(
            Vote.rater_id,
            Vote.state,
            Vote.verdict,
            func.count().label("votes"),
            func.min(Vote.created_at).label("first_at"),
            func.max(Vote.created_at).label("last_at"),
        )
        .where(Vote.arena_id == arena.id, Vote.rater_id.in_([row.id for row in rows]), STANDING)
        .group_by(Vote.rater_id, Vote.state, Vote.verdict)
    )
    for rater, state, verdict, count, first_at, last_at in session.execute(grouped):
        states[rater][state] += count
        verdicts[rater][verdict] += count if state == "counted" else 0
        moments[rater] += [first_at, last_at]
    return [
        RaterRecord(
            id=row.id,
            rater=RaterName(row.kind, row.name, row.version),  # type: ignore[arg-type]  # the table checks kind
            states=states[row.id],
            verdicts=+verdicts[row.id],
            seconds=_seconds(session, arena, row) if row.kind == "human" else None,
            first_at=min(moments[row.id]),
            last_at=max(moments[row.id]),
        )
        for row in rows
    ]


def _seconds(session: Session, arena: Arena, rater: Rater) -> float | None:
    query = (
        select(Ballot.reading, Ballot.created_at, Battle.dealt_at, Battle.dealt_to)
        .join(Vote, Vote.ballot_id == Ballot.id)
        .join(Battle, Vote.battle_id == Battle.id)
        .where(Vote.arena_id == arena.id, Vote.rater_id == rater.id, STANDING)
        .group_by(Ballot.id, Battle.id)
        .order_by(Ballot.id.desc())
        .limit(NEWEST)
    )
    found = []
    for reading, voted_at, dealt_at, dealt_to in session.execute(query):
        told = _told(reading or {})
        if told is not None:
            found.append(told)
        elif dealt_to == rater.id:
            found.append((voted_at - dealt_at).total_seconds())
    return median(found) if found else None


def _told(reading: Mapping[str, Any]) -> float | None:
    seconds: Any = reading.get("seconds")  # what a browser tells may be anything
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return float(seconds) if is_number and 0 <= seconds <= LONGEST_SECONDS else None
