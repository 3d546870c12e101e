"""Texts, names and JSON that every route accepts: what no database or browser could hold is refused here."""

import math
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.domain import answers
from app.domain.answers import NewAnswer, Rejected
from app.domain.attachments import Sent

NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
SLUG = r"^[a-z0-9][a-z0-9._-]*$"
MODEL_SLUG = r"^[A-Za-z0-9][A-Za-z0-9._:+-]*$"
LANGUAGE = r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$"
CATEGORY = r"^([^/\x00-\x1f\x7f]+(/[^/\x00-\x1f\x7f]+)*)?$"
DEEPEST = 30


def _sound(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character, which no database keeps")
    try:
        text.encode()
    except UnicodeEncodeError as broken:
        raise ValueError("holds half of a surrogate pair, which is no text") from broken
    return text


def storable(value: dict[str, Any]) -> dict[str, Any]:
    """The same, if every database and browser can hold it. Raises ValueError."""
    _check_json(value, 0)
    return value


def _check_json(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError(f"nested more than {DEEPEST} deep")
    if isinstance(value, str):
        _sound(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("holds a number that is not finite")
    elif isinstance(value, dict):
        for key, item in value.items():
            _sound(key)
            _check_json(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_json(item, depth + 1)


Text = Annotated[str, AfterValidator(_sound)]
ShortText = Annotated[str, Field(max_length=500), AfterValidator(_sound)]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_sound)
]
JsonObject = Annotated[dict[str, Any], AfterValidator(storable)]
Slug = Annotated[str, Field(pattern=SLUG, max_length=80)]
ModelSlug = Annotated[str, Field(pattern=MODEL_SLUG, max_length=120)]
Language = Annotated[str, Field(pattern=LANGUAGE, max_length=35)]
Category = Annotated[str, Field(pattern=CATEGORY, max_length=200)]

ArenaPath = Annotated[str, Path(pattern=SLUG, max_length=80)]
DimensionPath = Annotated[str, Path(pattern=NO_CONTROL, max_length=80)]
ModelPath = Annotated[str, Path(pattern=NO_CONTROL, max_length=200)]
PromptPath = Annotated[str, Path(pattern=NO_CONTROL, max_length=200)]
JudgePath = Annotated[str, Path(pattern=NO_CONTROL, max_length=200)]
RunPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]+$", max_length=32)]
BattlePath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]+$", max_length=32)]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=20)]
CategoryQuery = Annotated[str | None, Query(pattern=NO_CONTROL, max_length=200)]
LanguageQuery = Annotated[str | None, Query(pattern=NO_CONTROL, max_length=80)]


class In(BaseModel):
    """What is sent: a misspelt field is an error, not silently left out."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ParameterOut(Out):
    """One setting: `choices` are the words of a choice; `optional` says that no value is one too."""

    name: str
    kind: Literal["number", "whole", "flag", "text", "choice"]
    default: str | int | float | bool | None
    choices: list[str]
    optional: bool


class TextPartIn(In):
    type: Literal["text"]
    text: Text


class ImageUrlIn(In):
    """`data:image/png;base64,…`, or `attachment:NAME` for one of the attachments."""

    url: Text
    detail: Literal["auto", "low", "high"] = "auto"


class ImagePartIn(In):
    type: Literal["image_url"]
    image_url: ImageUrlIn
    alt: ShortText = ""


class AttachmentIn(In):
    """A picture as base64; one that no message names belongs to the last of them."""

    name: ShortText
    data: str
    alt: ShortText = ""


Part = Annotated[TextPartIn | ImagePartIn, Field(discriminator="type")]
Attachments = Annotated[list[AttachmentIn], Field(max_length=20)]


class MessageIn(In):
    """One message of OpenAI's chat form."""

    role: Annotated[str, Field(pattern=r"^(system|user|assistant)$")]
    content: Text | Annotated[list[Part], Field(min_length=1, max_length=50)]


class MessageOut(Out):
    role: str
    content: str


class AnswerIn(In):
    """`messages`, one of the assistant for each user turn of the prompt, or `text` for a single turn."""

    prompt_id: Annotated[Text, Field(min_length=1, max_length=200)]
    messages: Annotated[list[MessageIn], Field(max_length=200)] | None = None
    text: Text | None = None
    attachments: Attachments = []
    metadata: JsonObject = {}

    @model_validator(mode="after")
    def _one_text(self) -> "AnswerIn":
        if (self.messages is None) == (self.text is None):
            raise ValueError("give either messages or text")
        return self

    def read(self, line: int) -> NewAnswer | Rejected:
        """The answer as it is stored, or what is wrong with its attachments."""
        sent = [Sent(**each.model_dump()) for each in self.attachments]
        return answers.read(line, self.prompt_id, self.said(), sent, self.metadata)

    def said(self) -> tuple[dict[str, Any], ...]:
        """The messages, also where only a text was given."""
        if self.text is not None:
            return ({"role": "assistant", "content": self.text},)
        return tuple(message.model_dump() for message in self.messages or [])
