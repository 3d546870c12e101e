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


def _written(row: VoteRow) -> Written:
    (judged,) = row.verdicts.values()
    winners = {Verdict.A: row.model_a, Verdict.B: row.model_b, Verdict.TIE: _tie(row, judged)}
    if (why := refused(row, "human", "judge")) or row.prompt_id is None:
        return why or "no name for a question that has none"
    if (winner := winners.get(judged.verdict)) is None:
        return no_word(judged)
    return {
        "img": row.prompt_id,
        "source1": row.model_a,
        "source2": row.model_b,
        "winner": winner,
        "cluster": row.category or None,
        "judge": str(row.rater).removeprefix("judge:") if row.rater.kind == "judge" else None,
        "judge_reason": row.comment or None,
    }


def _tie(row: VoteRow, judged: Judged) -> str | None:
    """A source may be called as a tie is."""
    words = [word for word in TIES if word not in (row.model_a, row.model_b)]
    return judged.raw if judged.raw in words else next(iter(words), None)


FORMAT = Format(
    "caparena",
    "CapArena's annotations and judges on captions",
    read,
    shapes={
        "annotations": Shape(
            dict.fromkeys(
                ("img", "source1", "source2", "winner", "cluster", "judge", "judge_reason"), "text"
            ),
            each(_written),
            "dimensions, captions, images, which person voted, both good, both bad, abstain, when, turns, "
            "languages, certainty",
        )
    },
    encodings=("json", "jsonl", "parquet"),
)
