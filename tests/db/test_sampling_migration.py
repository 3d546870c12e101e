"""An arena from before it could choose its sampling: it deals as it did, and its votes are one voter's each."""

import numpy as np
import pytest
from sqlalchemy import select, text, update

from app.db.session import Database
from app.db.tables import Battle, Vote
from app.db.upgrade import downgrade, upgrade
from app.domain import arenas
from app.domain.arenas import ArenaRules
from tests.arenas import SLUG
from tests.dealing import arena_of, cast, deal

BEFORE = "7c1e0d5b92a4"


@pytest.fixture
def upgraded(database_url: str) -> Database:
    """One battle voted on, one skipped, one open; made now, then taken back and brought forward again."""
    database = Database(database_url)
    arena_of(database, prompts=3)
    with database.writing() as session:
        chance = np.random.default_rng(1)
        cast(session, "ana", deal(session, "ana", chance).id)
        deal(session, "bo", chance)
        skipped = deal(session, "cy", chance)
        session.execute(update(Battle).where(Battle.public_id == skipped.id).values(state="skipped"))
    database.close()
    downgrade(database_url, BEFORE)
    upgrade(database_url)
    return Database(database_url)


def test_it_deals_as_it_did(upgraded: Database) -> None:
    with upgraded.reading() as session:
        assert arenas.rules_of(arenas.find(session, SLUG)) == ArenaRules("Quiz")
    upgraded.close()


def test_its_battles_and_votes_are_kept_and_counted_for_the_overlap(upgraded: Database) -> None:
    with upgraded.reading() as session:
        rows = session.execute(select(Battle.state, Battle.overlap, Battle.copy_of).order_by(Battle.id)).all()
        votes = session.scalars(select(Vote)).all()
        broken = text(
            "PRAGMA foreign_key_check" if upgraded.engine.dialect.name == "sqlite" else "SELECT 1 WHERE false"
        )
        assert session.execute(broken).all() == []
    assert [tuple(row) for row in rows] == [("voted", 1, None), ("open", 0, None), ("skipped", 0, None)]
    assert len(votes) == 1
    upgraded.close()
