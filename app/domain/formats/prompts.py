"""Prompts of a benchmark without answers, as JSON, CSV or Parquet.

`id` (or question_id, prompt_id, uid) names one; without it the beginning of a digest of its text does. What is asked
stands in `text` (or prompt, question, instruction), in `turns`, a list of texts, or in `messages`; `system` goes first.
`options` (or choices) is a list, an object of letters, or `{"label": […], "text": […]}`: they are written below the
question. `answer` names one of them by letter, place counted from 0 or text, and is a reference, as `references` (or
reference) are: texts, or objects with text, author_kind and language. `images` are `data:image/…;base64,…` beside the
text, for arenas whose modality is image. `category` (or subject) is a path; `language`, `checklist` and `rubrics` are
as over HTTP. All else is kept as metadata.

>>> import json
>>> line = {"id": 7, "question": "2 + 2?", "choices": ["3", "4"], "answer": 1, "subject": "math/sums", "level": 1}
>>> (prompt,) = read([json.dumps(line).encode()], {})
>>> prompt.messages[0]["content"], prompt.references[0]["text"], prompt.category
('2 + 2?\\n\\nA. 3\\nB. 4', 'B. 4', 'math/sums')
"""

import hashlib
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.domain.content import PROMPT_ROLES, Message
from app.domain.errors import Invalid
from app.domain.formats.rows import (
    CONSTANT,
    Bad,
    Columns,
    JsonObject,
    category,
    json_value,
    language,
    needed,
    shown,
)
from app.domain.formats.shapes import Format
from app.domain.formats.tables import objects
from app.domain.prompts import NewPrompt

OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("question_id", "prompt_id", "uid"),
    "text": ("prompt", "question", "instruction"),
    "options": ("choices",),
    "answer": ("answerKey",),
    "references": ("reference",),
    "images": ("image",),
    "category": ("subject",),
}
NAMES = (*OTHER_NAMES, "turns", "messages", "system", "language", "checklist", "rubrics")
LETTERS = string.ascii_uppercase
KEY = "answer key"
MOST = 100  # options, references, images, turns of one prompt


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[NewPrompt | Bad]:
    for found in objects(lines, or_csv=True):
        try:
            yield found if isinstance(found, Bad) else _prompt(found, columns)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)


def _prompt(found: JsonObject, columns: Columns) -> NewPrompt:
    row = _named(found.fields, columns)
    messages = _messages(row)
    options = _options(row)
    if options:
        listed = "\n".join(f"{label}. {text}" for label, text in options.items())
        messages[-1] = {"role": "user", "content": f"{messages[-1]['content']}\n\n{listed}"}
    text = "\n".join(message["content"] for message in messages)
    return NewPrompt(
        line=found.line,
        id=needed(row, "id") if "id" in row else hashlib.sha256(text.encode()).hexdigest()[:16],
        messages=_with_images(messages, _list(row, "images")),
        language=language(row),
        category=category(row),
        references=(*_key(row, options), *_references(row)),
        checklist=tuple(_text(each, "checklist") for each in _list(row, "checklist")),
        rubrics=tuple(_object(each, "rubrics") for each in _list(row, "rubrics")),
        details={name: value for name, value in row.items() if name not in NAMES}
        | ({"options": dict(options)} if options else {}),
    )


def _named(fields: Mapping[str, Any], columns: Columns) -> dict[str, Any]:
    """The fields that hold something, by our names. Raises Invalid."""
    for name in columns.keys() - set(NAMES):
        raise Invalid(f"no column is called {name!r}; rename some of {', '.join(NAMES)}")
    row = {name: value for name, value in fields.items() if value not in (None, "")}
    for name, others in OTHER_NAMES.items():
        for other in others:
            if name not in row and name not in columns and other in row:
                row[name] = row.pop(other)
    for name, given in columns.items():
        if given.startswith(CONSTANT):
            row[name] = given.removeprefix(CONSTANT)
        elif given in fields:
            row.pop(given, None)
            row[name] = fields[given]
        else:
            raise Invalid(f"no field {given!r}")
    return row


def _messages(row: Mapping[str, Any]) -> list[Message]:
    ways = [name for name in ("messages", "turns", "text") if name in row]
    if not ways:
        raise Invalid("no field 'text', 'turns' or 'messages'")
    if ways[0] == "messages":
        messages = [_message(each) for each in _list(row, "messages")]
    else:
        turns = _list(row, "turns") if ways[0] == "turns" else [row["text"]]
        messages = [{"role": "user", "content": _said(each, ways[0])} for each in turns]
    if "system" in row:
        messages.insert(0, {"role": "system", "content": _text(row["system"], "system")})
    if not messages or messages[-1]["role"] != "user":
        raise Invalid(f"{ways[0]}: expected a message of the user last")
    return messages


