"""Bodies that hold one object, an array or NDJSON: read line by line, so that a problem can name its line."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from app.domain.errors import Invalid

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines")

REF = "#/components/schemas/{model}"

Shape = TypeVar("Shape", bound=BaseModel)
_shapes: dict[str, type[BaseModel]] = {}


async def _raw(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind in NDJSON:
        return b"\n" + body  # a mark that read() understands: JSON never needs a leading line end
    if kind != "application/json":
        raise Invalid(f"content type {kind!r}: expected application/json or {NDJSON[0]}")
    return body.lstrip()


RawBody = Annotated[bytes, Depends(_raw)]


def read(body: bytes, shape: type[Shape]) -> Iterator[tuple[int, Shape | str, str | None]]:
    """(line, object or what is wrong with it, its id if it has one); lines are counted from 1.

    Raises Invalid when the whole body is no JSON.
    """
    for line, raw in _lines(body[1:]) if body[:1] == b"\n" else _items(body):
        yield line, *_shaped(raw, shape)


def read_line(raw: bytes, shape: type[Shape]) -> tuple[Shape | str, str | None]:
    """The object of one line, or what is wrong with it, and its id if it has one."""
    return _shaped(_parsed(raw), shape)


def described(shape: type[BaseModel], summary: str) -> dict[str, Any]:
    """The request body for the OpenAPI page, whose shapes `define` adds to it."""
    _shapes[shape.__name__] = shape
    one = {"$ref": REF.format(model=shape.__name__)}
    many = {"type": "array", "items": one}
    return {
        "requestBody": {
            "required": True,
            "description": f"{summary}: one, an array, or NDJSON ({NDJSON[0]}), one on each line",
            "content": {"application/json": {"schema": {"anyOf": [one, many]}}},
        }
    }


def define(description: dict[str, Any]) -> None:
    """Add the shapes of described bodies: FastAPI knows nothing of a body that a route reads itself."""
    known = description.setdefault("components", {}).setdefault("schemas", {})
    for name, shape in _shapes.items():
        schema = shape.model_json_schema(ref_template=REF)
        known |= {**schema.pop("$defs", {}), **known, name: schema}


def _items(body: bytes) -> Iterator[tuple[int, Any]]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise Invalid(f"the body is not JSON: {broken}") from broken
    yield from enumerate(found if isinstance(found, list) else [found], start=1)


def _lines(body: bytes) -> Iterator[tuple[int, Any]]:
    for line, raw in enumerate(body.split(b"\n"), start=1):
        if raw.strip():
            yield line, _parsed(raw)


def _parsed(raw: bytes) -> dict[str, Any] | str:
    """What a line holds, or why it holds no object."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as broken:
        return f"not JSON: {broken}"
    return found if isinstance(found, dict) else f"expected a JSON object, not {type(found).__name__}"


def _shaped(raw: Any, shape: type[Shape]) -> tuple[Shape | str, str | None]:
    if isinstance(raw, str):
        return raw, None
    try:
        return shape.model_validate(raw), None
    except ValidationError as broken:
        return _told(broken), _id(raw)


def _told(broken: ValidationError) -> str:
    parts = [(".".join(map(str, each["loc"])), each["msg"]) for each in broken.errors(include_url=False)]
    return "; ".join(f"{at}: {why}" if at else why for at, why in parts[:5])


def _id(raw: Any) -> str | None:
    found = (raw.get("prompt_id") or raw.get("id")) if isinstance(raw, dict) else None
    return found if isinstance(found, str) else None
