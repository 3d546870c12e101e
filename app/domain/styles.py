"""Votes and the styles of their answers → what style control reads.

Small slices are read vote by vote, large ones from moments that the roll-up keeps. Both see the same differences, whole
numbers of 1/SCALE, so a board does not jump where one gives way to the other.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.db.tables import AnswerStyle, Battle, Rater, Vote
from app.domain import tallies
from app.domain.cells import MOMENTS, SCALE, VERDICTS, code_of, differences_shown
from app.domain.slices import Slice, shown, votes_within
from app.domain.tallies import Counted
from app.stats.styles import WIDTH, StyledVotes
from app.stats.tally import Comparisons, Ints

EXACT_BELOW = 50_000
"""With fewer votes than these a slice is read vote by vote, and so is one without answers that say who gave them."""

FETCHED = 10_000  # rows


def read(session: Session, which: Slice, labels: Mapping[int, str], names: tuple[str, ...]) -> StyledVotes:
    """The counted votes between the labelled models that `names` lists.

    For a session that sees one state of the data.
    """
    inside = {key: label for key, label in labels.items() if label in names}
    counted = tallies.count(session, which).among(set(inside))
    if counted.votes < EXACT_BELOW or not which.leaking:
        return _rows(session, which, inside, names)
    return _moments(session, which, counted, inside, names)


def _rows(session: Session, which: Slice, labels: Mapping[int, str], names: tuple[str, ...]) -> StyledVotes:
    first, second = shown()
    a, b = aliased(AnswerStyle), aliased(AnswerStyle)
    query = (
        select(first, second, code_of(Vote.verdict), *differences_shown(a, b).values())
        .select_from(Vote)
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .join(a, a.answer_id == Battle.answer_a_id, isouter=True)
        .join(b, b.answer_id == Battle.answer_b_id, isouter=True)
        .where(Vote.state == "counted", Vote.verdict != "abstain", *votes_within(which))
        .order_by(Vote.created_at, Vote.id)
    )
    place = {key: names.index(label) for key, label in labels.items()}
    found: list[tuple[Any, ...]] = []
    for rows in session.execute(query, execution_options={"yield_per": FETCHED}).partitions():
        found += [
            (place[one], place[other], *rest) for one, other, *rest in rows if one in place and other in place
        ]
    table: NDArray[np.float64] = np.array(found, dtype=np.float64).reshape(-1, 3 + WIDTH)  # None becomes NaN
    sides = (column.astype(np.int64) for column in table.T[:3])
    return StyledVotes.of_votes(Comparisons(names, *sides), table[:, 3:] / SCALE)


def _moments(
    session: Session, which: Slice, counted: Counted, labels: Mapping[int, str], names: tuple[str, ...]
) -> StyledVotes:
    first, second, verdict, known, *sums = tallies.held(session, MOMENTS, which)
    inside = np.array(sorted(labels), dtype=np.int64)
    kept = np.isin(first, inside) & np.isin(second, inside)
    cells = _codes(counted.first, counted.second, counted.verdict)
    here = np.searchsorted(cells, _codes(first[kept], second[kept], verdict[kept]))

    def placed(column: Ints) -> Ints:
        placed = np.zeros(len(cells), dtype=np.int64)
        placed[here] = column[kept]
        return placed

    columns = np.array([placed(column) for column in sums], dtype=np.float64).T
    tally = counted.tally(labels, names)
    return StyledVotes.of_cells(
        tally, placed(known), columns[:, :WIDTH] / SCALE, columns[:, WIDTH:] / SCALE**2
    )


def _codes(first: Ints, second: Ints, verdict: Ints) -> Ints:
    """A number for each cell, in the order of the cells of a tally."""
    return (first * 2**28 + second) * len(VERDICTS) + verdict
