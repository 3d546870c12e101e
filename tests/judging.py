"""Arenas to judge in, and judges for tests: scripted ones, which reply from a file."""

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.db.session import Database
from app.db.tables import Arena, JudgeRun
from app.domain import answers, arenas, models, prompts, runs
from app.domain.judges import roster
from app.domain.judges.roster import NewJudge
from app.domain.models import NewModel
from app.domain.prompts import NewPrompt
from app.domain.runs import Budget, Progress
from app.domain.selections import Selection
from app.providers.provider import Operator
from app.providers.surroundings import Surroundings
from app.worker import judging
from app.worker.judging import Desk
from tests.arenas import NOW, SLUG, make_arena

JUDGE = NewJudge("ref", "referee-1", provider="scripted", endpoint={"file": "replies.jsonl"})


def judged_arena(database: Database, prompts_asked: int = 3, names: Sequence[str] = ("ada", "bob")) -> str:
    """Models that answer each prompt with `<name> on <prompt>`."""
    slug = make_arena(database)
    with database.writing() as session:
        arena = arenas.find(session, slug)
        new = [
            NewPrompt(line, f"p{line}", ({"role": "user", "content": f"Question {line}?"},))
            for line in range(1, prompts_asked + 1)
        ]
        prompts.submit(session, arena, new, NOW)
        for name in names:
            model = models.register(session, arena, NewModel(name), None, NOW)
            said = [
                answers.NewAnswer(
                    each.line, each.id, ({"role": "assistant", "content": f"{name} on {each.id}"},)
                )
                for each in new
            ]
            answers.submit(session, arena, model, said, (), NOW)
    return slug


def script(folder: Path, *lines: dict[str, str], name: str = "replies.jsonl") -> None:
    (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


def start(
    database: Database,
    judge: NewJudge = JUDGE,
    selection: Selection | None = None,
    budget: Budget | None = None,
    **options: Any,
) -> str:
    """A run of this judge, by default over new battles of every pair on every prompt."""
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        row = roster.register(session, arena, judge, NOW)
        chosen = selection or Selection("new", most=1_000)
        return runs.start(session, arena, row, chosen, budget or Budget(), NOW, **options).public_id


def judge_at(url: str, **given: Any) -> NewJudge:
    """A judge at an endpoint with prices of 1 and 2 for a million tokens; `settings` are further ones of it."""
    endpoint = {"base_url": url, "input_price": 1, "output_price": 2, **given.pop("settings", {})}
    return NewJudge(given.pop("name", "ref"), given.pop("model", "referee-1"), endpoint=endpoint, **given)


def desk(database: Database, folder: Path, **given: Any) -> Desk:
    """With a clock that sleeps at once where `surroundings` say so."""
    world = given.pop("surroundings", Surroundings())
    operator = Operator(scripts=folder, private_hosts=("127.0.0.1",), surroundings=world)
    return Desk(database, operator, "fence", **given)


def work(database: Database, folder: Path, run: str, **given: Any) -> Progress:
    """Work on a run until nobody can go on with it."""
    judging.work(desk(database, folder, **given), threading.Event(), run)
    return progress(database, run)


def progress(database: Database, run: str) -> Progress:
    with database.reading() as session:
        found = runs.progress(session, runs.find(session, run), datetime.now(UTC))
        session.expunge_all()
    return found