def _message(given: Any) -> Message:
    if not isinstance(given, dict) or given.get("role") not in PROMPT_ROLES:
        raise Invalid(
            f"messages: expected a role of {', '.join(PROMPT_ROLES)} and a content, not {shown(given)}"
        )
    return {"role": given["role"], "content": _text(given.get("content"), "messages")}


def _said(turn: Any, name: str) -> str:
    return _text(turn.get("content") if isinstance(turn, dict) else turn, name)


def _options(row: Mapping[str, Any]) -> Mapping[str, str]:
    """Label → text."""
    given = _value(row.get("options"))
    if isinstance(given, dict) and given.keys() == {"label", "text"}:
        labels, texts = (_list(given, name) for name in ("label", "text"))
        if len(labels) != len(texts):
            raise Invalid("options: expected as many labels as texts")
        given = dict(zip(map(str, labels), texts, strict=True))
    if not isinstance(given, dict):
        texts = _list(row, "options")
        if len(texts) > len(LETTERS):
            raise Invalid(f"options: expected at most {len(LETTERS)}, not {len(texts)}")
        given = dict(zip(LETTERS, texts, strict=False))
    return {label: _text(text, "options") for label, text in given.items()}


def _key(row: Mapping[str, Any], options: Mapping[str, str]) -> list[Mapping[str, str]]:
    """The right answer as a reference. Raises Invalid for one that is no option."""
    if "answer" not in row:
        return []
    said = str(row["answer"]).strip()
    if not options:
        return [{"text": said, "author_kind": KEY, "language": ""}]
    labels = list(options)
    by_text = [label for label, text in options.items() if text.strip() == said]
    if said in options:
        label = said
    elif by_text:
        label = by_text[0]
    elif said.isdecimal() and int(said) < len(labels):
        label = labels[int(said)]
    else:
        raise Invalid(f"answer {shown(row['answer'])}: expected one of {', '.join(labels)}")
    return [{"text": f"{label}. {options[label]}", "author_kind": KEY, "language": ""}]


def _references(row: Mapping[str, Any]) -> list[Mapping[str, str]]:
    found: list[Mapping[str, str]] = []
    for each in _list(row, "references"):
        given = each if isinstance(each, dict) else {"text": each}
        if "text" not in given or given.keys() - {"text", "author_kind", "language"}:
            raise Invalid(f"references: expected text, author_kind and language, not {shown(each)}")
        texts = {"author_kind": "", "language": ""} | given
        found.append({name: _text(text, f"references: {name}") for name, text in texts.items()})
    return found


def _with_images(messages: Sequence[Message], images: Sequence[Any]) -> tuple[Any, ...]:
    """Behind the text of the last message, as OpenAI's chat form has them."""
    if not images:
        return tuple(messages)
    parts: list[dict[str, Any]] = [{"type": "text", "text": messages[-1]["content"]}]
    for image in images:
        address = _text(image, "images")
        if not address.startswith("data:image/"):
            raise Invalid(f"images: expected data:image/…;base64,…, not {shown(address)}: nothing is fetched")
        parts.append({"type": "image_url", "image_url": {"url": address}})
    return (*messages[:-1], {"role": "user", "content": parts})


def _list(row: Mapping[str, Any], name: str) -> list[Any]:
    """The field as a list; one thing alone is a list of it."""
    given = _value(row.get(name))
    found = [] if given is None else given if isinstance(given, list) else [given]
    if len(found) > MOST:
        raise Invalid(f"{name}: expected at most {MOST}, not {len(found)}")
    return found


def _value(given: Any) -> Any:
    """A cell of a CSV may hold JSON."""
    is_json = isinstance(given, str) and given.strip()[:1] in ("[", "{")
    return json_value(given) if is_json else given


def _object(given: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise Invalid(f"{name}: expected objects, not {shown(given)}")
    return given


def _text(given: Any, name: str) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise Invalid(f"{name}: expected a text, not {shown(given)}")
    return str(given)


FORMAT = Format(
    "prompts",
    "prompts of a benchmark: " + ", ".join(NAMES),
    submits=read,
    columns=NAMES,
    content="prompts",
)
