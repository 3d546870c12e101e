"""Every fault of an endpoint ends typed, retried or not, with what it cost; docs/judging.md says the same."""

import asyncio
import json
import re

import httpx
import pytest

from app.providers.endpoints import Settings
from app.providers.exchange import Failure, Format, Outcome, Reason, Reply
from app.providers.openai_chat import OpenAIChat
from app.providers.provider import Operator
from tests.conftest import ROOT
from tests.providers.endpoints import (
    JUDGE,
    PRICES,
    QUESTION,
    Kept,
    Time,
    answered,
    completion,
    faked,
    fault_server,
)
from tests.providers.fault_table import FAULTS, SERVED, Fault

TRIES = 3
STATED = 20  # millionths: 10 tokens read at 1, 5 written at 2


async def served(fault: Fault, clock: Time) -> tuple[Outcome, Kept, int]:
    """What comes of a fault of the real server, what the journal says, and how many requests the server saw."""
    server = await fault_server()().start()
    read, deadline = fault.patience
    settings = Settings(
        base_url=server.url,
        headers=f"X-Fault: {fault.name}",
        tries=TRIES,
        read_seconds=read,
        deadline_seconds=deadline,
        **PRICES,
    )
    provider = OpenAIChat(settings, Operator(("127.0.0.1",), surroundings=clock.surroundings()))
    kept = Kept()
    try:
        return await provider.ask(QUESTION, kept), kept, len(server.log)
    finally:
        await provider.close()
        await server.stop()


async def in_process(fault: Fault, clock: Time) -> tuple[Outcome, Kept, int]:
    requests: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        assert fault.reply is not None
        return fault.reply(request)

    provider, kept = faked(reply, clock, tries=TRIES, max_reply_kb=256), Kept()
    try:
        return await provider.ask(QUESTION, kept), kept, len(requests)
    finally:
        await provider.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_ends_as_the_table_says(fault: Fault) -> None:
    run = served if fault.reply is None else in_process
    outcome, kept, requests = asyncio.run(run(fault, Time()))
    assert (outcome.reason if isinstance(outcome, Failure) else "reply") == fault.outcome, outcome
    assert requests == len(outcome.attempts) == {"no": 1, "yes": TRIES, "weaker": 3}[fault.again]
    assert outcome.cost.basis == fault.cost
    assert kept.ended_ == list(outcome.attempts)
    assert [number for number, _ in kept.sent] == list(range(1, requests + 1))
    assert (outcome.cost.micros == STATED) == (fault.cost == "stated")
    assert (outcome.cost.micros == 0) == (fault.cost == "free")
    if isinstance(outcome, Failure):
        assert outcome.detail
        assert all(attempt.reason for attempt in outcome.attempts)


def test_the_table_holds_every_fault_of_the_server() -> None:
    fault_server()  # skips without it
    source = (JUDGE / "fault_server.py").read_text()
    alone = re.findall(r'f [!=]= "(\w+)"', source)
    together = re.search(r"f in \(([^)]*)\)", source)
    assert together is not None
    faults = {*alone, *re.findall(r'"(\w+)"', together[1])}
    assert len(faults) > 40
    assert faults <= {fault.name for fault in SERVED}


def test_every_reason_has_its_row_or_its_own_test() -> None:
    elsewhere = {Reason.KEY_MISSING, Reason.ADDRESS_REFUSED, Reason.CERTIFICATE, Reason.ALLOWANCE}
    assert {fault.outcome for fault in FAULTS} == {"reply", *(set(Reason) - elsewhere)}


def test_the_page_on_judging_shows_this_table() -> None:
    page = (ROOT / "docs/judging.md").read_text()
    rows = re.findall(
        r"^\| `(\w+)` \| (.+) \| (\w+)(?: \(`(\w+)`\))? \| (.+?) \| (\w+) \| (.+?) \|$", page, re.MULTILINE
    )
    shown = [
        (name, meaning, reason or kind, kind, again, cost, vote)
        for name, meaning, kind, reason, again, cost, vote in rows
    ]
    words = {"yes": "yes", "no": "no", "weaker": "in a weaker format"}
    assert shown == [
        (
            fault.name,
            fault.meaning,
            fault.outcome,
            _kind(fault.outcome),
            words[fault.again],
            fault.cost,
            _vote(fault.becomes),
        )
        for fault in FAULTS
    ]


def test_what_a_weaker_format_was_needed_for_is_remembered() -> None:
    formats: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        formats.append(json.loads(request.content)["response_format"]["type"])
        if formats[-1] == "json_schema":
            # llama-cpp-python's server: a refusal of the format that looks like a broken server.
            detail = [{"type": "literal_error", "loc": ["body", "response_format", "type"]}]
            return answered({"error": {"message": str(detail), "code": None}}, 500)
        return answered(completion("A"))

    async def twice() -> list[Outcome]:
        provider = faked(reply)
        return [await provider.ask(QUESTION), await provider.ask(QUESTION)]

    first, second = asyncio.run(twice())
    assert formats == ["json_schema", "json_object", "json_object"]
    assert isinstance(first, Reply)
    assert [attempt.format for attempt in first.attempts] == [Format.JSON_SCHEMA, Format.JSON_OBJECT]
    assert [attempt.format for attempt in second.attempts] == [Format.JSON_OBJECT]


def _kind(outcome: str) -> str:
    return "reply" if outcome == "reply" else Reason(outcome).kind.value


def _vote(becomes: str) -> str:
    return {"a": "A", "b": "B", "waits": "waits"}.get(becomes, f"none (`{becomes}`)")
