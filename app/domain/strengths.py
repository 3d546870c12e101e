"""Strengths: what is taken to be true of the models of an arena when votes are simulated, in logits.

They come from a file, from a board, or from a seed. A model that is registered later, or a dimension, leaves those of
the others as they were.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.db.tables import Arena
from app.domain import dimensions, leaderboards, models
from app.domain.errors import Invalid
from app.domain.fits import Spec

WORDS = ("normal", "equal", "board")
POINTS = 400 / math.log(10)  # of a board, for one logit

Strengths = Mapping[str, Mapping[int, float]]  # by dimension and model id


def of(session: Session, arena: Arena, source: str, seed: int, now: datetime) -> Strengths:
    """The strengths of every model in every dimension asked now.

    `normal` draws them by the seed, `equal` gives all the same, `board` takes the ratings of people's boards, or of
    those of other voters: `board:judges`. Raises Invalid for another source, and for a board that does not place
    every active model on one scale.
    """
    slugs = {key: row.slug for key, row in models.by_id(session, arena).items()}
    asked = [row.slug for row in dimensions.list_dimensions(session, arena)]
    if source == "equal":
        return {dimension: dict.fromkeys(slugs, 0.0) for dimension in asked}
    if source == "normal":
        return {
            dimension: {key: _drawn(seed, dimension, slug) for key, slug in slugs.items()}
            for dimension in asked
        }
    word, _, voters = source.partition(":")
    if word != "board":
        raise Invalid(f"strengths {source!r}: expected one of {', '.join(WORDS)}, board:<voters>")
    return {
        dimension: _on_board(session, arena, Spec(dimension, voters or "human"), now) for dimension in asked
    }


def read(session: Session, arena: Arena, document: Any) -> Strengths:
    """From JSON: {model: logits}, the same in every dimension, or {dimension: {model: logits}}.

    Raises Invalid, naming what is missing, unknown or no number. Every active model needs a strength in every
    dimension asked now.
    """
    rows = models.by_id(session, arena)
    keys = {row.slug: key for key, row in rows.items()}
    active = [row.slug for row in rows.values() if row.state == "active"]
    asked = [row.slug for row in dimensions.list_dimensions(session, arena)]
    if not isinstance(document, dict) or not document:
        raise Invalid("strengths: expected an object, {model: logits} or {dimension: {model: logits}}")
    nested = all(isinstance(value, dict) for value in document.values())
    by_dimension = document if nested else dict.fromkeys(asked, document)
    _check_names("strengths", by_dimension, asked, asked)
    for dimension, given in by_dimension.items():
        _check_names(f"strengths of {dimension}", given, keys, active)
        for model, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise Invalid(f"strengths of {dimension}: {model} has {value!r}; expected a number of logits")
    return {
        dimension: {keys[model]: float(value) for model, value in by_dimension[dimension].items()}
        for dimension in asked
    }


def _on_board(session: Session, arena: Arena, spec: Spec, now: datetime) -> dict[int, float]:
    keys = {row.slug: key for key, row in models.by_id(session, arena).items() if row.state == "active"}
    rows = leaderboards.board(session, arena, spec, now).rows()
    ratings = {row["model"]: row["rating"] for row in rows if row["rating"] is not None}
    name = f"the {spec.dimension} board of {spec.voters}"
    if missing := [slug for slug in keys if slug not in ratings]:
        raise Invalid(f"strengths: {name} has no rating of {_listed(missing)}")
    if len({row["component"] for row in rows if row["model"] in keys}) > 1:
        raise Invalid(f"strengths: on {name} some models never met the others, so they have no common scale")
    mean = sum(ratings[slug] for slug in keys) / max(len(keys), 1)
    return {key: (ratings[slug] - mean) / POINTS for slug, key in keys.items()}


def _drawn(seed: int, dimension: str, model: str) -> float:
    words = (zlib.crc32(dimension.encode()), zlib.crc32(model.encode()))
    return float(np.random.default_rng([seed, *words]).standard_normal())


def _check_names(
    of: str, given: Mapping[str, Any], known: Mapping[str, int] | Sequence[str], needed: Sequence[str]
) -> None:
    if unknown := [name for name in given if name not in known]:
        raise Invalid(f"{of}: there is no {_listed(unknown)} in this arena")
    if missing := [name for name in needed if name not in given]:
        raise Invalid(f"{of}: {_listed(missing)} missing")


def _listed(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(map(repr, names[:most])) + (
        f" and {len(names) - most} more" if len(names) > most else ""
    )
