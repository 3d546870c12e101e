"""Label Studio's JSON export of pairwise tasks: tasks with their data and annotations.

Each annotation is a ballot; each control with choices or a pair is a dimension of the same name, unless some are
chosen: `overall=preference` takes the control `preference` as the dimension `overall` and leaves out all that are not
named. `prompt_id=book` says which field of the data names the item; else it is the task's id. The data name the models
in `model_1` and `model_2` (or model_a and model_b); without them the sides stand in as `left` and `right`, so that
votes can be compared but a board means nothing. What was written beside a choice is kept.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.arenas import OVERALL, check_slug
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    LONGEST_COMMENT,
    Bad,
    Columns,
    Format,
    JsonObject,
    Judged,
    VoteRow,
    judged,
    moment,
    needed,
    shown,
    two_models,
)
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

SIDES = (("model_1", "model_2"), ("model_a", "model_b"))
NAMELESS = {"model_a": "left", "model_b": "right"}
ITEM = "prompt_id"
_SIDES: Mapping[str, tuple[str, ...]] = {
    "a": (
        "left",
        "a",
        "1",
        "answer 1",
        "answer a",
        "response 1",
        "response a",
        "summary 1",
        "model a",
        "first",
    ),
    "b": (
        "right",
        "b",
        "2",
        "answer 2",
        "answer b",
        "response 2",
        "response b",
        "summary 2",
        "model b",
        "second",
    ),
    "tie": ("tie", "draw", "equal", "same", "no preference"),
    "both_good": ("both good", "both_good"),
    "both_bad": ("both bad", "both_bad", "neither"),
    "abstain": ("abstain", "can't tell", "unsure", "not sure"),
}
OUTCOMES: Mapping[str, Verdict] = {word: Verdict(side) for side, words in _SIDES.items() for word in words}


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    for found in objects(lines):
        try:
            if isinstance(found, Bad):
                yield found
            else:
                yield from _rows(found, columns)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)


def _rows(found: JsonObject, columns: Columns) -> list[VoteRow]:
    data, annotations = found.fields.get("data"), found.fields.get("annotations")
    if not isinstance(data, dict) or not isinstance(annotations, list):
        raise Invalid("expected a task with data and annotations: export as JSON, not as JSON-MIN")
    sides = next((pair for pair in SIDES if pair[0] in data), None)
    model_a, model_b = two_models(
        {"model_a": needed(data, sides[0]), "model_b": needed(data, sides[1])} if sides else NAMELESS
    )
    item = needed(data, columns[ITEM]) if ITEM in columns else needed(found.fields, "id")
    rows = []
    for annotation in annotations:
        if not isinstance(annotation, dict):
            raise Invalid("annotations: expected objects")
        if annotation.get("was_cancelled"):
            continue
        verdicts, comment = _said(annotation, columns)
        if not verdicts:
            raise Invalid(f"annotation {shown(annotation.get('id'))} chooses nothing")
        rows.append(
            VoteRow(
                line=found.line,
                identity=json.dumps([item, model_a, model_b, annotation], sort_keys=True, ensure_ascii=False),
                rater=_rater(annotation),
                model_a=model_a,
                model_b=model_b,
                verdicts=verdicts,
                prompt_id=item,
                voted_at=moment(annotation.get("created_at"), "created_at"),
                comment=comment[:LONGEST_COMMENT],
            )
        )
    return rows


def _said(annotation: Mapping[str, Any], columns: Columns) -> tuple[dict[str, Judged], str]:
    """Verdicts by dimension, and what was written."""
    dimensions = {control: slug for slug, control in columns.items() if slug != ITEM}
    verdicts: dict[str, Judged] = {}
    comments = []
    results = annotation.get("result")
    for result in results if isinstance(results, list) else []:
        name, value = needed(result, "from_name"), result.get("value")
        if not isinstance(value, dict):
            raise Invalid(f"{name}: expected a value")
        if isinstance(value.get("text"), list):
            comments.append(f"{name}: {' '.join(map(str, value['text']))}")
            continue
        if dimensions and name not in dimensions:
            continue
        verdicts[_slug(dimensions.get(name, name))] = _judged(name, value)
    if len(verdicts) == 1 and not dimensions:
        verdicts = dict(zip([OVERALL], verdicts.values(), strict=True))
    return verdicts, "\n".join(comments)


def _judged(name: str, value: Mapping[str, Any]) -> Judged:
    chosen = value.get("choices", value.get("selected"))
    words = chosen if isinstance(chosen, list) else [chosen]
    if len(words) != 1:
        raise Invalid(f"{name}: expected one choice, not {shown(chosen)}")
    try:
        return judged(needed({name: words[0]}, name), OUTCOMES)
    except Invalid as invalid:
        told = invalid.detail.removeprefix("winner ").partition(";")[0]
        raise Invalid(
            f"{name}: {told} says neither side, nor a tie; leave the control out with --columns"
        ) from invalid


def _slug(name: str) -> str:
    slug = name.lower().replace(" ", "_")
    check_slug(slug, "dimension")
    return slug


def _rater(annotation: Mapping[str, Any]) -> RaterName:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return RaterName("human", needed({"completed_by": who}, "completed_by"))


FORMAT = Format(
    "label_studio",
    "Label Studio's export of pairwise tasks; overall=CONTROL and prompt_id=FIELD choose",
    read,
    (ITEM, OVERALL),
)
