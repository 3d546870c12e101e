"""The roll-up: votes and events → blocks, and how far it has come.

It adds everything between the marks and a bound to the blocks and moves the marks in the same transaction. Only rows
whose transactions have ended lie before the bound, so no vote is skipped and none is counted twice.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice

import numpy as np
from sqlalchemy import BigInteger, Subquery, cast, delete, func, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.tables import TallyBlock, TallyMark
from app.domain import changes
from app.domain.blocks import Columns, Kind, pack, summed, unpack
from app.domain.cells import KINDS, LEAKING
from app.domain.changes import LOGS, PLACE, Positions
from app.domain.slices import ALL_TIME

PASS = 100_000  # log rows a pass where other writers wait for it
FETCHED = 20_000  # rows
HELD_ROWS = 300_000
HELD_BLOCKS = 500

Place = tuple[int, int, str, str, str, str]  # as PLACE names them

_DAY = PLACE.index("day")

# A block range that nobody summarised is read by every question for what came after the marks. Autovacuum would get
# to it in time; who does not own the index leaves it to that.
_SUMMARISE = text(
    "SELECT brin_summarize_new_values(index.oid) FROM pg_class AS index"
    " JOIN pg_am ON pg_am.oid = index.relam AND pg_am.amname = 'brin'"
    " WHERE index.relname IN ('ix_votes_txid', 'ix_vote_events_txid') AND pg_table_is_visible(index.oid)"
    " AND pg_has_role(index.relowner, 'USAGE')"
)


def roll_up(session: Session) -> bool:
    """Add what came since the marks to the blocks and move the marks; gives whether more is left for another pass.

    Idempotent and safe beside votes: only rows whose transaction has ended are taken, each exactly once.
    """
    left = [_pass(session, kind) for kind in KINDS if _waiting(session, kind, 1)]
    if left and session.get_bind().dialect.name == "postgresql":
        session.execute(_SUMMARISE)
    return any(left)


def waiting(session: Session, most: int) -> int:
    """How many votes and events wait to be rolled up; `most` where there are more."""
    return max(_waiting(session, kind, most) for kind in KINDS)


def waiting_since(session: Session) -> datetime | None:
    """When the oldest vote was cast that some tally does not hold yet."""
    found = [changes.oldest(session, kind.name) for kind in KINDS if _waiting(session, kind, 1)]
    return min((each for each in found if each is not None), default=None)


def rebuild(session: Session, arena_id: int) -> None:
    """Make the blocks of an arena anew from the logs, up to where the marks are."""
    for kind in KINDS:
        marks = _locked(session, kind)
        session.execute(
            delete(TallyBlock).where(TallyBlock.kind == kind.name, TallyBlock.arena_id == arena_id)
        )
        nowhere = dict.fromkeys(LOGS, 0)
        _add(session, kind, changes.between(session, nowhere, marks, arena_id))


def hold_leaking(session: Session) -> dict[str, Positions]:
    """The marks of the blocks of votes on answers that say who gave them; they stay until this transaction ends."""
    return {kind.name: _locked(session, kind) for kind in LEAKING.values()}


def add_leaking(
    session: Session, arena_id: int, battle_ids: Sequence[int], held: Mapping[str, Positions]
) -> None:
    """Battles in which an answer was found to say who gave it after it was judged: what was counted already of them,
    up to the marks that are held, goes into the blocks of such votes. What comes later goes there by itself.
    """
    for kind in LEAKING.values():
        marks = held[kind.name]
        for at in range(0, len(battle_ids), HELD_BLOCKS):
            some = battle_ids[at : at + HELD_BLOCKS]
            _add(session, kind, changes.between(session, dict.fromkeys(LOGS, 0), marks, arena_id, some))


def grouped(session: Session, kind: Kind, found: Subquery) -> Iterator[tuple[Place, Columns]]:
    """The sums of changes for each place, as columns; a place may come more than once."""
    rows = kind.rows(found).subquery()
    keys = [rows.c[name] for name in (*PLACE, *kind.keys)]
    sums = [cast(func.sum(rows.c[name]), BigInteger) for name in kind.sums]
    query = select(*keys, *sums).group_by(*keys).order_by(*keys[: len(PLACE)])
    # On the connection: the session would make an object of each row first.
    fetched = session.connection().execute(query, execution_options={"yield_per": FETCHED})
    for some in fetched.partitions():
        fields = list(zip(*some, strict=True))
        numbers = np.array(fields[len(PLACE) :], dtype=np.int64)
        at = 0
        for place, same in groupby(zip(*fields[: len(PLACE)], strict=True)):
            until = at + sum(1 for _ in same)
            yield place, tuple(numbers[:, at:until])
            at = until


def on_all_days(place: Place) -> Place:
    return (*place[:_DAY], ALL_TIME, *place[_DAY + 1 :])  # type: ignore[return-value]  # of the same types


def _waiting(session: Session, kind: Kind, most: int) -> int:
    """How many changes wait for a pass of this kind, as far as they are worth one."""
    found = changes.waiting(session, kind.name, max(most, kind.worth))
    return min(found, most) if found >= kind.worth else 0


def _pass(session: Session, kind: Kind) -> bool:
    starts = _locked(session, kind)
    ends, more = _reach(session, starts)
    if changes.any_between(session, starts, ends):
        _add(session, kind, changes.between(session, starts, ends))
        for log, end in ends.items():
            mark = (TallyMark.kind == kind.name, TallyMark.log == log)
            session.execute(update(TallyMark).where(*mark).values(position=end))
    return more


def _reach(session: Session, starts: Positions) -> tuple[Positions, bool]:
    """How far this pass goes. SQLite has one writer, so votes wait for a pass: it takes a part, events last, since
    they are about votes that must have been counted.
    """
    ends = changes.final(session)
    if session.get_bind().dialect.name == "postgresql":
        return ends, False
    votes = min(ends["votes"], starts["votes"] + PASS)
    events = min(ends["vote_events"], starts["vote_events"] + PASS)
    reach = {"votes": votes, "vote_events": events if votes == ends["votes"] else starts["vote_events"]}
    return reach, reach != ends


def _locked(session: Session, kind: Kind) -> dict[str, int]:
    """The marks of a kind, where another roll-up waits for this transaction."""
    new = [{"kind": kind.name, "log": log, "position": 0} for log in LOGS]
    session.execute(_insert(session, TallyMark).on_conflict_do_nothing(), new)
    return changes.positions(session, kind.name, lock=True)


def _add(session: Session, kind: Kind, found: Subquery) -> None:
    held: defaultdict[Place, list[Columns]] = defaultdict(list)
    rows = 0
    for place, columns in grouped(session, kind, found):
        held[place].append(columns)
        held[on_all_days(place)].append(columns)
        rows += len(columns[0])
        if rows > HELD_ROWS or len(held) > HELD_BLOCKS:
            _write(session, kind, held)
            held.clear()
            rows = 0
    _write(session, kind, held)


def _write(session: Session, kind: Kind, held: Mapping[Place, Sequence[Columns]]) -> None:
    places = iter(held)
    while some := list(islice(places, HELD_BLOCKS)):
        stored = _stored(session, kind, some)
        values = []
        for place in some:
            columns = summed(kind, [*stored.get(place, ()), *held[place]])
            row = dict(zip(PLACE, place, strict=True))
            values.append(
                {"kind": kind.name, **row, "votes": kind.votes(columns), "data": pack(kind, columns)}
            )
        statement = _insert(session, TallyBlock)
        changed = {"votes": statement.excluded.votes, "data": statement.excluded.data}
        session.execute(
            statement.on_conflict_do_update(index_elements=["kind", *PLACE], set_=changed), values
        )


def _stored(session: Session, kind: Kind, places: Sequence[Place]) -> dict[Place, list[Columns]]:
    key = [TallyBlock.__table__.c[name] for name in PLACE]
    query = select(*key, TallyBlock.data).where(TallyBlock.kind == kind.name, tuple_(*key).in_(places))
    return {tuple(place): [unpack(kind, data)] for *place, data in session.execute(query)}


def _insert(session: Session, table: type[TallyBlock] | type[TallyMark]) -> postgresql.Insert | sqlite.Insert:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
