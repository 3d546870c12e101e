"""Battles: deal the next pair to a voter so that little-known pairs meet first and nothing tells who they are."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db.tables import Answer, Arena, Battle, Dimension, Model, Prompt, Rater, Skip
from app.domain import answers, dimensions
from app.domain.content import Message
from app.domain.errors import (
    AlreadySkipped,
    AlreadyVoted,
    BattleExpired,
    BattleNotFound,
    Invalid,
    NoBattleLeft,
)
from app.stats.pairing import draw, pair_probabilities
from app.stats.tally import Tally

SKIP_REASONS = ("language", "topic", "offensive", "broken", "too_long", "other")
STATES_SEEN = (
    "open",
    "voted",
    "skipped",
    "withdrawn",
)  # an expired battle was not answered: it may be dealt again
FIELDS_KEPT = 16

Seen = tuple[int, int, int]  # a prompt and the two models that a voter met on it


@dataclass(frozen=True, slots=True)
class DealtBattle:
    """What the voter gets to see, and nothing else."""

    id: str
    arena: str
    prompt: tuple[Message, ...]
    language: str
    category: str
    a: tuple[Message, ...]
    b: tuple[Message, ...]
    dimensions: tuple[Dimension, ...]
    verdicts: tuple[str, ...]
    guidelines: str
    voted: int
    goal: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A voter may ask for prompts of one language or category path."""

    language: str | None = None
    category: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Field:
    """Who could meet on what: P prompts × M active models, `answered` where there is an answer."""

    prompts: NDArray[np.int64]
    languages: tuple[str, ...]
    categories: tuple[str, ...]
    models: NDArray[np.int64]
    labels: dict[int, str]
    answered: NDArray[np.bool_]


_fields: dict[tuple[str, int], tuple[tuple[int, ...], Field]] = {}


def deal(
    session: Session,
    arena: Arena,
    voter_id: int,
    wanted: Wanted,
    votes: Callable[[], Tally],
    generator: np.random.Generator,
    now: datetime,
) -> DealtBattle:
    """The voter's open battle, or a new one of the pairs that are known least. Raises NoBattleLeft.

    `votes` gives the votes so far between all models of the arena; it is called only when a battle is dealt.
    """
    # Two tabs of one voter queue here, so that they cannot be dealt the same pair twice.
    session.execute(select(Rater.id).where(Rater.id == voter_id).with_for_update(key_share=True))
    _expire(session, voter_id, now)
    battle = _open(session, arena.id, voter_id, wanted) or _new(
        session, arena, voter_id, wanted, votes, generator, now
    )
    return _view(session, arena, battle, voter_id)


def skip(session: Session, public_id: str, voter_id: int, reason: str, comment: str, now: datetime) -> Battle:
    """Raises BattleNotFound, AlreadyVoted, AlreadySkipped, BattleExpired, Invalid."""
    if reason not in SKIP_REASONS:
        raise Invalid(f"reason {reason!r}: expected one of {', '.join(SKIP_REASONS)}")
    battle = find_open(session, public_id, voter_id, now)
    battle.state = "skipped"
    session.add(Skip(battle_id=battle.id, rater_id=voter_id, reason=reason, comment=comment, created_at=now))
    session.flush()
    return battle


def find(session: Session, public_id: str, voter_id: int) -> Battle:
    """A battle dealt to this voter, locked until the transaction ends. Raises BattleNotFound."""
    battle = session.scalar(
        select(Battle).where(Battle.public_id == public_id, Battle.dealt_to == voter_id).with_for_update()
    )
    if battle is None:
        raise BattleNotFound("there is no such battle of yours")
    return battle


def find_open(session: Session, public_id: str, voter_id: int, now: datetime) -> Battle:
    """Raises BattleNotFound, AlreadyVoted, AlreadySkipped, BattleExpired."""
    battle = find(session, public_id, voter_id)
    if battle.state in ("voted", "withdrawn"):
        raise AlreadyVoted("you have voted on this battle already")
    if battle.state == "skipped":
        raise AlreadySkipped("you have skipped this battle already")
    if battle.state == "expired" or (battle.expires_at is not None and battle.expires_at <= now):
        raise BattleExpired("this battle was open for too long and has been closed; ask for the next one")
    return battle


