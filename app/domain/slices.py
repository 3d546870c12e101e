"""Slices: which votes a board asks for, as conditions on blocks and on votes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_, select, true

from app.db.tables import AnswerLeak, Battle, JudgeTrust, Rater, TallyBlock, Vote
from app.domain.errors import Invalid

VOTERS = ("human", "judges", "combined", "simulated")
EVERYBODY = ""  # for our own questions; no board mixes simulated votes with others
ALL_TIME = ""  # the day of blocks that hold every day


@dataclass(frozen=True, slots=True)
class Slice:
    """Which votes: one dimension of an arena, whose votes, and optionally a category path, a language and days.

    A path includes the paths below it: `medicine` has `medicine/cardiology`, `zh` has `zh-Hant`. Days are those of
    UTC on which a vote was cast, from `since` on and before `until`, so that neighbouring slices share no vote.
    Without `leaking`, votes on battles in which an answer said who gave it are left out.
    """

    arena_id: int
    dimension_id: int
    voters: str = "human"
    category: str | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None
    leaking: bool = True


def check_voters(voters: str) -> None:
    """Raises Invalid."""
    if voters not in VOTERS and not (voters.startswith("judge:") and len(voters) > len("judge:")):
        raise Invalid(f"voters {voters!r}: expected one of {', '.join(VOTERS)} or judge:<name>")


def check_days(since: date | None, until: date | None) -> None:
    """Raises Invalid for days of which none can hold a vote."""
    if since is not None and until is not None and since >= until:
        raise Invalid(f"since {since}, until {until}: no day is on or after the first and before the second")


def blocks_within(which: Slice) -> list[ColumnElement[bool]]:
    """The blocks of one kind that hold the slice, each vote in one of them."""
    return [
        TallyBlock.arena_id == which.arena_id,
        TallyBlock.dimension_id == which.dimension_id,
        *_on_days(which),
        _is_voters(cast("ColumnElement[str]", TallyBlock.voters), which.voters, TallyBlock, TallyBlock),
        *_in_path(TallyBlock, which),
    ]


def votes_within(which: Slice) -> list[ColumnElement[bool]]:
    """For votes joined with their battle and rater."""
    return votes_on(which, (which.dimension_id,))


def votes_on(which: Slice, dimension_ids: Sequence[int]) -> list[ColumnElement[bool]]:
    """As `votes_within`, on these dimensions instead of the slice's own."""
    return [Vote.arena_id == which.arena_id, *_in_arena(which, dimension_ids)]


def late_votes_within(which: Slice) -> list[ColumnElement[bool]]:
    """As `votes_within`, for votes after a mark: the sum keeps SQLite from reading all of the arena by its index."""
    return [Vote.arena_id + 0 == which.arena_id, *_in_arena(which, (which.dimension_id,))]


def _in_arena(which: Slice, dimension_ids: Sequence[int]) -> list[ColumnElement[bool]]:
    kept = [
        Vote.dimension_id.in_(dimension_ids),
        _is_voters(voters_of(), which.voters, Vote, Battle),
        *_in_path(Battle, which),
    ]
    if not which.leaking:
        kept.append(not_(leaks_of(Battle)))
    if which.since is not None:
        kept.append(Vote.created_at >= _midnight(which.since))
    if which.until is not None:
        kept.append(Vote.created_at < _midnight(which.until))
    return kept


def leaks_of(battle: type[Battle]) -> ColumnElement[bool]:
    """Whether an answer of the battle says who gave it."""
    return (
        select(AnswerLeak.answer_id)
        .where(or_(AnswerLeak.answer_id == battle.answer_a_id, AnswerLeak.answer_id == battle.answer_b_id))
        .exists()
    )


def voters_of() -> ColumnElement[str]:
    """human, simulated or judge:<name>."""
    return case((Rater.kind == "judge", literal("judge:").concat(Rater.name)), else_=Rater.kind)


def shown() -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The models shown as A and as B."""
    straight = Vote.shown_as_a == "a"
    return (
        case((straight, Battle.model_a_id), else_=Battle.model_b_id),
        case((straight, Battle.model_b_id), else_=Battle.model_a_id),
    )


def _on_days(which: Slice) -> list[ColumnElement[bool]]:
    if which.since is None and which.until is None:
        return [TallyBlock.day == ALL_TIME]
    kept: list[ColumnElement[bool]] = [TallyBlock.day > ALL_TIME]
    if which.since is not None:
        kept.append(TallyBlock.day >= which.since.isoformat())
    if which.until is not None:
        kept.append(TallyBlock.day < which.until.isoformat())
    return kept


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _in_path(table: type[TallyBlock] | type[Battle], which: Slice) -> list[ColumnElement[bool]]:
    kept = []
    if which.category is not None:
        kept.append(under(table.category, which.category, "/"))
    if which.language is not None:
        kept.append(under(table.language, which.language, "-"))
    return kept


def under(column: Any, path: str, separator: str) -> ColumnElement[bool]:
    # LIKE would give wildcards a meaning, and tell upper case from lower on PostgreSQL only.
    below = f"{path}{separator}"
    return or_(column == path, func.substr(column, 1, len(below)) == below)


def _is_voters(
    column: ColumnElement[str],
    voters: str,
    placed: type[TallyBlock] | type[Vote],
    spoken: type[TallyBlock] | type[Battle],
) -> ColumnElement[bool]:
    """`placed` has the arena and the dimension, `spoken` the language."""
    if voters == EVERYBODY:
        return true()
    if voters == "judges":
        return column.startswith("judge:")
    if voters == "combined":
        return or_(column == "human", _trusted(column, placed, spoken))
    return column == voters


def _trusted(
    voters: ColumnElement[str],
    placed: type[TallyBlock] | type[Vote],
    spoken: type[TallyBlock] | type[Battle],
) -> ColumnElement[bool]:
    """Those of a judge that may stand beside people's votes on this dimension and in this language."""
    included = and_(
        JudgeTrust.included,
        JudgeTrust.arena_id == placed.arena_id,
        JudgeTrust.dimension_id == placed.dimension_id,
        JudgeTrust.language == spoken.language,
        literal("judge:").concat(JudgeTrust.judge) == voters,
    )
    return select(JudgeTrust.judge).where(included).exists()
