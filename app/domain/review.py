"""Review: every vote of an arena as an admin sees it, found by what it was and by who cast it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column, or_, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Ballot, Battle, Dimension, Model, Prompt, Rater, Vote, VoteEvent
from app.domain import answers, dimensions, models
from app.domain.accounts import RaterName
from app.domain.errors import Invalid, ModelNotFound
from app.domain.paging import Page, after, page
from app.domain.slices import shown, under

# Spelled out, else the index of votes that were not changed is not seen to fit.
STANDING = Vote.state != literal_column("'superseded'")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Votes that fit all that is given; those that their voter has changed only where `state` is superseded.

    A category or language includes those below it. `since` is the first moment, `until` the first that is too late.
    `has_reason` asks whether somebody said why the vote is in its state.
    """

    state: str | None = None
    dimension: str | None = None
    verdict: str | None = None
    rater: int | None = None
    kind: str | None = None
    model: str | None = None
    prompt: str | None = None
    category: str | None = None
    language: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    has_reason: bool | None = None

    @property
    def is_everything(self) -> bool:
        return all(getattr(self, each.name) is None for each in fields(self))


@dataclass(frozen=True, slots=True)
class ReviewedVote:
    """One vote with all that was said beside it; `a` and `b` are the slugs of what this rater was shown as A and B.

    `leaks` says that one of the answers betrays its model.
    """

    vote: Vote
    battle: Battle
    ballot: Ballot
    prompt: str | None
    dimension: str
    rater: RaterName
    a: str
    b: str
    events: tuple[VoteEvent, ...]
    leaks: bool


def list_votes(
    session: Session, arena: Arena, chosen: Chosen, limit: int, cursor: str | None
) -> Page[ReviewedVote]:
    """Newest first. Raises DimensionNotFound, ModelNotFound, Invalid."""
    # Found before it is joined with all that is shown: a database may sort what it has joined.
    found = _joined(session, arena, chosen).order_by(Vote.id.desc()).limit(limit + 1)
    if cursor is not None:
        found = found.where(Vote.id < after(cursor))
    keys = session.scalars(found).all()
    query = (
        select(Vote, Battle, Ballot, Prompt.external_id, Dimension.slug, Rater, *shown())
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Ballot, Vote.ballot_id == Ballot.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .join(Dimension, Vote.dimension_id == Dimension.id)
        .outerjoin(Prompt, Battle.prompt_id == Prompt.id)
        .where(Vote.id.in_(keys))
        .order_by(Vote.id.desc())
    )
    rows = session.execute(query).all()
    slugs = {key: row.slug for key, row in models.by_id(session, arena).items()}
    events = _events(session, keys)
    shown_ids = {key for row in rows for key in (row[1].answer_a_id, row[1].answer_b_id)}
    leaking = answers.leaking(session, shown_ids - {None})
    items = [
        ReviewedVote(
            vote,
            battle,
            ballot,
            prompt,
            dimension,
            _name(rater),
            slugs[a],
            slugs[b],
            tuple(events[vote.id]),
            not leaking.isdisjoint((battle.answer_a_id, battle.answer_b_id)),
        )
        for vote, battle, ballot, prompt, dimension, rater, a, b in rows
    ]
    return page(items, keys, limit)


def chosen_ids(session: Session, arena: Arena, chosen: Chosen) -> Select[Any]:
    """A query for the ids of what is chosen. Raises DimensionNotFound, ModelNotFound; Invalid for a choice of all."""
    if chosen.is_everything:
        raise Invalid(
            "where: name something that the votes have in common, so that not all of them are meant"
        )
    return _joined(session, arena, chosen)


def ids_within(arena: Arena, vote_ids: Sequence[int]) -> Select[Any]:
    """A query for those of the ids that are of this arena's votes."""
    return select(Vote.id).where(Vote.arena_id == arena.id, Vote.id.in_(vote_ids))


def _joined(session: Session, arena: Arena, chosen: Chosen) -> Select[Any]:
    query: Any = (
        select(Vote.id).join(Battle, Vote.battle_id == Battle.id).join(Rater, Vote.rater_id == Rater.id)
    )
    query = query.outerjoin(Prompt, Battle.prompt_id == Prompt.id)
    kept: Select[Any] = query.where(*_conditions(session, arena, chosen))
    return kept


def _conditions(session: Session, arena: Arena, chosen: Chosen) -> list[ColumnElement[bool]]:
    if chosen.since is not None and chosen.until is not None and chosen.since >= chosen.until:
        raise Invalid(f"since {chosen.since}, until {chosen.until}: no moment lies between them")
    equal: Mapping[Any, object] = {
        Vote.verdict: chosen.verdict,
        Vote.rater_id: chosen.rater,
        Rater.kind: chosen.kind,
        Prompt.external_id: chosen.prompt,
    }
    kept = [
        Vote.arena_id + 0 == arena.id,  # the sum keeps SQLite from reading all of the arena by its index
        *(column == value for column, value in equal.items() if value is not None),
    ]
    kept.append(STANDING if chosen.state is None else Vote.state == chosen.state)
    if chosen.dimension is not None:
        kept.append(Vote.dimension_id == dimensions.find(session, arena, chosen.dimension).id)
    if chosen.model is not None:
        model = _model(session, arena, chosen.model)
        kept.append(or_(Battle.model_a_id == model, Battle.model_b_id == model))
    if chosen.category is not None:
        kept.append(under(Battle.category, chosen.category, "/"))
    if chosen.language is not None:
        kept.append(under(Battle.language, chosen.language, "-"))
    if chosen.since is not None:
        kept.append(Vote.created_at >= chosen.since)
    if chosen.until is not None:
        kept.append(Vote.created_at < chosen.until)
    if chosen.has_reason is not None:
        kept.append(Vote.state_reason.is_not(None) if chosen.has_reason else Vote.state_reason.is_(None))
    return kept


def _model(session: Session, arena: Arena, slug: str) -> int:
    found = session.scalar(select(Model.id).where(Model.arena_id == arena.id, Model.slug == slug))
    if found is None:
        raise ModelNotFound(f"arena {arena.slug!r} has no model {slug!r}")
    return found


def _events(session: Session, vote_ids: Sequence[int]) -> Mapping[int, list[VoteEvent]]:
    found = defaultdict[int, list[VoteEvent]](list)
    for event in session.scalars(
        select(VoteEvent).where(VoteEvent.vote_id.in_(vote_ids)).order_by(VoteEvent.id)
    ):
        found[event.vote_id].append(event)
    return found


def _name(rater: Rater) -> RaterName:
    return RaterName(rater.kind, rater.name, rater.version)  # type: ignore[arg-type]  # the table checks kind
