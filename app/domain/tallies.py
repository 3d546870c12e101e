"""Votes → cells, kept current by a roll-up, and cells → the Tally that a ranking reads.

Votes and their state changes are append-only logs. The roll-up adds everything before a mark to the cells and moves
the mark in the same transaction. A reader adds what came after the mark, so a tally is exact at any time and costs
as much as there are cells and votes since the last roll-up, never as there are votes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    Text,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from app.db.tables import Arena, Battle, Rater, RaterCell, TallyCell, TallyMark, Vote, VoteEvent
from app.domain import dimensions, models
from app.domain.arenas import OVERALL
from app.domain.errors import Invalid
from app.stats.tally import COUNTED, Comparisons, Tally
from app.stats.verdicts import Verdict

VOTERS = ("human", "judges", "combined", "simulated")
EVERYBODY = ""  # for our own questions; no board mixes simulated votes with others
UNCOUNTED = ("withdrawn", "set_aside", "abstain")

_CELL = (
    "arena_id",
    "dimension_id",
    "voters",
    "category",
    "language",
    "state",
    "first_model_id",
    "second_model_id",
    "verdict",
)
_RATER = ("arena_id", "dimension_id", "voters", "category", "language", "rater_id")


@dataclass(frozen=True, slots=True)
class Slice:
    """Which votes: one dimension of an arena, whose votes, and optionally a category path and a language."""

    arena_id: int
    dimension_id: int
    voters: str = "human"
    category: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The cells of a slice by model id, how many raters gave them, and what was left out of them."""

    cells: tuple[tuple[int, int, str, int], ...]
    raters: int
    excluded: dict[str, int]

    @property
    def digest(self) -> str:
        """Equal for equal votes, whatever their order."""
        return hashlib.sha256(
            repr((self.cells, self.raters, sorted(self.excluded.items()))).encode()
        ).hexdigest()

    def among(self, models: set[int]) -> "Counted":
        """Only the votes between these models."""
        cells = tuple(cell for cell in self.cells if cell[0] in models and cell[1] in models)
        return Counted(cells, self.raters, self.excluded)

    def tally(self, labels: dict[int, str], models: Iterable[str] = ()) -> Tally:
        cells = [
            (labels[first], labels[second], Verdict(verdict), n) for first, second, verdict, n in self.cells
        ]
        return Tally.of(cells, tuple(models))


@dataclass(frozen=True, slots=True)
class Choices:
    """What a board of this dimension can be filtered by: only what has votes."""

    voters: tuple[str, ...]
    categories: tuple[str, ...]
    languages: tuple[str, ...]


def check_voters(voters: str) -> None:
    """Raises Invalid."""
    if voters not in VOTERS and not (voters.startswith("judge:") and len(voters) > len("judge:")):
        raise Invalid(f"voters {voters!r}: expected one of {', '.join(VOTERS)} or judge:<name>")


def count(session: Session, which: Slice) -> Counted:
    """Count a slice: the cells, and the votes and events after the mark."""
    rows = _rows(session, which)
    return Counted(_counted(rows), _raters(session, which, _changes(session, which)), _excluded(rows))


def overall(session: Session, arena: Arena) -> Tally:
    """People's overall votes between all models of the arena, by which the next battle is dealt."""
    dimension = dimensions.find(session, arena, OVERALL)
    labels = {key: row.slug for key, row in models.by_id(session, arena).items()}
    rows = _rows(session, Slice(arena.id, dimension.id))
    return Counted(_counted(rows), 0, {}).tally(labels, labels.values())


def votes_by_voters(session: Session, arena_id: int, dimension_id: int) -> dict[str, int]:
    """human, simulated or judge:<name> → how many votes count, for those who have any."""
    rows = _sums(session, Slice(arena_id, dimension_id, voters=EVERYBODY), ("voters",))
    return {row.voters: int(row.n) for row in rows}


def choices(session: Session, arena_id: int, dimension_id: int) -> Choices:
    """Which voters, category paths and languages have votes; a path brings the paths above it."""
    which = Slice(arena_id, dimension_id, voters=EVERYBODY)
    rows = _sums(session, which, ("voters", "category", "language"))
    paths = {
        "/".join(row.category.split("/")[:depth])
        for row in rows
        for depth in range(1, row.category.count("/") + 2)
    }
    return Choices(
        tuple(sorted({row.voters for row in rows})),
        tuple(sorted(paths - {""})),
        tuple(sorted({row.language for row in rows} - {""})),
    )


