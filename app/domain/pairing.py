"""Pairing: with which probability each pair of an arena is dealt, by the sampling that the arena has chosen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.db.tables import Arena
from app.domain import fields, overlaps
from app.domain.fields import Field
from app.domain.paging import Page, after, page
from app.stats.pairing import find, needs, pair_probabilities
from app.stats.settings import Setting
from app.stats.tally import Floats, Ints, Tally

NEEDS_KEPT = 16


@dataclass(frozen=True, slots=True)
class PairChance:
    """Two models, how many votes decided between them, and the probability that they are dealt next."""

    models: tuple[str, str]
    votes: int
    probability: float


@dataclass(frozen=True, slots=True)
class Pairing:
    """How an arena deals now. The probabilities add up to 1 over all pairs, of which `pairs` is a page."""

    sampling: str
    settings: Mapping[str, Setting]
    dimension: str
    explore: float
    target_overlap: int
    overlap_share: float
    pairs: Page[PairChance]


@dataclass(frozen=True, slots=True)
class _Question:
    """What needs depend on. Equal for equal votes, so that these are not fitted twice."""

    sampling: str
    settings: str
    digest: bytes
    votes: Tally = field(compare=False)


def probabilities(arena: Arena, votes: Tally, who: Field, pairs: NDArray[np.int64]) -> Floats:
    """Of each pair (P, 2), places in `who.models`, to be drawn from these pairs: (P,), adds up to 1."""
    return pair_probabilities(_need(_question(arena, votes)), _indexes(votes, who)[pairs], arena.explore)


def published(session: Session, arena: Arena, votes: Tally, limit: int, cursor: str | None) -> Pairing:
    """How likely each pair of active models is to be drawn for a voter who has seen nothing yet and takes any prompt.

    Pairs stand in the order of their models' names. Raises Invalid for a cursor that is none.
    """
    who = fields.of(session, arena.id)
    pairs = fields.pairs_left(who, who.answered)
    chances = probabilities(arena, votes, who, pairs)
    slugs, games = list(who.labels.values()), _games(votes)
    indexes = _indexes(votes, who)
    rows = [
        PairChance(_named(slugs[one], slugs[other]), round(games[indexes[one], indexes[other]]), chance)
        for (one, other), chance in zip(pairs.tolist(), chances.tolist(), strict=True)
    ]
    rows.sort(key=lambda row: row.models)
    start = after(cursor)
    return Pairing(
        sampling=arena.sampling,
        settings=find(arena.sampling).defaults() | arena.sampling_settings,
        dimension=arena.sampling_dimension,
        explore=arena.explore,
        target_overlap=arena.target_overlap,
        overlap_share=overlaps.share(arena.target_overlap),
        pairs=page(rows[start : start + limit + 1], range(start + 1, start + limit + 2), limit),
    )


def _question(arena: Arena, votes: Tally) -> _Question:
    digest = hashlib.blake2b(json.dumps(votes.models).encode(), digest_size=16)
    for column in (votes.first, votes.second, votes.verdict, votes.count):
        digest.update(column.tobytes())
    settings = json.dumps(arena.sampling_settings, sort_keys=True)
    return _Question(arena.sampling, settings, digest.digest(), votes)


@lru_cache(maxsize=NEEDS_KEPT)
def _need(question: _Question) -> Floats:
    found = needs(question.sampling, question.votes, json.loads(question.settings))
    found.flags.writeable = False
    return found


def _indexes(votes: Tally, who: Field) -> Ints:
    """The field's models as indexes into the tally's."""
    place = {label: at for at, label in enumerate(votes.models)}
    return np.array([place[who.labels[key]] for key in who.models.tolist()], dtype=np.int64)


def _games(votes: Tally) -> Floats:
    wins = votes.win_matrix()
    return np.asarray(wins + wins.T)


def _named(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
