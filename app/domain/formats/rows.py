"""What every format reads into, and how lines become objects."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, BinaryIO

from app.domain.accounts import RaterName
from app.domain.content import Message
from app.domain.errors import Invalid
from app.stats.verdicts import Verdict

LONGEST_LINE = 20_000_000  # bytes
LONGEST_NAME = 200
LONGEST_LANGUAGE = 80
LONGEST_CATEGORY = 200
LONGEST_NUMBER = 100  # digits
LONGEST_COMMENT = 50_000
LONGEST_SHOWN = 80  # characters of a wrong value that a problem quotes
NO_UTF8 = "not UTF-8; save the file as UTF-8"
NUL = "holds a NUL character, which no database keeps"
TOO_DEEP = "nested too deeply"
SURROGATE = re.compile(r"[\ud800-\udfff]")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # an even number of backslashes escapes only backslashes
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and the word that the file used for it."""

    verdict: Verdict
    raw: str


@dataclass(frozen=True, slots=True)
class VoteRow:
    """One rater's verdicts on one pair; `identity` tells this row from every other that is not its repetition.

    Turns are counted from 1. `confidence` in the verdict goes from 0 to 1, `comment` is what the rater wrote beside it.
    `set_aside` says why a row is kept but not counted. `strength` goes from 1, slightly, to 3, far better; `reasons`
    are words for side a and side b. Rows one after the other with the same `ballot` were one submission.
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
    confidence: float | None = None
    comment: str = ""
    set_aside: str | None = None
    strength: int | None = None
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ballot: str | None = None


@dataclass(frozen=True, slots=True)
class Bad:
    line: int
    problem: str


CONSTANT = "="
TRUTHS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
NOT_BLIND = "not blind: the names were in view (anony false)"
Columns = Mapping[str, str]


def constant(columns: Columns, name: str) -> str | None:
    """The value that each row of the file has, if it was given."""
    given = columns.get(name, "")
    return given.removeprefix(CONSTANT) if given.startswith(CONSTANT) else None


def lines_in(file: BinaryIO, longest: int = LONGEST_LINE) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only the beginning, so that none can fill the memory."""
    while line := file.readline(longest + 1):
        yield line
        while len(line) > longest and not line.endswith(b"\n"):
            line = file.readline(longest + 1)


def rows_from(
    objects: Iterable["JsonObject | Bad"], read_row: Callable[[int, str, Mapping[str, Any]], VoteRow]
) -> Iterator[VoteRow | Bad]:
    """`read_row` gets line, identity and fields of each object."""
    for found in objects:
        try:
            yield found if isinstance(found, Bad) else read_row(found.line, found.identity, found.fields)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)


def rows_within(
    objects: Iterable["JsonObject | Bad"], read_rows: Callable[["JsonObject"], Iterable[VoteRow | Bad]]
) -> Iterator[VoteRow | Bad]:
    """The rows that stand within each object: all of them, or what is wrong with it."""
    for found in objects:
        try:
            rows = [found] if isinstance(found, Bad) else list(read_rows(found))
        except Invalid as invalid:
            rows = [Bad(found.line, invalid.detail)]
        yield from rows


@dataclass(frozen=True, slots=True)
class JsonObject:
    """`identity` spells the fields in one way only."""

    line: int
    identity: str
    fields: Mapping[str, Any]


def json_objects(texts: Iterable[tuple[int, bytes]]) -> Iterator[JsonObject | Bad]:
    """Texts with the numbers of their first lines, each one JSON object; blank ones are passed over."""
    for number, raw in texts:
        if not raw.strip():
            continue
        try:
            found = json_object(raw)
            yield JsonObject(number, spelled(found), found)
        except Invalid as invalid:
            yield Bad(number, invalid.detail)
        except RecursionError:
            yield Bad(number, TOO_DEEP)


# Made once: json.dumps would make an encoder for each row.
spelled = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def json_object(raw: bytes) -> Mapping[str, Any]:
    """Raises Invalid for what is no JSON object, or one that no database keeps as it is."""
    try:
        found = json_decoder().decode(decode(raw))
    except json.JSONDecodeError as broken:
        raise Invalid(f"not JSON: {broken.msg} at character {broken.pos + 1}") from broken
    except RecursionError as deep:
        raise Invalid(TOO_DEEP) from deep
    if not isinstance(found, dict):
        raise Invalid("expected a JSON object")
    if b"\\u" in raw:
        _check_escaped(found)
    return found


def json_value(text: str) -> Any:
    """JSON that stands in a field. Raises Invalid."""
    try:
        return json_decoder().decode(text)
    except json.JSONDecodeError as broken:
        raise Invalid(f"not JSON: {broken.msg} at character {broken.pos + 1}") from broken
    except RecursionError as deep:
        raise Invalid(TOO_DEEP) from deep


