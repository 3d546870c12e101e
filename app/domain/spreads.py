"""Spreads: by how much votes of one voter, prompt or ballot scatter together, kept from one board to the next.

That takes the votes one by one, so boards of many votes carry an older count forward: it is taken anew when there are
5 % more votes, or fewer. The cost of a vote so stays the same however many there are.
"""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from app.db.tables import Spread as Row
from app.stats.clusters import Spread

GROWTH = 1.05


def find(session: Session, question_hash: str, votes: int) -> Spread | None:
    """The spread of this question, unless it was counted over too few of these votes, or over more."""
    row = session.execute(select(Row.votes, Row.content).where(Row.question_hash == question_hash)).first()
    if row is None or not row.votes <= votes <= row.votes * GROWTH:
        return None
    return _unpacked(row.content)


def keep(session: Session, row: Mapping[str, Any]) -> None:
    """Store a spread in the place of an older one."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    statement = insert(Row).values(dict(row))
    changed = {name: statement.excluded[name] for name in ("votes", "content", "created_at")}
    session.execute(statement.on_conflict_do_update(index_elements=["question_hash"], set_=changed))


def row_of(question_hash: str, votes: int, spread: Spread, now: datetime) -> dict[str, Any]:
    return {"question_hash": question_hash, "votes": votes, "content": _packed(spread), "created_at": now}


def _packed(spread: Spread) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(
        file,
        models=np.array(spread.models, dtype=np.str_),
        cluster=np.array(spread.cluster),
        totals=np.array([spread.votes, spread.weight], dtype=np.float64),
        clusters=spread.clusters,
        excess=spread.excess,
    )
    return file.getvalue()


def _unpacked(content: bytes) -> Spread:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        votes, weight = file["totals"].tolist()
        return Spread(
            models=tuple(file["models"].tolist()),
            cluster=file["cluster"].item(),
            votes=int(votes),
            weight=weight,
            clusters=file["clusters"],
            excess=file["excess"],
        )