def voted(session: Session, arena_id: int, voter_id: int) -> int:
    """How many battles of the arena this voter has voted on."""
    query = select(func.count()).select_from(Battle)
    query = query.where(Battle.dealt_to == voter_id, Battle.arena_id == arena_id, Battle.state == "voted")
    return session.scalar(query) or 0


def _new(
    session: Session,
    arena: Arena,
    voter_id: int,
    wanted: Wanted,
    votes: Callable[[], Tally],
    generator: np.random.Generator,
    now: datetime,
) -> Battle:
    field = _field(session, arena.id)
    answered = field.answered & _fitting(field, wanted)[:, None]
    seen = _seen(session, arena.id, voter_id)
    pairs = np.argwhere(np.triu(_prompts_left(field, answered, seen), 1) > 0)
    if len(pairs) == 0:
        raise NoBattleLeft(_why_none(arena, field, answered))
    probabilities = _probabilities(votes(), field, pairs, arena.explore)
    drawn = draw(probabilities, generator)
    low, high = (int(at) for at in pairs[drawn])
    prompt = _prompt(field, answered, seen, (low, high), generator)
    sides = (low, high) if generator.random() < 0.5 else (high, low)
    return _store(session, arena, voter_id, field, prompt, sides, float(probabilities[drawn]), now)


def _probabilities(
    votes: Tally, field: Field, pairs: NDArray[np.int64], explore: float
) -> NDArray[np.float64]:
    place = {label: at for at, label in enumerate(votes.models)}
    indexes = np.array([place[field.labels[key]] for key in field.models.tolist()], dtype=np.int64)
    return pair_probabilities(votes, indexes[pairs], explore=explore)


def _store(
    session: Session,
    arena: Arena,
    voter_id: int,
    field: Field,
    prompt: int,
    sides: tuple[int, int],
    probability: float,
    now: datetime,
) -> Battle:
    prompt_id = int(field.prompts[prompt])
    model_a, model_b = (int(field.models[side]) for side in sides)
    battle = Battle(
        public_id=secrets.token_urlsafe(16),
        arena_id=arena.id,
        prompt_id=prompt_id,
        model_a_id=model_a,
        model_b_id=model_b,
        answer_a_id=_current_answer(session, prompt_id, model_a),
        answer_b_id=_current_answer(session, prompt_id, model_b),
        language=field.languages[prompt],
        category=field.categories[prompt],
        state="open",
        dealt_to=voter_id,
        dealt_at=now,
        expires_at=now + timedelta(minutes=arena.battle_minutes),
        probability=min(1.0, probability),
    )
    session.add(battle)
    session.flush()
    return battle


def _fitting(field: Field, wanted: Wanted) -> NDArray[np.bool_]:
    both = zip(field.languages, field.categories, strict=True)
    fits = [_in_path(la, wanted.language, "-") and _in_path(ca, wanted.category, "/") for la, ca in both]
    return np.array(fits, dtype=np.bool_)


def _prompts_left(field: Field, answered: NDArray[np.bool_], seen: Iterable[Seen]) -> NDArray[np.int64]:
    """M × M: on how many prompts each pair can still meet before this voter."""
    counts = answered.astype(np.float32)
    left: NDArray[np.int64] = np.rint(counts.T @ counts).astype(np.int64)
    prompt_at, model_at = _places(field)
    for prompt, one, other in seen:
        if prompt in prompt_at and one in model_at and other in model_at:
            row, first, second = prompt_at[prompt], model_at[one], model_at[other]
            if answered[row, first] and answered[row, second]:
                left[first, second] -= 1
                left[second, first] -= 1
    return left


def _prompt(
    field: Field,
    answered: NDArray[np.bool_],
    seen: Iterable[Seen],
    pair: tuple[int, int],
    generator: np.random.Generator,
) -> int:
    models = {int(field.models[at]) for at in pair}
    met_on = [prompt for prompt, one, other in seen if {one, other} == models]
    possible = answered[:, pair[0]] & answered[:, pair[1]] & ~np.isin(field.prompts, met_on)
    return int(generator.choice(np.flatnonzero(possible)))


def _places(field: Field) -> tuple[dict[int, int], dict[int, int]]:
    prompts = {key: at for at, key in enumerate(field.prompts.tolist())}
    return prompts, {key: at for at, key in enumerate(field.models.tolist())}


def _in_path(path: str, wanted: str | None, separator: str) -> bool:
    return wanted is None or path == wanted or path.startswith(wanted + separator)


