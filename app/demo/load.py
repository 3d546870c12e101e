"""Store the demo arena and its simulated votes through the same verbs as everybody's."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from app.db.tables import Arena
from app.demo.raters import SimulatedBallot, simulate
from app.domain import answers, arenas, dimensions, imports, models, prompts
from app.domain.accounts import RaterName
from app.domain.errors import ArenaNotFound
from app.domain.formats.rows import Judged, VoteRow

OWNER = "demo"


def load(session: Session, now: datetime) -> str:
    """Make the demo arena unless it is there; gives its slug."""
    content = json.loads(files("app.demo").joinpath("arena.json").read_text("utf-8"))
    slug: str = content["slug"]
    try:
        arenas.find(session, slug)
    except ArenaNotFound:
        _make(session, content, now)
    return slug


def _make(session: Session, content: Mapping[str, Any], now: datetime) -> None:
    rules = arenas.ArenaRules(content["title"], content["description"], content["guidelines"])
    arena = arenas.create(session, content["slug"], rules, now)
    for asked in content["dimensions"]:
        values = {name: value for name, value in asked.items() if name != "slug"}
        dimensions.put(session, arena, asked["slug"], dimensions.Asked(**values), now)
    prompts.submit(session, arena, list(_prompts(content)), now)
    for model in content["models"]:
        new = models.NewModel(model["slug"], model["name"], model["organization"])
        row = models.register(session, arena, new, OWNER, now)
        said = list(_answers(content, model["slug"]))
        answers.submit(session, arena, row, said, (), now)
    rows = _rows(content, arena)
    imports.import_votes(session, arena, [("simulated votes", rows)], now)


def _prompts(content: Mapping[str, Any]) -> Iterator[prompts.NewPrompt]:
    for line, prompt in enumerate(content["prompts"], start=1):
        yield prompts.NewPrompt(
            line=line,
            id=prompt["id"],
            messages=tuple(prompt["messages"]),
            language=prompt["language"],
            category=prompt["category"],
        )


def _answers(content: Mapping[str, Any], model: str) -> Iterator[answers.NewAnswer]:
    own = [answer for answer in content["answers"] if answer["model"] == model]
    for line, answer in enumerate(own, start=1):
        yield answers.NewAnswer(line, answer["prompt_id"], tuple(answer["messages"]))


def _rows(content: Mapping[str, Any], arena: Arena) -> Iterator[VoteRow]:
    places = {prompt["id"]: prompt for prompt in content["prompts"]}
    said = {
        (answer["prompt_id"], answer["model"]): tuple(answer["messages"]) for answer in content["answers"]
    }
    for line, ballot in enumerate(simulate(content), start=1):
        prompt = places[ballot.prompt_id]
        yield VoteRow(
            line=line,
            identity=f"{arena.slug} {line}",
            rater=RaterName("simulated", ballot.rater),
            model_a=ballot.model_a,
            model_b=ballot.model_b,
            verdicts=_verdicts(ballot),
            prompt_id=ballot.prompt_id,
            language=prompt["language"],
            category=prompt["category"],
            prompt=tuple(prompt["messages"]),
            answer_a=said[ballot.prompt_id, ballot.model_a],
            answer_b=said[ballot.prompt_id, ballot.model_b],
        )


def _verdicts(ballot: SimulatedBallot) -> dict[str, Judged]:
    return {slug: Judged(verdict, verdict.value) for slug, verdict in ballot.verdicts.items()}
