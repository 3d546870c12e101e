"""Checks that a program can make of an answer, named, with one value each.

>>> CHECKS["at_most_words"]("one two three", 2), CHECKS["contains"]("Good day", "day")
(False, True)
"""

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.domain.errors import Invalid
from app.domain.judges.items import Value


def _words(text: str) -> int:
    return len(text.split())


def _lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


def _paragraphs(text: str) -> int:
    return sum(bool(part.strip()) for part in re.split(r"\n[ \t]{0,20}\n", text))


def _bullets(text: str) -> int:
    return sum(line.lstrip().startswith(("- ", "* ", "• ")) for line in text.splitlines())


def _json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _at_most(count: Callable[[str], int]) -> Callable[[str, Value], bool]:
    return lambda text, value: count(text) <= _whole(value)


def _at_least(count: Callable[[str], int]) -> Callable[[str, Value], bool]:
    return lambda text, value: count(text) >= _whole(value)


def _whole(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(f"constraint: its value is {value!r}; a whole number is needed")
    return value


def _string(value: Value) -> str:
    if not isinstance(value, str) or not value:
        raise Invalid(f"constraint: its value is {value!r}; a text is needed")
    return value.casefold()


CHECKS: Mapping[str, Callable[[str, Value], bool]] = MappingProxyType(
    {
        "at_most_words": _at_most(_words),
        "at_least_words": _at_least(_words),
        "at_most_characters": _at_most(len),
        "at_least_characters": _at_least(len),
        "at_most_lines": _at_most(_lines),
        "at_least_lines": _at_least(_lines),
        "paragraphs": lambda text, value: _paragraphs(text) == _whole(value),
        "bullets": lambda text, value: _bullets(text) == _whole(value),
        "contains": lambda text, value: _string(value) in text.casefold(),
        "excludes": lambda text, value: _string(value) not in text.casefold(),
        "starts_with": lambda text, value: text.lstrip().casefold().startswith(_string(value)),
        "ends_with": lambda text, value: text.rstrip().casefold().endswith(_string(value)),
        "json": lambda text, value: _json(text),
        "lower_case": lambda text, value: text == text.lower(),
        "upper_case": lambda text, value: text == text.upper(),
        "no_commas": lambda text, value: "," not in text,
    }
)


def checked(name: str, text: str, value: Value, loose: bool = False) -> bool:
    """Does the text pass? `loose`: or one of its variants without first line, last line or stars (IFEval, Zhou et al.
    2023). Raises Invalid for a check that does not exist, and for a value of another kind.
    """
    if name not in CHECKS:
        raise Invalid(f"constraint: there is no check {name!r}; there are ask, code, {', '.join(CHECKS)}")
    return any(CHECKS[name](variant, value) for variant in (variants(text) if loose else (text,)))


def variants(text: str) -> tuple[str, ...]:
    """The eight variants of IFEval's loose accuracy.

    >>> variants("Sure!\\n*yes*")[:3], variants("*yes*")[4]
    (('Sure!\\n*yes*', '*yes*', 'Sure!'), 'yes')
    """
    lines = text.split("\n")
    kept = [lines, lines[1:], lines[:-1], lines[1:-1]]
    plain = tuple("\n".join(each).strip() for each in kept)
    return plain + tuple(each.replace("*", "") for each in plain)
