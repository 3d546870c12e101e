"""Controls: battles that check their voter and count on no board.

A gold battle has a known verdict, which an admin gave with a reason. A repeat is a battle that the voter has judged
before, with its sides exchanged. Both look like any other battle before the vote.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session, aliased

from app.db.tables import (
    Answer,
    AnswerLeak,
    Arena,
    Battle,
    ControlBattle,
    Dimension,
    GoldBattle,
    Model,
    Prompt,
    Vote,
)
from app.domain import prompts
from app.domain.arenas import OVERALL
from app.domain.errors import AlreadyExists, GoldNotFound, Invalid, ModelNotFound
from app.domain.fields import STATES_SEEN, in_path
from app.stats.verdicts import Verdict, swapped

FEWEST_BETWEEN = 5
"""Battles that a voter judges before one of them comes again."""
LOOKED_AT = 200  # of a voter's battles, the newest


@dataclass(frozen=True, slots=True)
class Control:
    """A control battle to deal: the models and answers as shown, and the verdict that is expected of the voter."""

    kind: str
    prompt_id: int
    models: tuple[int, int]
    answers: tuple[int, int]
    language: str
    category: str
    expected: str
    repeats: int | None = None


@dataclass(frozen=True, slots=True)
class Gold:
    """A pair whose verdict is known; `judged` voters saw it and `failed` of them said something else."""

    id: int
    prompt: str
    better: str
    worse: str
    reason: str
    created_at: datetime
    judged: int
    failed: int


def add(
    session: Session, arena: Arena, prompt: str, better: str, worse: str, reason: str, now: datetime
) -> Gold:
    """Raises Invalid, ModelNotFound, AlreadyExists; both models must have answered the prompt."""
    known = prompts.by_id(session, arena, [prompt]).get(prompt)
    if known is None:
        raise Invalid(f"prompt: arena {arena.slug!r} has no prompt {prompt!r}")
    if better == worse:
        raise Invalid("better and worse: name two models")
    ids = {row.slug: row.id for row in session.scalars(select(Model).where(Model.arena_id == arena.id))}
    for slug in (better, worse):
        if slug not in ids:
            raise ModelNotFound(f"arena {arena.slug!r} has no model {slug!r}")
        current = select(Answer.id).where(
            Answer.prompt_id == known.id, Answer.model_id == ids[slug], Answer.replaced_at.is_(None)
        )
        if session.scalar(current) is None:
            raise Invalid(f"model {slug!r} has not answered prompt {prompt!r}, so the two cannot be shown")
    pair = {ids[better], ids[worse]}
    there = select(GoldBattle).where(GoldBattle.prompt_id == known.id, GoldBattle.retired_at.is_(None))
    if any({row.better_model_id, row.worse_model_id} == pair for row in session.scalars(there)):
        raise AlreadyExists(
            f"there is a gold battle of {better!r} and {worse!r} on prompt {prompt!r} already"
        )
    row = GoldBattle(
        arena_id=arena.id,
        prompt_id=known.id,
        better_model_id=ids[better],
        worse_model_id=ids[worse],
        reason=reason,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return Gold(row.id, prompt, better, worse, reason, now, 0, 0)


def retire(session: Session, arena: Arena, gold_id: int, now: datetime) -> None:
    """Deal it no more, from now on or already; what was judged on it stays. Raises GoldNotFound."""
    row = session.scalar(select(GoldBattle).where(GoldBattle.id == gold_id, GoldBattle.arena_id == arena.id))
    if row is None:
        raise GoldNotFound(f"arena {arena.slug!r} has no gold battle {gold_id}")
    row.retired_at = row.retired_at or now
    session.flush()


def list_gold(session: Session, arena: Arena) -> list[Gold]:
    """Those that are dealt, in the order in which they were made."""
    better, worse = aliased(Model), aliased(Model)
    rows = session.execute(
        select(GoldBattle, Prompt.external_id, better.slug, worse.slug)
        .join(Prompt, Prompt.id == GoldBattle.prompt_id)
        .join(better, better.id == GoldBattle.better_model_id)
        .join(worse, worse.id == GoldBattle.worse_model_id)
        .where(GoldBattle.arena_id == arena.id, GoldBattle.retired_at.is_(None))
        .order_by(GoldBattle.id)
    ).all()
    return [
        Gold(row.id, prompt, one, other, row.reason, row.created_at, *_judged(session, row))
        for row, prompt, one, other in rows
    ]


def due(
    session: Session,
    arena: Arena,
    voter_id: int,
    language: str | None,
    category: str | None,
    generator: np.random.Generator,
) -> Control | None:
    """A control battle as often as the arena says, where there is one that this voter has not had."""
    if not arena.gold_share and not arena.repeat_share:
        return None
    drawn = generator.random()
    if drawn < arena.gold_share:
        found = _gold(session, arena, voter_id)
    elif drawn < arena.gold_share + arena.repeat_share:
        found = _repeats(session, arena, voter_id)
    else:
        return None
    fits = [
        each
        for each in found
        if in_path(each.language, language, "-") and in_path(each.category, category, "/")
    ]
    return fits[int(generator.integers(len(fits)))] if fits else None


def keep(session: Session, battle_id: int, control: Control, *, turned: bool) -> None:
    """Note that a battle is a control; `turned` says that it was dealt with its sides exchanged."""
    expected = swapped(Verdict(control.expected)).value if turned else control.expected
    row = ControlBattle(battle_id=battle_id, kind=control.kind, expected=expected, repeats=control.repeats)
    session.add(row)
    session.flush()


def find(session: Session, battle_id: int) -> ControlBattle | None:
    return session.get(ControlBattle, battle_id)


def _gold(session: Session, arena: Arena, voter_id: int) -> list[Control]:
    one, other = aliased(Answer), aliased(Answer)
    rows = session.execute(
        select(GoldBattle, Prompt, one.id, other.id)
        .join(Prompt, Prompt.id == GoldBattle.prompt_id)
        .join(one, _current(one, GoldBattle.better_model_id))
        .join(other, _current(other, GoldBattle.worse_model_id))
        .where(GoldBattle.arena_id == arena.id, GoldBattle.retired_at.is_(None))
        .order_by(GoldBattle.id)
    ).all()
    met = {
        (prompt, frozenset((a, b)))
        for prompt, a, b in session.execute(
            select(Battle.prompt_id, Battle.model_a_id, Battle.model_b_id).where(
                Battle.dealt_to == voter_id, Battle.arena_id == arena.id, Battle.state.in_(STATES_SEEN)
            )
        )
    }
    return [
        Control(
            kind="gold",
            prompt_id=prompt.id,
            models=(row.better_model_id, row.worse_model_id),
            answers=(better, worse),
            language=prompt.language,
            category=prompt.category,
            expected=Verdict.A.value,
        )
        for row, prompt, better, worse in rows
        if (prompt.id, frozenset((row.better_model_id, row.worse_model_id))) not in met
    ]


def _current(answer: Any, model: Any) -> Any:
    return (
        (answer.prompt_id == GoldBattle.prompt_id) & (answer.model_id == model) & answer.replaced_at.is_(None)
    )


def _repeats(session: Session, arena: Arena, voter_id: int) -> list[Control]:
    """Battles judged by this voter some time ago, once, not as controls, and of models that are still shown."""
    overall = select(Dimension.id).where(Dimension.arena_id == arena.id, Dimension.slug == OVERALL)
    controls = select(ControlBattle.battle_id)
    repeated = select(ControlBattle.repeats).where(ControlBattle.repeats.is_not(None))
    active = select(Model.id).where(Model.arena_id == arena.id, Model.state == "active")
    judged = (
        select(Battle, Vote.verdict)
        .join(Vote, Vote.battle_id == Battle.id)
        .where(
            Battle.dealt_to == voter_id,
            Battle.arena_id == arena.id,
            Battle.state == "voted",
            Vote.dimension_id.in_(overall),
            Vote.state == "counted",
            Vote.verdict.in_((Verdict.A.value, Verdict.B.value)),
            Battle.id.not_in(controls),
            Battle.id.not_in(repeated),
            Battle.model_a_id.in_(active),
            Battle.model_b_id.in_(active),
            _shown(arena),
        )
        .order_by(Battle.id.desc())
        .limit(LOOKED_AT)
    )
    rows = session.execute(judged).all()[FEWEST_BETWEEN:]
    return [
        Control(
            kind="repeat",
            prompt_id=battle.prompt_id,
            models=(battle.model_b_id, battle.model_a_id),
            answers=(battle.answer_b_id, battle.answer_a_id),
            language=battle.language,
            category=battle.category,
            expected=swapped(Verdict(verdict)).value,
            repeats=battle.id,
        )
        for battle, verdict in rows
        if battle.prompt_id is not None and battle.answer_a_id is not None and battle.answer_b_id is not None
    ]


def _shown(arena: Arena) -> Any:
    if arena.leaks != "redeal":
        return true()
    leaking = select(AnswerLeak.answer_id)
    return Battle.answer_a_id.not_in(leaking) & Battle.answer_b_id.not_in(leaking)


def _judged(session: Session, row: GoldBattle) -> tuple[int, int]:
    """By how many voters this gold battle was judged, and how many of them said something else than is expected."""

    def counted(*more: Any) -> Select[Any]:
        return (
            select(func.count())
            .select_from(ControlBattle)
            .join(Battle, Battle.id == ControlBattle.battle_id)
            .join(Vote, Vote.battle_id == Battle.id)
            .join(Dimension, Dimension.id == Vote.dimension_id)
            .where(
                ControlBattle.kind == "gold",
                Battle.prompt_id == row.prompt_id,
                Battle.model_a_id.in_((row.better_model_id, row.worse_model_id)),
                Battle.model_b_id.in_((row.better_model_id, row.worse_model_id)),
                Dimension.slug == OVERALL,
                Vote.state == "set_aside",
                *more,
            )
        )

    judged = session.scalar(counted()) or 0
    return judged, session.scalar(counted(Vote.verdict != ControlBattle.expected)) or 0
