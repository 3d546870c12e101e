"""Judges and prompts for tests of scores."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from app.db.session import Database
from app.domain import answers, arenas, models, prompts
from app.domain.judges.items import Constraint
from app.domain.judges.roster import NewJudge
from app.domain.models import NewModel
from app.domain.prompts import NewPrompt
from tests.arenas import NOW, make_arena
from tests.judging import JUDGE


def referee(protocol: str, **given: Any) -> NewJudge:
    """A scripted judge of overall quality."""
    return replace(JUDGE, protocol=protocol, dimensions=("overall",), **given)


def asked(
    database: Database,
    checklists: Sequence[tuple[str, ...]] = (),
    constraints: Sequence[Sequence[Constraint]] = (),
    rubrics: Sequence[Sequence[str]] = (),
    categories: Sequence[str] = (),
) -> None:
    """Two models, ada and bob, that answer `<name> on <prompt>` to a prompt for each of what is given."""
    new = [
        NewPrompt(
            line,
            f"p{line}",
            ({"role": "user", "content": f"Question {line}?"},),
            category=categories[line - 1] if categories else "",
            checklist=checklists[line - 1] if checklists else (),
            rubrics=tuple({"text": text} for text in (rubrics[line - 1] if rubrics else ())),
            details={"constraints": [asdict(each) for each in constraints[line - 1]]} if constraints else {},
        )
        for line in range(1, max(map(len, (checklists, constraints, rubrics, categories))) + 1)
    ]
    _submit(database, new, {name: [f"{name} on {each.id}" for each in new] for name in ("ada", "bob")})


def answered(database: Database, said: Mapping[str, Sequence[str]]) -> None:
    """Prompts p1, p2, … with these answers, by model."""
    count = len(next(iter(said.values())))
    new = [
        NewPrompt(line, f"p{line}", ({"role": "user", "content": f"Question {line}?"},))
        for line in range(1, count + 1)
    ]
    _submit(database, new, said)


def _submit(database: Database, new: Sequence[NewPrompt], said: Mapping[str, Sequence[str]]) -> None:
    slug = make_arena(database)
    with database.writing() as session:
        arena = arenas.find(session, slug)
        prompts.submit(session, arena, new, NOW)
        for name, texts in said.items():
            model = models.register(session, arena, NewModel(name), None, NOW)
            rows = [
                answers.NewAnswer(each.line, each.id, ({"role": "assistant", "content": text},))
                for each, text in zip(new, texts, strict=True)
            ]
            answers.submit(session, arena, model, rows, (), NOW)