def comparisons(
    session: Session, which: Slice, labels: dict[int, str], names: tuple[str, ...]
) -> Comparisons:
    """The counted votes between the labelled models in the order in which they came; reads every vote."""
    first, second = _shown()
    rows = session.execute(
        select(first, second, Vote.verdict)
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .where(
            Vote.arena_id == which.arena_id,
            Vote.dimension_id == which.dimension_id,
            Vote.state == "counted",
            Vote.verdict != "abstain",
            _is_voters(_voters(), which.voters),
            *_in_path(Battle, which),
        )
        .order_by(Vote.created_at, Vote.id)
    ).all()
    index, code = (
        {name: at for at, name in enumerate(names)},
        {verdict: at for at, verdict in enumerate(COUNTED)},
    )
    votes = [
        (index[labels[a]], index[labels[b]], code[Verdict(v)])
        for a, b, v in rows
        if a in labels and b in labels
    ]
    table = np.array(votes, dtype=np.int64)
    return Comparisons(names, *table.reshape(-1, 3).T)


def newest_vote(session: Session, arena_id: int) -> datetime | None:
    return session.scalar(select(func.max(Vote.created_at)).where(Vote.arena_id == arena_id))


def roll_up(session: Session) -> None:
    """Add all that came since the marks to the cells and move the marks.

    Idempotent and safe beside votes: only rows whose transaction has ended are taken, each exactly once.
    """
    session.execute(select(TallyMark).with_for_update()).all()
    bounds = _bounds(session)
    changes = _changes(session, None, bounds)
    if not session.scalar(select(select(changes.c.delta).exists())):
        return
    _add(session, TallyCell, _CELL, changes, true())
    _add(session, RaterCell, _RATER, changes, _counts(changes))
    for log, bound in bounds.items():
        session.execute(update(TallyMark).where(TallyMark.log == log).values(position=bound))


def _add(
    session: Session,
    table: type[TallyCell] | type[RaterCell],
    key: tuple[str, ...],
    changes: Subquery,
    taken: ColumnElement[bool],
) -> None:
    columns = [changes.c[name] for name in key]
    rows = select(*columns, func.sum(changes.c.delta)).where(taken).group_by(*columns)
    insert = insert_postgresql if _is_postgresql(session) else insert_sqlite
    statement = insert(table).from_select([*key, "count"], rows)
    total = table.count + statement.excluded.count
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_={"count": total}))


def _changes(session: Session, which: Slice | None, bounds: dict[str, int] | None = None) -> Subquery:
    """Each vote after the mark as +1 in `counted`, each event as −1 where it was and +1 where it went."""

    def rows(log: type[Vote] | type[VoteEvent], state: ColumnElement[str], delta: int) -> Select[Any]:
        first, second = _shown()
        query = (
            select(
                Vote.arena_id,
                Vote.dimension_id,
                _voters().label("voters"),
                Battle.category,
                Battle.language,
                state.label("state"),
                first.label("first_model_id"),
                second.label("second_model_id"),
                Vote.verdict,
                Vote.rater_id,
                literal(delta).label("delta"),
            )
            .select_from(Vote)
            .join(Battle, Vote.battle_id == Battle.id)
            .join(Rater, Vote.rater_id == Rater.id)
        )
        if log is VoteEvent:
            query = query.join(VoteEvent, VoteEvent.vote_id == Vote.id)
        position, name = _position(session, log), log.__tablename__
        mark = select(TallyMark.position).where(TallyMark.log == name).scalar_subquery()
        query = query.where(position >= mark)
        if bounds is not None:
            query = query.where(position < bounds[name])
        if which is not None:
            query = query.where(*_tail_within(which))
        return cast("Select[Any]", query)

    union: CompoundSelect[Any] = union_all(
        rows(Vote, literal("counted"), 1),
        rows(VoteEvent, cast("ColumnElement[str]", VoteEvent.from_state), -1),
        rows(VoteEvent, cast("ColumnElement[str]", VoteEvent.to_state), 1),
    )
    return union.subquery()


def _position(session: Session, log: type[Vote] | type[VoteEvent]) -> ColumnElement[int]:
    # Sequences of PostgreSQL do not commit in order; the transaction number beside the snapshot does tell.
    return cast("ColumnElement[int]", log.txid if _is_postgresql(session) else log.id)


