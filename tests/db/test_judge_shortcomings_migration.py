"""A judge that was assessed before it was said what an assessment lacks: the assessment stays, and lacks nothing."""

from sqlalchemy import select

from app.db.session import Database
from app.db.tables import JudgeTrust
from app.db.upgrade import downgrade, upgrade
from app.worker import assess_judge
from tests.arenas import NOW, import_rows, make_arena, roll_up, vote

BEFORE = "f2a90c4d7b36"


def test_an_assessment_of_before_is_kept(database_url: str) -> None:
    database = Database(database_url)
    make_arena(database)
    import_rows(database, [vote("x", "y", "a", who, prompt_id="p") for who in ("ana", "judge:ref")])
    roll_up(database)
    assert assess_judge(database, NOW)
    database.close()
    downgrade(database_url, BEFORE)
    upgrade(database_url)
    database = Database(database_url)
    with database.reading() as session:
        row = session.scalars(select(JudgeTrust)).one()
        assert (row.judge, row.assessed, row.shortcomings) == ("ref", "calibrate", None)
        assert "Not calibrated" in row.because
    database.close()
