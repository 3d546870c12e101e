"""Judge runs worked on to their end, on both databases, with scripted judges."""

import json
from pathlib import Path

from app.db.session import Database
from app.db.tables import Rater, Vote
from app.domain.fits import Spec
from tests.arenas import board, rows_of
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


def test_a_board_counts_one_vote_for_both_orders(database: Database, tmp_path: Path) -> None:
    """Swap and agree: of three battles one is won in both orders, one in neither, one is a tie in one order."""
    judged_arena(database)
    script(
        tmp_path,
        {"when": "A begins\nada on p1", "text": '{"winner": "A"}'},
        {"when": "A begins\nbob on p1", "text": '{"winner": "B"}'},
        {"when": "A begins\nada on p3", "text": '{"winner": "TIE"}'},
        {"text": '{"winner": "A"}'},
    )
    assert work(database, tmp_path, start(database)).run.votes == 6
    found = json.loads(board(database, Spec(voters="judge:ref")).body)
    assert found["votes"] == 3
    records = {row["model"]: (row["wins"], row["losses"], row["ties"]) for row in found["rows"]}
    assert records == {"ada": (1, 0, 2), "bob": (0, 1, 2)}
    by_vote = json.loads(board(database, Spec(voters="judge:ref", settings={"cluster": "prompt"})).body)
    assert by_vote["votes"] == 3


def test_an_abstention_in_one_order_is_no_opinion(database: Database, tmp_path: Path) -> None:
    judged_arena(database, prompts_asked=1)
    script(
        tmp_path, {"when": "A begins\nada", "text": '{"winner": "ABSTAIN"}'}, {"text": '{"winner": "A"}'}
    )
    assert work(database, tmp_path, start(database)).run.votes == 2
    assert json.loads(board(database, Spec(voters="judge:ref")).body)["votes"] == 0
