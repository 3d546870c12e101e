"""What the roll-up counts: cells of votes, how many votes each rater gave, and moments of the styles of answers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, and_, case, cast, select
from sqlalchemy.orm import aliased

from app.db.tables import AnswerStyle, Battle, Vote
from app.domain.blocks import Columns, Kind
from app.domain.changes import PLACE
from app.domain.slices import leaks_of
from app.stats.styles import PRODUCTS
from app.stats.tally import COUNTED
from app.stats.texts import FEATURES
from app.stats.verdicts import Verdict

# Blocks hold the places in these tuples: a new word goes to the end.
STATES = ("counted", "superseded", "withdrawn", "set_aside")
VERDICTS = (*COUNTED, Verdict.ABSTAIN)

_SUMS = (*FEATURES, *(f"{FEATURES[one]}_{FEATURES[other]}" for one, other in PRODUCTS))

IN_USE = STATES.index("counted")
SCALE = 2**16  # of a difference of style: 2³¹ votes of one cell still fit their products into 64 bits
ABSTAINED = VERDICTS.index(Verdict.ABSTAIN)


def _cells(changes: Subquery) -> Select[Any]:
    return select(
        *(changes.c[name] for name in PLACE),
        case({word: code for code, word in enumerate(STATES)}, value=changes.c.state).label("state"),
        changes.c.first_model_id.label("first"),
        changes.c.second_model_id.label("second"),
        code_of(changes.c.verdict).label("verdict"),
        changes.c.delta.label("count"),
    )


def _votes_of_cells(columns: Columns) -> int:
    state, _first, _second, verdict, count = columns
    return int(count[(state == IN_USE) & (verdict != ABSTAINED)].sum())


def _raters(changes: Subquery) -> Select[Any]:
    return select(
        *(changes.c[name] for name in PLACE),
        changes.c.rater_id.label("rater"),
        changes.c.delta.label("count"),
    ).where(_counts(changes))


def _votes_of_raters(columns: Columns) -> int:
    return int(columns[1].sum())


def _leak_cells(changes: Subquery) -> Select[Any]:
    return _cells(changes).join(Battle, Battle.id == changes.c.battle_id).where(leaks_of(Battle))


def _leak_raters(changes: Subquery) -> Select[Any]:
    return _raters(changes).join(Battle, Battle.id == changes.c.battle_id).where(leaks_of(Battle))


def _moments(changes: Subquery) -> Select[Any]:
    a, b = aliased(AnswerStyle), aliased(AnswerStyle)
    names = (*PLACE, "first_model_id", "second_model_id", "verdict", "delta")
    each = (
        select(
            *(changes.c[name] for name in names),
            *(value.label(name) for name, value in differences_shown(a, b).items()),
        )
        .join(Vote, Vote.id == changes.c.vote_id)
        .join(Battle, Battle.id == Vote.battle_id)
        .join(a, a.answer_id == Battle.answer_a_id)
        .join(b, b.answer_id == Battle.answer_b_id)
        .where(_counts(changes))
        .subquery()
    )
    delta, values = each.c.delta, [each.c[name] for name in FEATURES]
    sums = [value * delta for value in values]
    sums += [values[one] * values[other] * delta for one, other in PRODUCTS]
    return select(
        *(each.c[name] for name in PLACE),
        each.c.first_model_id.label("first"),
        each.c.second_model_id.label("second"),
        code_of(each.c.verdict).label("verdict"),
        delta.label("known"),
        *(value.label(name) for name, value in zip(_SUMS, sums, strict=True)),
    )


def _votes_of_moments(columns: Columns) -> int:
    return int(columns[3].sum())


def differences_shown(a: type[AnswerStyle], b: type[AnswerStyle]) -> dict[str, ColumnElement[int]]:
    """The differences of style of a vote's battle, of the answer shown first to the other, in 1/SCALE.

    Whole numbers, and cut towards 0, so that they turn with the sides and add up without rounding.
    """
    side = case((Vote.shown_as_a == "a", 1), else_=-1)
    found = {}
    for name in FEATURES:
        ours, theirs = (cast(getattr(style, name), BigInteger) for style in (a, b))
        both = case((ours + theirs > 0, ours + theirs), (ours >= 0, 1))  # NULL where there is no style
        found[name] = (ours - theirs) * SCALE // both * side
    return found


def code_of(verdict: Any) -> ColumnElement[int]:
    """The place of a word in VERDICTS."""
    return case({word.value: code for code, word in enumerate(VERDICTS)}, value=verdict)


def _counts(changes: Subquery) -> ColumnElement[bool]:
    return and_(changes.c.state == "counted", changes.c.verdict != Verdict.ABSTAIN.value)


CELLS = Kind(
    name="cells",
    keys={"state": "<u1", "first": "<u4", "second": "<u4", "verdict": "<u1"},
    sums={"count": "<i4"},
    rows=_cells,
    votes=_votes_of_cells,
)
"""How many votes of each state and verdict two models got, `first` shown as A."""

RATERS = Kind(
    name="raters",
    keys={"rater": "<u4"},
    sums={"count": "<i4"},
    rows=_raters,
    votes=_votes_of_raters,
)
"""How many votes that count each rater gave; says how many people stand behind a board."""

MOMENTS = Kind(
    name="moments",
    keys={"first": "<u4", "second": "<u4", "verdict": "<u1"},
    sums={"known": "<i4"} | dict.fromkeys(_SUMS, "<i8"),
    rows=_moments,
    votes=_votes_of_moments,
    worth=1_000,
)
"""How many votes that count have `known` texts, the sums of their differences of style, and of the products of each
two, in 1/SCALE and 1/SCALE².
"""

LEAKING: Mapping[str, Kind] = {
    "cells": replace(CELLS, name="leak_cells", rows=_leak_cells, worth=1_000),
    "raters": replace(RATERS, name="leak_raters", rows=_leak_raters, worth=1_000),
}
"""By kind, the same of votes on battles in which an answer said who gave it: what a board without these takes away."""

KINDS = (CELLS, RATERS, MOMENTS, *LEAKING.values())
