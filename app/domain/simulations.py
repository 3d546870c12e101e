"""Simulations: votes of a pool of simulated raters in a real arena, for load tests, power studies and method tests.

Pairs come from the arena's own sampling, on what simulated raters have said so far, and each battle keeps the
probability of its draw. Votes are counted, and stand on boards of simulated voters alone, since that is the kind of
their raters.

A second run adds votes. The same seed in the same state of an arena gives the same votes: chance is seeded by the
number and by how many battles the pool has been dealt.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.bulk import inserted
from app.db.tables import Answer, AnswerStyle, Arena, Ballot, Battle, Vote
from app.domain import battles, dimensions, fields, pairing, tallies, votes
from app.domain.battles import Wanted
from app.domain.errors import Invalid, NoBattleLeft
from app.domain.fields import Field
from app.domain.strengths import Strengths
from app.domain.votes import NewBallot
from app.stats.pools import Pool
from app.stats.tally import COUNTED, Floats, Ints
from app.stats.verdicts import Verdict

VOTERS = "simulated"
WORDS = np.array([verdict.value for verdict in COUNTED])


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """Who votes (`raters` are the ids of the pool's, see `pools.gather`), and what is true of the models."""

    pool: Pool
    raters: tuple[int, ...]
    strengths: Strengths


@dataclass(frozen=True, slots=True)
class Cast:
    """How many battles were judged, how many votes that gave, and why there were not as many as wanted."""

    battles: int
    votes: int
    why_not: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What can be drawn in bulk: the field, its pairs, and the answers (P, M) by id, 0 where there is none."""

    field: Field
    pairs: NDArray[np.int64]
    answers: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """N battles: who judges them, the models and answers as shown."""

    who: Ints
    model_a: Ints
    model_b: Ints
    answer_a: Ints
    answer_b: Ints


def chance(session: Session, arena: Arena, simulation: Simulation, seed: int) -> np.random.Generator:
    """Seeded by the number and by how many battles these raters have been dealt in the arena."""
    query = select(func.count()).select_from(Battle)
    dealt = session.scalar(query.where(Battle.arena_id == arena.id, Battle.dealt_to.in_(simulation.raters)))
    return np.random.default_rng([seed, dealt or 0])


def cast(
    session: Session,
    arena: Arena,
    simulation: Simulation,
    wanted: int,
    generator: np.random.Generator,
    now: datetime,
) -> Cast:
    """Deal so many battles and vote on every dimension, each as a person would be dealt them and would vote.

    A rater who has nothing left to see is passed over; fewer battles than wanted say why.
    """
    chances = simulation.pool.chances
    asked = dimensions.list_dimensions(session, arena)
    done, why_not = 0, None
    while done < wanted and chances.sum() > 0:
        rater = int(generator.choice(len(chances), p=chances / chances.sum()))
        voter_id = simulation.raters[rater]
        try:
            dealt = battles.deal(
                session,
                arena,
                voter_id,
                Wanted(),
                lambda: tallies.for_dealing(session, arena, VOTERS),
                generator,
                now,
            )
        except NoBattleLeft as nothing:
            chances[rater], why_not = 0, nothing.detail
            continue
        row = battles.find(session, dealt.id, voter_id)
        sides = (row.model_a_id, row.model_b_id, row.answer_a_id, row.answer_b_id)
        shown = _Shown(np.array([rater]), *(np.array([side]) for side in sides))
        codes = _judged(session, arena, simulation, shown, generator)
        ballot = NewBallot({slug: str(WORDS[code[0]]) for slug, code in codes.items()})
        votes.cast(session, dealt.id, voter_id, ballot, now)
        done += 1
    return Cast(done, done * len(asked), why_not if done < wanted else None)


def survey(session: Session, arena: Arena) -> Ground:
    """Read once for many calls of `cast_many`. Raises NoBattleLeft where nothing can be dealt."""
    field = fields.of(session, arena.id)
    pairs = fields.pairs_left(field, field.answered)
    if not len(pairs):
        raise NoBattleLeft(fields.why_none(arena, field, field.answered))
    rows = session.execute(
        select(Answer.prompt_id, Answer.model_id, Answer.id).where(
            Answer.arena_id == arena.id, Answer.replaced_at.is_(None)
        )
    )
    prompt_at = {key: at for at, key in enumerate(field.prompts.tolist())}
    model_at = {key: at for at, key in enumerate(field.models.tolist())}
    answers = np.zeros(field.answered.shape, dtype=np.int64)
    for prompt, model, answer in rows:
        if prompt in prompt_at and model in model_at:
            answers[prompt_at[prompt], model_at[model]] = answer
    return Ground(field, pairs, answers)


def cast_many(
    session: Session,
    arena: Arena,
    simulation: Simulation,
    ground: Ground,
    wanted: int,
    generator: np.random.Generator,
    now: datetime,
) -> Cast:
    """So many battles and their votes at once, quickly.

    Drawn as for a voter who has seen nothing yet, so a rater may meet a pair on a prompt again, by the needs at the
    beginning of the call; no draw is copied.
    """
    field = ground.field
    probabilities = pairing.probabilities(
        arena, tallies.for_dealing(session, arena, VOTERS), field, ground.pairs
    )
    who = simulation.pool.draw(wanted, generator)
    drawn = generator.choice(len(ground.pairs), size=wanted, p=probabilities)
    prompts = _prompts(ground, drawn, generator)
    turned = generator.random((wanted, 1)) < 0.5
    pair = np.where(turned, ground.pairs[drawn][:, ::-1], ground.pairs[drawn])
    left, right = pair.T
    shown = _Shown(
        who,
        field.models[left],
        field.models[right],
        ground.answers[prompts, left],
        ground.answers[prompts, right],
    )
    codes = _judged(session, arena, simulation, shown, generator)
    rows = _battles(simulation, field, shown, prompts, probabilities[drawn])
    _store(session, arena, rows, codes, now)
    return Cast(wanted, wanted * len(codes))


def _judged(
    session: Session, arena: Arena, simulation: Simulation, shown: _Shown, generator: np.random.Generator
) -> dict[str, Ints]:
    """What the raters say in each dimension, as codes of COUNTED."""
    known = np.unique([shown.model_a, shown.model_b])
    merits = {}
    for dimension in dimensions.list_dimensions(session, arena):
        of_model = simulation.strengths.get(dimension.slug, {})
        if not of_model.keys() >= set(known.tolist()):
            raise Invalid(f"a model or {dimension.slug} is new since the simulation began; start it again")
        merits[dimension.slug] = np.array([of_model[key] for key in known.tolist()])
    first, second = np.searchsorted(known, shown.model_a), np.searchsorted(known, shown.model_b)
    offered = tuple(Verdict(word) for word in arena.verdicts)
    longer = _longer(session, shown)
    return simulation.pool.judge(shown.who, first, second, merits, generator, longer, offered)


def _longer(session: Session, shown: _Shown) -> Floats:
    """log2 of the length of A over that of B, (N,); 0 where one of them is no text."""
    ids = np.unique([shown.answer_a, shown.answer_b])
    query = select(AnswerStyle.answer_id, AnswerStyle.length).where(AnswerStyle.answer_id.in_(ids.tolist()))
    lengths = {key: log2(max(length, 1)) for key, length in session.execute(query)}
    found = np.array([lengths.get(key, np.nan) for key in ids.tolist()])
    ratio = found[np.searchsorted(ids, shown.answer_a)] - found[np.searchsorted(ids, shown.answer_b)]
    return np.asarray(np.nan_to_num(ratio))


def _prompts(ground: Ground, drawn: Ints, generator: np.random.Generator) -> Ints:
    """For each draw the place of a prompt that both models answered, all of them alike."""
    found = np.empty(len(drawn), dtype=np.int64)
    for pair in np.unique(drawn):
        one, other = ground.pairs[pair]
        both = np.flatnonzero(ground.field.answered[:, one] & ground.field.answered[:, other])
        chosen = drawn == pair
        found[chosen] = generator.choice(both, size=int(chosen.sum()))
    return found


def _store(
    session: Session,
    arena: Arena,
    rows: Iterable[Mapping[str, Any]],
    codes: Mapping[str, Ints],
    now: datetime,
) -> None:
    """Battles from what differs between them, each with its ballot and votes."""
    alike = {
        "arena_id": arena.id,
        "state": "voted",
        "dealt_at": now,
        "expires_at": now + timedelta(minutes=arena.battle_minutes),
        "revealed_at": now if arena.reveal == "after_vote" else None,
        "overlap": 0,
    }
    dealt = [{"public_id": secrets.token_urlsafe(16), **row, **alike} for row in rows]
    raters = [row["dealt_to"] for row in dealt]
    battle_ids = inserted(session, Battle, dealt)
    said = {"comment": "", "recognised": False, "created_at": now}
    ballot_ids = inserted(session, Ballot, [{"rater_id": rater, **said} for rater in raters])
    for dimension in dimensions.list_dimensions(session, arena):
        each = {
            "arena_id": arena.id,
            "dimension_id": dimension.id,
            "dimension_version": dimension.version,
            "shown_as_a": "a",
            "state": "counted",
            "created_at": now,
        }
        places = zip(battle_ids, raters, ballot_ids, WORDS[codes[dimension.slug]].tolist(), strict=True)
        keys = ("battle_id", "rater_id", "ballot_id", "verdict")
        inserted(session, Vote, [{**dict(zip(keys, place, strict=True)), **each} for place in places])


def _battles(
    simulation: Simulation, field: Field, shown: _Shown, prompts: Ints, probabilities: Floats
) -> Iterable[Mapping[str, Any]]:
    columns = {
        "prompt_id": field.prompts[prompts],
        "model_a_id": shown.model_a,
        "model_b_id": shown.model_b,
        "answer_a_id": shown.answer_a,
        "answer_b_id": shown.answer_b,
        "language": np.array(field.languages, dtype=object)[prompts],
        "category": np.array(field.categories, dtype=object)[prompts],
        "dealt_to": np.array(simulation.raters)[shown.who],
        "probability": np.minimum(probabilities, 1),
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return (dict(zip(columns, row, strict=True)) for row in rows)
