"""Endpoints for tests: the fault server, a fake in this process, and a clock that sleeps at once."""

import asyncio
import importlib.util
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.providers.endpoints import Settings
from app.providers.exchange import Attempt, Format, Message, Outcome, Question
from app.providers.openai_chat import OpenAIChat
from app.providers.provider import Operator
from app.providers.surroundings import Surroundings
from tests.conftest import ROOT

JUDGE = Path(os.environ.get("ARENA_TEST_JUDGE") or ROOT.parent / "shared" / "judge")
VERDICT = '{"winner": "A", "certainty": 80}'
SCHEMA = {"type": "object", "properties": {"winner": {"enum": ["A", "B"]}}, "required": ["winner"]}
QUESTION = Question("judge-1", (Message("user", "Which answer is better?"),), max_tokens=50, schema=SCHEMA)
JSON = {"Content-Type": "application/json"}
PRICES: dict[str, Any] = {"input_price": 1, "output_price": 2}


class Pieces(httpx.AsyncByteStream):
    """A body that comes in pieces, as from a network; without end if they have none."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


class Time:
    """A clock that goes on by itself, and at once by what is slept. `slept` keeps every sleep."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def wall(self) -> float:
        return time.time() + sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def surroundings(self, chance: float = 0.0, addresses: Sequence[str] = ("8.8.8.8",)) -> Surroundings:
        """`addresses` are those of every name; an address is its own."""

        async def resolve(host: str, port: int) -> Sequence[str]:
            return [host] if host[0].isdigit() or ":" in host else addresses

        return Surroundings(self.monotonic, self.wall, self.sleep, lambda: chance, resolve)


class Kept:
    """A journal that remembers."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, Format]] = []
        self.ended_: list[Attempt] = []

    async def sending(self, number: int, format: Format) -> None:
        assert len(self.sent) == len(self.ended_), "a request is sent before the last one has ended"
        self.sent.append((number, format))

    async def ended(self, attempt: Attempt, outcome: Outcome) -> None:
        self.ended_.append(attempt)


def fault_server() -> Any:
    """The fault server's class. It is no package, so it is loaded from its file; without it the test is skipped."""
    if not JUDGE.is_dir():
        pytest.skip(f"no fault server in {JUDGE}: name its folder with ARENA_TEST_JUDGE")  # never copied
    spec = importlib.util.spec_from_file_location("fault_server", JUDGE / "fault_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FaultServer


def completion(text: str | None = VERDICT, finish: str = "stop", **rest: Any) -> dict[str, Any]:
    """A whole chat completion."""
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return {"model": "judge-1", "choices": [choice], "usage": usage, **rest}


def answered(found: object, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """A response with a JSON body."""
    body = Pieces([json.dumps(found).encode()])
    return httpx.Response(status, headers={**JSON, **(headers or {})}, stream=body)


def faked(
    reply: Callable[[httpx.Request], httpx.Response],
    clock: Time | None = None,
    operator: Operator | None = None,
    **settings: Any,
) -> OpenAIChat:
    """A provider whose endpoint is a function, on a public address unless the settings say otherwise."""
    world = (clock or Time()).surroundings()
    values = {"base_url": "https://models.example.org/v1", **PRICES, **settings}
    return OpenAIChat(
        Settings(**values), operator or Operator(surroundings=world), httpx.MockTransport(reply)
    )
