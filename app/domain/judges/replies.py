"""What a judge model sent back, and how words and numbers are read from it.

Every reader says how it read (`Found.how`), or why it did not: `Unreadable` or `Refused`. None of them guesses, so a
reply that only echoes the question is no verdict. Replies are hostile: each reader takes time in proportion to the
length of the reply.

>>> labels = {"a": "A", "b": "B", "tie": "tie"}
>>> label(Reply('Sure! {"winner": "A"}'), "winner", labels)
Found(value='A', how='json in text')
>>> label(Reply("[[A]] no wait, [[B]]"), "winner", labels).value
'B'
>>> label(Reply("I think [[A]], [[B]] or [[TIE]]"), "winner", labels)
Unreadable(reason=<Reason.MENU: 'menu'>, detail='lists every choice')
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Reason(StrEnum):
    """Why a reply has no verdict."""

    EMPTY = "empty"
    CUT_OFF = "cut_off"
    NO_VERDICT = "no_verdict"
    UNKNOWN_LABEL = "unknown_label"
    MENU = "menu"
    NO_NUMBER = "no_number"
    OUT_OF_RANGE = "out_of_range"
    NOTHING_APPLIES = "nothing_applies"
    BROKEN_CHECK = "broken_check"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Unreadable:
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The judge would not say; `text` is how it put it, at most 200 characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No reply came: the kind and the reason of the provider's failure, or `unknown` where nobody saw the end."""

    kind: str
    reason: str
    detail: str = ""


Failure = Unreadable | Refused | Unanswered


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What was read, and how: `json`, `json in text`, `brackets`, `last of several`, `result`, `bare`, `logprobs`."""

    value: T
    how: str


@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """Something in a reply, how it was found, and where it ends."""

    value: T
    how: str
    end: int


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a reply with the log probabilities of what could have stood there."""

    text: str
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """`finish` and `refusal` as the endpoint gave them; `tokens` where log probabilities were asked for."""

    text: str | None
    finish: str = "stop"
    refusal: str | None = None
    tokens: tuple[Token, ...] = ()

    @property
    def cut(self) -> bool:
        return self.finish == "length"


_BRACKETS = re.compile(r"\[\[\s?([^\[\]]{1,60})\]\]")
_NUMBER = re.compile(r"[-+]?\d{1,20}(?:\.\d{1,20})?")
_RANGE = re.compile(r"\s?(?:[-–—/~\d]|\.\d|to\b|or\b|out\b|of\b)", re.IGNORECASE)
_NOISE = re.compile(r"[\s_*\"'`.]+")
_NAMED = re.compile(r"(?:answer|response|assistant)(?=.)")
_BARE = re.compile(
    r"(?:(?:my |the )?(?:final )?(?:verdict|judg(?:e?)ment|winner|choice|answer)(?: is)?:? )?(?P<label>.{1,30}?)"
    r"(?: is (?:the )?(?:better|best|winner)(?: answer| response| one)?)?"
)
_REFUSAL = re.compile(
    r"(?:i['\u2019]m (?:very )?sorry|i am (?:very )?sorry|sorry,|i apologi[sz]e|i must decline"
    r"|(?:as an ai[^.\n]{0,80}, ?)?i (?:can['\u2019]t|cannot|can not|won['\u2019]t|will not|am unable to)"
    r" (?:help|assist|comply|judge|compare|evaluate|provide|fulfil|participate|engage))",
    re.IGNORECASE,
)
_SHORT = 80  # characters: a bare reply is no longer
_TRIES = 25  # braces looked at from either end of a reply
_TRIMMED = " \t\r\n[](){}*#`\"'.!,:"


def spoken(reply: Reply) -> str | Failure:
    """The reply without what the model thought aloud before `</think>`.

    >>> spoken(Reply("<think>[[B]]?</think>[[A]]"))
    '[[A]]'
    """
    if reply.refusal:
        return Refused(reply.refusal[:200])
    if reply.finish == "content_filter":
        return Refused("content filter")
    text = (reply.text or "").rpartition("</think>")[2].partition("<think>")[0].strip()
    return text or Unreadable(Reason.CUT_OFF if reply.cut else Reason.EMPTY)


def label(reply: Reply, field: str, labels: Mapping[str, T]) -> Found[T] | Failure:
    """The one of `labels` (by its word in small letters, without spaces) that a reply names: in the field of a JSON
    object, in double brackets, or as all there is. The last one counts.

    A reply that lists all of three or more choices names none. Of a reply that was cut off only a whole JSON object
    counts, or brackets at either end.
    """
    text = spoken(reply)
    if not isinstance(text, str):
        return text
    bracketed, end = _bracket_label(text, labels, reply.cut)
    found = _json_label(text, field, labels, after=end) or bracketed
    if found is None and not reply.cut and len(text) <= _SHORT:
        found = _bare_label(text, labels)
    return found or nothing(reply, text)


def field(reply: Reply, name: str, labels: Mapping[str, T]) -> Found[T] | Failure:
    """The one of `labels` in this field of the last JSON object that has it."""
    text = spoken(reply)
    if not isinstance(text, str):
        return text
    return _json_label(text, name, labels) or nothing(reply, text)


def number(reply: Reply, field: str, low: float, high: float) -> Found[float] | Failure:
    """The last number from `low` to `high`: in the field of a JSON object, in double brackets, after `[RESULT]`, or as
    all there is. `30-40` and `7/10` are no numbers.

    >>> number(Reply("It is good. [RESULT] 4"), "score", 1, 5).value
    4.0
    >>> number(Reply("[[7/10]]"), "score", 1, 10).reason
    <Reason.NO_NUMBER: 'no_number'>
    """
    text = spoken(reply)
    if not isinstance(text, str):
        return text
    written = _written_number(text, field, reply.cut)
    if written is None:
        return nothing(reply, text)
    value = _as_number(written.value)
    if value is None:
        return Unreadable(Reason.NO_NUMBER, _quoted(written.value))
    if not low <= value <= high:
        return Unreadable(Reason.OUT_OF_RANGE, f"{value:g} is outside {low:g} to {high:g}")
    return Found(value, written.how)


