"""Attachments: pictures that stand in messages. A message as stored is `{role, content, images}`, content a text."""

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.tables import Attachment
from app.domain.content import Message
from app.domain.errors import Invalid
from app.domain.images import LARGEST, Picture, clean

MOST_IMAGES = 8  # in a message
REFERENCE = "attachment:"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent, base64; messages name it as `attachment:<name>`."""

    name: str
    data: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Messages as they are stored, and the pictures in them by digest."""

    messages: tuple[Message, ...]
    pictures: Mapping[str, Picture]


def told(messages: Sequence[Mapping[str, Any]], sent: Sequence[Sent] = ()) -> Told:
    """Read messages of OpenAI's chat form: texts, or parts of the types `text` and `image_url`.

    An image is a `data:` address or names an attachment; an attachment that nothing names belongs to the last
    message. Raises Invalid.
    """
    files = {each.name: each for each in sent}
    if len(files) != len(sent):
        raise Invalid("attachments: two have one name")
    unnamed = dict(files)
    pictures: dict[str, Picture] = {}
    stored = []
    for message in messages:
        parts = message["content"]
        if isinstance(parts, str):
            parts = [{"type": "text", "text": parts}]
        images = [_image(each, files, unnamed, pictures) for each in parts if each["type"] == "image_url"]
        texts = [each["text"] for each in parts if each["type"] == "text"]
        stored.append(_message(message["role"], "\n\n".join(texts), images))
    if unnamed and stored:
        more = [_seen(each.data, each.alt, pictures) for each in unnamed.values()]
        last = stored[-1]
        stored[-1] = _message(last["role"], last["content"], [*last.get("images", []), *more])
    return Told(tuple(stored), pictures)


def keep(session: Session, arena_id: int, pictures: Iterable[Picture], now: datetime) -> None:
    """Store those that the arena does not have yet."""
    wanted = {each.digest: each for each in pictures}
    known = select(Attachment.digest).where(
        Attachment.arena_id == arena_id, Attachment.digest.in_(list(wanted))
    )
    missing = set(wanted) - set(session.scalars(known)) if wanted else set()
    session.add_all(
        Attachment(
            arena_id=arena_id,
            digest=digest,
            media_type=wanted[digest].media_type,
            data=wanted[digest].data,
            created_at=now,
        )
        for digest in sorted(missing)
    )
    session.flush()


def find(session: Session, arena_id: int, digest: str) -> Attachment:
    """One that a stored message of the arena names."""
    query = select(Attachment).where(Attachment.arena_id == arena_id, Attachment.digest == digest)
    return session.scalars(query).one()


def sizes(session: Session, arena_id: int, digests: Collection[str]) -> dict[str, int]:
    """How many bytes each of these is, which stored messages of the arena name."""
    query = select(Attachment.digest, func.length(Attachment.data))
    rows = session.execute(query.where(Attachment.arena_id == arena_id, Attachment.digest.in_(digests)))
    return {row[0]: row[1] for row in rows}


def contents(session: Session, arena_id: int, digests: Collection[str]) -> dict[str, tuple[str, bytes]]:
    """The media type and the bytes of each of these, which stored messages of the arena name."""
    query = select(Attachment.digest, Attachment.media_type, Attachment.data)
    rows = session.execute(query.where(Attachment.arena_id == arena_id, Attachment.digest.in_(digests)))
    return {digest: (media_type, data) for digest, media_type, data in rows}


def _message(role: str, content: str, images: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if len(images) > MOST_IMAGES:
        raise Invalid(f"{len(images)} images in a message; at most {MOST_IMAGES} are allowed")
    return {"role": role, "content": content, **({"images": list(images)} if images else {})}


def _image(
    part: Mapping[str, Any], files: Mapping[str, Sent], unnamed: dict[str, Sent], pictures: dict[str, Picture]
) -> dict[str, Any]:
    address, alt = part["image_url"]["url"], part.get("alt", "")
    if address.startswith(REFERENCE):
        name = address.removeprefix(REFERENCE)
        if name not in files:
            raise Invalid(f"no attachment is named {name[:80]!r}")
        unnamed.pop(name, None)
        return _seen(files[name].data, alt or files[name].alt, pictures)
    head, comma, data = address.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64") and comma):
        raise Invalid(f"an image is data:image/…;base64,… or {REFERENCE}NAME, not {address[:40]!r}")
    return _seen(data, alt, pictures)


def _seen(data: str, alt: str, pictures: dict[str, Picture]) -> dict[str, Any]:
    if len(data) > LARGEST * 4 // 3 + 4:
        raise Invalid(f"an attachment of more than {LARGEST:,} bytes")
    try:
        raw = base64.b64decode(data, validate=True)
    except ValueError as broken:
        raise Invalid("an attachment that is not base64") from broken
    picture = clean(raw)
    pictures[picture.digest] = picture
    return {"digest": picture.digest, "width": picture.width, "height": picture.height, "alt": alt}
