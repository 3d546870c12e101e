"""Label Studio's JSON export of pairwise tasks: tasks with their data and annotations.

Each annotation is a ballot; each control with choices or a pair is a dimension of the same name, unless some are
chosen: `overall=preference` takes the control `preference` as the dimension `overall` and leaves out all that are not
named. `prompt_id=book` says which field of the data names the item; else it is the task's id. The data name the models
in `model_1` and `model_2` (or model_a and model_b); without them the sides stand in as `left` and `right`, so that
votes can be compared but a board means nothing. What was written beside a choice is kept, and the texts are if the
data hold them as `prompt`, `answer1` and `answer2`. A file that the arena has written says so in `meta`: there every
control is the dimension of its name.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.domain.accounts import RaterName
from app.domain.arenas import OVERALL, check_slug
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    LONGEST_COMMENT,
    Bad,
    Columns,
    JsonObject,
    Judged,
    VoteRow,
    category,
    judged,
    moment,
    needed,
    rows_within,
    shown,
    two_models,
    word,
)
from app.domain.formats.shapes import Format, Shape, Written, refused
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

SIDES = (("model_1", "model_2"), ("model_a", "model_b"))
NAMELESS = {"model_a": "left", "model_b": "right"}
ITEM = "prompt_id"
TEXTS = ("prompt", "answer1", "answer2")
COMMENT = "comment"
OURS = {"written_by": "pairwise-arena/1"}
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
    return rows_within(objects(lines), lambda found: _rows(found, columns))


def _rows(found: JsonObject, columns: Columns) -> list[VoteRow]:
    data, annotations = found.fields.get("data"), found.fields.get("annotations")
    if not isinstance(data, dict) or not isinstance(annotations, list):
        raise Invalid("expected a task with data and annotations: export as JSON, not as JSON-MIN")
    sides = next((pair for pair in SIDES if pair[0] in data), None)
    model_a, model_b = two_models(
        {"model_a": needed(data, sides[0]), "model_b": needed(data, sides[1])} if sides else NAMELESS
    )
    is_ours = found.fields.get("meta") == OURS
    is_in_data = is_ours or ITEM in columns
    item = needed(data, columns.get(ITEM, ITEM)) if is_in_data else needed(found.fields, "id")
    prompt, answer_a, answer_b = _texts(data)
    rows = []
    for annotation in annotations:
        if not isinstance(annotation, dict):
            raise Invalid("annotations: expected objects")
        if annotation.get("was_cancelled"):
            continue
        verdicts, comment = _said(annotation, columns, as_named=is_ours)
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
                category=category(data) if is_ours else "",
                prompt=prompt,
                answer_a=answer_a,
                answer_b=answer_b,
                comment=comment[:LONGEST_COMMENT],
            )
        )
    return rows


def _texts(data: Mapping[str, Any]) -> tuple[tuple[Message, ...], ...]:
    texts = [data.get(name) for name in TEXTS]
    if not all(isinstance(text, str) for text in texts):
        return (), (), ()
    roles = ("user", "assistant", "assistant")
    return tuple(({"role": role, "content": str(text)},) for role, text in zip(roles, texts, strict=True))


def _said(
    annotation: Mapping[str, Any], columns: Columns, *, as_named: bool
) -> tuple[dict[str, Judged], str]:
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
            text = " ".join(map(str, value["text"]))
            comments.append(text if name == COMMENT else f"{name}: {text}")
            continue
        if dimensions and name not in dimensions:
            continue
        verdicts[_slug(dimensions.get(name, name))] = _judged(name, value)
    if len(verdicts) == 1 and not dimensions and not as_named:
        verdicts = dict(zip([OVERALL], verdicts.values(), strict=True))
    return verdicts, "\n".join(comments)


def _judged(name: str, value: Mapping[str, Any]) -> Judged:
    chosen = value.get("choices", value.get("selected"))
    words = chosen if isinstance(chosen, list) else [chosen]
    if len(words) != 1:
        raise Invalid(f"{name}: expected one choice, not {shown(chosen)}")
    said = needed({name: words[0]}, name)
    if said.strip().lower() not in OUTCOMES:
        raise Invalid(
            f"{name}: {shown(said)} says neither side, nor a tie; leave the control out with --columns"
        )
    return judged(said, OUTCOMES)


def _slug(name: str) -> str:
    slug = name.lower().replace(" ", "_")
    check_slug(slug, "dimension")
    return slug


def _rater(annotation: Mapping[str, Any]) -> RaterName:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return RaterName("human", needed({"completed_by": who}, "completed_by"))


def _written(number: int, votes: Sequence[VoteRow]) -> Iterator[Written]:
    """A task: two answers, with an annotation for each ballot on them."""
    ballots: list[list[VoteRow]] = []
    latest: dict[str | None, list[VoteRow]] = {}
    for row in votes:
        if (why := refused(row, "human")) or row.prompt_id is None:
            yield why or "no name for a question that has none"
            continue
        ballot = latest.get(row.ballot)
        if ballot is None or any(each.verdicts.keys() & row.verdicts.keys() for each in ballot):
            ballot = latest[row.ballot] = []
            ballots.append(ballot)
        ballot.append(row)
    if not ballots:
        return
    row = ballots[0][0]
    data = {ITEM: row.prompt_id, "model_1": row.model_a, "model_2": row.model_b, "category": row.category}
    if len(row.prompt) == len(row.answer_a) == len(row.answer_b) == 1:
        texts = (row.prompt, row.answer_a, row.answer_b)
        data |= {name: text[0]["content"] for name, text in zip(TEXTS, texts, strict=True)}
    yield {
        "id": number,
        "data": data,
        "annotations": [_annotation(at, ballot) for at, ballot in enumerate(ballots, start=1)],
        "meta": OURS,
    }


def _annotation(number: int, ballot: Sequence[VoteRow]) -> Mapping[str, Any]:
    row = ballot[0]
    chosen: list[tuple[str, str, Mapping[str, Any]]] = [
        (dimension, "choices", {"choices": [word(judged, OUTCOMES)]})
        for vote in ballot
        for dimension, judged in vote.verdicts.items()
    ]
    if row.comment:
        chosen.append((COMMENT, "textarea", {"text": [row.comment]}))
    return {
        "id": number,
        "completed_by": {"email": row.rater.name},
        "created_at": row.voted_at.isoformat() if row.voted_at else None,
        "was_cancelled": False,
        "result": [
            {"from_name": name, "to_name": "answers", "type": kind, "value": value}
            for name, kind, value in chosen
        ],
    }


FORMAT = Format(
    "label_studio",
    "Label Studio's export of pairwise tasks; overall=CONTROL and prompt_id=FIELD choose",
    read,
    (ITEM, OVERALL),
    shapes={
        "tasks": Shape(
            {},
            _written,
            "judges, texts of several turns, turns, languages, certainty, strengths, reasons, ballots on several pairs",
            texts=True,
            dimensions=True,
            together="item",
        )
    },
    encodings=("json", "jsonl"),
)
