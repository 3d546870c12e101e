"""Boards of a judge that was shown each battle in both orders: one opinion a battle, on both databases."""

import json
from pathlib import Path

from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Battle, Model, Vote
from app.domain.fits import Spec
from tests.arenas import board
from tests.judging import judged_arena, script, start, work


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
    script(tmp_path, {"when": "A begins\nada", "text": '{"winner": "ABSTAIN"}'}, {"text": '{"winner": "A"}'})
    assert work(database, tmp_path, start(database)).run.votes == 2
    assert json.loads(board(database, Spec(voters="judge:ref")).body)["votes"] == 0


def test_soft_verdicts_of_both_orders_are_averaged_on_a_board(database: Database, tmp_path: Path) -> None:
    """Sure of A one way round and less sure the other way round is a win, not a tie."""
    judged_arena(database, prompts_asked=2)
    script(tmp_path, {"text": '{"winner": "A"}'})
    work(database, tmp_path, start(database))
    with database.writing() as session:
        for vote in session.scalars(select(Vote)):
            battle = session.get_one(Battle, vote.battle_id)
            first = battle.model_a_id if vote.shown_as_a == "a" else battle.model_b_id
            # ada's is the better answer to the first prompt, and the second leaves it even.
            lead = 0.3 if session.get_one(Model, first).slug == "ada" and battle.prompt_id == 1 else 0.1
            vote.probability = 0.5 + lead
    found = json.loads(board(database, Spec(voters="judge:ref")).body)
    records = {row["model"]: (row["wins"], row["losses"], row["ties"]) for row in found["rows"]}
    assert records == {"ada": (1, 0, 1), "bob": (0, 1, 1)}
