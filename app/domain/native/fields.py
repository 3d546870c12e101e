"""The fields of a record: read from a line, and held against the columns that they are for."""

import base64
import math
from collections.abc import Callable, Container, Mapping
from datetime import datetime, timedelta
from typing import Any, Never, cast

import orjson
from sqlalchemy import Boolean, CheckConstraint, Column, Float, LargeBinary, String
from sqlalchemy import Table as SqlTable
from sqlalchemy.types import JSON, Integer

from app.db.schema import Table
from app.db.types import UtcDateTime
from app.domain.attachments import MOST_IMAGES
from app.domain.errors import Invalid
from app.domain.formats.rows import json_object, moment, shown
from app.domain.images import LONGEST_SIDE
from app.domain.native.writing import spelled

Check = Callable[[Any], Any]

CLOCKS_DIFFER = timedelta(days=1)
COMES_LATER = ("expires_at",)  # moments that may lie ahead
IMAGE = {"digest", "width", "height", "alt"}


def parse(line: bytes) -> dict[str, Any]:
    """The fields of a line; what was not spelled as we spell it is read with care. Raises Invalid."""
    try:
        found = orjson.loads(line)
        if isinstance(found, dict) and b"\\u0000" not in line:
            rest = dict(found)
            if spelled(str(rest.pop("record", "")), rest) == line:
                return found
    except (orjson.JSONDecodeError, TypeError):
        pass
    return dict(json_object(line))


def checks(table: type[Table], now: datetime) -> Mapping[str, Check]:
    """For each column what gives back the value to store, or raises Invalid."""
    built = cast("SqlTable", table.__table__)
    words = {
        column: listed
        for constraint in built.constraints
        if isinstance(constraint, CheckConstraint)
        for column, listed in constraint.info.items()
    }
    return {column.name: _check(table, column, words.get(column.name), now) for column in built.c}


def check_messages(messages: Any, attachments: Container[str]) -> None:
    """Raises Invalid unless it is a list of messages, each a role and a content, whose images are there."""
    for message in messages:
        if (
            not isinstance(message, dict)
            or not isinstance(message.get("role"), str)
            or "content" not in message
        ):
            raise Invalid("messages: expected each to have a role and a content")
        if "images" in message:
            _check_images(message["images"], attachments)


def check_questions(questions: Any) -> None:
    """Raises Invalid unless it is a list of questions that can be asked."""
    if not questions or not isinstance(questions, list) or not all(map(_asks, questions)):
        raise Invalid("questions: expected a list of texts, none of them empty")


def came_with(checklist: Any) -> list[str]:
    """The checklist in a prompt's record, without what asks nothing. Raises Invalid."""
    if not isinstance(checklist, list) or not all(isinstance(each, str) for each in checklist):
        raise Invalid("checklist: expected a list of texts")
    return list(filter(_asks, checklist))


def _asks(question: Any) -> bool:
    return isinstance(question, str) and bool(question.strip())


def _check_images(images: Any, attachments: Container[str]) -> None:
    if not isinstance(images, list) or len(images) > MOST_IMAGES:
        raise Invalid(f"messages: expected images to be a list of at most {MOST_IMAGES}")
    for image in images:
        if not isinstance(image, dict) or image.keys() != IMAGE or not isinstance(image["alt"], str):
            raise Invalid("messages: expected each image to have a digest, a width, a height and an alt")
        if any(
            not _is_whole(image[name], LONGEST_SIDE + 1) or image[name] < 1 for name in ("width", "height")
        ):
            raise Invalid(f"messages: an image is 1 to {LONGEST_SIDE:,} pixels wide and high")
        if not isinstance(image["digest"], str) or image["digest"] not in attachments:
            raise Invalid(f"messages: no attachment {shown(image['digest'])} stands above")


def _check(table: type[Table], column: Column[Any], words: tuple[str, ...] | None, now: datetime) -> Check:
    check = _of_type(table, column, words, now)
    if not column.nullable:
        return check
    return lambda value: None if value is None else check(value)


def _of_type(table: type[Table], column: Column[Any], words: tuple[str, ...] | None, now: datetime) -> Check:
    name, kind = column.name, column.type
    if words is not None:
        return lambda value: value if value in words else _refuse(name, f"one of {', '.join(words)}", value)
    if isinstance(kind, UtcDateTime):
        latest = None if name in COMES_LATER else now + CLOCKS_DIFFER
        return lambda value: _moment(name, value, latest)
    if isinstance(kind, Boolean):
        return lambda value: value if isinstance(value, bool) else _refuse(name, "true or false", value)
    if isinstance(kind, Float):
        return lambda value: float(value) if _is_number(value) else _refuse(name, "a number", value)
    if isinstance(kind, Integer):
        most = 2**63 if kind.__class__ is not Integer else 2**31
        return lambda value: value if _is_whole(value, most) else _refuse(name, "a whole number", value)
    if isinstance(kind, LargeBinary):
        return lambda value: _decoded(name, value)
    if isinstance(kind, JSON):
        wanted = list if "list[" in str(table.__annotations__[name]) else dict
        return lambda value: (
            value if isinstance(value, wanted) else _refuse(name, f"a {wanted.__name__}", value)
        )
    if isinstance(kind, String):
        longest = kind.length or math.inf
        return lambda value: (
            value if _fits(value, longest) else _refuse(name, f"a text of at most {longest}", value)
        )
    raise TypeError(f"{table.__tablename__}.{name}: nothing is known of {kind!r}")


def _moment(name: str, value: Any, latest: datetime | None) -> datetime:
    found = moment(value, name) if isinstance(value, str) else None
    if found is None:
        _refuse(name, "a time like 2026-01-31T12:00:00Z", value)
    if latest is not None and found > latest:
        raise Invalid(f"{name} {shown(value)} lies in the future")
    return found


def _decoded(name: str, value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        _refuse(name, "base64", value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -most <= value < most


def _fits(value: Any, longest: float) -> bool:
    return isinstance(value, str) and len(value) <= longest


def _refuse(name: str, wanted: str, value: Any) -> Never:
    raise Invalid(f"{name}: expected {wanted}, not {shown(value)}")
