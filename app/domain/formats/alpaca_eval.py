"""AlpacaEval's annotations (Li et al. 2023): instruction, output_1, generator_1, output_2, generator_2, annotator and
preference.

A preference of 1 is for the first, of 2 for the second, 1.5 or 0 a draw; one between is how sure a judge was, and
counts for the nearer side. None is a reply that nobody could read: kept, never counted.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    Bad,
    Columns,
    Judged,
    VoteRow,
    category,
    needed,
    no_word,
    rows_from,
    shown,
    two_models,
)
from app.domain.formats.shapes import Format, Shape, Written, each, refused
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

DRAWS = (0, 1.5)
NUMBER = re.compile(r"[0-2](\.[0-9]{1,20})?")
PREFERRED: Mapping[Verdict, float | None] = {
    Verdict.A: 1.0,
    Verdict.B: 2.0,
    Verdict.TIE: 1.5,
    Verdict.ABSTAIN: None,
}


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    return rows_from(objects(lines), _row)


def _row(line: int, identity: str, row: Mapping[str, Any]) -> VoteRow:
    if "output" in row and "preference" not in row:
        raise Invalid("an output is an answer and no vote: import it as alpaca_outputs")
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
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (meant := _meant(value)) is None:
        raise Invalid(f"preference {shown(value)}: expected a number from 1 to 2, 0 for a draw, or null")
    return Judged(meant[0], str(value)), meant[1]


def _meant(preference: float) -> tuple[Verdict, float | None] | None:
    """A verdict and how sure it is; None for a number that is no preference."""
    if preference in DRAWS:
        return Verdict.TIE, None
    if not 1 <= preference <= 2:
        return None
    certain = None if preference in (1, 2) else max(preference - 1, 2 - preference)
    return Verdict.A if preference < 1.5 else Verdict.B, certain


def _said(role: str, text: str) -> tuple[Message, ...]:
    return ({"role": role, "content": text},)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise Invalid(f"{name}: expected a text, not {shown(value)}")
    return value


def _written(row: VoteRow) -> Written:
    (judged,) = row.verdicts.values()
    if (why := refused(row, "judge")) or judged.verdict not in PREFERRED:
        return why or no_word(judged)
    if not (len(row.prompt) == len(row.answer_a) == len(row.answer_b) == 1):
        return "no place for several turns" if row.prompt else "no texts"
    return {
        "instruction": row.prompt[0]["content"],
        "output_1": row.answer_a[0]["content"],
        "generator_1": row.model_a,
        "output_2": row.answer_b[0]["content"],
        "generator_2": row.model_b,
        "annotator": str(row.rater).removeprefix("judge:"),
        "preference": _number(judged, row.confidence),
        "dataset": row.category or None,
    }


def _number(judged: Judged, certain: float | None) -> float | None:
    """The number that the vote came with, or one that says as much."""
    whole = PREFERRED[judged.verdict]
    came = float(judged.raw) if NUMBER.fullmatch(judged.raw) else None
    if came is not None and _meant(came) == (judged.verdict, certain):
        return came
    if certain is None or whole not in (1, 2) or not 0.5 < certain < 1:
        return whole
    return 2 - certain if whole == 1 else 1 + certain


FORMAT = Format(
    "alpaca_eval",
    "AlpacaEval's annotations of two outputs",
    read,
    shapes={
        "annotations": Shape(
            {
                **dict.fromkeys(
                    ("instruction", "output_1", "generator_1", "output_2", "generator_2", "annotator"), "text"
                ),
                "preference": "number",
                "dataset": "text",
            },
            each(_written),
            "dimensions, people, several turns, votes without texts, both good, both bad, names of prompts, when, "
            "languages, comments, certainty of half or less",
            texts=True,
        )
    },
    encodings=("json", "jsonl", "parquet"),
)
