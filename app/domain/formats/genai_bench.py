"""GenAI-Bench's results (Jiang et al. 2024) as JSON lines: idx, human_vote and a judge's model_vote on one pair.

The files name neither the models nor the judge. The two sides stand in as models `left` and `right`, so their board
means nothing while votes can still be compared; the judge's name is given: `judge==gpt4o`. The people's votes are the
same in each judge's file and are stored once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    Bad,
    Columns,
    Format,
    VoteRow,
    constant,
    json_objects,
    judged,
    needed,
    shown,
)
from app.stats.verdicts import Verdict

LEFT, RIGHT = "left", "right"
PEOPLE: Mapping[str, Verdict] = {
    "leftvote": Verdict.A,
    "rightvote": Verdict.B,
    "tievote": Verdict.BOTH_GOOD,
    "bothbad_vote": Verdict.BOTH_BAD,
}
JUDGES: Mapping[str, Verdict] = {
    "[[a>b]]": Verdict.A,
    "[[b>a]]": Verdict.B,
    "[[a=b=good]]": Verdict.BOTH_GOOD,
    "[[a=b=bad]]": Verdict.BOTH_BAD,
}
NAMELESS = "the file does not name its judge; give it as judge==NAME"


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    """Two rows for each line: what people said, and what the judge said."""
    name = constant(columns, "judge")
    if columns.keys() - {"judge"} or not (name or "").strip():
        why = NAMELESS if not columns.keys() - {"judge"} else f"columns {shown(dict(columns))}: {NAMELESS}"
        yield Bad(1, f"{why}; the rest of the file was not read")
        return
    judge = RaterName.parse(f"judge:{name}")
    for found in json_objects(enumerate(lines, start=1)):
        if isinstance(found, Bad):
            yield found
            continue
        sides = (
            ("human_vote", PEOPLE, RaterName("human", "anonymous")),
            ("model_vote", JUDGES, judge),
        )
        for field, outcomes, rater in sides:
            try:
                yield _row(found.line, found.fields, field, outcomes, rater)
            except Invalid as invalid:
                yield Bad(found.line, invalid.detail)


def _row(
    line: int, fields: Mapping[str, Any], field: str, outcomes: Mapping[str, Verdict], rater: RaterName
) -> VoteRow:
    pair = needed(fields, "idx")
    word = needed(fields, field)
    try:
        verdict = judged(word, outcomes)
    except Invalid as invalid:
        raise Invalid(f"{field}: {invalid.detail.removeprefix('winner ')}") from invalid
    identity = json.dumps([pair, field, word, str(rater)], ensure_ascii=False)
    return VoteRow(line, identity, rater, LEFT, RIGHT, {"overall": verdict}, prompt_id=pair)


FORMAT = Format(
    "genai_bench", "GenAI-Bench's people and one judge, JSON lines; judge==NAME says which", read, ("judge",)
)
