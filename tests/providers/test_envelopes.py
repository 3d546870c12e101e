"""What a completion holds is read as it came: text, reasoning, tokens with their probabilities, usage."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.providers.costs import Usage
from app.providers.exchange import Failure, Outcome, Reason, Reply, Token
from tests.providers.endpoints import QUESTION, Pieces, answered, completion, faked

EVENTS = {"Content-Type": "text/event-stream; charset=utf-8"}


def reply_to(found: dict[str, Any], **question: Any) -> Outcome:
    return asyncio.run(faked(lambda request: answered(found)).ask(replace(QUESTION, **question)))


def streamed(lines: bytes, size: int = 7, **settings: Any) -> Outcome:
    """The outcome of a stream that comes in pieces of `size` bytes."""
    pieces = [lines[start : start + size] for start in range(0, len(lines), size)]
    provider = faked(
        lambda request: httpx.Response(200, headers=EVENTS, stream=Pieces(pieces)), tries=1, **settings
    )
    return asyncio.run(provider.ask(QUESTION))


def event(text: str | None, finish: str | None = None, **rest: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish, **rest}
    return (
        b"data: " + json.dumps({"model": "m", "choices": [choice]}, ensure_ascii=False).encode() + b"\r\n\r\n"
    )


def entry(token: str, logprob: Any, *others: tuple[str, Any]) -> dict[str, Any]:
    named = [{"token": text, "logprob": value, "bytes": None} for text, value in others]
    return {"token": token, "logprob": logprob, "bytes": None, "top_logprobs": named}


def test_probabilities_of_tokens_are_read() -> None:
    found = completion("A")
    found["choices"][0]["logprobs"] = {"content": [entry("A", -0.448, ("A", -0.448), ("B", -1.041))]}
    outcome = reply_to(found, top_logprobs=2)
    assert isinstance(outcome, Reply)
    assert outcome.tokens == (Token("A", -0.448, (("A", -0.448), ("B", -1.041))),)


@pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, [], "x"])
def test_no_probabilities_are_none_and_not_nothing(logprobs: object) -> None:
    found = completion("A")
    found["choices"][0]["logprobs"] = logprobs
    outcome = reply_to(found)
    assert isinstance(outcome, Reply)
    assert outcome.tokens is None


def test_a_probability_that_is_no_number_is_left_out() -> None:
    found = completion("A")
    entries = [entry("A", None), entry("B", True), entry("C", 10**400), entry("D", -1, ("E", "x"), ("F", -2))]
    found["choices"][0]["logprobs"] = {"content": entries}
    outcome = reply_to(found)
    assert isinstance(outcome, Reply)
    assert outcome.tokens == (Token("D", -1.0, (("F", -2.0),)),)


def test_a_cut_reply_is_one_where_only_its_first_tokens_are_wanted() -> None:
    cut = completion("A", "length")
    assert isinstance(reply_to(cut, whole=False), Reply)
    whole = reply_to(cut)
    assert isinstance(whole, Failure)
    assert (whole.reason, whole.text, whole.cost.micros) == (Reason.CUT_SHORT, "A", 20)


def test_a_stream_is_the_same_in_pieces_of_any_size() -> None:
    lines = b": a comment\n\n" + event("", logprobs=None) + event("Größe ") + event("好", "stop")
    lines += (
        b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\ndata: [DONE]\n\n'
    )
    for size in (1, 7, 1000):
        outcome = streamed(lines, size)
        assert isinstance(outcome, Reply)
        assert (outcome.text, outcome.model, outcome.finish) == ("Größe 好", "m", "stop")
        assert outcome.cost.usage == Usage(3, 2)


def test_probabilities_of_a_stream_are_put_together() -> None:
    pieces = [event(text, logprobs={"content": [entry(text, -1)]}) for text in ("A", "B")]
    outcome = streamed(b"".join(pieces) + b"data: [DONE]\n")
    assert isinstance(outcome, Reply)
    assert outcome.tokens == (Token("A", -1.0), Token("B", -1.0))


def test_what_came_of_a_stream_that_was_cut_is_kept() -> None:
    outcome = streamed(event("Half a ver"))
    assert isinstance(outcome, Failure)
    assert (outcome.reason, outcome.text) == (Reason.DISCONNECTED, "Half a ver")


def test_a_stream_without_end_is_ended() -> None:
    outcome = streamed(event("x" * 100) * 100, 4096, max_reply_kb=8)
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": -1, "completion_tokens": 5},
        {"prompt_tokens": 10, "completion_tokens": "5"},
        {"prompt_tokens": True, "completion_tokens": 5},
        {"prompt_tokens": 10**12, "completion_tokens": 5},
        {"prompt_tokens": 10},
        [],
    ],
)
def test_a_usage_that_cannot_be_is_estimated_instead(usage: object) -> None:
    outcome = reply_to(completion(usage=usage))
    assert isinstance(outcome, Reply)
    assert outcome.cost.basis == "estimated"


def test_tokens_that_were_cached_have_their_own_price() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 0, "prompt_tokens_details": {"cached_tokens": 900}}
    provider = faked(lambda request: answered(completion(usage=usage)), cached_input_price=0.1)
    assert asyncio.run(provider.ask(QUESTION)).cost.micros == 190


@pytest.mark.parametrize(
    "body",
    [b"[]", b"null", b'"x"', b'{"choices": {}}', b'{"choices": [null]}', b"{}", b'{"choices": [[]]}'],
)
def test_json_of_another_shape_holds_no_text(body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    provider = faked(lambda request: httpx.Response(200, headers=headers, stream=Pieces([body])))
    outcome = asyncio.run(provider.ask(QUESTION))
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.NO_TEXT


@pytest.mark.parametrize("body", [b"", b"NaN", b"[" * 100_000, b'{"created": Infinity}', b"1" * 10_000])
def test_a_body_that_no_parser_should_take_is_broken(body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    provider = faked(lambda request: httpx.Response(200, headers=headers, stream=Pieces([body])))
    outcome = asyncio.run(provider.ask(QUESTION))
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.BROKEN_BODY


def test_what_no_database_keeps_is_replaced() -> None:
    outcome = reply_to(completion("A\x00B\ud83d"))
    assert isinstance(outcome, Reply)
    assert outcome.text == "A\N{REPLACEMENT CHARACTER}B\N{REPLACEMENT CHARACTER}"
