"""The live board: ratings that hold every vote at once, between exact fits that are a few seconds apart.

A process keeps the last exact fit of each question and moves it by one step for the votes that came since; after
1,000 votes, or five seconds, the board is fitted exactly again and stored.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.db.tables import Arena
from app.domain import dimensions, leaderboards, models, tallies
from app.domain.fits import Spec
from app.domain.leaderboards import Board
from app.stats.live import Start
from app.stats.rankings import METHODS
from app.stats.tally import Floats, Tally

EXACT_AFTER = timedelta(seconds=5)
EXACT_AFTER_VOTES = 1_000
KEPT = 64  # questions


@dataclass(frozen=True, slots=True)
class LiveBoard:
    """Ratings of all rated models, best first; `votes_since` came after the exact board `exact`."""

    exact: Board
    generated_at: datetime
    votes: int
    votes_since: int
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    start: Start | None
    board: Board
    votes: int
    made: datetime


_fits: dict[tuple[str, str], _Fit] = {}


def live(session: Session, arena: Arena, spec: Spec, now: datetime) -> LiveBoard:
    """The Bradley–Terry board of the question at this moment; `exact.row` is to be stored when it is new.

    Raises Invalid, DimensionNotFound.
    """
    spec = replace(spec, method="bradley_terry")
    place = (str(session.get_bind().engine.url), leaderboards.asked_hash(arena, spec))
    tally = _tally(session, arena, spec)
    fit = _fits.get(place)
    if fit is None or _is_old(fit, tally, now):
        fit = _Fit(Start.of(tally), leaderboards.board(session, arena, spec, now), tally.votes, now)
        for oldest in list(_fits)[: len(_fits) - KEPT + 1]:
            _fits.pop(oldest, None)
    else:
        fit = replace(fit, board=leaderboards.stored(session, fit.board))
    _fits[place] = fit
    rows = (
        _exact_rows(fit.board) if fit.start is None else _rows(fit.start.models, fit.start.strengths(tally))
    )
    return LiveBoard(fit.board, fit.made, tally.votes, tally.votes - fit.votes, rows)


def _tally(session: Session, arena: Arena, spec: Spec) -> Tally:
    """The votes between all shown models that have any."""
    dimension = dimensions.find(session, arena, spec.dimension)
    labels = {key: row.slug for key, row in models.by_id(session, arena).items() if row.state != "hidden"}
    which = leaderboards.slice_of(arena, dimension, spec)
    return tallies.count(session, which).among(set(labels)).tally(labels)


def _is_old(fit: _Fit, tally: Tally, now: datetime) -> bool:
    if fit.start is None or fit.start.models != tuple(sorted(tally.models)):
        return fit.votes != tally.votes or now - fit.made >= EXACT_AFTER
    return now - fit.made >= EXACT_AFTER or abs(tally.votes - fit.votes) >= EXACT_AFTER_VOTES


def _rows(names: tuple[str, ...], theta: Floats) -> tuple[dict[str, Any], ...]:
    settings = METHODS["bradley_terry"].defaults()
    scale, center = float(settings["scale"] or 0), float(settings["center"] or 0)
    ratings = center + scale / np.log(10) * theta
    order = sorted(range(len(names)), key=lambda at: (-ratings[at], names[at]))
    return tuple(
        {"model": names[at], "rating": round(float(ratings[at]), 4), "rank": rank, "component": 0}
        for rank, at in enumerate(order, start=1)
    )


def _exact_rows(board: Board) -> tuple[dict[str, Any], ...]:
    return tuple(
        {name: row[name] for name in ("model", "rating", "rank", "component")}
        for row in board.rows()
        if row["rating"] is not None
    )
