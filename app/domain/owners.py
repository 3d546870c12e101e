"""Owners who vote: which voters have been seen with an owner's key, and what of theirs can never count."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from app.db.tables import Battle, Model, OwnerRater, Vote


def link(session: Session, rater_id: int, owner: str, now: datetime) -> bool:
    """Remember that this voter is that owner, also once the key is put away; whether it was new."""
    if session.get(OwnerRater, (rater_id, owner)) is not None:
        return False
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    values = {"rater_id": rater_id, "owner": owner, "since": now}
    session.execute(insert(OwnerRater).values(values).on_conflict_do_nothing())
    return True


def owns_a_side(session: Session, rater_id: int, battle: Battle) -> bool:
    """Whether one of the two models is this voter's own."""
    mine = select(Model.id).join(OwnerRater, OwnerRater.owner == Model.owner)
    sides = Model.id.in_((battle.model_a_id, battle.model_b_id))
    return session.scalar(mine.where(OwnerRater.rater_id == rater_id, sides).limit(1)) is not None


def own_votes(rater_id: int) -> Select[Any]:
    """A query for the ids of this voter's votes on models of their own."""
    own = and_(
        OwnerRater.rater_id == rater_id,
        OwnerRater.owner == Model.owner,
        or_(Model.id == Battle.model_a_id, Model.id == Battle.model_b_id),
    )
    return (
        select(Vote.id)
        .join(Battle, Vote.battle_id == Battle.id)
        .where(Vote.rater_id == rater_id, select(Model.id).join(OwnerRater, own).exists())
    )