def _why_none(arena: Arena, field: Field, answered: NDArray[np.bool_]) -> str:
    if len(field.models) < 2:
        return f"arena {arena.slug!r} has {len(field.models)} active models; a battle needs two"
    if len(field.prompts) == 0:
        return f"arena {arena.slug!r} has no prompt yet"
    if not (answered.sum(axis=1) > 1).any():
        return "no prompt of this language and category has answers of two models yet"
    return "you have seen every pair on every prompt: thank you, there is no battle left for you"


def _field(session: Session, arena_id: int) -> Field:
    """Read once for every new answer or model, not once for every battle."""
    models = session.execute(
        select(Model.id, Model.slug)
        .where(Model.arena_id == arena_id, Model.state == "active")
        .order_by(Model.id)
    ).all()
    version = (answers.newest(session, arena_id), *(row.id for row in models))
    place = (str(session.get_bind().engine.url), arena_id)
    kept = _fields.get(place)
    if kept is not None and kept[0] == version:
        return kept[1]
    field = _read_field(session, arena_id, {row.id: row.slug for row in models})
    while len(_fields) >= FIELDS_KEPT:
        _fields.pop(next(iter(_fields)), None)
    _fields[place] = (version, field)
    return field


def _read_field(session: Session, arena_id: int, labels: dict[int, str]) -> Field:
    given = session.execute(
        select(Answer.prompt_id, Answer.model_id).where(
            Answer.arena_id == arena_id, Answer.replaced_at.is_(None)
        )
    ).all()
    rows = session.execute(
        select(Prompt.id, Prompt.language, Prompt.category)
        .where(
            Prompt.arena_id == arena_id,
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
        if model_id in model_at:
            field.answered[prompt_at[prompt_id], model_at[model_id]] = True
    return field


def _seen(session: Session, arena_id: int, voter_id: int) -> Sequence[Seen]:
    rows = session.execute(
        select(Battle.prompt_id, Battle.model_a_id, Battle.model_b_id).where(
            Battle.dealt_to == voter_id, Battle.arena_id == arena_id, Battle.state.in_(STATES_SEEN)
        )
    )
    return [(prompt, one, other) for prompt, one, other in rows if prompt is not None]


def _expire(session: Session, voter_id: int, now: datetime) -> None:
    session.execute(
        update(Battle)
        .where(Battle.dealt_to == voter_id, Battle.state == "open", Battle.expires_at <= now)
        .values(state="expired")
    )


def _open(session: Session, arena_id: int, voter_id: int, wanted: Wanted) -> Battle | None:
    rows = session.scalars(
        select(Battle)
        .where(Battle.dealt_to == voter_id, Battle.arena_id == arena_id, Battle.state == "open")
        .order_by(Battle.id)
    )
    fits = (
        row
        for row in rows
        if _in_path(row.language, wanted.language, "-") and _in_path(row.category, wanted.category, "/")
    )
    return next(fits, None)


def _current_answer(session: Session, prompt_id: int, model_id: int) -> int:
    query = select(Answer.id).where(
        Answer.prompt_id == prompt_id, Answer.model_id == model_id, Answer.replaced_at.is_(None)
    )
    return session.scalars(query).one()


def _view(session: Session, arena: Arena, battle: Battle, voter_id: int) -> DealtBattle:
    shown = select(Answer.id, Answer.messages).where(Answer.id.in_((battle.answer_a_id, battle.answer_b_id)))
    said = {row.id: row.messages for row in session.execute(shown)}
    prompt = session.get_one(Prompt, battle.prompt_id)
    if battle.answer_a_id is None or battle.answer_b_id is None or battle.expires_at is None:
        raise RuntimeError(f"battle {battle.public_id} was dealt without answers")
    return DealtBattle(
        id=battle.public_id,
        arena=arena.slug,
        prompt=tuple(prompt.messages),
        language=battle.language,
        category=battle.category,
        a=tuple(said[battle.answer_a_id]),
        b=tuple(said[battle.answer_b_id]),
        dimensions=dimensions.list_dimensions(session, arena),
        verdicts=tuple(arena.verdicts),
        guidelines=arena.guidelines,
        voted=voted(session, arena.id, voter_id),
        goal=arena.goal,
        expires_at=battle.expires_at,
    )
