"""Changes: the votes and their events as rows that say +1 or −1, before, after and between the marks.

`votes` and `vote_events` are append-only logs. A vote is +1 in state `counted`; an event is −1 where the vote was and
+1 where it went.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    Text,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from app.db.tables import Battle, Rater, TallyMark, Vote, VoteEvent
from app.db.types import UtcDay
from app.domain.slices import Slice, late_votes_within, shown, voters_of, votes_within

PLACE = ("arena_id", "dimension_id", "day", "voters", "category", "language")
LOGS = ("votes", "vote_events")

Log = type[Vote] | type[VoteEvent]
Positions = Mapping[str, int]  # log → position


def after_marks(session: Session, kind: str, which: Slice) -> Subquery:
    """What the blocks of this kind do not hold yet."""
    marks = positions(session, kind)

    def wanted(log: Log) -> list[ColumnElement[bool]]:
        position, name = _position(session, log), log.__tablename__
        mark = select(TallyMark.position).where(TallyMark.kind == kind, TallyMark.log == name)
        # The mark as this statement sees it decides, so that no vote is both in a block and here. It only moves
        # forwards, and the number read before lets the database plan for the few rows there are.
        return [
            position >= func.coalesce(mark.scalar_subquery(), 0),
            position >= marks[name],
            *late_votes_within(which),
        ]

    return _changes(wanted)


def between(
    session: Session,
    starts: Positions,
    ends: Positions,
    arena_id: int | None = None,
    battle_ids: Collection[int] | None = None,
) -> Subquery:
    """What came at or after `starts` and before `ends`, in one arena or in all, or on these battles alone."""

    def wanted(log: Log) -> list[ColumnElement[bool]]:
        position, name = _position(session, log), log.__tablename__
        kept = [position >= starts[name], position < ends[name]]
        kept += [] if arena_id is None else [Vote.arena_id == arena_id]
        return kept if battle_ids is None else [*kept, Vote.battle_id.in_(battle_ids)]

    return _changes(wanted)


def standing(which: Slice) -> Subquery:
    """Every vote as +1 in the state that it has now: what all changes must add up to."""
    state = cast("ColumnElement[str]", Vote.state)
    return _rows(Vote, state, 1).where(*votes_within(which)).subquery()


def positions(session: Session, kind: str, *, lock: bool = False) -> dict[str, int]:
    """The marks of a kind; 0 where it has none yet."""
    query = select(TallyMark.log, TallyMark.position).where(TallyMark.kind == kind)
    rows = session.execute(query.with_for_update() if lock else query)
    return dict.fromkeys(LOGS, 0) | {row.log: row.position for row in rows}


def final(session: Session) -> dict[str, int]:
    """Log rows before these positions are final: no transaction in flight can still add one."""
    if _is_postgresql(session):
        oldest = cast_to(cast_to(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
        return dict.fromkeys(LOGS, session.execute(select(oldest)).scalar_one())
    return {
        log.__tablename__: (session.scalar(select(func.max(log.id))) or 0) + 1 for log in (Vote, VoteEvent)
    }


def waiting(session: Session, kind: str, most: int) -> int:
    """How many log rows came after the marks; `most` where there are more."""
    marks = positions(session, kind)
    counted = 0
    for log in (Vote, VoteEvent):
        after = select(log.id).where(_position(session, log) >= marks[log.__tablename__]).limit(most)
        counted += session.scalar(select(func.count()).select_from(after.subquery())) or 0
    return min(counted, most)


def oldest(session: Session, kind: str) -> datetime | None:
    """When the first vote after the marks of this kind was cast."""
    mark = positions(session, kind)["votes"]
    query = select(Vote.created_at).where(_position(session, Vote) >= mark).order_by(Vote.id).limit(1)
    return session.scalar(query)


def any_between(session: Session, starts: Positions, ends: Positions) -> bool:
    return any(
        session.scalar(
            select(
                select(log.id)
                .where(_position(session, log) >= starts[name], _position(session, log) < ends[name])
                .exists()
            )
        )
        for log in (Vote, VoteEvent)
        if (name := log.__tablename__)
    )


def _changes(wanted: Callable[[Log], list[ColumnElement[bool]]]) -> Subquery:
    before = cast("ColumnElement[str]", VoteEvent.from_state)
    after = cast("ColumnElement[str]", VoteEvent.to_state)
    union: CompoundSelect[Any] = union_all(
        _rows(Vote, literal("counted"), 1).where(*wanted(Vote)),
        _rows(VoteEvent, before, -1).where(*wanted(VoteEvent)),
        _rows(VoteEvent, after, 1).where(*wanted(VoteEvent)),
    )
    return union.subquery()


def _rows(log: Log, state: ColumnElement[str], delta: int) -> Select[Any]:
    first, second = shown()
    query = (
        select(
            Vote.arena_id,
            Vote.dimension_id,
            UtcDay(Vote.created_at).label("day"),
            voters_of().label("voters"),
            Battle.category,
            Battle.language,
            state.label("state"),
            first.label("first_model_id"),
            second.label("second_model_id"),
            Vote.verdict,
            Vote.rater_id,
            Vote.id.label("vote_id"),
            Vote.battle_id,
            literal(delta).label("delta"),
        )
        .select_from(Vote)
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
    )
    if log is VoteEvent:
        query = query.join(VoteEvent, VoteEvent.vote_id == Vote.id)
    return cast("Select[Any]", query)


def _position(session: Session, log: Log) -> ColumnElement[int]:
    # Sequences of PostgreSQL do not commit in order; the transaction number beside the snapshot does tell.
    return cast("ColumnElement[int]", log.txid if _is_postgresql(session) else log.id)


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
