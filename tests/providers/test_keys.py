"""A key is read when a request is sent and is seen by the endpoint alone."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.providers.endpoints import Settings
from app.providers.exchange import Failure, Outcome, Reason
from app.providers.openai_chat import OpenAIChat
from app.providers.provider import Operator
from app.stats.settings import UnusableValue
from tests.providers.endpoints import QUESTION, Kept, Time, answered, completion, faked, fault_server

KEY = "sk-planted-0123456789"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_API_KEY", KEY)


def echo(request: httpx.Request) -> httpx.Response:
    """An endpoint that repeats the key wherever it can."""
    said = f"Incorrect API key provided: {request.headers['authorization']}"
    return answered({"error": {"message": said, "code": said}}, 401, {"X-Key": KEY})


def ask(provider: OpenAIChat, kept: Kept | None = None) -> Outcome:
    return asyncio.run(provider.ask(QUESTION, kept or Kept()))


def test_the_key_goes_into_its_header() -> None:
    sent: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answered(completion())

    ask(faked(reply, key="env:PLANTED_API_KEY"))
    ask(faked(reply, key="env:PLANTED_API_KEY", key_header="api-key"))
    assert sent[0].headers["authorization"] == f"Bearer {KEY}"
    assert sent[1].headers["api-key"] == KEY
    assert "authorization" not in sent[1].headers


def test_a_key_of_a_file_is_read_anew_for_every_request(tmp_path: Path) -> None:
    sent: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["authorization"])
        return answered(completion())

    (tmp_path / "openai").write_text("first\n")
    operator = Operator(keys=tmp_path, surroundings=Time().surroundings())
    provider = faked(reply, operator=operator, key="file:openai")
    ask(provider)
    (tmp_path / "openai").write_text("second\n")
    ask(provider)
    assert sent == ["Bearer first", "Bearer second"]


def test_the_key_is_in_no_result_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        kept, provider = Kept(), faked(echo, key="env:PLANTED_API_KEY")
        outcome = ask(provider, kept)
    assert isinstance(outcome, Failure)
    assert outcome.detail == "401: Incorrect API key provided: Bearer [key]"
    shown = [repr(outcome), repr(kept.ended_), repr(provider), repr(vars(provider)), caplog.text]
    assert [text for text in shown if KEY in text] == []


@pytest.mark.parametrize("fault", ["ok", "401", "reset", "hang", "stream_cut"])
def test_the_key_is_in_no_log_of_a_real_connection(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    async def asked() -> Outcome:
        server = await fault_server()().start()
        settings = Settings(
            base_url=server.url,
            key="env:PLANTED_API_KEY",
            headers=f"X-Fault: {fault}",
            tries=1,
            read_seconds=0.1,
        )
        provider = OpenAIChat(settings, Operator(("127.0.0.1",)))
        outcome = await provider.ask(QUESTION)
        await provider.close()
        await server.stop()
        return outcome

    with caplog.at_level(logging.DEBUG):
        outcome = asyncio.run(asked())
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert KEY not in caplog.text + repr(outcome)


@pytest.mark.parametrize("bad", [f"{KEY}\nX-Other: 1", f"{KEY} \N{BULLET}", "  \n"])
def test_a_key_that_fits_in_no_header_is_not_sent_and_not_shown(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_API_KEY", bad)
    outcome = ask(faked(lambda request: answered(completion()), key="env:PLANTED_API_KEY"))
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.KEY_MISSING
    assert KEY not in repr(outcome)
    assert "PLANTED_API_KEY" in outcome.detail


@pytest.mark.parametrize("name", ["env:ABSENT_API_KEY", "file:absent"])
def test_a_missing_key_sends_nothing(name: str) -> None:
    sent: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answered(completion())

    outcome = ask(faked(reply, key=name))
    assert isinstance(outcome, Failure)
    assert (outcome.reason, sent) == (Reason.KEY_MISSING, [])
    assert name in outcome.detail


@pytest.mark.parametrize(
    "settings",
    [
        {"key": KEY},
        {"key": f"env:{KEY}"},
        {"key": "env:ARENA_SECRET_KEY"},
        {"key": "env:AWS_SECRET_ACCESS_KEY"},
        {"key": "file:../../etc/passwd"},
        {"key": "file:/etc/passwd"},
        {"key": "file:.."},
        {"headers": f"Authorization: Bearer {KEY}"},
        {"headers": f"X-Api-Key: {KEY}"},
        {"headers": f"Cookie: {KEY}"},
        {"headers": f"X-Fine: 1\n{KEY}"},
        {"base_url": f"https://user:{KEY}@models.example.org/v1"},
        {"base_url": f"https://models.example.org/v1?key={KEY}"},
        {"key_header": f"X: {KEY}"},
    ],
)
def test_no_setting_takes_a_secret_or_asks_for_one_of_the_machine(settings: dict[str, Any]) -> None:
    with pytest.raises(UnusableValue) as refused:
        Settings(**settings)
    assert KEY not in str(refused.value)
