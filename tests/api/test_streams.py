"""What a stream says, and when it is silent."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import OperationalError

from app.api import streams
from app.api.streams import Look, Sight, Watch


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(streams, "REST", 0)


def looking(revisions: Iterator[int], last: int) -> Look:
    def look(before: Sight | None) -> Sight:
        revision = next(revisions)
        return Sight(revision, "{}", revision == last)

    return look


def read(watch: Watch, look: Look, last: int | None, streams_open: int = 1) -> list[list[str]]:
    async def one() -> list[str]:
        return [each async for each in watch.events("run", look, last)]

    async def every() -> list[list[str]]:
        return list(await asyncio.gather(*(one() for _ in range(streams_open))))

    return asyncio.run(every())


def test_each_change_is_told_once_and_a_silence_is_broken_by_a_comment() -> None:
    watch = Watch()
    (told,) = read(watch, looking(iter([1, 1, *[2] * 12, 3]), last=3), None)
    assert [each.split("\n")[0] for each in told if each != ": nothing new\n\n"] == [
        "id: 2",
        "id: 4",
        "id: 7",
    ]
    assert ": nothing new\n\n" in told[2:-1]
    assert told[-1] == "id: 7\nevent: done\ndata: {}\n\n"
    assert watch.watched == ()


def test_who_comes_back_is_told_what_is_new() -> None:
    (told,) = read(Watch(), looking(iter([1, 1, 2]), last=2), 2)  # event 2 told of revision 1
    assert told == ["id: 5\nevent: done\ndata: {}\n\n"]
    (other,) = read(Watch(), looking(iter([1, 2]), last=2), 900)  # of another run, or of another database
    assert len(other) == 2


def test_streams_of_one_run_share_their_looks() -> None:
    looks = iter([1, 2, 3])  # a fourth look would raise
    told = read(Watch(), looking(looks, last=3), None, streams_open=20)
    assert [each[-1] for each in told] == ["id: 7\nevent: done\ndata: {}\n\n"] * 20


def test_a_stream_ends_quietly_when_the_database_is_away() -> None:
    def look(before: Sight | None) -> Sight:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    assert read(Watch(), look, None) == [[]]