def nothing(reply: Reply, text: str) -> Failure:
    """Why there is no verdict in this text."""
    if _REFUSAL.match(text):
        return Refused(text[:200])
    return Unreadable(Reason.CUT_OFF if reply.cut else Reason.NO_VERDICT)


def objects(text: str) -> tuple[Written[Mapping[str, Any]], ...]:
    """The JSON objects of a text in their order, with how each was found. Infinities and NaN become None.

    Of a text with many braces only those near its ends are looked at. An object that names a field twice is none.
    """
    whole = _decoded(text, 0)
    if whole is not None and not text[whole[1] :].strip():
        return (Written(whole[0], "json", whole[1]),)
    found, end = [], 0
    for start in _braces(text):
        decoded = _decoded(text, start) if start >= end else None
        if decoded is not None:
            end = decoded[1]
            found.append(Written(decoded[0], "json in text", end))
    return tuple(found)


def normal(word: object) -> str:
    """A label as it is looked up: small letters, no spaces, quotes or stars; "Answer A" is "a".

    >>> normal("**Answer A**"), normal("Both_bad"), normal("A ≫ B")
    ('a', 'bothbad', 'a>>b')
    """
    text = str(word)[:_SHORT] if isinstance(word, str | bool) else ""
    return _NAMED.sub("", _NOISE.sub("", text.casefold()).replace("≫", ">>").replace("≪", "<<"), count=1)


def _json_field(text: str, name: str) -> Written[object] | None:
    named = [each for each in objects(text) if name in each.value]
    return Written(named[-1].value[name], named[-1].how, named[-1].end) if named else None


def _json_label(
    text: str, name: str, labels: Mapping[str, T], after: int = 0
) -> Found[T] | Unreadable | None:
    written = _json_field(text, name)
    if written is None or written.end < after:
        return None
    return _looked_up(written.value, labels, written.how)


def _bracket_label(text: str, labels: Mapping[str, T], cut: bool) -> tuple[Found[T] | Unreadable | None, int]:
    """What the brackets say, and where the last ones end."""
    matches = [match for match in _BRACKETS.finditer(text) if not _numeric(match[1])]
    if not matches:
        return None, 0
    last, named = matches[-1], {normal(match[1]) for match in matches}
    found: Found[T] | Unreadable
    if len(labels) > 2 and named >= set(labels):
        found = Unreadable(Reason.MENU, "lists every choice")
    elif cut and (len(named) > 1 or (last.start() > 1 and last.end() < len(text))):
        found = Unreadable(Reason.CUT_OFF)
    else:
        found = _looked_up(last[1], labels, "brackets" if len(named) == 1 else "last of several")
    return found, last.end()


def _bare_label(text: str, labels: Mapping[str, T]) -> Found[T] | None:
    match = _BARE.fullmatch(" ".join(text.strip(_TRIMMED).casefold().split()))
    word = normal(match["label"].strip(_TRIMMED)) if match else ""
    return Found(labels[word], "bare") if word in labels else None


def _looked_up(word: object, labels: Mapping[str, T], how: str) -> Found[T] | Unreadable:
    known = normal(word)
    return Found(labels[known], how) if known in labels else Unreadable(Reason.UNKNOWN_LABEL, _quoted(word))


def _written_number(text: str, name: str, cut: bool) -> Written[object] | None:
    """The last of what is written where a number belongs."""
    found = [_json_field(text, name), _bracket_number(text), _result_number(text, cut)]
    known = [each for each in found if each is not None]
    if known:
        return max(known, key=lambda each: each.end)
    if not cut and len(text) <= _SHORT and _as_number(text) is not None:
        return Written(text, "bare", len(text))
    return None


def _bracket_number(text: str) -> Written[object] | None:
    matches = [match for match in _BRACKETS.finditer(text) if _numeric(match[1])]
    return Written(matches[-1][1], "brackets", matches[-1].end()) if matches else None


def _result_number(text: str, cut: bool) -> Written[object] | None:
    before, result, after = text.rpartition("[RESULT]")
    if not result or (cut and len(after) < _SHORT):
        return None
    return Written(_leading_number(after[:_SHORT].strip()), "result", len(before) + len(result))


def _leading_number(text: str) -> str:
    """The number that the text begins with, or all of it where that is part of a range or a fraction."""
    match = _NUMBER.match(text)
    return match[0] if match and not _RANGE.match(text, match.end()) else text


def _as_number(written: object) -> float | None:
    if isinstance(written, str):
        match = _NUMBER.fullmatch(written.strip().rstrip("."))
        return float(match[0]) if match else None
    if isinstance(written, bool) or not isinstance(written, int | float) or not math.isfinite(written):
        return None
    return float(written)


def _numeric(word: str) -> bool:
    return word.lstrip(" +-")[:1].isdecimal()


def _quoted(word: object) -> str:
    return repr(word)[:60]


def _braces(text: str) -> Iterator[int]:
    starts = [match.start() for match in re.finditer(r"\{", text)]
    yield from starts if len(starts) <= 2 * _TRIES else starts[:_TRIES] + starts[-_TRIES:]


def _decoded(text: str, start: int) -> tuple[Mapping[str, Any], int] | None:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return (value, end) if isinstance(value, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known = dict(pairs)
    if len(known) < len(pairs):
        raise ValueError("a field is named twice")
    return known


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=lambda _: None, parse_int=float)
