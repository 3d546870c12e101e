"""Every fault of an endpoint and what must come of it: run by test_faults.py, and the table of docs/judging.md."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat

import httpx

from app.providers.exchange import Reason
from tests.providers.endpoints import JSON, Pieces, answered

WAITS = "waits"
"""Nothing is stored: every question would fail so, and the run pauses until somebody has looked."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`outcome` is "reply" or a reason. `again`: "yes" (as often as the settings let it), "no", or "weaker" for the
    same question in a weaker format. `cost` is the basis of the cost. `reply` fakes the endpoint, None for one that
    the fault server of the shared material fakes by the name `name`. `patience` is (read, deadline) in seconds.
    `vote` is what becomes of the judgment that asked: a verdict, a failure as it is stored, or WAITS; None where that
    follows from the outcome.
    """

    name: str
    meaning: str
    outcome: str
    again: str = "no"
    cost: str = "stated"
    reply: Callable[[httpx.Request], httpx.Response] | None = None
    patience: tuple[float, float] = (20.0, 60.0)
    vote: str | None = None

    @property
    def becomes(self) -> str:
        if self.vote is not None:
            return self.vote
        return "a" if self.outcome == "reply" else f"{Reason(self.outcome).kind}:{self.outcome}"


SERVED = [
    Fault("ok", "a whole reply", "reply"),
    Fault("429", "429 with Retry-After in seconds", "rate_limited", "yes", "free"),
    Fault("429_ms", "429 with Retry-After-Ms", "rate_limited", "yes", "free"),
    Fault("429_date", "429 with Retry-After as a date", "rate_limited", "yes", "free"),
    Fault("429_quota", "429, the account is empty", "quota", "no", "free", vote=WAITS),
    Fault("400", "400", "bad_request", "no", "free"),
    Fault("401", "401", "key_refused", "no", "free", vote=WAITS),
    Fault("403", "403", "key_refused", "no", "free", vote=WAITS),
    Fault("404", "404", "not_found", "no", "free", vote=WAITS),
    Fault("413", "413", "too_long", "no", "free"),
    Fault("context_length", "400, longer than the model reads", "too_long", "no", "free"),
    Fault("500", "500", "overloaded", "yes", "free"),
    Fault("502", "502", "overloaded", "yes", "free"),
    Fault("502_html", "502 with a page", "overloaded", "yes", "free"),
    Fault("503", "503", "overloaded", "yes", "free"),
    Fault("529", "529", "overloaded", "yes", "free"),
    Fault("no_response_format", "400, knows no response_format", "reply", "weaker"),
    Fault("hang", "no answer", "timed_out", "yes", "possible", patience=(0.1, 60.0)),
    Fault(
        "slow_body",
        "a byte each 20 ms: the deadline ends it",
        "timed_out",
        "no",
        "possible",
        None,
        (20.0, 0.4),
    ),
    Fault("reset", "the connection is reset", "disconnected", "yes", "possible"),
    Fault("close_no_reply", "closed without a reply", "disconnected", "yes", "possible"),
    Fault("short_body", "closed within the body", "disconnected", "yes", "possible"),
    Fault("200_html", "200 with a page", "content_type", "no", "possible"),
    Fault("200_error", "200 with an error of the server", "overloaded", "yes", "free"),
    Fault("trunc_envelope", "200 with half of a JSON", "broken_body", "no", "possible"),
    Fault("bad_utf8", "200 with bytes that are no UTF-8", "broken_body", "no", "possible"),
    Fault("no_choices", "no choices", "no_text"),
    Fault("tool_call", "a tool call in place of a text", "no_text"),
    Fault("empty", "an empty text", "empty"),
    Fault("null", "no text", "empty"),
    Fault("trunc_json", "cut by max_tokens", "cut_short", vote="unreadable:cut_off"),
    Fault(
        "reasoning_only", "cut by max_tokens before the text began", "cut_short", vote="unreadable:cut_off"
    ),
    Fault("content_filter", "stopped by a filter", "content_filter", vote="refused:refusal"),
    Fault("refusal_field", "the model refuses, in the field for it", "refusal"),
    Fault("refusal_text", "the model refuses, in the text", "reply", vote="refused:refusal"),
    Fault("fenced", "a verdict in a fence after prose", "reply"),
    Fault("two_verdicts", "two verdicts", "reply", vote="b"),
    Fault("bad_enum", "words in place of the verdict's", "reply"),
    Fault("range", "a certainty out of range", "reply"),
    Fault("nan", "a certainty that is NaN", "reply"),
    Fault("think", "another verdict in a think block", "reply"),
    Fault("language", "another language", "reply", vote="unreadable:no_verdict"),
    Fault("parts", "the text as a list of parts", "reply"),
    Fault("other_model", "another model answered", "reply"),
    Fault("no_usage", "usage missing", "reply", "no", "estimated"),
    Fault("null_usage", "usage null", "reply", "no", "estimated"),
    Fault("stream", "a whole stream", "reply"),
    Fault("stream_no_usage", "a stream without usage", "reply", "no", "estimated"),
    Fault("stream_cut", "closed within the stream", "disconnected", "yes", "possible"),
    Fault("stream_end", "a stream that ends before its reply", "disconnected", "yes", "possible"),
    Fault("stream_bad", "a chunk that is no JSON", "broken_body", "no", "possible"),
    Fault("stream_err", "an error within the stream", "overloaded", "yes", "possible"),
    Fault("stream_hang", "a stream that stops", "timed_out", "yes", "possible", patience=(0.1, 60.0)),
]


def _error(status: int, code: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: answered({"error": {"message": "no", "type": "error", "code": code}}, status)


def _redirect(request: httpx.Request) -> httpx.Response:
    return httpx.Response(307, headers={"Location": "http://169.254.169.254/latest?secret=1"})


def _huge(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers=JSON, stream=Pieces(repeat(b" " * 65536)))


def _compressed(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={**JSON, "Content-Encoding": "gzip"}, stream=Pieces([b"\x1f\x8b"]))


def _unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("connection refused")


FAKED = [
    Fault("redirect", "a redirect, wherever to", "redirected", "no", "free", _redirect, vote=WAITS),
    Fault("huge", "a body over max_reply_kb", "too_large", "no", "possible", _huge),
    Fault("compressed", "a compressed body", "content_type", "no", "possible", _compressed),
    Fault("unreachable", "no connection", "unreachable", "yes", "free", _unreachable),
    Fault("402", "402", "quota", "no", "free", _error(402, "payment"), vote=WAITS),
    Fault("504", "504", "timed_out", "yes", "possible", _error(504, "gateway")),
    Fault(
        "filtered_question",
        "400 of a filter",
        "content_filter",
        "no",
        "free",
        _error(400, "content_filter"),
        vote="refused:refusal",
    ),
]

FAULTS = [*SERVED, *FAKED]