def _bounds(session: Session) -> dict[str, int]:
    """Log rows before these positions are final: no transaction in flight can still add one."""
    if _is_postgresql(session):
        oldest = cast_to(cast_to(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
        return dict.fromkeys(("votes", "vote_events"), session.execute(select(oldest)).scalar_one())
    return {
        log.__tablename__: (session.scalar(select(func.max(log.id))) or 0) + 1 for log in (Vote, VoteEvent)
    }


def _rows(session: Session, which: Slice) -> Sequence[Any]:
    """(state, model shown as A, model shown as B, verdict, votes), sorted."""
    names = _CELL[5:]
    changes = _changes(session, which)
    both = union_all(
        select(*(TallyCell.__table__.c[name] for name in names), TallyCell.count.label("n")).where(
            _within(TallyCell, which)
        ),
        select(*(changes.c[name] for name in names), changes.c.delta.label("n")),
    ).subquery()
    keys = [both.c[name] for name in names]
    return session.execute(select(*keys, func.sum(both.c.n)).group_by(*keys).order_by(*keys)).all()


def _sums(session: Session, which: Slice, names: tuple[str, ...]) -> Sequence[Any]:
    """Votes that count, as `n`, for each combination of these columns that has any."""
    changes = _changes(session, which)
    both = union_all(
        select(*(TallyCell.__table__.c[name] for name in names), TallyCell.count.label("n")).where(
            _within(TallyCell, which), TallyCell.state == "counted", TallyCell.verdict != "abstain"
        ),
        select(*(changes.c[name] for name in names), changes.c.delta.label("n")).where(_counts(changes)),
    ).subquery()
    keys, total = [both.c[name] for name in names], func.sum(both.c.n)
    return session.execute(select(*keys, total.label("n")).group_by(*keys).having(total > 0)).all()


def _counted(rows: Iterable[Any]) -> tuple[tuple[int, int, str, int], ...]:
    return tuple(
        (first, second, verdict, int(n))
        for state, first, second, verdict, n in rows
        if n and state == "counted" and verdict != "abstain"
    )


def _raters(session: Session, which: Slice, changes: Subquery) -> int:
    both = union_all(
        select(RaterCell.rater_id, RaterCell.count.label("n")).where(_within(RaterCell, which)),
        select(changes.c.rater_id, changes.c.delta.label("n")).where(_counts(changes)),
    ).subquery()
    present = select(both.c.rater_id).group_by(both.c.rater_id).having(func.sum(both.c.n) > 0).subquery()
    return session.scalar(select(func.count()).select_from(present)) or 0


def _counts(changes: Subquery) -> ColumnElement[bool]:
    return and_(changes.c.state == "counted", changes.c.verdict != "abstain")


def _excluded(rows: Iterable[Any]) -> dict[str, int]:
    left_out = dict.fromkeys(UNCOUNTED, 0)
    for state, _first, _second, verdict, n in rows:
        reason = "abstain" if state == "counted" and verdict == "abstain" else state
        if reason in left_out:
            left_out[reason] += int(n)
    return left_out


def _within(table: type[TallyCell] | type[RaterCell], which: Slice) -> ColumnElement[bool]:
    return and_(
        table.arena_id == which.arena_id,
        table.dimension_id == which.dimension_id,
        _is_voters(cast("ColumnElement[str]", table.voters), which.voters),
        *_in_path(table, which),
    )


def _tail_within(which: Slice) -> list[ColumnElement[bool]]:
    kept = [
        Vote.arena_id == which.arena_id,
        Vote.dimension_id == which.dimension_id,
        *_in_path(Battle, which),
    ]
    return [*kept, _is_voters(_voters(), which.voters)]


def _in_path(
    table: type[TallyCell] | type[RaterCell] | type[Battle], which: Slice
) -> list[ColumnElement[bool]]:
    kept = []
    if which.category is not None:
        kept.append(_under(table.category, which.category, "/"))
    if which.language is not None:
        kept.append(_under(table.language, which.language, "-"))
    return kept


def _under(column: Any, path: str, separator: str) -> ColumnElement[bool]:
    # LIKE would give wildcards a meaning, and tell upper case from lower on PostgreSQL only.
    below = f"{path}{separator}"
    return or_(column == path, func.substr(column, 1, len(below)) == below)


def _is_voters(column: ColumnElement[str], voters: str) -> ColumnElement[bool]:
    if voters == EVERYBODY:
        return true()
    if voters == "judges":
        return column.startswith("judge:")
    if voters == "combined":
        return column != "simulated"
    return column == voters


def _voters() -> ColumnElement[str]:
    return case((Rater.kind == "judge", literal("judge:").concat(Rater.name)), else_=Rater.kind)


def _shown() -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The models shown as A and as B."""
    straight = Vote.shown_as_a == "a"
    return (
        case((straight, Battle.model_a_id), else_=Battle.model_b_id),
        case((straight, Battle.model_b_id), else_=Battle.model_a_id),
    )


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
