"""Comments: what voters wrote beside their votes, which an owner may read once an admin has published it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Ballot, Battle, CommentDecision, Model, Rater, Vote
from app.domain import personal_data
from app.domain.errors import CommentNotFound, Invalid
from app.domain.paging import LARGEST_ID, Page, after, page
from app.domain.slices import Slice, votes_within

STATES = ("undecided", "published", "refused")
MOST_PUBLISHED = 200


@dataclass(frozen=True, slots=True)
class Comment:
    """`ballot` is its number, `findings` what personal data it seems to hold, `state` what was decided of it."""

    ballot: int
    text: str
    findings: tuple[str, ...]
    state: str
    written_at: datetime


def list_comments(
    session: Session, arena: Arena, state: str, limit: int, cursor: str | None
) -> Page[Comment]:
    """Newest first, of votes that their voter has not changed or withdrawn. Raises Invalid."""
    if state not in STATES:
        raise Invalid(f"state {state!r}: expected one of {', '.join(STATES)}")
    query = _said(arena).where(Ballot.id < (after(cursor) or LARGEST_ID))
    decided: ColumnElement[bool] = CommentDecision.state == state
    query = query.where(CommentDecision.state.is_(None) if state == "undecided" else decided)
    rows = session.execute(query.order_by(Ballot.id.desc()).limit(limit + 1)).all()
    items = [_shown(ballot, state) for ballot, _ in rows]
    return page(items, [ballot.id for ballot, _ in rows], limit)


def decide(session: Session, arena: Arena, ballot_id: int, state: str, actor: str, now: datetime) -> Comment:
    """Publish or refuse a comment, or think better of it. Raises CommentNotFound, Invalid."""
    if state not in STATES[1:]:
        raise Invalid(f"state {state!r}: expected one of {', '.join(STATES[1:])}")
    found = session.execute(_said(arena).where(Ballot.id == ballot_id)).first()
    if found is None:
        raise CommentNotFound(f"arena {arena.slug!r} has no comment {ballot_id}")
    ballot: Ballot = found[0]
    session.merge(CommentDecision(ballot_id=ballot.id, state=state, actor=actor, decided_at=now))
    session.flush()
    return _shown(ballot, state)


def published(session: Session, model: Model, which: Slice) -> tuple[str, ...]:
    """Texts on counted votes about this model, in alphabetical order, so that it does not tell whose they are."""
    texts = session.scalars(
        select(Ballot.comment)
        .join(CommentDecision, CommentDecision.ballot_id == Ballot.id)
        .join(Vote, and_(Vote.rater_id == Ballot.rater_id, Vote.ballot_id == Ballot.id))
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .where(
            CommentDecision.state == "published",
            Ballot.comment != "",
            Vote.state == "counted",
            or_(Battle.model_a_id == model.id, Battle.model_b_id == model.id),
            *votes_within(which),
        )
        .order_by(Ballot.id.desc())
        .limit(MOST_PUBLISHED)
    )
    return tuple(sorted(texts))


def _shown(ballot: Ballot, state: str) -> Comment:
    return Comment(ballot.id, ballot.comment, personal_data.kinds(ballot.comment), state, ballot.created_at)


def _said(arena: Arena) -> Select[Any]:
    """Ballots with a comment, and what was decided of it."""
    mine = and_(
        Vote.rater_id == Ballot.rater_id,  # by this the votes of a ballot are found by their index
        Vote.ballot_id == Ballot.id,
        Vote.arena_id == arena.id,
        Vote.state.in_(("counted", "set_aside")),
    )
    query: Any = select(Ballot, CommentDecision.state).outerjoin(
        CommentDecision, CommentDecision.ballot_id == Ballot.id
    )
    kept: Select[Any] = query.where(Ballot.comment != "", select(Vote.id).where(mine).exists())
    return kept
