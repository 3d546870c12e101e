"""CapArena's annotations (Cheng et al. 2025): img, source1, source2, caption1, caption2, winner, cluster; a judge's
output has `judge` and `judge_reason` too.

The winner is one of the sources, or `equal` or `tie`. "human" is a contestant like any other. Captions are about
images, which the file does not hold, so no battle can be dealt of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.formats.people import ANONYMOUS
from app.domain.formats.rows import (
    LONGEST_COMMENT,
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

TIES = ("equal", "tie")


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    return rows_from(objects(lines), _row)


def _row(line: int, identity: str, row: Mapping[str, Any]) -> VoteRow:
    model_a, model_b = two_models({"model_a": needed(row, "source1"), "model_b": needed(row, "source2")})
    return VoteRow(
        line=line,
        identity=identity,
        rater=RaterName.parse(f"judge:{needed(row, 'judge')}") if row.get("judge") else ANONYMOUS,
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": _judged(row, model_a, model_b)},
        prompt_id=needed(row, "img"),
        category=category({"category": row.get("cluster")}),
        comment=str(row.get("judge_reason") or "")[:LONGEST_COMMENT],
    )


def _judged(row: Mapping[str, Any], model_a: str, model_b: str) -> Judged:
    word = needed(row, "winner")
    if word in (model_a, model_b):
        return Judged(Verdict.A if word == model_a else Verdict.B, word)
    if word.lower() not in TIES:
        raise Invalid(f"winner {shown(word)}; expected one of {', '.join((model_a, model_b, *TIES))}")
    return Judged(Verdict.TIE, word)


FORMAT = Format("caparena", "CapArena's annotations and judges on captions", read)
