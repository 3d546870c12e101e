"""Fields: who could meet on what in an arena, and which of it a voter has not seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.db.tables import Answer, AnswerLeak, Arena, Battle, LeakMark, Model, Prompt
from app.domain import answers

STATES_SEEN = (
    "open",
    "voted",
    "skipped",
    "withdrawn",
)  # an expired battle was not answered: it may be dealt again
FIELDS_KEPT = 16

Seen = tuple[int, int, int]  # a prompt and the two models that a voter met on it
Answered = NDArray[np.bool_]  # prompts × models


@dataclass(frozen=True, eq=False, slots=True)
class Field:
    """P prompts × M active models, `answered` where there is an answer that may be dealt. `labels` are the models'
    slugs by id.
    """

    prompts: NDArray[np.int64]
    languages: tuple[str, ...]
    categories: tuple[str, ...]
    models: NDArray[np.int64]
    labels: dict[int, str]
    answered: Answered


_Version = tuple[int | datetime | None, ...]
_fields: WeakKeyDictionary[Engine, dict[int, tuple[_Version, Field]]] = WeakKeyDictionary()


def of(session: Session, arena_id: int) -> Field:
    """Read once for every new answer, model or archived prompt, not once for every battle."""
    models = session.execute(
        select(Model.id, Model.slug)
        .where(Model.arena_id == arena_id, Model.state == "active")
        .order_by(Model.id)
    ).all()
    betrayed = session.get_one(Arena, arena_id).leaks == "redeal"
    newest, archived = answers.newest(session, arena_id), _archived(session, arena_id)
    late = session.scalar(select(LeakMark.found).where(LeakMark.arena_id == arena_id)) if betrayed else None
    version = (newest, int(betrayed), late, *archived, *(row.id for row in models))
    there = _fields.setdefault(session.get_bind().engine, {})
    kept = there.get(arena_id)
    if kept is not None and kept[0] == version:
        return kept[1]
    field = _read(session, arena_id, {row.id: row.slug for row in models}, without_leaks=betrayed)
    while len(there) >= FIELDS_KEPT:
        there.pop(next(iter(there)), None)
    there[arena_id] = (version, field)
    return field


def answered_in(field: Field, language: str | None, category: str | None) -> Answered:
    """The answers to prompts of a language and a category path, either of them None for all."""
    both = zip(field.languages, field.categories, strict=True)
    fits = [in_path(la, language, "-") and in_path(ca, category, "/") for la, ca in both]
    return np.asarray(field.answered & np.array(fits, dtype=np.bool_)[:, None])


def seen_by(session: Session, arena_id: int, voter_id: int) -> Sequence[Seen]:
    rows = session.execute(
        select(Battle.prompt_id, Battle.model_a_id, Battle.model_b_id).where(
            Battle.dealt_to == voter_id, Battle.arena_id == arena_id, Battle.state.in_(STATES_SEEN)
        )
    )
    return [(prompt, one, other) for prompt, one, other in rows if prompt is not None]


def pairs_left(field: Field, answered: Answered, seen: Iterable[Seen] = ()) -> NDArray[np.int64]:
    """Pairs that can still meet before a voter who has seen this: (P, 2), places in `field.models`."""
    counts = answered.astype(np.float32)
    left = np.rint(counts.T @ counts).astype(np.int64)
    prompt_at, model_at = _places(field)
    for prompt, one, other in seen:
        if prompt in prompt_at and one in model_at and other in model_at:
            row, first, second = prompt_at[prompt], model_at[one], model_at[other]
            if answered[row, first] and answered[row, second]:
                left[first, second] -= 1
                left[second, first] -= 1
    return np.argwhere(np.triu(left, 1) > 0)


def draw_prompt(
    field: Field,
    answered: Answered,
    seen: Iterable[Seen],
    pair: tuple[int, int],
    generator: np.random.Generator,
) -> int:
    """Place in `field.prompts` of one on which this pair can still meet, all of them alike."""
    models = {int(field.models[at]) for at in pair}
    met_on = [prompt for prompt, one, other in seen if {one, other} == models]
    possible = answered[:, pair[0]] & answered[:, pair[1]] & ~np.isin(field.prompts, met_on)
    return int(generator.choice(np.flatnonzero(possible)))


def why_none(arena: Arena, field: Field, answered: Answered) -> str:
    """Why no pair is left, for the voter."""
    if len(field.models) < 2:
        return f"arena {arena.slug!r} has {len(field.models)} active models; a battle needs two"
    if len(field.prompts) == 0:
        return f"arena {arena.slug!r} has no prompt yet"
    if not (answered.sum(axis=1) > 1).any():
        return "no prompt of this language and category has answers of two models yet"
    return "you have seen every pair on every prompt: thank you, there is no battle left for you"


def in_path(path: str, wanted: str | None, separator: str) -> bool:
    """Whether a path is the wanted one or below it.

    >>> in_path("medicine/cardiology", "medicine", "/"), in_path("medicine", "med", "/")
    (True, False)
    """
    return wanted is None or path == wanted or path.startswith(wanted + separator)


def _archived(session: Session, arena_id: int) -> tuple[int, datetime | None]:
    query = select(func.count(), func.max(Prompt.archived_at))
    count, last = session.execute(
        query.where(Prompt.arena_id == arena_id, Prompt.archived_at.is_not(None))
    ).one()
    return count, last


def _places(field: Field) -> tuple[dict[int, int], dict[int, int]]:
    prompts = {key: at for at, key in enumerate(field.prompts.tolist())}
    return prompts, {key: at for at, key in enumerate(field.models.tolist())}


def _read(session: Session, arena_id: int, labels: dict[int, str], *, without_leaks: bool) -> Field:
    current = select(Answer.prompt_id, Answer.model_id).where(
        Answer.arena_id == arena_id, Answer.replaced_at.is_(None)
    )
    if without_leaks:
        current = current.where(Answer.id.not_in(select(AnswerLeak.answer_id)))
    given = session.execute(current).all()
    rows = session.execute(
        select(Prompt.id, Prompt.language, Prompt.category)
        .where(
            Prompt.arena_id == arena_id,
            Prompt.archived_at.is_(None),
            Prompt.id.in_(select(Answer.prompt_id).where(Answer.arena_id == arena_id)),
        )
        .order_by(Prompt.id)
    ).all()
    field = Field(
        prompts=np.array([row.id for row in rows], dtype=np.int64),
        languages=tuple(row.language for row in rows),
        categories=tuple(row.category for row in rows),
        models=np.array(list(labels), dtype=np.int64),
        labels=labels,
        answered=np.zeros((len(rows), len(labels)), dtype=np.bool_),
    )
    prompt_at, model_at = _places(field)
    for prompt_id, model_id in given:
        if model_id in model_at and prompt_id in prompt_at:
            field.answered[prompt_at[prompt_id], model_at[model_id]] = True
    return field
