"""Chat completions as they come over the wire, whole or streamed, to a Reply or to the Failure they amount to."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from app.providers.costs import Usage
from app.providers.exchange import Failure, Outcome, Question, Reason, Reply, Token
from app.providers.faults import LONGEST_DETAIL, of_error, stated

_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_DONE = "[DONE]"
_FAR = 1e9  # no log probability; also keeps out what is no number


class Broken(Exception):
    """Not the JSON that was promised."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What came of it, the tokens the endpoint named, and all that the model wrote: text, reasoning and refusal."""

    outcome: Outcome
    usage: Usage | None = None
    written: str = ""


def decoded(body: bytes) -> object:
    """Raises Broken for what is no JSON in UTF-8. NaN and Infinity are no JSON."""
    try:
        return json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Broken(f"no JSON: {error}"[:LONGEST_DETAIL]) from None


def completion(body: bytes, question: Question) -> Envelope:
    """A body of type application/json with status 200."""
    try:
        found = decoded(body)
    except Broken as error:
        return Envelope(Failure(Reason.BROKEN_BODY, str(error)))
    error_stated = stated(found)
    if error_stated:
        return Envelope(of_error(error_stated))
    whole = _mapping(found)
    choice = _first(whole.get("choices"))
    if not choice:
        return Envelope(Failure(Reason.NO_TEXT, "a completion without choices"), _usage(whole.get("usage")))
    message = _mapping(choice.get("message"))
    return _judged(_Parts.of(message, choice), whole, question)


class Events:
    """A stream of server-sent events, fed line by line; `envelope` says what came of it."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._whole: dict[str, Any] = {}
        self._pieces: list[_Parts] = []
        self._failure: Failure | None = None
        self._finished = False

    def feed(self, line: str) -> None:
        """One line. Raises Broken for data that is no JSON."""
        name, _, data = line.partition(":")
        if name != "data" or self._failure:
            return
        if data.strip() == _DONE:
            self._finished = True
            return
        chunk = decoded(data.encode(errors="surrogatepass"))
        error = stated(chunk)
        if error:
            self._failure = of_error(error)
            return
        self._take(_mapping(chunk))

    def envelope(self) -> Envelope:
        """Once the stream has ended. A stream that stops before it said that it is done was cut."""
        parts = _joined(self._pieces)
        usage = _usage(self._whole.get("usage"))
        if self._failure:
            return Envelope(self._failure, usage, parts.written)
        if not (self._finished or parts.finish):
            cut = Failure(Reason.DISCONNECTED, "the stream ended before the reply did", parts.text)
            return Envelope(cut, usage, parts.written)
        return _judged(parts, self._whole, self._question)

    def _take(self, chunk: Mapping[str, Any]) -> None:
        self._whole.update({key: chunk[key] for key in ("model", "usage") if chunk.get(key)})
        choice = _first(chunk.get("choices"))
        self._pieces.append(_Parts.of(_mapping(choice.get("delta")), choice))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a choice holds, or a piece of it."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls_tool: bool = False
    finish: str | None = None
    tokens: tuple[Token, ...] | None = None

    @staticmethod
    def of(message: Mapping[str, Any], choice: Mapping[str, Any]) -> "_Parts":
        finish = choice.get("finish_reason")
        return _Parts(
            _text(message.get("content")),
            _text(message.get("reasoning_content") or message.get("reasoning")),
            _text(message.get("refusal")),
            bool(message.get("tool_calls") or message.get("function_call")),
            finish if isinstance(finish, str) else None,
            _tokens(choice.get("logprobs")),
        )

    @property
    def written(self) -> str:
        return self.reasoning + self.text + self.refusal


def _joined(pieces: Sequence[_Parts]) -> _Parts:
    tokens = [token for piece in pieces for token in piece.tokens or ()]
    return _Parts(
        "".join(piece.text for piece in pieces),
        "".join(piece.reasoning for piece in pieces),
        "".join(piece.refusal for piece in pieces),
        any(piece.calls_tool for piece in pieces),
        next((piece.finish for piece in reversed(pieces) if piece.finish), None),
        tuple(tokens) if any(piece.tokens is not None for piece in pieces) else None,
    )


def _judged(parts: _Parts, whole: Mapping[str, Any], question: Question) -> Envelope:
    model = whole.get("model")
    answered = model if isinstance(model, str) else None
    problem = _problem(parts, question)
    outcome: Outcome = Reply(parts.text, answered, parts.finish, parts.reasoning, parts.tokens)
    if problem:
        outcome = Failure(problem[0], problem[1], parts.text)
    return Envelope(outcome, _usage(whole.get("usage")), parts.written)


def _problem(parts: _Parts, question: Question) -> tuple[Reason, str] | None:
    if parts.finish == "content_filter":
        return Reason.CONTENT_FILTER, "a filter of the endpoint stopped the reply"
    if parts.refusal and not parts.text:
        return Reason.REFUSAL, parts.refusal[:LONGEST_DETAIL]
    if parts.finish == "length" and (question.whole or not parts.text):
        return Reason.CUT_SHORT, f"the reply was cut after {question.max_tokens} tokens"
    if parts.text.strip():
        return None
    if parts.calls_tool:
        return Reason.NO_TEXT, "the model called a tool that it was not given"
    return Reason.EMPTY, "reasoning and no text" if parts.reasoning else "the text is empty"


def _text(content: object) -> str:
    """A text, or the texts of a list of parts. What no database keeps (NUL, half a surrogate pair) becomes U+FFFD."""
    if isinstance(content, list):
        return "".join(_text(_mapping(part).get("text")) for part in content)
    return _UNKEEPABLE.sub("\N{REPLACEMENT CHARACTER}", content) if isinstance(content, str) else ""


def _tokens(logprobs: object) -> tuple[Token, ...] | None:
    """None where none were given; an entry without a finite number is left out."""
    content = _mapping(logprobs).get("content")
    if not isinstance(content, list):
        return None
    tokens = []
    for entry in map(_mapping, content):
        found = _logprob(entry)
        if found:
            others = entry.get("top_logprobs")
            named = [_logprob(_mapping(other)) for other in others] if isinstance(others, list) else []
            tokens.append(Token(*found, tuple(other for other in named if other)))
    return tuple(tokens)


def _logprob(entry: Mapping[str, Any]) -> tuple[str, float] | None:
    text, value = entry.get("token"), entry.get("logprob")
    if not isinstance(text, str) or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return (_text(text), float(value)) if abs(value) < _FAR else None


def _usage(found: object) -> Usage | None:
    """None where the endpoint did not name the tokens as whole numbers."""
    usage = _mapping(found)
    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
    cached = _mapping(usage.get("prompt_tokens_details")).get("cached_tokens")
    if not (_is_count(read) and _is_count(written)):
        return None
    return Usage(read, written, min(cached, read) if _is_count(cached) else 0)


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(choices: object) -> Mapping[str, Any]:
    return _mapping(choices[0]) if isinstance(choices, list) and choices else {}


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
