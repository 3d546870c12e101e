"""Ratings or ranks of answers, as CSV or JSON: prompt_id, model, rater, rating (more is better) or rank (less is
better), and optionally dimension, language, category, timestamp.

What one rater said of the answers to one prompt is a ballot: each two answers are a battle, on every dimension that has
both; equal values are a tie. Intervals cluster by ballot, since k answers are no k(k−1)/2 independent votes. A rater's
rows may stand anywhere in the file, so it is held in memory until its end.
"""

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from app.domain.accounts import RaterName
from app.domain.arenas import OVERALL, check_slug
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    Bad,
    Columns,
    JsonObject,
    Judged,
    VoteRow,
    category,
    language,
    moment,
    needed,
    shown,
)
from app.domain.formats.shapes import Format
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
COLUMNS = ("prompt_id", "model", "rater", "rating", "rank", "dimension", "language", "category", "timestamp")


@dataclass(frozen=True, slots=True)
class _Value:
    """More is better, whatever the file counted; `told` is its own number."""

    worth: float
    told: str
    line: int


@dataclass(slots=True)
class _Ballot:
    """What one rater said of one prompt: model → dimension → value."""

    first: JsonObject
    last: int = 0
    values: dict[str, dict[str, "_Value"]] = field(default_factory=lambda: defaultdict(dict))


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    ballots: dict[tuple[RaterName, str], _Ballot] = {}
    for found in objects(lines, or_csv=True):
        try:
            if isinstance(found, Bad):
                yield found
            else:
                _note(found, ballots)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)
    for (rater, prompt), ballot in ballots.items():
        yield from _battles(rater, prompt, ballot)


def _note(found: JsonObject, ballots: dict[tuple[RaterName, str], _Ballot]) -> None:
    row = found.fields
    rater, prompt = RaterName.parse(needed(row, "rater")), needed(row, "prompt_id")
    model, dimension = needed(row, "model"), str(row.get("dimension") or OVERALL)
    check_slug(dimension, "dimension")
    value = _value(found)
    (
        language(row),
        category(row),
        moment(row.get("timestamp"), "timestamp"),
    )  # refused here, where the line is known
    ballot = ballots.setdefault((rater, prompt), _Ballot(found))
    known = ballot.values[model].get(dimension)
    if known is not None:
        raise Invalid(
            f"{rater} has rated {model} on {dimension} for {prompt!r} already, on line {known.line}"
        )
    ballot.values[model][dimension] = value
    ballot.last = found.line


def _value(found: JsonObject) -> _Value:
    """Raises Invalid."""
    row = found.fields
    given = [name for name in ("rating", "rank") if row.get(name) not in (None, "")]
    if len(given) != 1:
        raise Invalid(f"expected a rating or a rank, not {'both' if given else 'neither'}")
    value = row[given[0]]
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid(f"{given[0]} {shown(value)}: expected a number")
    return _Value(value if given[0] == "rating" else -value, str(row[given[0]]).strip(), found.line)


def _battles(rater: RaterName, prompt: str, ballot: _Ballot) -> Iterator[VoteRow | Bad]:
    if len(ballot.values) < 2:
        yield Bad(ballot.last, f"{rater} has rated one answer to {prompt!r} only, which compares nothing")
        return
    row = ballot.first.fields
    for one, other in combinations(ballot.values, 2):
        verdicts = {
            dimension: _compared(ballot.values[one][dimension], ballot.values[other][dimension])
            for dimension in ballot.values[one]
            if dimension in ballot.values[other]
        }
        if not verdicts:
            continue
        said = {dimension: judged.raw for dimension, judged in verdicts.items()}
        yield VoteRow(
            line=ballot.last,
            identity=json.dumps([str(rater), prompt, one, other, said], sort_keys=True, ensure_ascii=False),
            rater=rater,
            model_a=one,
            model_b=other,
            verdicts=verdicts,
            prompt_id=prompt,
            language=language(row),
            category=category(row),
            voted_at=moment(row.get("timestamp"), "timestamp"),
            ballot=json.dumps([str(rater), prompt]),
        )


def _compared(one: _Value, other: _Value) -> Judged:
    if one.worth == other.worth:
        return Judged(Verdict.TIE, f"{one.told} with {other.told}")
    if one.worth > other.worth:
        return Judged(Verdict.A, f"{one.told} over {other.told}")
    return Judged(Verdict.B, f"{one.told} under {other.told}")


FORMAT = Format("ratings", "ratings or ranks of answers, which become ballots: " + ", ".join(COLUMNS), read)
