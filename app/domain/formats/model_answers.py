"""What one model said to each question, as FastChat and Arena-Hard keep it: question_id (or uid), model_id (or model),
and choices, the first of them with `turns`; or messages, of which the assistant's are the answer.

The prompts are there already: `arena import question.jsonl --format prompts`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.answers import NewAnswer
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.formats.rows import Bad, Columns, JsonObject, needed, shown
from app.domain.formats.shapes import Format, Said
from app.domain.formats.tables import objects


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[Said | Bad]:
    for found in objects(lines):
        try:
            yield found if isinstance(found, Bad) else _answer(found)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)


def _answer(found: JsonObject) -> Said:
    row = found.fields
    details = {name: row[name] for name in ("answer_id", "tstamp") if row.get(name) is not None}
    prompt = needed(row, "question_id" if "question_id" in row else "uid")
    answer = NewAnswer(found.line, prompt, _messages(row), details)
    return Said(needed(row, "model_id" if "model_id" in row else "model"), answer)


def _messages(row: Mapping[str, Any]) -> tuple[Message, ...]:
    if isinstance(row.get("messages"), list):
        said = [
            each for each in row["messages"] if isinstance(each, dict) and each.get("role") == "assistant"
        ]
        return tuple(_said(each.get("content")) for each in said)
    choices = row.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        raise Invalid(f"choices: expected one with its turns, not {shown(choices)}")
    turns = choices[0].get("turns")
    if not isinstance(turns, list):
        raise Invalid(f"turns: expected a list of texts, not {shown(turns)}")
    return tuple(_said(turn.get("content") if isinstance(turn, dict) else turn) for turn in turns)


def _said(content: Any) -> Message:
    text = content.get("answer") if isinstance(content, dict) else content
    if not isinstance(text, str):
        raise Invalid(f"an answer: expected a text, not {shown(content)}")
    return {"role": "assistant", "content": text}


FORMAT = Format(
    "model_answers",
    "answers of models to prompts that are there, as MT-Bench and Arena-Hard have them",
    submits=read,
    content="answers",
)
