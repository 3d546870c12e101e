"""Blocks → the Tally that a ranking reads.

A reader adds what came after the marks to the blocks, so a tally is exact at any time and costs as much as there are
cells and votes since the last roll-up, never as there are votes.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, case, cast, func, null, select, union_all
from sqlalchemy.orm import Session

from app.db.tables import Arena, Battle, Judge, Rater, TallyBlock, Vote
from app.domain import changes, dimensions, models
from app.domain.arenas import OVERALL
from app.domain.blocks import Columns, Ints, Kind, columns_of, distinct, summed, total, unpack
from app.domain.cells import ABSTAINED, CELLS, IN_USE, LEAKING, RATERS, STATES, VERDICTS
from app.domain.rollup import roll_up
from app.domain.slices import (
    EVERYBODY,
    VOTERS,
    Slice,
    blocks_within,
    check_days,
    check_voters,
    shown,
    votes_within,
)
from app.stats.tally import COUNTED, Comparisons, Floats, Tally
from app.stats.verdicts import Verdict
from app.stats.verdicts import swapped as swap

__all__ = [
    "EVERYBODY",
    "UNCOUNTED",
    "VOTERS",
    "Choices",
    "Counted",
    "Slice",
    "agreed",
    "check_days",
    "check_voters",
    "choices",
    "comparisons",
    "count",
    "for_dealing",
    "held",
    "newest_vote",
    "roll_up",
    "votes_by_voters",
]

UNCOUNTED = ("withdrawn", "set_aside", "abstain")
COLUMNS = ("voter", "prompt", "ballot", "probability")
FRACTIONS = ("probability", "soft")
FETCHED = 50_000  # rows
EVEN = 1e-9
_TIE = VERDICTS.index(Verdict.TIE)


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The cells of a slice by model id, how many raters gave them, and what was left out of them.

    `count[c]` votes said `COUNTED[verdict[c]]` of model `first[c]` shown as A and `second[c]` shown as B. The cells
    are sorted and none is 0.
    """

    first: Ints
    second: Ints
    verdict: Ints
    count: Ints
    raters: int
    excluded: dict[str, int]

    @property
    def votes(self) -> int:
        return int(self.count.sum())

    @property
    def cells(self) -> tuple[tuple[int, int, str, int], ...]:
        """(shown as A, shown as B, verdict, votes), for people and tests; slow."""
        columns = (self.first.tolist(), self.second.tolist(), self.verdict.tolist(), self.count.tolist())
        return tuple((a, b, COUNTED[code].value, n) for a, b, code, n in zip(*columns, strict=True))

    @property
    def digest(self) -> str:
        """Equal for equal votes, whatever their order, on both databases, rolled up or not."""
        digest = hashlib.sha256(repr((self.raters, sorted(self.excluded.items()), len(self.count))).encode())
        for column in (self.first, self.second, self.verdict, self.count):
            digest.update(column.astype("<i8").tobytes())
        return digest.hexdigest()

    def among(self, models: set[int]) -> "Counted":
        """Only the votes between these models."""
        inside = np.array(sorted(models), dtype=np.int64)
        kept = np.isin(self.first, inside) & np.isin(self.second, inside)
        if kept.all():
            return self
        first, second, verdict = self.first[kept], self.second[kept], self.verdict[kept]
        return Counted(first, second, verdict, self.count[kept], self.raters, self.excluded)

    def tally(self, labels: Mapping[int, str], models: Iterable[str] = ()) -> Tally:
        """By label. `models` come first and in their order, the others that have votes follow, sorted."""
        sides = [distinct(each) for each in (self.first, self.second)]
        met = {labels[key] for ids, _ in sides for key in ids.tolist()}
        listed = tuple(models)
        names = (*listed, *sorted(met.difference(listed)))
        index = {name: at for at, name in enumerate(names)}
        first, second = (
            np.array([index[labels[key]] for key in ids.tolist()], dtype=np.int64)[places]
            for ids, places in sides
        )
        return Tally(names, first, second, self.verdict, self.count)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a board of this dimension can be filtered by: only what has votes."""

    voters: tuple[str, ...]
    categories: tuple[str, ...]
    languages: tuple[str, ...]


def count(session: Session, which: Slice) -> Counted:
    """Count a slice: its blocks, and the votes and events after the marks."""
    raters = held(session, RATERS, which)
    _, (votes,) = total(raters[:1], raters[1:])
    return _counted(held(session, CELLS, which), int((votes > 0).sum()))


def agreed(session: Session, which: Slice, counted: Counted) -> Counted:
    """The same count with one vote for each battle that a judge was shown in both orders: what it said both times, else
    a tie (Zheng et al. 2023); where both verdicts are soft, what their mean probability says. Reads every vote where a
    judge of the slice was, and nothing elsewhere.
    """
    if not _shown_both_ways(session, which):
        return counted
    first, second, verdict, *_ = _votes(session, which, ())
    cells, votes = np.unique(np.stack([first, second, verdict]), axis=1, return_counts=True)
    return Counted(cells[0], cells[1], cells[2], votes, counted.raters, counted.excluded)


def for_dealing(session: Session, arena: Arena, voters: str = "human") -> Tally:
    """Votes of these voters between all models of the arena, on the dimension by which it samples.

    That dimension may have been archived since; then nobody votes on it any more, and the overall votes decide.
    """
    dimension = dimensions.find(session, arena, arena.sampling_dimension)
    if dimension.archived_at is not None:
        dimension = dimensions.find(session, arena, OVERALL)
    labels = {key: row.slug for key, row in models.by_id(session, arena).items()}
    counted = _counted(held(session, CELLS, Slice(arena.id, dimension.id, voters)), 0)
    return counted.tally(labels, labels.values())


def votes_by_voters(session: Session, arena_id: int, dimension_id: int) -> dict[str, int]:
    """human, simulated or judge:<name> → how many votes count, for those who have any."""
    rows = _sums(session, Slice(arena_id, dimension_id, voters=EVERYBODY), ("voters",))
    return {voters: votes for (voters,), votes in rows.items()}


def choices(session: Session, arena_id: int, dimension_id: int) -> Choices:
    """Which voters, category paths and languages have votes; a path brings the paths above it.

    For a session that sees one state of the data.
    """
    which = Slice(arena_id, dimension_id, voters=EVERYBODY)
    rows = _sums(session, which, ("voters", "category", "language"))
    categories = {category for _, category, _ in rows}
    paths = {
        "/".join(path.split("/")[:depth]) for path in categories for depth in range(1, path.count("/") + 2)
    }
    return Choices(
        tuple(sorted({voters for voters, _, _ in rows})),
        tuple(sorted(paths - {""})),
        tuple(sorted({language for _, _, language in rows} - {""})),
    )


def comparisons(
    session: Session,
    which: Slice,
    labels: Mapping[int, str],
    names: tuple[str, ...],
    columns: Sequence[str] = (),
) -> Comparisons:
    """The counted votes between the labelled models in the order in which they came; reads every vote. One that a judge
    gave in both orders counts once, as in `agreed`.

    `columns` names what else the rows shall say, of voter, prompt, ballot and probability. A vote whose prompt is
    unknown has a prompt of its own. Raises ValueError for another column.
    """
    if unknown := set(columns) - set(COLUMNS):
        raise ValueError(f"no column {', '.join(sorted(unknown))}: expected {', '.join(COLUMNS)}")
    first, second, verdict, *beside = _votes(session, which, columns)
    known = np.array(sorted(key for key, label in labels.items() if label in names), dtype=np.int64)
    kept = np.isin(first, known) & np.isin(second, known)
    index = {name: at for at, name in enumerate(names)}
    places = np.array([index[labels[key]] for key in known.tolist()], dtype=np.int64)
    first, second = (places[np.searchsorted(known, each[kept])] for each in (first, second))
    extra: dict[str, Any] = {
        name: column[kept] if name == "probability" else _renumbered(column[kept])
        for name, column in zip(columns, beside, strict=True)
    }
    return Comparisons(names, first, second, verdict[kept], **extra)


def newest_vote(session: Session, arena_id: int) -> datetime | None:
    return session.scalar(select(func.max(Vote.created_at)).where(Vote.arena_id == arena_id))


def held(session: Session, kind: Kind, which: Slice) -> Columns:
    """The rows of a slice: its blocks and what is not in them yet, read in one statement; in two without `leaking`,
    for a session that sees one state of the data.
    """
    if not which.leaking:
        everything = replace(which, leaking=True)
        return summed(
            kind,
            [held(session, kind, everything), _negative(held(session, LEAKING[kind.name], everything), kind)],
        )
    rows = kind.rows(changes.after_marks(session, kind.name, which)).subquery()
    keys = [rows.c[name] for name in kind.keys]
    sums = [cast(func.sum(rows.c[name]), BigInteger) for name in kind.sums]
    stored = select(TallyBlock.data, *(null() for _ in kind.columns)).where(
        TallyBlock.kind == kind.name, *blocks_within(which)
    )
    fresh = select(null(), *keys, *sums).group_by(*keys)
    found: Sequence[Any] = session.connection().execute(union_all(stored, fresh)).all()
    parts = [unpack(kind, data) for data, *_ in found if data is not None]
    tail = [tuple(row) for data, *row in found if data is None]
    if len(parts) == 1 and not tail:
        return parts[0]
    return summed(kind, [*parts, columns_of(kind, tail)])


def _negative(columns: Columns, kind: Kind) -> Columns:
    keys = len(kind.keys)
    return (*columns[:keys], *(-each for each in columns[keys:]))


def _counted(cells: Columns, raters: int) -> Counted:
    state, first, second, verdict, count = cells
    abstained = verdict == ABSTAINED
    kept = (state == IN_USE) & ~abstained
    excluded = {word: int(count[state == STATES.index(word)].sum()) for word in UNCOUNTED if word in STATES}
    excluded["abstain"] = int(count[(state == IN_USE) & abstained].sum())
    return Counted(first[kept], second[kept], verdict[kept], count[kept], raters, excluded)


def _sums(session: Session, which: Slice, names: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    """Votes that count for each combination of these columns of a place, for those that have any."""
    tail = changes.after_marks(session, CELLS.name, which)
    stored = select(*(TallyBlock.__table__.c[name] for name in names), TallyBlock.votes).where(
        TallyBlock.kind == CELLS.name, *blocks_within(which)
    )
    keys = [tail.c[name] for name in names]
    fresh = select(*keys, cast(func.sum(tail.c.delta), BigInteger)).where(_counts(tail)).group_by(*keys)
    sums: Counter[tuple[str, ...]] = Counter()
    for *key, votes in session.execute(union_all(stored, fresh)):
        sums[tuple(key)] += votes
    return {key: votes for key, votes in sums.items() if votes > 0}


def _counts(rows: Any) -> ColumnElement[bool]:
    counts: ColumnElement[bool] = (rows.c.state == "counted") & (rows.c.verdict != "abstain")
    return counts


def _votes(session: Session, which: Slice, columns: Sequence[str]) -> list[NDArray[Any]]:
    """First model, second model, verdict and these columns of every vote that counts, in order."""
    if not _shown_both_ways(session, which):
        return _each_vote(session, which, columns)
    kept = [name for name in columns if name != "voter"]
    wanted = ("voter", "battle", "soft", *kept)
    first, second, verdict, voter, battle, soft, *rest = _each_vote(session, which, wanted, abstained=True)
    agreed, stays = _swap_and_agree(verdict, voter, battle, soft)
    beside = {"voter": voter, **dict(zip(kept, rest, strict=True))}
    return [each[stays] for each in (first, second, agreed, *(beside[name] for name in columns))]


def _swap_and_agree(verdict: Ints, voter: Ints, battle: Ints, soft: Floats) -> tuple[Ints, NDArray[np.bool_]]:
    """The verdict of each vote once the voter's other order is heard, and which votes stay: the earlier of two, unless
    either is an abstention. `soft` is the probability of A, negative where a verdict has none.
    """
    order = np.lexsort((np.arange(len(verdict)), battle, voter))
    later = np.zeros(len(verdict), dtype=bool)
    later[1:] = (np.diff(voter[order]) == 0) & (np.diff(battle[order]) == 0)
    one, two = order[np.flatnonzero(later) - 1], order[later]
    turned = np.array([VERDICTS.index(swap(each)) for each in VERDICTS])[verdict[two]]
    heard = np.where(turned == verdict[one], turned, _TIE)
    lead = (soft[one] - soft[two]) / 2  # of the mean of P(A) and 1 − P(A) as shown the other way, over ½
    leading = np.where(lead > 0, VERDICTS.index(Verdict.A), VERDICTS.index(Verdict.B))
    heard = np.where(
        (soft[one] >= 0) & (soft[two] >= 0), np.where(np.abs(lead) <= EVEN, _TIE, leading), heard
    )
    heard[(verdict[one] == ABSTAINED) | (verdict[two] == ABSTAINED)] = ABSTAINED
    agreed = verdict.copy()
    agreed[one] = heard
    stays = agreed != ABSTAINED
    stays[two] = False
    return agreed, stays


def _shown_both_ways(session: Session, which: Slice) -> bool:
    """Whether a judge of the slice is shown battles in both orders, so that not every vote needs to be read to see."""
    if which.voters in ("human", "simulated"):
        return False
    asked = select(Judge.id).where(Judge.arena_id == which.arena_id, Judge.orders == "both").limit(1)
    if which.voters.startswith("judge:"):
        asked = asked.where(Judge.name == which.voters.removeprefix("judge:"))
    return session.scalar(asked) is not None


def _each_vote(
    session: Session, which: Slice, columns: Sequence[str], *, abstained: bool = False
) -> list[NDArray[Any]]:
    first, second = shown()
    beside: dict[str, Any] = {
        "voter": Vote.rater_id,
        "battle": Vote.battle_id,
        "soft": func.coalesce(Vote.probability, -1.0),
        "prompt": func.coalesce(Battle.prompt_id, -Battle.id),
        "ballot": Vote.ballot_id,
        "probability": func.coalesce(Battle.probability, 0.0),
    }
    code = case({word.value: code for code, word in enumerate(VERDICTS)}, value=Vote.verdict)
    query = (
        select(first, second, code, *(beside[name] for name in columns))
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .where(Vote.state == "counted", *votes_within(which))
        .order_by(Vote.created_at, Vote.id)
    )
    if not abstained:
        query = query.where(Vote.verdict != "abstain")
    types = [np.int64] * 3 + [np.float64 if name in FRACTIONS else np.int64 for name in columns]
    parts: list[list[NDArray[Any]]] = [[np.zeros(0, dtype=each)] for each in types]
    # On the connection: the session would make an object of each row first.
    fetched = session.connection().execute(query, execution_options={"yield_per": FETCHED})
    for rows in fetched.partitions():
        for part, values, dtype in zip(parts, zip(*rows, strict=True), types, strict=True):
            part.append(np.array(values, dtype=dtype))
    return [np.concatenate(part) for part in parts]


def _renumbered(ids: Ints) -> Ints:
    """0, 1, 2, … for the distinct ids: the statistics see no id of the database."""
    return distinct(ids)[1]
