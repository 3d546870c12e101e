"""Ballots: what one rater said of one battle on each dimension, counted, for rankings that weigh dimensions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Battle, Dimension, Rater, Vote
from app.domain import dimensions
from app.domain.slices import Slice, shown, votes_on
from app.stats.dimensions import NONE, Dimensions
from app.stats.tally import COUNTED


def counted(
    session: Session, arena: Arena, which: Slice, labels: Mapping[int, str], names: tuple[str, ...]
) -> Dimensions:
    """All ballots of the slice's voters, category, language and days, on every dimension asked now.

    The category of a prompt is the first step of its path. Reads every vote, pivots and counts in SQL.
    """
    asked = dimensions.list_dimensions(session, arena)
    rows = session.execute(_counts(which, asked)).all()
    place = {name: at for at, name in enumerate(names)}
    at = {key: place[label] for key, label in labels.items() if label in place}
    sums: Counter[tuple[int, ...]] = Counter()
    categories: dict[str, int] = {}
    for path, first, second, *verdicts, ballots in rows:
        if first in at and second in at:
            category = categories.setdefault(path.partition("/")[0], len(categories))
            sums[(category, at[first], at[second], *verdicts)] += ballots
    table = np.array([(*key, votes) for key, votes in sums.items()], dtype=np.int64)
    table = table.reshape(-1, len(asked) + 4)
    return Dimensions(
        names,
        tuple(row.slug for row in asked),
        first=table[:, 1],
        second=table[:, 2],
        verdict=table[:, 3:-1],
        count=table[:, -1],
        categories=tuple(categories) or ("",),
        category=table[:, 0],
    )


def _counts(which: Slice, asked: Sequence[Dimension]) -> Select[Any]:
    """(category, shown as A, shown as B, a verdict's code for each dimension, ballots)."""
    code = case(
        *((Vote.verdict == verdict.value, at) for at, verdict in enumerate(COUNTED)), else_=literal(NONE)
    )
    first, second = shown()
    said = [
        func.max(case((Vote.dimension_id == row.id, code), else_=literal(NONE))).label(f"said_{at}")
        for at, row in enumerate(asked)
    ]
    ballots = (
        select(Battle.category, first.label("first"), second.label("second"), *said)
        .select_from(Vote)
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .where(*votes_on(which, [row.id for row in asked]), Vote.state == "counted")
        .group_by(Vote.ballot_id, Vote.battle_id, Battle.category, first, second)
        .subquery()
    )
    keys = list(ballots.c)
    return select(*keys, func.count().label("ballots")).group_by(*keys).order_by(*keys)
