"""AlpacaEval's annotations (Li et al. 2023): instruction, output_1, generator_1, output_2, generator_2, annotator and
preference.

A preference of 1 is for the first, of 2 for the second, 1.5 or 0 a draw; one between is how sure a judge was, and
counts for the nearer side. None is a reply that nobody could read: kept, never counted.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    Bad,
    Columns,
    Format,
    Judged,
    VoteRow,
    category,
    needed,
    rows_from,
    shown,
    two_models,
)
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

DRAWS = (0, 1.5)


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    return rows_from(objects(lines), _row)


def _row(line: int, identity: str, row: Mapping[str, Any]) -> VoteRow:
    if "output" in row and "preference" not in row:
        raise Invalid("an output is an answer and no vote: submit it to the arena's model")
    names = {"model_a": needed(row, "generator_1"), "model_b": needed(row, "generator_2")}
    model_a, model_b = two_models(names)
    asked = _text(row, "instruction")
    verdict, confidence = _preference(row)
    return VoteRow(
        line=line,
        identity=identity,
        rater=RaterName.parse(f"judge:{needed(row, 'annotator')}"),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": verdict},
        prompt_id=hashlib.sha256(asked.encode()).hexdigest()[:16],
        category=category({"category": row.get("dataset")}),
        prompt=_said("user", asked),
        answer_a=_said("assistant", _text(row, "output_1")),
        answer_b=_said("assistant", _text(row, "output_2")),
        confidence=confidence,
    )


def _preference(row: Mapping[str, Any]) -> tuple[Judged, float | None]:
    value = row.get("preference", ...)
    if value is None:
        return Judged(Verdict.ABSTAIN, "null"), None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not (value in DRAWS or 1 <= value <= 2)
    ):
        raise Invalid(f"preference {shown(value)}: expected a number from 1 to 2, 0 for a draw, or null")
    if value in DRAWS:
        return Judged(Verdict.TIE, str(value)), None
    certain = None if value in (1, 2) else max(value - 1, 2 - value)
    return Judged(Verdict.A if value < 1.5 else Verdict.B, str(value)), certain


def _said(role: str, text: str) -> tuple[Message, ...]:
    return ({"role": role, "content": text},)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise Invalid(f"{name}: expected a text, not {shown(value)}")
    return value


FORMAT = Format("alpaca_eval", "AlpacaEval's annotations of two outputs", read)
