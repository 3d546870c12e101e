"""Media: what of a battle is fetched beside its text, at addresses that nobody can guess and that die with it.

An address is a keyed hash of the battle, the side and the place in it: it tells nothing of a model or a file, and the
same answer has another in another voter's battle.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Answer, Arena, Battle, Prompt
from app.domain import attachments
from app.domain.content import ARTIFACTS, Message
from app.domain.errors import MediaNotFound


@dataclass(frozen=True, slots=True)
class Place:
    """`side` is `prompt`, `a` or `b`; `image` is None for an artifact."""

    side: str
    turn: int
    number: int
    image: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Medium:
    """What is sent: a picture, or the source of an artifact, whose scripts may run or not."""

    media_type: str
    data: bytes
    artifact: bool = False
    scripted: bool = False


def places(modality: str, side: str, messages: Sequence[Message]) -> Iterator[Place]:
    """Everything in these messages that has an address of its own."""
    for turn, message in enumerate(messages):
        if modality in ARTIFACTS and side != "prompt" and message["content"].strip():
            yield Place(side, turn, 0, None)
        for number, image in enumerate(message.get("images", ())):
            yield Place(side, turn, number, image)


def token(key: str, battle: str, place: Place) -> str:
    """The secret part of its address. `key` is the server's."""
    text = f"media|{battle}|{place.side}|{place.turn}|{place.number}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:40]


def find(session: Session, battle_id: str, given: str, key: str, now: datetime) -> Medium:
    """What stands at this address while its battle is open. Raises MediaNotFound."""
    battle = session.scalar(select(Battle).where(Battle.public_id == battle_id, Battle.state == "open"))
    if battle is None or battle.expires_at is None or battle.expires_at <= now:
        raise MediaNotFound("there is nothing here: the battle is over, or never was")
    arena = session.get_one(Arena, battle.arena_id)
    for side, messages in _sides(session, battle):
        for place in places(arena.modality, side, messages):
            if hmac.compare_digest(token(key, battle.public_id, place), given):
                return _medium(session, arena, place, messages)
    raise MediaNotFound("there is nothing here: the battle is over, or never was")


def _sides(session: Session, battle: Battle) -> Iterator[tuple[str, Sequence[Message]]]:
    yield "prompt", session.scalars(select(Prompt.messages).where(Prompt.id == battle.prompt_id)).one()
    for side, answer_id in (("a", battle.answer_a_id), ("b", battle.answer_b_id)):
        yield side, session.scalars(select(Answer.messages).where(Answer.id == answer_id)).one()


def _medium(session: Session, arena: Arena, place: Place, messages: Sequence[Message]) -> Medium:
    if place.image is None:
        source: str = messages[place.turn]["content"]
        return Medium("text/html; charset=utf-8", source.encode(), True, ARTIFACTS[arena.modality])
    found = attachments.find(session, arena.id, place.image["digest"])
    return Medium(found.media_type, found.data)