@cache
def json_decoder() -> json.JSONDecoder:
    """Refuses what JSON has no word for, what no number holds, and a name that stands twice."""
    return json.JSONDecoder(
        parse_constant=_no_constant,
        parse_int=_whole,
        parse_float=_finite,
        object_pairs_hook=_without_doubles,
    )


def decode(raw: bytes) -> str:
    """UTF-8, with or without a byte-order mark. Raises Invalid."""
    if len(raw) > LONGEST_LINE:
        raise Invalid(f"the line is longer than {LONGEST_LINE:,} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise Invalid(NO_UTF8) from broken


def needed(row: Mapping[str, Any], name: str) -> str:
    """The field as a text of one line (a number is spelled out). Raises Invalid."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise Invalid(f"{name}: expected a text, not {shown(value)}" if name in row else f"no field {name!r}")
    return _line(str(value), name, LONGEST_NAME)


def flag(row: Mapping[str, Any], name: str, *, absent: bool) -> bool:
    """A truth value, or a number or text that stands for one; `absent` where the field is missing. Raises Invalid."""
    value = row.get(name)
    if value is None or value == "":
        return absent
    found = TRUTHS.get(str(value).lower())
    if found is None:
        raise Invalid(f"{name} {shown(value)}: expected true or false")
    return found


def language(row: Mapping[str, Any]) -> str:
    """The field `language`, "" where it is missing. Raises Invalid."""
    return _text(row, "language", LONGEST_LANGUAGE)


def category(row: Mapping[str, Any]) -> str:
    """The field `category`, a path like medicine/cardiology, "" where it is missing. Raises Invalid."""
    path = _text(row, "category", LONGEST_CATEGORY)
    if path and not all(step.strip() for step in path.split("/")):
        raise Invalid(f"category {shown(path)}: expected a path like medicine/cardiology")
    return path


def two_models(row: Mapping[str, Any]) -> tuple[str, str]:
    a, b = needed(row, "model_a"), needed(row, "model_b")
    if a == b:
        raise Invalid(f"model_a and model_b are both {shown(a)}: a model does not meet itself")
    return a, b


def judged(word: str, outcomes: Mapping[str, Verdict], told: str = "winner") -> Judged:
    """`told` is what a problem calls the word. Raises Invalid for a word that the format does not have."""
    verdict = outcomes.get(word.strip().lower())
    if verdict is None:
        raise Invalid(f"{told} {shown(word)}; expected one of {', '.join(outcomes)}")
    return Judged(verdict, word)


def word(judged: Judged, words: Mapping[str, Verdict]) -> str | None:
    """What a format with these words calls a verdict: the word it came with if it is one of them. None without any."""
    if words.get(judged.raw.strip().lower()) is judged.verdict:
        return judged.raw
    return next((each for each, verdict in words.items() if verdict is judged.verdict), None)


def no_word(judged: Judged) -> str:
    return f"no word for {judged.verdict.value}"


def moment(value: Any, name: str) -> datetime | None:
    """Seconds since 1970 or RFC 3339 text; a text without a zone is taken as UTC. Raises Invalid."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise TypeError("a truth value is no time")
        if isinstance(value, str) and not _is_number(value):
            found = datetime.fromisoformat(value.strip())
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        else:
            found = datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError, TypeError) as broken:
        raise Invalid(
            f"{name} {shown(value)}: expected seconds since 1970 or a time like 2026-01-31T12:00:00Z"
        ) from broken
    if not EARLIEST <= found < LATEST:
        raise Invalid(f"{name} {shown(value)} lies before 1970 or after 9998")
    return found


def shown(value: object) -> str:
    """A value as a problem quotes it."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _text(row: Mapping[str, Any], name: str, longest: int) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(f"{name}: expected a text, not {shown(value)}")
    return _line(value, name, longest)


def _line(text: str, name: str, longest: int) -> str:
    stripped = text.strip()
    if len(stripped) > longest:
        raise Invalid(f"{name}: longer than {longest} characters")
    if CONTROL.search(stripped):
        raise Invalid(f"{name} {shown(stripped)}: expected one line without control characters")
    return stripped


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _no_constant(word: str) -> None:
    raise Invalid(f"{word} is not JSON")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise Invalid(f"{shown(twice)} stands twice in an object")
    return found


def _check_escaped(found: Mapping[str, Any]) -> None:
    """What bytes cannot hold but escapes can: a NUL, or half of a pair."""
    spelled = json.dumps(found, ensure_ascii=False)
    try:
        spelled.encode()
    except UnicodeEncodeError as broken:
        raise Invalid("half of a surrogate pair, which is no text") from broken
    if ESCAPED_NUL.search(spelled):
        raise Invalid(NUL)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise Invalid(f"the number {shown(digits)} is too large")
    return value


def _whole(digits: str) -> int:
    # Python itself refuses to read very long numbers, with a ValueError.
    if len(digits) > LONGEST_NUMBER:
        raise Invalid(f"a number of {len(digits):,} digits")
    return int(digits)
