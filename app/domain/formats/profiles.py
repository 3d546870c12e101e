"""Profiles of people whose votes are there: `rater`, and every other field is one of the profile.

As JSON lines, an array or CSV; a number is spelled out, what is empty is left out. The same file again changes nothing,
another profile of a person takes the place of the first.

>>> (found,) = read([b'{"rater": "p7", "age": 34, "faith": ""}'], {})
>>> str(found.rater), dict(found.fields)
('human:p7', {'age': '34'})
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.formats.rows import Bad, Columns, JsonObject, needed, shown
from app.domain.formats.shapes import Format
from app.domain.formats.tables import objects
from app.domain.profiles import NewProfile

RATER = "rater"


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[NewProfile | Bad]:
    for found in objects(lines, or_csv=True):
        try:
            yield found if isinstance(found, Bad) else _profile(found, columns)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)


def _profile(found: JsonObject, columns: Columns) -> NewProfile:
    ours = {given: name for name, given in columns.items()}
    row = {ours.get(name, name): value for name, value in found.fields.items()}
    rater = RaterName.parse(needed(row, RATER))
    return NewProfile(found.line, rater, _fields(row))


def _fields(row: Mapping[str, Any]) -> dict[str, str]:
    fields = {}
    for name, value in row.items():
        if name == RATER or value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Invalid(f"{name}: expected a text or a number, not {shown(value)}")
        fields[name] = str(value)
    return fields


FORMAT = Format(
    "profiles",
    "what people whose votes are there say of themselves, for a persona judge: rater, and a field each",
    submits=read,
    content="profiles",
)
