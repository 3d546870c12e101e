"""What every format reads into, and how lines become objects."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.domain.accounts import RaterName
from app.domain.content import Message
from app.domain.errors import Invalid
from app.stats.verdicts import Verdict

LONGEST_LINE = 20_000_000  # bytes
LONGEST_NAME = 200
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and the word that the file used for it."""

    verdict: Verdict
    raw: str


@dataclass(frozen=True, slots=True)
class VoteRow:
    """One rater's verdicts on one pair; `identity` tells this row from every other that is not its repetition.

    Turns are counted from 1. `set_aside` says why a row is kept but not counted.
    """

    line: int
    identity: str
    rater: RaterName
    model_a: str
    model_b: str
    verdicts: Mapping[str, Judged]
    prompt_id: str | None = None
    turn: int | None = None
    language: str = ""
    category: str = ""
    voted_at: datetime | None = None
    prompt: tuple[Message, ...] = ()
    answer_a: tuple[Message, ...] = ()
    answer_b: tuple[Message, ...] = ()
    set_aside: str | None = None


@dataclass(frozen=True, slots=True)
class Bad:
    line: int
    problem: str


Columns = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Format:
    """`read(lines, columns)`: columns renames what the format calls a field to what this file calls it."""

    name: str
    summary: str
    read: Callable[[Iterable[bytes], Columns], Iterator[VoteRow | Bad]]
    columns: tuple[str, ...] = field(default=())


def read_json_lines(
    lines: Iterable[bytes], read_row: Callable[[int, str, Mapping[str, Any]], VoteRow]
) -> Iterator[VoteRow | Bad]:
    """One JSON object a line; blank lines are passed over. `read_row` gets line, identity and the object."""
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            found = json.loads(decode(raw), parse_constant=_no_constant)
            if not isinstance(found, dict):
                raise Invalid("expected a JSON object")
            identity = json.dumps(found, sort_keys=True, ensure_ascii=False)
            row = read_row(number, identity, found)
            identity.encode()
            yield row
        except json.JSONDecodeError as broken:
            yield Bad(number, f"not JSON: {broken.msg} at character {broken.pos + 1}")
        except UnicodeEncodeError:
            yield Bad(number, "half of a surrogate pair, which is no text")
        except RecursionError:
            yield Bad(number, "nested too deeply")
        except Invalid as invalid:
            yield Bad(number, invalid.detail)


def decode(raw: bytes) -> str:
    """UTF-8, with or without a byte-order mark. Raises Invalid."""
    if len(raw) > LONGEST_LINE:
        raise Invalid(f"the line is longer than {LONGEST_LINE:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise Invalid(f"not UTF-8 at byte {broken.start + 1}; save the file as UTF-8") from broken
    if "\0" in text or "\\u0000" in text:
        raise Invalid("holds a NUL character, which no database keeps")
    return text


def needed(row: Mapping[str, Any], name: str) -> str:
    """The field as a text (a number is spelled out). Raises Invalid."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise Invalid(f"{name}: expected a text, not {value!r}" if name in row else f"no field {name!r}")
    text = str(value).strip()
    if len(text) > LONGEST_NAME:
        raise Invalid(f"{name}: longer than {LONGEST_NAME} characters")
    return text


def two_models(row: Mapping[str, Any]) -> tuple[str, str]:
    a, b = needed(row, "model_a"), needed(row, "model_b")
    if a == b:
        raise Invalid(f"model_a and model_b are both {a!r}: a model does not meet itself")
    return a, b


def judged(word: str, outcomes: Mapping[str, Verdict]) -> Judged:
    """Raises Invalid for a word that the format does not have."""
    verdict = outcomes.get(word.strip().lower())
    if verdict is None:
        raise Invalid(f"winner {word!r}; expected one of {', '.join(outcomes)}")
    return Judged(verdict, word)


def moment(value: Any, name: str) -> datetime | None:
    """Seconds since 1970 or RFC 3339 text; a text without a zone is taken as UTC. Raises Invalid."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and not _is_number(value):
            found = datetime.fromisoformat(value.strip())
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        else:
            found = datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError, TypeError) as broken:
        raise Invalid(
            f"{name} {value!r}: expected seconds since 1970 or a time like 2026-01-31T12:00:00Z"
        ) from broken
    if not EARLIEST <= found < LATEST:
        raise Invalid(f"{name} {value!r} lies before 1970 or after 9998")
    return found


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _no_constant(word: str) -> None:
    raise Invalid(f"{word} is not JSON")
