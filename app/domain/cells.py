"""What the roll-up counts: cells of votes, and how many votes each rater gave."""

from typing import Any

from sqlalchemy import Select, Subquery, and_, case, select

from app.domain.blocks import Columns, Kind
from app.domain.changes import PLACE
from app.stats.tally import COUNTED
from app.stats.verdicts import Verdict

# Blocks hold the places in these tuples: a new word goes to the end.
STATES = ("counted", "superseded", "withdrawn", "set_aside")
VERDICTS = (*COUNTED, Verdict.ABSTAIN)

IN_USE = STATES.index("counted")
ABSTAINED = VERDICTS.index(Verdict.ABSTAIN)


def _cells(changes: Subquery) -> Select[Any]:
    return select(
        *(changes.c[name] for name in PLACE),
        case({word: code for code, word in enumerate(STATES)}, value=changes.c.state).label("state"),
        changes.c.first_model_id.label("first"),
        changes.c.second_model_id.label("second"),
        case({word.value: code for code, word in enumerate(VERDICTS)}, value=changes.c.verdict).label(
            "verdict"
        ),
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
    ).where(and_(changes.c.state == "counted", changes.c.verdict != Verdict.ABSTAIN.value))


def _votes_of_raters(columns: Columns) -> int:
    return int(columns[1].sum())


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

KINDS = (CELLS, RATERS)
