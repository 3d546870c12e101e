"""Where a judge and people part: votes that answered an earlier question are marked."""

from app.db.session import Database
from app.domain import arenas, dimensions, disagreements
from app.domain.consistency import Question
from app.domain.dimensions import Asked
from app.domain.disagreements import Disagreement, Earlier, Reading
from tests.arenas import NOW, SLUG, import_rows, make_arena, vote

JUDGE = "judge:ref"


def parted(database: Database) -> list[Disagreement]:
    with database.reading() as session:
        return list(disagreements.every(session, arenas.find(session, SLUG), Question("ref")))


def read(database: Database, row: Disagreement) -> Reading:
    with database.reading() as session:
        return disagreements.read(session, arenas.find(session, SLUG), Question("ref"), row.battle)


def reworded(database: Database, question: str) -> None:
    with database.writing() as session:
        dimensions.put(session, arenas.find(session, SLUG), "overall", Asked("Overall", question), NOW)


def test_votes_under_an_earlier_question_are_marked_with_its_version(database: Database) -> None:
    make_arena(database)
    import_rows(
        database,
        [
            vote("x", "y", "a", "human:ana", prompt_id="p"),
            vote("x", "y", "a", "human:ben", prompt_id="p"),
            vote("x", "y", "b", JUDGE, prompt_id="p"),
        ],
    )
    assert [row.earlier for row in parted(database)] == [()]
    for question in ("Which is shorter?", "Which is clearer?"):
        reworded(database, question)
        import_rows(database, [vote("x", "y", "a", "human:cem", prompt_id="p")])
    import_rows(database, [vote("x", "y", "a", prompt_id="q"), vote("x", "y", "b", JUDGE, prompt_id="q")])
    old, new = parted(database)
    assert old.earlier == (Earlier(1, 2), Earlier(2, 1))
    assert (old.people.first, new.earlier) == (4, ())
    assert [each.dimension_version for each in read(database, old).judged] == [1]
    assert read(database, old).earlier == old.earlier
    assert [each.dimension_version for each in read(database, new).judged] == [None]
