"""Two conversations of one person with two models, as public sets give them: what was asked, and the two answers."""

from collections.abc import Collection, Mapping
from typing import Any

from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.formats.rows import VoteRow, json_value

ASKING, ANSWERING = ("system", "user"), ("assistant",)

Messages = tuple[Message, ...]


def texts_of(
    row: Mapping[str, Any], one: str = "conversation_a", other: str = "conversation_b"
) -> tuple[Messages, Messages, Messages]:
    """Prompt and answers; all empty where a voter could not compare them as they were: with another question, or more
    than text. Raises Invalid.
    """
    first, second = _conversation(row, one), _conversation(row, other)
    asked = _said_by(first, ASKING)
    if first is None or second is None or not asked or asked != _said_by(second, ASKING):
        return (), (), ()
    return asked, _said_by(first, ANSWERING), _said_by(second, ANSWERING)


def turns_of(row: Mapping[str, Any]) -> tuple[Messages, Messages, Messages]:
    """The same from lists of what was said in each turn: prompt, response_a, response_b. Raises Invalid."""
    asked, one, other = (_texts(row, name) for name in ("prompt", "response_a", "response_b"))
    if not len(asked) == len(one) == len(other):
        raise Invalid("prompt, response_a and response_b: expected as many texts in each")
    return _as("user", asked), _as("assistant", one), _as("assistant", other)


def conversations(row: VoteRow) -> tuple[list[Message], list[Message]]:
    """Both conversations of a vote, turn by turn; empty where its texts are not known."""
    return _woven(row.prompt, row.answer_a), _woven(row.prompt, row.answer_b)


def contents(messages: Messages) -> list[str]:
    return [each["content"] for each in messages]


def _woven(prompt: Messages, answer: Messages) -> list[Message]:
    answers = iter(answer)
    woven: list[Message] = []
    for message in prompt:
        woven.append(message)
        if message["role"] == "user" and (said := next(answers, None)) is not None:
            woven.append(said)
    return woven


def _conversation(row: Mapping[str, Any], name: str) -> Messages | None:
    """None where a message holds more than text: without its image it would be another question."""
    turns = row.get(name)
    if isinstance(turns, str) and turns:
        turns = json_value(turns)  # a cell of a CSV
    if turns is None or turns == "":
        return None
    if not isinstance(turns, list):
        raise Invalid(f"{name}: expected a list of messages")
    messages = [_message(turn, name) for turn in turns]
    return None if None in messages else tuple(each for each in messages if each is not None)


def _message(turn: Any, name: str) -> Message | None:
    role, content = (turn.get("role"), turn.get("content")) if isinstance(turn, dict) else (None, None)
    if role not in (*ASKING, *ANSWERING) or not isinstance(content, str | list):
        raise Invalid(f"{name}: expected messages with a role (system, user, assistant) and a content")
    if isinstance(content, str):
        return {"role": role, "content": content}
    if not all(_is_text(part) for part in content):
        return None
    return {"role": role, "content": "\n\n".join(part["text"] for part in content)}


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)


def _said_by(messages: Messages | None, roles: Collection[str]) -> Messages:
    return tuple(each for each in messages or () if each["role"] in roles)


def _as(role: str, texts: list[str]) -> Messages:
    return tuple({"role": role, "content": text} for text in texts)


def _texts(row: Mapping[str, Any], name: str) -> list[str]:
    """A turn without an answer was answered with nothing."""
    value = row.get(name)
    found = json_value(value) if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(each, str | None) for each in found):
        raise Invalid(f"{name}: expected a list of texts")
    return [each or "" for each in found]
