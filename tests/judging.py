"""Arenas to judge in, and judges for tests: scripted ones, which reply from a file."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Database
from app.db.tables import Arena, JudgeRequest
from app.domain import answers, arenas, checklists, models, prompts, runs
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
from benchmarks.endpoint import Asked, Said, deliberate
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


def keep_checklists(session: Session, arena: Arena) -> None:
    """Of p0 one that a judge wrote and una edited, of p1 one that nobody has approved."""
    ids = prompts.by_id(session, arena, ["p0", "p1"])
    made = {row.id: ["Is it short?", "Is it true?"] for row in ids.values()}
    checklists.make(session, made, "judge:ref@1", NOW)
    checklists.save(session, arena, checklists.Edited("p0", ("Is it true?",)), "admin:una", NOW)


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


class Recorder:
    """What an endpoint was asked, in order; `say` answers, given the request and its number from 1."""

    def __init__(self, say: Callable[[Asked, int], Said] = lambda asked, number: deliberate(asked)) -> None:
        self.asked: list[Asked] = []
        self._say = say
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Said:
        with self._lock:
            self.asked.append(asked)
        return self._say(asked, len(self.asked))

    @property
    def questions(self) -> Counter[str]:
        """How often each question was asked."""
        return Counter(each.headers["idempotency-key"] for each in self.asked)


def counted(database: Database, run: str) -> Sequence[JudgeRequest]:
    """The requests of a run, whose sums are what the run counts, and no more than its budget."""
    with database.reading() as session:
        row = runs.find(session, run)
        requests = session.scalars(
            select(JudgeRequest).where(JudgeRequest.run_id == row.id).order_by(JudgeRequest.id)
        ).all()
        session.expunge_all()
    assert row.calls == len(requests)
    assert row.input_tokens == sum(each.input_tokens for each in requests)
    assert row.output_tokens == sum(each.output_tokens for each in requests)
    assert row.micros == sum(each.micros or 0 for each in requests)
    assert row.unpriced == sum(each.micros is None for each in requests)
    assert row.calls <= (row.most_calls or row.calls)
    assert row.input_tokens + row.output_tokens <= (row.most_tokens or runs.MOST)
    assert row.micros <= (row.most_micros or runs.MOST)
    return requests


def progress(database: Database, run: str) -> Progress:
    with database.reading() as session:
        found = runs.progress(session, runs.find(session, run), datetime.now(UTC))
        session.expunge_all()
    return found
