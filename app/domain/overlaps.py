"""Overlaps: the same draw before several voters, so that it can be measured how far they agree.

A draw is a pair on a prompt with the probability it had. Its first battle is dealt when it is drawn; copies of that
battle go to other voters until as many of them voted as the arena's `target_overlap`. A copy keeps the draw's
probability, for whether and when a draw is copied does not depend on its pair (docs/decisions/0006-sampling.md).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from app.db.tables import Answer, AnswerLeak, Arena, Battle, Model, Prompt, Rater
from app.domain.fields import STATES_SEEN

TRIES = 4  # when somebody else is taking the same copy


def share(target: int) -> float:
    """Of the deals that could be copies, how many are: target/(target + 1), 0 for a target of 1.

    A draw makes target − 1 copies due, so copies must be more than (target − 1)/target of the deals to catch up.
    The rest keeps new pairs coming however many copies are due.

    >>> share(1), share(3)
    (0.0, 0.75)
    """
    return target / (target + 1) if target > 1 else 0.0


def due(
    session: Session, arena: Arena, voter_id: int, language: str | None, category: str | None, now: datetime
) -> Battle | None:
    """The first battle of a draw that lacks voters and that this one has not seen, locked against other deals.

    Only of draws that were made for voters of the same kind: a simulated rater takes no person's place. Those that lack
    fewest come first, then the newest. Its models are active and its answers are current.
    """
    wanted = _due(arena, voter_id, language, category, now).limit(TRIES)
    for key in session.scalars(wanted).all():
        # Skipping what is locked: a deal that waits for a vote, which may wait for a deal, could wait for ever.
        taken = select(Battle).where(Battle.id == key).with_for_update(skip_locked=True, key_share=True)
        first = session.scalar(taken.execution_options(populate_existing=True))
        if first is not None and first.overlap + _held(session, key, now) < arena.target_overlap:
            return first
    return None


def count(session: Session, battle: Battle, change: int) -> None:
    """Note that one voter more, or less, has judged the draw of this battle."""
    first = battle.copy_of or battle.id
    session.execute(update(Battle).where(Battle.id == first).values(overlap=Battle.overlap + change))


def _due(
    arena: Arena, voter_id: int, language: str | None, category: str | None, now: datetime
) -> Select[Any]:
    first, own, copy = (aliased(Battle, name=name) for name in ("first", "own", "copy"))
    held = select(func.count(copy.id)).where(_is_held(copy, first.id, now)).scalar_subquery()
    # As a set, which is read once, and not looked up anew for each draw: some voters have met thousands.
    met = select(own.prompt_id, *_models(own)).where(
        own.dealt_to == voter_id,
        own.arena_id == arena.id,
        own.prompt_id.is_not(None),
        own.state.in_(STATES_SEEN),
    )
    active = select(Model.id).where(Model.arena_id == arena.id, Model.state == "active")
    kind = select(Rater.kind).where(Rater.id == voter_id).scalar_subquery()
    alike = select(Rater.id).where(Rater.id == first.dealt_to, Rater.kind == kind).exists()
    archived = select(Prompt.id).where(Prompt.id == first.prompt_id, Prompt.archived_at.is_not(None))
    current = (
        select(Answer.id).where(Answer.id == answer_id, Answer.replaced_at.is_(None)).exists()
        for answer_id in (first.answer_a_id, first.answer_b_id)
    )
    return (
        select(first.id)
        .where(
            first.arena_id == arena.id,
            first.copy_of.is_(None),
            first.overlap > literal_column("0"),  # spelled out, else the partial index is not seen to fit
            first.overlap < arena.target_overlap,
            first.model_a_id.in_(active),
            first.model_b_id.in_(active),
            *_within(first, language, category),
            first.overlap + held < arena.target_overlap,
            alike,
            ~archived.exists(),
            *current,
            *_blind(arena, first),
            tuple_(first.prompt_id, *_models(first)).not_in(met),
        )
        .order_by(first.overlap.desc(), first.id.desc())
    )


def _blind(arena: Arena, first: Any) -> list[ColumnElement[bool]]:
    """Neither answer says who gave it, where the arena deals only such."""
    if arena.leaks != "redeal":
        return []
    leaking = select(AnswerLeak.answer_id)
    return [first.answer_a_id.not_in(leaking), first.answer_b_id.not_in(leaking)]


def _models(battle: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The two models, whichever stood left."""
    one, other = battle.model_a_id, battle.model_b_id
    return case((one < other, one), else_=other), case((one < other, other), else_=one)


def _held(session: Session, first: int, now: datetime) -> int:
    """How many voters have a copy before them and may still vote."""
    return session.scalar(select(func.count()).select_from(Battle).where(_is_held(Battle, first, now))) or 0


def _is_held(copy: Any, first: Any, now: datetime) -> ColumnElement[bool]:
    return and_(copy.copy_of == first, copy.state == "open", copy.expires_at > now)


def _within(first: Any, language: str | None, category: str | None) -> list[ColumnElement[bool]]:
    paths = ((first.language, language, "-"), (first.category, category, "/"))
    return [_under(column, path, separator) for column, path, separator in paths if path is not None]


def _under(column: Any, path: str, separator: str) -> ColumnElement[bool]:
    below = f"{path}{separator}"
    return or_(column == path, func.substr(column, 1, len(below)) == below)
