"""A database from before checklists had versions: what came with a prompt is its first version, and back again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from app.db.session import Database
from app.db.tables import ChecklistVersion, Prompt
from app.db.upgrade import downgrade, upgrade
from app.domain import arenas, checklists
from app.domain.checklists import Edited
from tests.arenas import NOW, SLUG, rows_of
from tests.dealing import arena_of

BEFORE = "c81f3e6a27d5"
EDITED = NOW + timedelta(days=1)


@pytest.fixture
def older(database_url: str) -> Database:
    """Three prompts: with two questions and a blank, with none, with a blank alone."""
    database = Database(database_url)
    arena_of(database, prompts=3)
    with database.writing() as session:
        session.execute(update(Prompt).where(Prompt.external_id == "p0").values(created_at=EDITED))
    database.engine.dispose()
    downgrade(database_url, BEFORE)
    with database.writing() as session:
        for name, asked in (("p0", '["Is it so?", " ", "Wirklich?"]'), ("p2", '[""]')):
            session.execute(
                text("UPDATE prompts SET checklist = :asked WHERE external_id = :name"),
                {"asked": asked, "name": name},
            )
    database.engine.dispose()
    return database


def test_what_came_with_a_prompt_is_the_first_version(older: Database, database_url: str) -> None:
    upgrade(database_url)
    first = (1, ["Is it so?", "Wirklich?"], checklists.SUBMITTED, EDITED, EDITED)
    assert _versions(older) == [first]
    with older.writing() as session:
        arena = arenas.find(session, SLUG)
        checklists.save(session, arena, Edited("p0", ("Is it?",)), "admin:ana", EDITED)
    assert [each[0] for each in _versions(older)] == [1, 2]
    older.close()


def test_going_down_keeps_the_newest(older: Database, database_url: str) -> None:
    upgrade(database_url)
    with older.writing() as session:
        arena = arenas.find(session, SLUG)
        checklists.save(session, arena, Edited("p0", ("Is it?",)), "admin:ana", EDITED)
        checklists.save(session, arena, Edited("p1", ("Is it not?",)), "admin:ana", EDITED)
    older.engine.dispose()
    downgrade(database_url, BEFORE)
    with older.reading() as session:
        kept = session.execute(text("SELECT external_id, checklist FROM prompts ORDER BY external_id")).all()
    shown = [
        (name, asked if isinstance(asked, str) else str(asked).replace("'", '"')) for name, asked in kept
    ]
    assert shown == [("p0", '["Is it?"]'), ("p1", '["Is it not?"]'), ("p2", "[]")]
    older.close()


def _versions(database: Database) -> list[tuple[Any, ...]]:
    columns = ("version", "questions", "author", "created_at", "approved_at")
    return rows_of(database, *(getattr(ChecklistVersion, name) for name in columns))
