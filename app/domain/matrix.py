"""Pairs of a board: how often each two met, who won, and how often the ratings say each should win."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.special import expit
from sqlalchemy.orm import Session

from app.db.tables import Arena
from app.domain import dimensions, leaderboards, models, tallies
from app.domain.fits import Spec
from app.domain.leaderboards import Board
from app.stats.power import head_to_head
from app.stats.rankings import METHODS
from app.stats.tally import Floats

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows and columns stand for `models`, in the order of the board; `[i][j]` is what i did against j.

    `predicted` is None where the board has no odds for the two: a model against itself or without a rating, two that
    never met even through others, a method that rates in percent. `votes_needed` are those, between these two alone and
    none a tie, that would tell what is predicted from a half with a power of .8; None for an even match too.
    """

    board: Board
    models: list[str]
    wins: list[list[int]]
    ties: list[list[int]]
    both_bad: list[list[int]]
    predicted: list[list[float | None]]
    votes_needed: list[list[int | None]]


def matrix(session: Session, arena: Arena, spec: Spec, now: datetime) -> Matrix:
    """Count and predict for every pair of the board; `board.row` is to be stored when it is new.

    Raises Invalid, DimensionNotFound.
    """
    board = leaderboards.board(session, arena, spec, now)
    found = json.loads(board.body)
    names = [row["model"] for row in found["rows"]]
    labels = {key: row.slug for key, row in models.by_id(session, arena).items() if row.slug in set(names)}
    which = leaderboards.slice_of(arena, dimensions.find(session, arena, spec.dimension), spec)
    counted = tallies.agreed(session, which, tallies.count(session, which))
    tally = counted.among(set(labels)).tally(labels, names)
    wins, ties = tally.outcomes(both_bad="drop")
    both_bad = tally.outcomes(both_bad="tie")[1] - ties
    predicted = _predicted(found)
    needed = [[_votes_needed(share) for share in row] for row in predicted]
    return Matrix(board, names, _whole(wins), _whole(ties), _whole(both_bad), predicted, needed)


def _whole(counts: Floats) -> list[list[int]]:
    rows: list[list[int]] = np.rint(counts).astype(np.int64).tolist()
    return rows


def _votes_needed(share: float | None) -> int | None:
    return None if share is None or share in (0.0, 0.5, 1.0) else head_to_head(share)


def _predicted(board: dict[str, Any]) -> list[list[float | None]]:
    """1/(1 + 10^((R_j − R_i)/scale)) within a component."""
    rows, method = board["rows"], board["method"]
    if METHODS[method["name"]].unit != "points":
        return [[None] * len(rows) for _ in rows]
    ratings = np.array([row["rating"] if row["rating"] is not None else np.nan for row in rows])
    group = np.array([-1 if row["component"] is None else row["component"] for row in rows])
    gap = (ratings[:, None] - ratings[None, :]) * np.log(10) / method["settings"]["scale"]
    chances = np.where(group[:, None] == group[None, :], expit(gap), np.nan)
    np.fill_diagonal(chances, np.nan)
    return [[None if np.isnan(p) else round(p, DIGITS) for p in row] for row in chances.tolist()]
