"""How long a question waits: for its turn, after a failure, and until its deadline."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.providers.exchange import Failure, Format, Outcome, Reason, Reply
from app.providers.pacing import Pace
from app.providers.provider import Operator
from app.providers.retries import asked_wait, wait
from app.providers.surroundings import Surroundings
from tests.providers.endpoints import QUESTION, Kept, Time, answered, completion, faked


class Still(Time):
    """A clock that goes on only by what is slept."""

    def monotonic(self) -> float:
        return sum(self.slept)

    def wall(self) -> float:
        return 1_000_000.0 + sum(self.slept)


def limited(**headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answered({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, 429, named)


def then_whole(
    first: Callable[[], httpx.Response], times: int = 1
) -> Callable[[httpx.Request], httpx.Response]:
    """An endpoint that answers so a few times, and then as it should."""
    left = iter(range(times))
    return lambda request: answered(completion()) if next(left, None) is None else first()


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "0"}, 0.0),
        ({"Retry_After_Ms": "250"}, 0.25),
        ({"Retry_After": "Mon, 12 Jan 1970 13:46:52 GMT"}, 12.0),  # the clock says 13:46:40
        ({"Retry_After": "Mon, 12 Jan 1970 13:00:00 GMT"}, 0.0),
        ({"Retry_After": "-5"}, 0.0),
    ],
)
def test_what_an_endpoint_asks_is_waited(headers: dict[str, str], asked: float) -> None:
    clock = Still()
    outcome = asyncio.run(faked(then_whole(lambda: limited(**headers)), clock).ask(QUESTION))
    assert isinstance(outcome, Reply)
    assert sum(clock.slept) == pytest.approx(asked)


@pytest.mark.parametrize("text", ["soon", "nan", "inf", "1e999", "Mon, 99 Jan 1970 13:46:52 GMT", ""])
def test_what_cannot_be_read_is_as_if_nothing_had_been_asked(text: str) -> None:
    assert asked_wait({"retry-after": text}, 0.0) is None
    clock = Still()
    asyncio.run(faked(then_whole(lambda: limited(Retry_After=text)), clock).ask(QUESTION))
    assert clock.slept == [0.25]


def test_chance_never_shortens_what_was_asked_and_spreads_the_rest() -> None:
    assert [wait(1, 10.0, chance) for chance in (0.0, 0.99)] == [10.0, pytest.approx(10.99)]
    assert [[wait(number, None, chance) for number in (1, 2, 3, 99)] for chance in (0.0, 1.0)] == [
        [0.25, 0.5, 1.0, 15.0],
        [0.5, 1.0, 2.0, 30.0],
    ]


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    clock = Still()
    provider = faked(lambda request: limited(Retry_After="61"), clock, deadline_seconds=60)
    outcome = asyncio.run(provider.ask(QUESTION))
    assert isinstance(outcome, Failure)
    assert (outcome.reason, outcome.retry_after, len(outcome.attempts)) == (Reason.RATE_LIMITED, 61.0, 1)
    assert clock.slept == []


def test_the_deadline_ends_the_tries_before_their_number_does() -> None:
    clock = Still()
    provider = faked(lambda request: limited(Retry_After="25"), clock, deadline_seconds=60, tries=20)
    outcome = asyncio.run(provider.ask(QUESTION))
    assert len(outcome.attempts) == 3
    assert sum(clock.slept) == 50


def test_others_wait_too_when_an_endpoint_asks_for_time() -> None:
    clock = Still()
    began: list[float] = []

    def reply(request: httpx.Request) -> httpx.Response:
        began.append(clock.monotonic())
        return limited(Retry_After="9") if len(began) == 1 else answered(completion())

    async def one_after_the_other() -> None:
        provider = faked(reply, clock, tries=1)
        await provider.ask(QUESTION)
        await provider.ask(QUESTION)

    asyncio.run(one_after_the_other())
    assert began == [0, 9]


def test_those_who_wait_already_wait_longer_when_an_endpoint_asks_for_time() -> None:
    clock = Still()

    class Pausing(Still):
        async def sleep(self, seconds: float) -> None:
            await clock.sleep(seconds)
            if len(clock.slept) == 1:
                pace.pause(100)

    world = replace(clock.surroundings(), sleep=Pausing().sleep)
    pace = Pace(1, 60, None, world)

    async def two_turns() -> float:
        for _ in range(2):
            async with pace.turn(0):
                began = clock.monotonic()
        return began

    assert asyncio.run(two_turns()) == 101


def test_an_endpoint_that_asks_for_a_year_does_not_stop_the_others_for_a_year() -> None:
    clock = Still()

    async def one_after_the_other() -> Outcome:
        provider = faked(then_whole(lambda: limited(Retry_After="31536000")), clock, deadline_seconds=60)
        await provider.ask(QUESTION)
        return await provider.ask(QUESTION)

    assert isinstance(asyncio.run(one_after_the_other()), Reply)
    assert clock.monotonic() == 60


def starts(questions: int, clock: Time, **settings: Any) -> list[float]:
    """When the requests of so many questions start."""
    began: list[float] = []

    def reply(request: httpx.Request) -> httpx.Response:
        began.append(clock.monotonic())
        return answered(completion())

    async def ask() -> None:
        provider = faked(reply, clock, concurrency=1, **settings)
        await asyncio.gather(*(provider.ask(replace(QUESTION, schema=None)) for _ in range(questions)))

    asyncio.run(ask())
    return began


def test_requests_are_spread_over_the_minute() -> None:
    assert starts(5, Still(), requests_per_minute=30) == [0, 2, 4, 6, 8]


def test_tokens_are_spread_over_the_minute_as_they_were_used() -> None:
    # 15 tokens by the endpoint's count, whatever was estimated before: 60 a minute are one a second.
    assert starts(4, Still(), tokens_per_minute=60) == pytest.approx([0, 15, 30, 45])


def test_the_tighter_limit_decides() -> None:
    assert starts(3, Still(), tokens_per_minute=60, requests_per_minute=2) == pytest.approx([0, 30, 60])


@pytest.mark.parametrize(("concurrency", "turns"), [(1, 1), (3, 4), (8, 12)])
def test_no_more_than_so_many_are_asked_at_once(concurrency: int, turns: int) -> None:
    """A few more have their turn, so that they are written down when a slot is free."""
    at_once: list[int] = []
    with_turn: list[int] = []

    async def hold(pace: Pace, waiting: list[None], running: list[None]) -> None:
        async with pace.turn(1):
            waiting.append(None)
            with_turn.append(len(waiting))
            await asyncio.sleep(0)
            async with pace.slot():
                running.append(None)
                at_once.append(len(running))
                await asyncio.sleep(0)
                running.pop()
            waiting.pop()

    async def many() -> None:
        pace = Pace(concurrency, None, None, Surroundings())
        waiting, running = list[None](), list[None]()
        await asyncio.gather(*(hold(pace, waiting, running) for _ in range(40)))

    asyncio.run(many())
    assert (max(at_once), max(with_turn)) == (concurrency, turns)
    assert len(at_once) == 40


def test_whoever_has_a_turn_waits_too_when_the_endpoint_asks_for_it() -> None:
    clock = Still()

    async def paused() -> float:
        pace = Pace(2, None, None, clock.surroundings())
        async with pace.turn(1):
            pace.pause(30)
            async with pace.slot():
                return clock.monotonic()

    assert asyncio.run(paused()) == 30


def test_what_was_written_down_too_late_is_not_sent() -> None:
    clock, sent = Still(), list[httpx.Request]()

    class Slow(Kept):
        async def sending(self, number: int, format: Format) -> None:
            await super().sending(number, format)
            await clock.sleep(100)

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return limited(Retry_After="1")

    kept = Slow()
    outcome = asyncio.run(faked(reply, clock, deadline_seconds=60).ask(QUESTION, kept))
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.TIMED_OUT
    assert (len(sent), [each.status for each in kept.ended_]) == (1, [429, None])
    assert kept.ended_[1].cost.micros == 0


def test_the_wait_for_the_first_turn_is_not_counted() -> None:
    """A queue longer than the deadline is no failure."""
    assert len(starts(5, Still(), requests_per_minute=1, deadline_seconds=30)) == 5


def test_what_cannot_be_written_down_is_not_sent() -> None:
    sent: list[httpx.Request] = []

    class Full(Kept):
        async def sending(self, number: int, format: object) -> None:
            raise OSError("the disk is full")

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answered(completion())

    with pytest.raises(OSError, match="the disk is full"):
        asyncio.run(faked(reply).ask(QUESTION, Full()))
    assert sent == []


def test_the_cap_on_a_question_holds_over_all_its_tries() -> None:
    """A try may cost 52 tokens read at 1 and 50 written at 2, and one that breaks off counts as if it had."""
    question = replace(QUESTION, schema=None)

    def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("cut")

    most = 52 + 100
    for allowance, attempts, reason in [
        (most - 1, 0, Reason.ALLOWANCE),
        (2 * most - 1, 1, Reason.ALLOWANCE),
        (2 * most, 2, Reason.DISCONNECTED),
    ]:
        outcome = asyncio.run(faked(cut, tries=2).ask(replace(question, allowance=allowance)))
        assert isinstance(outcome, Failure)
        assert (outcome.reason, len(outcome.attempts)) == (reason, attempts)
        assert outcome.cost.micros == attempts * most


def test_a_cap_without_a_price_is_no_cap() -> None:
    provider = faked(lambda request: answered(completion()), input_price=None, output_price=None)
    outcome = asyncio.run(provider.ask(replace(QUESTION, allowance=10**9)))
    assert isinstance(outcome, Failure)
    assert (outcome.reason, outcome.attempts) == (Reason.ALLOWANCE, ())


def test_tokens_without_a_price_cost_an_unknown_amount() -> None:
    provider = faked(lambda request: answered(completion()), input_price=None, output_price=None)
    outcome = asyncio.run(provider.ask(QUESTION))
    assert outcome.cost.micros is None
    assert (outcome.cost.usage.input, outcome.cost.usage.output) == (10, 5)


def test_a_question_that_is_given_up_leaves_its_request_open_in_the_journal() -> None:
    """As after a crash: what was sent may have been paid."""
    kept = Kept()

    async def hang(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async def give_up() -> None:
        operator = Operator(surroundings=Surroundings(resolve=hang))
        asking = asyncio.create_task(
            faked(lambda request: answered({}), operator=operator).ask(QUESTION, kept)
        )
        while not kept.sent:
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    asyncio.run(give_up())
    assert (len(kept.sent), len(kept.ended_)) == (1, 0)
