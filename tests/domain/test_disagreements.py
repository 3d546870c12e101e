"""A disagreement to read: what a judge that ran here replied stands beside its verdicts."""

from pathlib import Path

from app.db.session import Database
from app.domain import arenas, consistency, disagreements
from app.domain.consistency import Question
from tests.arenas import SLUG, import_rows, vote
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
