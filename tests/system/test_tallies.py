"""Votes cast over HTTP while boards are read and the worker rolls up: cells equal votes, on both databases."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain import rollup, verification
from tests.arenas import roll_up
from tests.system import voting
from tests.system.voting import Place, at_once, client, new_voter

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

VOTERS = 4
VOTES = 25  # of each voter
BOARDS = ("method=win_rate", "method=win_rate&since=2026-01-01", "method=win_rate&language=en")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp(request.param)
    pace = {"ARENA_ROLL_UP_SECONDS": "0.05", "ARENA_ROLL_UP_VOTES": "3"}
    with voting.running(request, folder, **pace) as started:
        yield voting.make_arena(started, "busy", ("m1", "m2", "m3", "m4"), ("en", "de") * 3)


def test_cells_equal_votes_when_all_is_cast(place: Place) -> None:
    ended = threading.Event()
    with ThreadPoolExecutor(len(BOARDS)) as threads:
        reading = [threads.submit(_read, place, query, ended) for query in BOARDS]
        try:
            counted = sum(at_once([_hand(place, at) for at in range(VOTERS)]))
        finally:
            ended.set()
        seen = [each.result() for each in reading]
    assert all(boards and max(boards) <= VOTERS * VOTES for boards in seen)
    with client(place.url) as browser:
        board = browser.get("/arenas/busy/leaderboard?method=win_rate").raise_for_status().json()
    assert (board["votes"], board["raters"]) == (counted, VOTERS)
    assert board["excluded"] == {"withdrawn": VOTERS * VOTES - counted, "set_aside": 0, "abstain": 0}
    for _rolled in (False, True):
        with place.database.reading() as session:
            verified = verification.verify(session, [1])
        assert verified.differences == ()
        assert verified.votes == 2 * VOTERS * VOTES  # on two dimensions
        roll_up(place.database)
    with place.database.reading() as session:
        assert rollup.waiting(session, 1) == 0


def _hand(place: Place, at: int) -> Callable[[], int]:
    """A voter who takes back every fifth vote; gives how many of the others count."""
    cookie = new_voter(place.url)

    def vote() -> int:
        counted = 0
        with client(place.url, cookie) as browser:
            for turn in range(VOTES):
                dealt = browser.post(f"/arenas/{place.arena}/battles").raise_for_status().json()
                address = f"/battles/{dealt['id']}/votes"
                said = {"overall": ("a", "b", "tie")[(turn + at) % 3], "accuracy": "b"}
                browser.post(address, json={"verdicts": said}).raise_for_status()
                if turn % 5 == 4:
                    browser.delete(address).raise_for_status()
                else:
                    counted += 1
        return counted

    return vote


def _read(place: Place, query: str, ended: threading.Event) -> list[int]:
    """How many votes stood on the board, each time it was read."""
    seen = []
    with client(place.url) as browser:
        while not ended.is_set():
            board = browser.get(f"/arenas/{place.arena}/leaderboard?{query}").raise_for_status().json()
            seen.append(board["votes"])
    return seen
