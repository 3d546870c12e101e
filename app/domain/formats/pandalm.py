"""PandaLM's test set (Wang et al. 2023): pairs with texts and three annotators, 0 a tie, 1 and 2 the response; and the
verdicts of judges on them, which name only the item.

Items as JSON objects, one a line or in the published arrays over several lines. A judge's file comes behind the test
set in one stream, since only that names models: `cat testset-v1.json pandalm-7b-testset-v1.json`. The judge is called
as its field begins: `pandalm` for `pandalm_result`. A verdict that its authors could not read ("garbage") is kept and
never counted; `unreadable=tie` counts it as a tie, as their published accuracy does.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.accounts import RaterName
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.formats.people import People
from app.domain.formats.rows import (
    LONGEST_CATEGORY,
    Bad,
    Columns,
    JsonObject,
    Judged,
    VoteRow,
    constant,
    json_objects,
    judged,
    needed,
    no_word,
    shown,
    two_models,
    word,
)
from app.domain.formats.shapes import Format, Shape, Written, refused
from app.stats.verdicts import Verdict

UNREADABLE = "garbage"
OUTCOMES: Mapping[str, Verdict] = {
    "0": Verdict.TIE,
    "tie": Verdict.TIE,
    "1": Verdict.A,
    "2": Verdict.B,
}
ANNOTATOR, RESULT = "annotator", "_result"
PEOPLE = People(ANNOTATOR, re.compile(f"{ANNOTATOR}[0-9]+"))
READABLE_AS = {"tie": Verdict.TIE, "abstain": Verdict.ABSTAIN}
BRACKETS = ("[", "]", "][", "],", ",")


@dataclass(frozen=True, slots=True)
class Item:
    """What the rows of an item have in common."""

    model_a: str
    model_b: str
    prompt_id: str
    category: str
    prompt: tuple[Message, ...]
    answer_a: tuple[Message, ...]
    answer_b: tuple[Message, ...]


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    """A row for each annotator and judge of an item."""
    items: dict[str, Item] = {}
    try:
        outcomes = {**OUTCOMES, UNREADABLE: _unreadable(columns)}
    except Invalid as invalid:
        yield Bad(1, f"{invalid.detail}; the rest of the file was not read")
        return
    for found in json_objects(_texts(lines)):
        if isinstance(found, Bad):
            yield found
            continue
        try:
            yield from _rows(found, items, outcomes)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)


def _unreadable(columns: Columns) -> Verdict:
    unknown = columns.keys() - {"unreadable"}
    word = (constant(columns, "unreadable") or columns.get("unreadable") or "abstain").lower()
    if unknown or word not in READABLE_AS:
        raise Invalid(f"columns {shown(dict(columns))}: expected unreadable={' or '.join(READABLE_AS)}")
    return READABLE_AS[word]


def _texts(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each object with the number of its first line: one that opens a line alone ends at the brace below it."""
    collected: list[bytes] = []
    start, indent = 0, b""
    for number, line in enumerate(lines, start=1):
        bare = line.removeprefix(b"\xef\xbb\xbf").strip()
        if collected:
            collected.append(line)
            if bare in (b"}", b"},") and line[: len(line) - len(line.lstrip())] == indent:
                yield start, b"".join(collected).strip().removesuffix(b",")
                collected = []
        elif bare == b"{":
            collected, start, indent = [line], number, line[: len(line) - len(line.lstrip())]
        elif bare and bare.decode("utf-8", "replace") not in BRACKETS:
            yield number, bare.removesuffix(b",")
    if collected:
        yield start, b"".join(collected)


def _rows(
    found: JsonObject, items: dict[str, Item], outcomes: Mapping[str, Verdict]
) -> Iterator[VoteRow | Bad]:
    fields, name = found.fields, needed(found.fields, "idx")
    if "cmp_key" in fields:
        items[name] = _item(fields)
    if name not in items:
        raise Invalid(f"idx {shown(name)}: no item before it has this number; put the test set first")
    item = items[name]
    for field in sorted(fields):
        rater = _rater(field)
        if rater is None:
            continue
        try:
            verdict = _judged(fields, field, outcomes)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)
            continue
        identity = json.dumps([name, item.model_a, item.model_b, str(rater), verdict.raw], ensure_ascii=False)
        row = VoteRow(found.line, identity, rater, item.model_a, item.model_b, {"overall": verdict})
        yield replace(
            row,
            prompt_id=item.prompt_id,
            category=item.category,
            prompt=item.prompt,
            answer_a=item.answer_a,
            answer_b=item.answer_b,
        )


