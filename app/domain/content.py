"""What a prompt and an answer may hold. MODALITIES: name → how its messages are checked.

A message is `{"role": …, "content": …}`, content a text; an image arena's may have `images` beside it, which
`attachments` reads from OpenAI's chat form. An artifact is a page of HTML or SVG, the content of an answer. To add a
modality, write its check here, register it, and add how it is shown in `frontend/src/modalities/`.

>>> check_prompt("text", [{"role": "user", "content": "Why is the sky blue?"}])
>>> check_answer("text", [{"role": "assistant", "content": "Rayleigh scattering."}], turns=2)
Traceback (most recent call last):
...
app.domain.errors.Invalid: 1 assistant message for a prompt of 2 turns
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from app.domain.errors import Invalid

Message = Mapping[str, Any]
Messages = Sequence[Message]

PROMPT_ROLES = ("system", "user")
LONGEST_CONTENT = 400_000  # characters; longer answers stall a browser


def _check_content(message: Message) -> None:
    content = message["content"]
    if not isinstance(content, str):
        raise Invalid("content: expected a text")
    if len(content) > LONGEST_CONTENT:
        raise Invalid(f"content of {len(content):,} characters; at most {LONGEST_CONTENT:,} are allowed")


def _check_text(message: Message) -> None:
    if not isinstance(message["content"], str) or message.get("images"):
        raise Invalid("content must be a text: this arena's modality has no images")
    _check_content(message)


ARTIFACTS: Mapping[str, bool] = MappingProxyType({"artifact": False, "scripted_artifact": True})
"""Modalities whose answers are pages of HTML or SVG: whether their scripts run."""

MODALITIES: Mapping[str, Callable[[Message], None]] = MappingProxyType(
    {"text": _check_text, "image": _check_content, **dict.fromkeys(ARTIFACTS, _check_text)}
)


def check_prompt(modality: str, messages: Messages) -> None:
    """Raise Invalid unless the messages are an optional system message and at least one user message."""
    for message in messages:
        if message["role"] not in PROMPT_ROLES:
            raise Invalid(f"role {message['role']!r} in a prompt; expected one of {', '.join(PROMPT_ROLES)}")
        MODALITIES[modality](message)
    if turns(messages) == 0:
        raise Invalid("a prompt needs at least one user message")
    if any(message["role"] == "system" for message in messages[1:]):
        raise Invalid("a system message may only come first")
    if any(not (message["content"].strip() or message.get("images")) for message in messages):
        raise Invalid("a message of the prompt is empty")


def check_answer(modality: str, messages: Messages, turns: int) -> None:
    """Raise Invalid unless there is one assistant message for each user turn; an empty answer is an answer."""
    for message in messages:
        if message["role"] != "assistant":
            raise Invalid(f"role {message['role']!r} in an answer; expected assistant")
        MODALITIES[modality](message)
    if len(messages) != turns:
        plural = "s" if turns > 1 else ""
        said = "message" if len(messages) == 1 else "messages"
        raise Invalid(f"{len(messages)} assistant {said} for a prompt of {turns} turn{plural}")


def turns(messages: Messages) -> int:
    """How many times the user speaks."""
    return sum(message["role"] == "user" for message in messages)
