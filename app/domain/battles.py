"""Battles: deal the next pair to a voter as the arena samples them, so that nothing tells who they are."""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db.bulk import inserted
from app.db.tables import Answer, Arena, Battle, Dimension, Prompt, Rater, Skip
from app.domain import checklists, controls, dimensions, fields, overlaps, pairing
from app.domain.content import Message
from app.domain.errors import (
    AlreadySkipped,
    AlreadyVoted,
    BattleExpired,
    BattleNotFound,
    Invalid,
    NoBattleLeft,
)
from app.stats.pairing import draw
from app.stats.tally import Tally

SKIP_REASONS = ("language", "topic", "offensive", "broken", "too_long", "other")


@dataclass(frozen=True, slots=True)
class DealtBattle:
    """What the voter gets to see, and nothing else."""

    id: str
    arena: str
    modality: str
    prompt: tuple[Message, ...]
    language: str
    category: str
    a: tuple[Message, ...]
    b: tuple[Message, ...]
    dimensions: tuple[Dimension, ...]
    verdicts: tuple[str, ...]
    guidelines: str
    checklist: tuple[str, ...]
    checklist_version: int | None
    voted: int
    goal: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A voter may ask for prompts of one language or category path."""

    language: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """Two models and their answers to a prompt, to be dealt to a voter (who stands left is decided then) or a judge."""

    prompt_id: int
    models: tuple[int, int]
    answers: tuple[int, int]
    language: str
    category: str
    probability: float | None = None
    copy_of: int | None = None


def deal(
    session: Session,
    arena: Arena,
    voter_id: int,
    wanted: Wanted,
    votes: Callable[[], Tally],
    generator: np.random.Generator,
    now: datetime,
) -> DealtBattle:
    """The voter's open battle, or a new one: a copy that is due, or a pair drawn by the arena's sampling.

    `votes` gives the votes so far between all models of the arena, on the dimension by which it samples; it is
    called only when a pair is drawn. Raises NoBattleLeft.
    """
    # Two tabs of one voter queue here, so that they cannot be dealt the same pair twice.
    session.execute(select(Rater.id).where(Rater.id == voter_id).with_for_update(key_share=True))
    _expire(session, voter_id, now)
    battle = _open(session, arena.id, voter_id, wanted) or _new(
        session, arena, voter_id, wanted, votes, generator, now
    )
    return _view(session, arena, battle, voter_id)


def deal_to_judge(
    session: Session, arena: Arena, rater_id: int, pairs: Sequence[Draw], now: datetime
) -> list[int]:
    """Battles of a judge: they do not expire, and people are dealt no copies of them. Gives their ids."""
    values = [
        {
            "public_id": secrets.token_urlsafe(16),
            "arena_id": arena.id,
            "prompt_id": pair.prompt_id,
            "model_a_id": pair.models[0],
            "model_b_id": pair.models[1],
            "answer_a_id": pair.answers[0],
            "answer_b_id": pair.answers[1],
            "language": pair.language,
            "category": pair.category,
            "state": "open",
            "dealt_to": rater_id,
            "dealt_at": now,
            "overlap": 0,
        }
        for pair in pairs
    ]
    return inserted(session, Battle, values)


def judged(session: Session, rater_id: int, battle_ids: Collection[int]) -> None:
    """Those of the battles that were dealt to this judge are voted on now."""
    session.execute(
        update(Battle)
        .where(Battle.id.in_(battle_ids), Battle.dealt_to == rater_id, Battle.state == "open")
        .values(state="voted")
        .execution_options(synchronize_session=False)
    )


def skip(session: Session, public_id: str, voter_id: int, reason: str, comment: str, now: datetime) -> Battle:
    """Raises BattleNotFound, AlreadyVoted, AlreadySkipped, BattleExpired, Invalid."""
    if reason not in SKIP_REASONS:
        raise Invalid(f"reason {reason!r}: expected one of {', '.join(SKIP_REASONS)}")
    battle = find_open(session, public_id, voter_id, now)
    settle(session, battle, "skipped")
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


def settle(session: Session, battle: Battle, state: str) -> None:
    """Give a battle the state it came to, and its draw the voter it gained or lost by that."""
    change = (state == "voted") - (battle.state == "voted")
    battle.state = state
    if change and controls.find(session, battle.id) is None:
        overlaps.count(session, battle, change)


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
    control = controls.due(session, arena, voter_id, wanted.language, wanted.category, generator)
    if control is not None:
        return _store_control(session, arena, voter_id, control, generator, now)
    copied = arena.target_overlap > 1 and generator.random() < overlaps.share(arena.target_overlap)
    dealt = (_copied(session, arena, voter_id, wanted, now) if copied else None) or _drawn(
        session, arena, voter_id, wanted, votes, generator
    )
    return _store(session, arena, voter_id, dealt, bool(generator.random() < 0.5), now)


def _store_control(
    session: Session,
    arena: Arena,
    voter_id: int,
    control: controls.Control,
    generator: np.random.Generator,
    now: datetime,
) -> Battle:
    """A repeat is shown the other way round than before, a gold battle either way."""
    shown = Draw(control.prompt_id, control.models, control.answers, control.language, control.category)
    turned = control.kind == "gold" and bool(generator.random() < 0.5)
    battle = _store(session, arena, voter_id, shown, turned, now)
    controls.keep(session, battle.id, control, turned=turned)
    return battle


def _copied(session: Session, arena: Arena, voter_id: int, wanted: Wanted, now: datetime) -> Draw | None:
    first = overlaps.due(session, arena, voter_id, wanted.language, wanted.category, now)
    if first is None or first.prompt_id is None or first.answer_a_id is None or first.answer_b_id is None:
        return None
    return Draw(
        prompt_id=first.prompt_id,
        models=(first.model_a_id, first.model_b_id),
        answers=(first.answer_a_id, first.answer_b_id),
        language=first.language,
        category=first.category,
        probability=first.probability,
        copy_of=first.id,
    )


def _drawn(
    session: Session,
    arena: Arena,
    voter_id: int,
    wanted: Wanted,
    votes: Callable[[], Tally],
    generator: np.random.Generator,
) -> Draw:
    field = fields.of(session, arena.id)
    answered = fields.answered_in(field, wanted.language, wanted.category)
    seen = fields.seen_by(session, arena.id, voter_id)
    pairs = fields.pairs_left(field, answered, seen)
    if len(pairs) == 0:
        raise NoBattleLeft(fields.why_none(arena, field, answered))
    probabilities = pairing.probabilities(arena, votes(), field, pairs)
    drawn = draw(probabilities, generator)
    low, high = (int(at) for at in pairs[drawn])
    prompt = fields.draw_prompt(field, answered, seen, (low, high), generator)
    prompt_id, one, other = int(field.prompts[prompt]), int(field.models[low]), int(field.models[high])
    return Draw(
        prompt_id=prompt_id,
        models=(one, other),
        answers=(_current_answer(session, prompt_id, one), _current_answer(session, prompt_id, other)),
        language=field.languages[prompt],
        category=field.categories[prompt],
        probability=min(1.0, float(probabilities[drawn])),
    )


def _store(session: Session, arena: Arena, voter_id: int, dealt: Draw, turned: bool, now: datetime) -> Battle:
    a, b = (1, 0) if turned else (0, 1)
    battle = Battle(
        public_id=secrets.token_urlsafe(16),
        arena_id=arena.id,
        prompt_id=dealt.prompt_id,
        model_a_id=dealt.models[a],
        model_b_id=dealt.models[b],
        answer_a_id=dealt.answers[a],
        answer_b_id=dealt.answers[b],
        language=dealt.language,
        category=dealt.category,
        state="open",
        dealt_to=voter_id,
        dealt_at=now,
        expires_at=now + timedelta(minutes=arena.battle_minutes),
        probability=dealt.probability,
        copy_of=dealt.copy_of,
        overlap=0,
    )
    session.add(battle)
    session.flush()
    return battle


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
        if fields.in_path(row.language, wanted.language, "-")
        and fields.in_path(row.category, wanted.category, "/")
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
    checklist = checklists.shown(session, prompt.id)
    if battle.answer_a_id is None or battle.answer_b_id is None or battle.expires_at is None:
        raise RuntimeError(f"battle {battle.public_id} was dealt without answers")
    return DealtBattle(
        id=battle.public_id,
        arena=arena.slug,
        modality=arena.modality,
        prompt=tuple(prompt.messages),
        language=battle.language,
        category=battle.category,
        a=tuple(said[battle.answer_a_id]),
        b=tuple(said[battle.answer_b_id]),
        dimensions=dimensions.list_dimensions(session, arena),
        verdicts=tuple(arena.verdicts),
        guidelines=arena.guidelines,
        checklist=() if checklist is None else tuple(checklist.questions),
        checklist_version=None if checklist is None else checklist.version,
        voted=voted(session, arena.id, voter_id),
        goal=arena.goal,
        expires_at=battle.expires_at,
    )
