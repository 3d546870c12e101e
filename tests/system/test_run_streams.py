"""Many who watch runs at once, on the real server: others are served meanwhile, and nobody keeps what they need."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.judging import script
from tests.system import voting
from tests.system.voting import NO_TLS, Place

pytestmark = [pytest.mark.system]

STREAMS = 60
SLOWEST = 5.0  # seconds for a request beside the streams, on a busy machine


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    script(tmp_path, {"text": '{"winner": "A"}'})
    with voting.running(request, tmp_path, ARENA_SCRIPTS_FOLDER=str(tmp_path)) as server:
        yield voting.make_arena(server, "arena")


def start(admin: httpx.Client, seconds: float, concurrency: int = 1) -> str:
    endpoint = {"file": "replies.jsonl", "seconds": seconds, "concurrency": concurrency}
    judge = {"name": "ref", "model": "m", "provider": "scripted", "endpoint": endpoint}
    admin.post("/arenas/arena/judges", json=judge).raise_for_status()
    selection = {"battles": "new", "most": 100}
    told = admin.post("/arenas/arena/judges/ref/runs", json={"selection": selection})
    run: str = told.raise_for_status().json()["id"]
    return run


def first_lines(stream: httpx.Response, count: int) -> list[str]:
    lines = stream.iter_lines()
    return [next(lines) for _ in range(count)]


def test_many_open_streams_starve_nobody(place: Place) -> None:
    with place.admin() as admin, ExitStack() as opened:
        run = start(admin, seconds=600)
        limits = httpx.Limits(max_connections=None)
        watcher = opened.enter_context(
            httpx.Client(
                base_url=admin.base_url, headers=admin.headers, limits=limits, timeout=60, verify=NO_TLS
            )
        )
        streams = [opened.enter_context(watcher.stream("GET", f"/runs/{run}/events")) for _ in range(STREAMS)]
        numbers = {first_lines(each, 2)[1] for each in streams}
        assert numbers == {"event: progress"}
        slowest = 0.0
        for path in ("/arenas", f"/runs/{run}", "/arenas/arena/judges", "/arenas/arena/leaderboard") * 5:
            began = time.monotonic()
            admin.get(path).raise_for_status()
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < SLOWEST
        assert voting.deal(place, voting.new_voter(place.url))
        assert connections(place) <= 10
        # What one of them does is told to all.
        admin.post(f"/runs/{run}/cancel").raise_for_status()


def connections(place: Place) -> int:
    """Of the server to a PostgreSQL database, but for those of this process; SQLite has none to count."""
    if place.database.engine.dialect.name != "postgresql":
        return 0
    return place.number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
    )


def test_a_stream_tells_a_run_to_its_end_and_is_taken_up_again(place: Place) -> None:
    with place.admin() as admin:
        run = start(admin, seconds=0.3)
        seen: list[tuple[int, str]] = []
        headers: dict[str, str] = {}
        while not seen or seen[-1][1] != "done":
            with admin.stream("GET", f"/runs/{run}/events", headers=headers) as stream:
                seen += [(int(number), kind) for number, kind in events(stream, most=2)]
            headers = {"Last-Event-ID": str(seen[-1][0])}
        assert [number for number, _ in seen] == sorted({number for number, _ in seen})
        assert len(seen) > 2
        assert admin.get(f"/runs/{run}/events", headers=headers).status_code == 204
        assert admin.get(f"/runs/{run}").json()["state"] == "done"


def events(stream: httpx.Response, most: int) -> Iterator[tuple[Any, Any]]:
    """The first of them; then the connection drops."""
    number = "0"
    for line in stream.iter_lines():
        if line.startswith("id: "):
            number = line.removeprefix("id: ")
        elif line.startswith("event: "):
            yield number, line.removeprefix("event: ")
            most -= 1
            if not most:
                return
