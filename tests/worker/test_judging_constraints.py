"""Constraints that prompts bring, in a run on both databases: checked, run in the sandbox, and refused when broken."""

from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from app.db.session import Database
from app.db.tables import Battle, Judgment, Model, Prompt, Vote
from app.domain.judges.roster import NewJudge
from tests.arenas import rows_of
from tests.judging import judged_arena, script, start, work

NAMES_ADA = "def check_following(response):\n    return response.startswith('ada')"
JUDGE = NewJudge(
    "checker", "referee-1", "constraint", provider="scripted", endpoint={"file": "replies.jsonl"}
)


def test_constraints_of_prompts_decide_and_broken_ones_leave_the_others_alone(
    database: Database, tmp_path: Path
) -> None:
    judged_arena(database, 5)
    script(tmp_path, {"text": '{"answer": "yes"}'})
    _demand(database, "p1", {"check": "code", "value": NAMES_ADA})
    _demand(database, "p2", {"check": "code", "value": NAMES_ADA}, {"check": "ask", "value": "Is it kind?"})
    _demand(database, "p3", {"check": "at_most_words", "value": "many"})
    _demand(database, "p4", {"check": "code", "value": "def check_following(response):\n    return 1 / 0"})
    done = work(database, tmp_path, start(database, JUDGE))
    assert (done.run.state, done.run.votes, done.run.failed) == ("done", 4, 6)
    # p2 asks about each answer, in the same words on either side
    assert (done.run.calls, done.run.cached) == (2, 2)
    assert done.failures == {"unaskable:item": 4, "unreadable:broken_check": 2}
    problems = {each[""]["detail"] for each in _outcomes(database) if "" in each}
    assert problems == {
        "constraint: its value is 'many'; a whole number is needed",
        "constraints: there are none to judge by",
    }
    broken = {
        each["overall"]["detail"] for each in _outcomes(database) if "failure" in each.get("overall", {})
    }
    assert broken == {"code: ZeroDivisionError: division by zero"}
    assert _winners(database) == {"ada"}


def _demand(database: Database, prompt: str, *constraints: dict[str, Any]) -> None:
    with database.writing() as session:
        session.execute(
            update(Prompt)
            .where(Prompt.external_id == prompt)
            .values(details={"constraints": list(constraints)})
        )


def _outcomes(database: Database) -> list[dict[str, Any]]:
    return [outcome for (outcome,) in rows_of(database, Judgment.outcome)]


def _winners(database: Database) -> set[str]:
    """Names of the models that the votes are for: a vote's side is as seen, so with `shown_as_a` it names one."""
    with database.reading() as session:
        names = {each.id: each.name for each in session.scalars(select(Model))}
        rows = session.execute(
            select(Vote.verdict, Vote.shown_as_a, Battle.model_a_id, Battle.model_b_id).join(
                Battle, Vote.battle_id == Battle.id
            )
        )
        return {names[a if verdict == shown else b] for verdict, shown, a, b in rows}
