"""An arena in which battles are dealt, with the verbs of the domain."""

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Database
from app.db.tables import Answer, Battle, Model, Prompt
from app.domain import accounts, arenas, battles, tallies, votes
from app.domain.accounts import RaterName
from app.domain.battles import DealtBattle, Wanted
from app.domain.votes import NewBallot
from tests.arenas import NOW, SLUG, make_arena

MODELS = ("m1", "m2", "m3")


def arena_of(database: Database, prompts: int = 2, models: tuple[str, ...] = MODELS, **rules: Any) -> None:
    """Every model has answered every prompt."""
    make_arena(database, **rules)
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        asked = [
            Prompt(
                arena_id=arena.id,
                external_id=f"p{at}",
                messages=[{"role": "user", "content": f"Question {at}"}],
                language="en",
                category="",
                references=[],
                rubrics=[],
                details={},
                created_at=NOW,
            )
            for at in range(prompts)
        ]
        contestants = [
            Model(arena_id=arena.id, slug=slug, name=slug, state="active", created_at=NOW) for slug in models
        ]
        session.add_all([*asked, *contestants])
        session.flush()
        session.add_all(
            Answer(
                arena_id=arena.id,
                prompt_id=prompt.id,
                model_id=model.id,
                messages=[{"role": "assistant", "content": f"{model.slug} on {prompt.external_id}"}],
                details={},
                created_at=NOW,
            )
            for prompt in asked
            for model in contestants
        )


def rater(session: Session, name: str) -> int:
    return accounts.rater_id(session, RaterName("human", name), NOW)


def deal(
    session: Session, name: str, chance: np.random.Generator, now: datetime = NOW, **wanted: str
) -> DealtBattle:
    arena = arenas.find(session, SLUG)
    return battles.deal(
        session,
        arena,
        rater(session, name),
        Wanted(**wanted),
        lambda: tallies.for_dealing(session, arena),
        chance,
        now,
    )


def cast(session: Session, name: str, battle: str, verdict: str = "a") -> None:
    votes.cast(session, battle, rater(session, name), NewBallot({"overall": verdict}), NOW)


def change(database: Database, **values: Any) -> None:
    with database.writing() as session:
        arenas.change(session, arenas.find(session, SLUG), values)


def dealt(database: Database) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(Battle).order_by(Battle.id)))
