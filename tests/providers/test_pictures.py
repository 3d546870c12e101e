"""Pictures on their way to an endpoint: which parts, in which order, with which bytes, and at what most."""

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.providers import scripted
from app.providers.endpoints import Settings
from app.providers.exchange import Message, Picture, Question, Reply
from app.stats.settings import UnusableValue
from tests.providers.endpoints import QUESTION, VERDICT, answered, completion, faked

PNG, JPEG = b"\x89PNG\r\n\x1a\n and so on", b"\xff\xd8\xff and so on"
SEEN = Message(
    "user",
    "Which is better?",
    (
        Picture("picture 1 of Answer A", "image/png", PNG),
        Picture("picture 1 of Answer B", "image/jpeg", JPEG),
    ),
)
SHOWN = replace(QUESTION, messages=(Message("system", "You judge."), SEEN))
TEXTS = replace(SHOWN, messages=(Message("system", "You judge."), Message("user", SEEN.text)))


def sent(question: Question) -> list[dict[str, Any]]:
    """The messages of the body that an endpoint received."""
    bodies = []

    def reply(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return answered(completion())

    outcome = asyncio.run(faked(reply, image_tokens=1000).ask(question))
    assert isinstance(outcome, Reply)
    messages: list[dict[str, Any]] = bodies[0]["messages"]
    return messages


def test_each_picture_follows_its_name_with_its_own_bytes() -> None:
    system, user = sent(SHOWN)
    assert system == {"role": "system", "content": "You judge."}
    text, *parts = user["content"]
    assert text == {"type": "text", "text": "Which is better?"}
    assert [each["type"] for each in parts] == ["text", "image_url"] * 2
    assert [each["text"] for each in parts[::2]] == ["[picture 1 of Answer A]", "[picture 1 of Answer B]"]
    for part, kind, content in zip(parts[1::2], ("png", "jpeg"), (PNG, JPEG), strict=True):
        head, _, data = part["image_url"]["url"].partition(",")
        assert head == f"data:image/{kind};base64"
        assert base64.b64decode(data, validate=True) == content


def test_messages_without_pictures_are_plain_texts() -> None:
    assert [each["content"] for each in sent(TEXTS)] == ["You judge.", "Which is better?"]


def test_the_most_that_a_request_can_cost_counts_each_picture() -> None:
    for reckoned in (1, 700):
        provider = faked(lambda request: answered(completion()), image_tokens=reckoned)
        names = 2 * (-(-len("picture 1 of Answer A") // 2) + 8)
        more = provider.most(SHOWN).usage.input - provider.most(TEXTS).usage.input
        assert more == 2 * reckoned + names
        made = scripted.Scripted(lambda question: VERDICT, scripted.Settings(image_tokens=reckoned))
        assert made.most(SHOWN).usage.input - made.most(TEXTS).usage.input == more


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "many", 1_000_001])
def test_what_a_picture_takes_is_a_number_of_tokens(wrong: Any) -> None:
    for settings in (Settings, scripted.Settings):
        with pytest.raises(UnusableValue, match="image_tokens"):
            settings(image_tokens=wrong)
