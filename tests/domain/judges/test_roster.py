"""Judges and their versions."""

from dataclasses import replace
from datetime import timedelta

from app.db.session import Database
from app.domain import arenas, dimensions
from app.domain.dimensions import Asked
from app.domain.judges import roster
from tests.arenas import NOW, SLUG, make_arena
from tests.judging import JUDGE


def test_the_same_settings_are_the_same_version(database: Database) -> None:
    make_arena(database)
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        first = roster.register(session, arena, JUDGE, NOW)
        assert roster.register(session, arena, replace(JUDGE, description="told anew"), NOW).id == first.id
        other = roster.register(session, arena, replace(JUDGE, temperature=0.5), NOW)
        assert (first.version, other.version) == (1, 2)
        assert first.rater_id != other.rater_id


def test_a_dimension_that_was_reworded_makes_a_new_version(database: Database) -> None:
    make_arena(database)
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        overall = dimensions.find(session, arena, "overall")
        first = roster.register(session, arena, JUDGE, NOW)
        later = NOW + timedelta(hours=1)
        same = Asked(title=overall.title, question=overall.question, rubric=overall.rubric, required=False)
        dimensions.put(session, arena, "overall", same, later)
        assert roster.register(session, arena, JUDGE, later).id == first.id
        dimensions.put(session, arena, "overall", replace(same, question="Which one helps more?"), later)
        second = roster.register(session, arena, JUDGE, later)
        assert second.version == 2
        assert roster.register(session, arena, JUDGE, later + timedelta(hours=1)).id == second.id
