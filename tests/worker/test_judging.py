"""Judge runs worked on to their end, on both databases, with scripted judges."""

from pathlib import Path

from app.db.session import Database
from app.db.tables import Rater, Vote
from tests.arenas import rows_of
from tests.judging import judged_arena, script, start, work


def test_a_run_judges_every_battle_in_both_orders(database: Database, tmp_path: Path) -> None:
    judged_arena(database)
    script(tmp_path, {"text": '{"winner": "A"}'})
    done = work(database, tmp_path, start(database))
    assert (done.run.state, done.run.judgments, done.run.ended, done.run.failed) == ("done", 6, 6, 0)
    assert done.run.votes == 6
    votes = rows_of(database, Vote.verdict, Vote.shown_as_a, Vote.raw_verdict)
    assert votes == [("a", "a", "a")] * 3 + [("a", "b", "a")] * 3
    assert rows_of(database, Rater.kind, Rater.name, Rater.version) == [("judge", "ref", "1")]
