"""What every registered provider must do. A new one is tested here by being in PROVIDERS."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.providers import PROVIDERS, Provider, UnknownProvider, find, opened
from app.providers.exchange import Failure, Reason, Reply
from app.providers.provider import Operator
from app.providers.scripted import Line, Scripted, by_lines, read_lines
from app.settings import Settings, operator
from app.stats.settings import UnknownSetting, UnusableValue
from tests.providers.endpoints import QUESTION, VERDICT, Kept, answered, completion, faked

# A provider that replies with VERDICT, and one that fails for good.
ABLE: dict[str, Callable[[], Provider]] = {
    "openai_chat": lambda: faked(lambda request: answered(completion())),
    "scripted": lambda: Scripted(lambda question: VERDICT),
}
UNABLE: dict[str, Callable[[], Provider]] = {
    "openai_chat": lambda: faked(lambda request: answered({"error": "no"}, 400)),
    "scripted": lambda: Scripted(by_lines([])),
}
every_provider = pytest.mark.parametrize("name", PROVIDERS)


@every_provider
def test_a_reply_is_whole_and_in_the_journal(name: str) -> None:
    kept = Kept()
    outcome = asyncio.run(ABLE[name]().ask(QUESTION, kept))
    assert isinstance(outcome, Reply)
    assert (outcome.text, outcome.finish) == (VERDICT, "stop")
    assert kept.ended_ == list(outcome.attempts)
    assert outcome.cost.usage.input > 0
    assert outcome.cost.micros is not None


@every_provider
def test_a_failure_is_typed_and_in_the_journal(name: str) -> None:
    kept = Kept()
    outcome = asyncio.run(UNABLE[name]().ask(QUESTION, kept))
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.BAD_REQUEST
    assert [attempt.reason for attempt in kept.ended_] == [Reason.BAD_REQUEST]
    assert outcome.cost.micros == 0


@every_provider
def test_many_questions_at_once_are_each_answered(name: str) -> None:
    async def many() -> list[object]:
        provider = ABLE[name]()
        outcomes = await asyncio.gather(*(provider.ask(QUESTION) for _ in range(50)))
        await provider.close()
        return [type(outcome) for outcome in outcomes]

    assert asyncio.run(many()) == [Reply] * 50


@every_provider
def test_settings_are_plain_values_and_a_mistake_in_them_is_named(name: str) -> None:
    kind = find(name)
    assert json.loads(json.dumps(kind.defaults())) == kind.defaults()
    assert [each.name for each in kind.parameters()] == list(kind.defaults())
    assert type(opened(name, {}, Operator())) is type(ABLE[name]())
    with pytest.raises(UnknownSetting, match="mistake"):
        opened(name, {"mistake": 1}, Operator())
    for setting in kind.defaults():
        # A list is never a setting.
        with pytest.raises(UnusableValue, match=setting):
            kind.configured({setting: [1]})  # type: ignore[dict-item]  # a wrong type is what is tested


def test_an_unknown_provider_is_told_what_there_is() -> None:
    with pytest.raises(UnknownProvider, match="openai_chat, scripted"):
        find("telepathy")


def test_a_script_is_read_from_the_operators_folder(tmp_path: Path) -> None:
    (tmp_path / "demo.jsonl").write_text('{"when": "better", "text": "A"}\n\n{"failure": "refusal"}\n')
    assert read_lines(tmp_path / "demo.jsonl") == [Line("better", "A"), Line(failure=Reason.REFUSAL)]
    provider = opened("scripted", {"file": "demo.jsonl", "output_price": 2}, Operator(scripts=tmp_path))
    outcome = asyncio.run(provider.ask(QUESTION))
    assert isinstance(outcome, Reply)
    assert outcome.text == "A"
    assert outcome.cost.micros == 2 * outcome.cost.usage.output > 0


@pytest.mark.parametrize(
    "row",
    [
        "[]",
        "{",
        '{"failure": "tired"}',
        '{"text": 1}',
        '{"when": null}',
        '{"txt": "A"}',
        '{"failure": []}',
        "{}",
    ],
)
def test_a_bad_line_of_a_script_is_named_and_not_shown(row: str, tmp_path: Path) -> None:
    (tmp_path / "demo.jsonl").write_text(f'{{"text": "A"}}\n{row}\n')
    with pytest.raises(
        UnusableValue, match=r"^demo\.jsonl:2 must be an object with when, and text or failure$"
    ):
        read_lines(tmp_path / "demo.jsonl")


@pytest.mark.parametrize("file", ["../secret", "/etc/passwd", "..", "a/b", ".env"])
def test_a_script_of_another_folder_is_refused(file: str) -> None:
    with pytest.raises(UnusableValue, match="without its folder"):
        find("scripted").configured({"file": file})


def test_a_script_that_is_missing_is_named() -> None:
    with pytest.raises(UnusableValue, match="absent"):
        opened("scripted", {"file": "absent"}, Operator())


def test_what_the_operator_decides_is_read_from_the_settings() -> None:
    settings = Settings(
        _env_file=None, private_hosts=" Models.lan:8080, 127.0.0.1 ,", keys_folder=Path("/keys")
    )
    found = operator(settings)
    assert found.private_hosts == ("models.lan:8080", "127.0.0.1")
    assert (found.keys, found.scripts) == (Path("/keys"), Path("scripts"))
