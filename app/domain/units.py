"""Units for prediction-powered inference: what people and judges said of one pair on one turn of one prompt.

Without a prompt a battle is a unit of its own. Labels are means over the votes of a unit, a tie counting ½.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from app.db.tables import Battle, Rater, Vote
from app.domain.slices import Slice, shown, votes_within
from app.stats.judged import Judged

JUDGES = "judges"


def judged(session: Session, which: Slice, labels: dict[int, str], names: tuple[str, ...]) -> Judged:
    """The units that judges labelled, with what the voters of the slice said of them; reads every vote, sums in SQL."""
    people = {_key(row): row.score / row.votes for row in session.execute(_sums(which))}
    judges = {
        _key(row): row.score / row.votes for row in session.execute(_sums(replace(which, voters=JUDGES)))
    }
    place = {name: at for at, name in enumerate(names)}
    at = {key: place[label] for key, label in labels.items() if label in place}
    units = [(key, score) for key, score in sorted(judges.items()) if key[2] in at and key[3] in at]
    return Judged(
        names,
        first=np.array([at[key[2]] for key, _ in units], dtype=np.int64),
        second=np.array([at[key[3]] for key, _ in units], dtype=np.int64),
        judge=np.array([score for _, score in units], dtype=np.float64),
        human=np.array([people.get(key, 0.0) for key, _ in units], dtype=np.float64),
        labelled=np.array([key in people for key, _ in units], dtype=np.bool_),
    )


def _key(row: Any) -> tuple[int, int, int, int]:
    return row.content, row.turn, row.low, row.high


def _sums(which: Slice) -> Select[Any]:
    """For each unit the number of counted votes and how far they put its first model, by id, above its second."""
    low = case((Battle.model_a_id < Battle.model_b_id, Battle.model_a_id), else_=Battle.model_b_id)
    high = case((Battle.model_a_id < Battle.model_b_id, Battle.model_b_id), else_=Battle.model_a_id)
    first, _ = shown()
    won: ColumnElement[float] = case((Vote.verdict == "a", 1.0), (Vote.verdict == "b", 0.0), else_=0.5)
    keys = (
        func.coalesce(Battle.prompt_id, -Battle.id).label("content"),
        func.coalesce(Battle.turn, -1).label("turn"),
        low.label("low"),
        high.label("high"),
    )
    return (
        select(
            *keys,
            func.sum(case((first == low, won), else_=1.0 - won)).label("score"),
            func.count().label("votes"),
        )
        .select_from(Vote)
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .where(*votes_within(which), Vote.state == "counted", Vote.verdict != "abstain")
        .group_by(*keys)
    )
