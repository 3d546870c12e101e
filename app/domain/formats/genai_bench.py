"""GenAI-Bench's results (Jiang et al. 2024) as JSON lines: idx, human_vote and a judge's model_vote on one pair.

The files name neither the models nor the judge. The two sides stand in as models `left` and `right`, so their board
means nothing while votes can still be compared; the judge's name is given: `judge==gpt4o`. The people's votes are the
same in each judge's file and are stored once. A file that the arena has written names the judge in each row.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.formats.people import ANONYMOUS
from app.domain.formats.rows import (
    LONGEST_NAME,
    Bad,
    Columns,
    JsonObject,
    VoteRow,
    constant,
    json_objects,
    judged,
    needed,
    no_word,
    shown,
    word,
)
from app.domain.formats.shapes import Format, Shape, Written, refused
from app.stats.verdicts import Verdict

LEFT, RIGHT = "left", "right"
PERSON, MODEL = "human_vote", "model_vote"
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
SPELLED = {word.lower(): word for word in ("[[A>B]]", "[[B>A]]", "[[A=B=Good]]", "[[A=B=Bad]]")}
REST = "the rest of the file was not read"
NAMELESS = "the file does not name its judge; give it as judge==NAME"


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    """Two rows for each line: what people said, and what the judge said; one where only one of them spoke."""
    name = (constant(columns, "judge") or "").strip()
    if columns and not (name and columns.keys() == {"judge"}):
        yield Bad(1, f"columns {shown(dict(columns))}: {NAMELESS}; {REST}")
        return
    for found in json_objects(enumerate(lines, start=1)):
        if isinstance(found, Bad):
            yield found
        elif not name and found.fields.get("judge") is None and MODEL in found.fields:
            yield Bad(found.line, f"{NAMELESS}; {REST}")
            return
        else:
            yield from _rows(found, name)


def _rows(found: JsonObject, name: str) -> Iterator[VoteRow | Bad]:
    fields = [field for field in (PERSON, MODEL) if field in found.fields]
    for field in fields or [PERSON]:
        try:
            if field == PERSON:
                yield _row(found.line, found.fields, field, PEOPLE, ANONYMOUS)
            else:
                judge = name or needed(found.fields, "judge")
                yield _row(found.line, found.fields, field, JUDGES, RaterName.parse(f"judge:{judge}"))
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)


def _row(
    line: int, fields: Mapping[str, Any], field: str, outcomes: Mapping[str, Verdict], rater: RaterName
) -> VoteRow:
    pair = needed(fields, "idx")
    said = needed(fields, field)
    verdict = judged(said, outcomes, f"{field}:")
    identity = json.dumps([pair, field, said, str(rater)], ensure_ascii=False)
    return VoteRow(line, identity, rater, LEFT, RIGHT, {"overall": verdict}, prompt_id=pair)


def _written(number: int, votes: Sequence[VoteRow]) -> Iterator[Written]:
    """A record for each vote of a person on the item, with a vote of a judge beside it as long as there are some."""
    people: list[dict[str, str]] = []
    judges: list[dict[str, str]] = []
    for row in votes:
        (judged,) = row.verdicts.values()
        said = word(judged, PEOPLE if row.rater.kind == "human" else JUDGES)
        if (why := refused(row, "human", "judge")) or said is None:
            yield why or no_word(judged)
        elif (item := _item(row)) is None:
            yield "no name for a question that has none, or a long one"
        elif row.rater.kind == "human":
            people.append({"idx": item, PERSON: said})
        else:
            judge = str(row.rater).removeprefix("judge:")
            judges.append({"idx": item, MODEL: SPELLED.get(said, said), "judge": judge})
    nobody: dict[str, str] = {}
    for one, other in zip_longest(people, judges, fillvalue=nobody):
        yield one | other


def _item(row: VoteRow) -> str | None:
    """Another pair on the same prompt is another item, and the models have no field of their own."""
    if row.prompt_id is None or (row.model_a, row.model_b) == (LEFT, RIGHT):
        return row.prompt_id
    name = f"{row.prompt_id}: {row.model_a} | {row.model_b}"
    return name if len(name) <= LONGEST_NAME else None


FORMAT = Format(
    "genai_bench",
    "GenAI-Bench's people and one judge, JSON lines; judge==NAME says which",
    read,
    ("judge",),
    shapes={
        "votes": Shape(
            {},
            _written,
            "models (the item names both, the sides are all else), dimensions, texts, which person voted, plain ties, "
            "abstain, when, turns, languages, categories, certainty, comments",
            together="item",
        )
    },
    encodings=("jsonl",),
)
