"""A disagreement to read: what a judge that ran here replied stands beside its verdicts, and votes that answered an
earlier question are marked.
"""

from pathlib import Path

from sqlalchemy import select

from app.db.judging import EARLIER
from app.db.session import Database
from app.db.tables import JudgeCall
from app.domain import arenas, consistency, dimensions, disagreements
from app.domain.consistency import Question
from app.domain.dimensions import Asked
from app.domain.disagreements import Disagreement, Earlier, Reading
from tests.arenas import NOW, SLUG, import_rows, make_arena, vote
from tests.judging import judged_arena, progress, script, start, work

ASKED = Question("ref", draws=20, board_draws=10)
REPLY = 'Ada is <b>shorter</b>. {"winner": "A"}'


def test_the_reply_of_a_judge_and_the_hash_of_its_wording_are_shown(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 1)
    script(tmp_path, {"text": REPLY})
    run = start(database)
    work(database, tmp_path, run)
    with database.writing() as session:
        session.add_all([_in_other_words(call) for call in session.scalars(select(JudgeCall))])
    import_rows(database, [vote("ada", "bob", "b", prompt_id="p1")])
    with database.reading() as session:
        arena = arenas.find(session, SLUG)
        (row,) = disagreements.every(session, arena, ASKED)
        found = disagreements.read(session, arena, ASKED, row.battle)
        (version,) = consistency.report(session, arena, ASKED)["judge_versions"]
    assert (row.people_say, row.judge_says) == ("bob", "tie")
    assert sorted((each.shown_first, each.says, each.reasoning) for each in found.judged) == [
        ("ada", "ada", REPLY),
        ("bob", "bob", REPLY),
    ]
    assert [each["content"] for each in found.first_answer] == ["ada on p1"]
    assert version["prompt_hashes"] == [progress(database, run).run.wording_hash]


def _in_other_words(call: JudgeCall) -> JudgeCall:
    """As a call that was answered before what it asks was edited."""
    said = {**(call.reply or {}), "text": "Of old."}
    return JudgeCall(
        run_id=call.run_id, judgment_id=call.judgment_id, key=f"{call.key}{EARLIER}{call.id}", repeat=call.repeat,
        question="0" * 64, state="answered", asked=call.asked, reply=said, created_at=NOW, ended_at=NOW,
    )  # fmt: skip


def parted(database: Database) -> list[Disagreement]:
    with database.reading() as session:
        return list(disagreements.every(session, arenas.find(session, SLUG), ASKED))


def read(database: Database, row: Disagreement) -> Reading:
    with database.reading() as session:
        return disagreements.read(session, arenas.find(session, SLUG), ASKED, row.battle)


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
            vote("x", "y", "b", "judge:ref", prompt_id="p"),
        ],
    )
    assert [row.earlier for row in parted(database)] == [()]
    for question in ("Which is shorter?", "Which is clearer?"):
        reworded(database, question)
        import_rows(database, [vote("x", "y", "a", "human:cem", prompt_id="p")])
    import_rows(
        database, [vote("x", "y", "a", prompt_id="q"), vote("x", "y", "b", "judge:ref", prompt_id="q")]
    )
    old, new = parted(database)
    assert old.earlier == (Earlier(1, 2), Earlier(2, 1))
    assert (old.people.first, new.earlier) == (4, ())
    assert [each.dimension_version for each in read(database, old).judged] == [1]
    assert read(database, old).earlier == old.earlier
    assert [each.dimension_version for each in read(database, new).judged] == [None]