def _rater(field: str) -> RaterName | None:
    if field.startswith(ANNOTATOR) and field.removeprefix(ANNOTATOR).isdigit():
        return RaterName("human", field)
    if field.endswith(RESULT) and field != RESULT:
        return RaterName.parse(f"judge:{field.removesuffix(RESULT)}")
    return None


def _judged(fields: Mapping[str, Any], field: str, outcomes: Mapping[str, Verdict]) -> Judged:
    return judged(needed(fields, field), outcomes, f"{field}:")


def _item(fields: Mapping[str, Any]) -> Item:
    first, joined, second = needed(fields, "cmp_key").partition("_")
    if not joined or "_" in second:
        raise Invalid(f"cmp_key {shown(fields['cmp_key'])}: expected two models joined by _")
    model_a, model_b = two_models({"model_a": first, "model_b": second})
    asked = "\n\n".join(part for name in ("instruction", "input") if (part := _text(fields, name)))
    if not asked:
        raise Invalid("no field 'instruction'")
    return Item(
        model_a,
        model_b,
        hashlib.sha256(asked.encode()).hexdigest()[:16],
        _category(_text(fields, "motivation_app")),
        ({"role": "user", "content": asked},),
        _said(fields, "response1"),
        _said(fields, "response2"),
    )


def _said(fields: Mapping[str, Any], name: str) -> tuple[Message, ...]:
    return ({"role": "assistant", "content": _text(fields, name)},)


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A bare truth value or number is an answer too: the published file holds `true`."""
    value = fields.get(name, "")
    if not isinstance(value, str | bool | int | float):
        raise Invalid(f"{name}: expected a text, not {shown(value)}")
    return str(value)


def _category(app: str) -> str:
    """Some are addresses, whose slashes would make paths."""
    steps = app.removeprefix("https://").removeprefix("http://").split("/")
    return " ".join(" ".join(steps).split())[:LONGEST_CATEGORY]


def _written(number: int, votes: Sequence[VoteRow]) -> Iterator[Written]:
    """One item with what each annotator and each judge said of it."""
    said: dict[str, int | str] = {}
    for row in votes:
        found = _said_by(row, said)
        if isinstance(found, str):
            yield found
        else:
            said.update(found)
    if not said:
        return
    row = votes[0]
    yield {
        "idx": number,
        "motivation_app": _category(row.category),
        "cmp_key": f"{row.model_a}_{row.model_b}",
        "instruction": row.prompt[0]["content"],
        "input": "",
        "response1": row.answer_a[0]["content"],
        "response2": row.answer_b[0]["content"],
        **dict(sorted(said.items())),
    }


def _said_by(row: VoteRow, said: Mapping[str, Any]) -> Mapping[str, int | str] | str:
    (judged,) = row.verdicts.values()
    if why := refused(row, "human", "judge") or _unfit(row):
        return why
    is_person = row.rater.kind == "human"
    name = PEOPLE.spelled(row.rater) if is_person else str(row.rater).removeprefix("judge:") + RESULT
    words = OUTCOMES if is_person else {**OUTCOMES, UNREADABLE: Verdict.ABSTAIN}
    if name is None:
        return PEOPLE.unknown(row.rater)
    if (spelled := word(judged, words)) is None:
        return no_word(judged)
    if name in said:
        return "no place for a second verdict of one rater on one item"
    return {name: int(spelled) if spelled.isdigit() else spelled}


def _unfit(row: VoteRow) -> str | None:
    if "_" in row.model_a + row.model_b:
        return "no name for a model whose own holds _"
    if not (len(row.prompt) == len(row.answer_a) == len(row.answer_b) == 1):
        return "no place for several turns" if row.prompt else "no texts"
    return None


FORMAT = Format(
    "pandalm",
    "PandaLM's test set, then the verdicts of judges on it, JSON objects or arrays",
    read,
    ("unreadable",),
    shapes={
        "items": Shape(
            {},
            _written,
            "models with _ in their names, dimensions, several turns, votes without texts, both good, both bad, people "
            "who can't tell, people with names, a second verdict of one rater, names of prompts, when, languages, "
            "certainty, comments",
            texts=True,
            together="item",
        )
    },
    encodings=("json", "jsonl"),
)
