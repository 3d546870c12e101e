"""kill -9 in the middle of 200 concurrent votes: what was acknowledged is there, and nothing is there twice."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import numpy as np
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from app.db.session import Database
from app.domain import accounts, arenas
from app.domain.accounts import RaterName
from tests import servers
from tests.arenas import next_battle
from tests.system import voting
from tests.system.voting import WAIT_SECONDS, Place

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

VOTERS, BATTLES = 25, 8  # a voter has one battle open in each language
LANGUAGES = tuple(f"a{letter}" for letter in "abcdefgh")
WORDS = ("a", "b", "tie", "both_bad")
STORED = """
    SELECT b.public_id, d.slug, v.verdict, v.state FROM votes v
    JOIN battles b ON b.id = v.battle_id JOIN dimensions d ON d.id = v.dimension_id
"""
WON = """
    SELECT m.slug, count(*) AS won FROM votes v
    JOIN battles b ON b.id = v.battle_id JOIN dimensions d ON d.id = v.dimension_id
    JOIN models m ON m.id = CASE v.verdict WHEN 'a' THEN b.model_a_id ELSE b.model_b_id END
    WHERE d.slug = 'overall' AND v.verdict IN ('a', 'b') GROUP BY 1
"""


@dataclass
class Voter:
    """One voter's cookie, the ballots to cast, and the answers that came back before the power went."""

    cookie: str
    rater: str
    ballots: dict[str, dict[str, str]] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)

    def vote(self, browser: httpx.Client, battle: str) -> httpx.Response:
        """The same key for the same battle, however often it is sent."""
        sent = {"verdicts": self.ballots[battle]}
        return browser.post(
            f"/battles/{battle}/votes", json=sent, headers={"Idempotency-Key": f"vote-{battle}"}
        )


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_acknowledged_vote_outlives_a_kill(
    database_url: str, database: Database, serve: Callable[..., servers.Server], workers: str
) -> None:
    server = serve(database_url, "--workers", workers)
    place = voting.make_arena(
        Place(server.url, database, voting.admin_key(database)), "kill", languages=LANGUAGES
    )
    voters = _voters(place)
    _vote_until_killed(server, voters)
    sent = {battle: ballot for voter in voters for battle, ballot in voter.ballots.items()}
    known = {battle: text for voter in voters for battle, text in voter.acknowledged.items()}
    assert len(sent) == VOTERS * BATTLES
    assert len(sent) // 3 <= len(known) < len(sent), "the kill was not in the middle"

    _check_file(database_url)
    server = serve(database_url)
    stored = _stored(database)
    assert set(known) <= set(stored) <= set(sent)
    assert all(stored[battle] == sent[battle] for battle in stored)

    _vote_again(server, voters, stored)
    assert _stored(database) == sent
    _check_tallies(server, database, len(sent))


def _voters(place: Place) -> list[Voter]:
    """Each with a real cookie, and a battle dealt in every language."""
    voters = []
    for _ in range(VOTERS):
        cookie = voting.new_voter(place.url)
        with voting.client(place.url, cookie) as browser:
            voters.append(Voter(cookie, browser.get("/me").json()["rater"]))
    with place.database.writing() as session:
        for at, voter in enumerate(voters):
            voter.ballots = {
                battle: {"overall": WORDS[(at + turn) % 4], "accuracy": WORDS[turn % 4]}
                for turn, battle in enumerate(_deal(session, place.arena, voter.rater))
            }
    return voters


def _deal(session: Session, slug: str, rater: str) -> list[str]:
    now = datetime.now(UTC)
    arena, chance = arenas.find(session, slug), np.random.default_rng(1)
    voter = accounts.rater_id(session, RaterName.parse(rater), now)
    return [next_battle(session, arena, voter, chance, now, each).id for each in LANGUAGES]


def _vote_until_killed(server: servers.Server, voters: Sequence[Voter]) -> None:
    start, acknowledged = threading.Barrier(len(voters) + 1), threading.Semaphore(0)

    def run(voter: Voter) -> None:
        with voting.client(server.url, voter.cookie) as browser:
            start.wait(WAIT_SECONDS)
            for battle in voter.ballots:
                try:
                    answer = voter.vote(browser, battle)
                except httpx.TransportError:
                    continue
                assert answer.status_code == 201, answer.text
                voter.acknowledged[battle] = answer.text
                acknowledged.release()

    with ThreadPoolExecutor(len(voters)) as threads:
        running = [threads.submit(run, voter) for voter in voters]
        start.wait(WAIT_SECONDS)
        for _ in range(VOTERS * BATTLES // 3):
            assert acknowledged.acquire(timeout=WAIT_SECONDS)
        server.kill()
        for each in running:
            each.result()


def _check_file(database_url: str) -> None:
    address = make_url(database_url)
    if address.get_backend_name() != "sqlite":
        return
    connection = sqlite3.connect(str(address.database))
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()


def _stored(database: Database) -> dict[str, dict[str, str]]:
    """Verdicts by battle and dimension; a vote that is there twice, or not in force, fails."""
    found: dict[str, dict[str, str]] = {}
    with database.reading() as session:
        for battle, dimension, verdict, state in session.execute(text(STORED)):
            assert dimension not in found.setdefault(battle, {}), f"two votes on {battle}"
            assert state == "counted"
            found[battle][dimension] = verdict
    return found


def _vote_again(server: servers.Server, voters: Sequence[Voter], stored: dict[str, dict[str, str]]) -> None:
    """Whoever got no answer sends the vote again; whoever got one and sends it again gets the same."""

    def run(voter: Voter) -> None:
        with voting.client(server.url, voter.cookie) as browser:
            me = browser.get("/me").raise_for_status().json()
            assert (me["rater"], me["votes"]) == (voter.rater, len(stored.keys() & voter.ballots.keys()))
            for battle, ballot in voter.ballots.items():
                answer = voter.vote(browser, battle)
                assert answer.status_code == 201, answer.text
                assert ("Idempotency-Replayed" in answer.headers) == (battle in stored)
                assert answer.text == voter.acknowledged.get(battle, answer.text)
                assert answer.json()["verdicts"] == ballot

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(run, voters))


def _check_tallies(server: servers.Server, database: Database, votes: int) -> None:
    with voting.client(server.url) as reader:
        board = reader.get("/arenas/kill/leaderboard").raise_for_status().json()
    assert (board["votes"], board["raters"]) == (votes, VOTERS)
    with database.reading() as session:
        won = {row.slug: row.won for row in session.execute(text(WON))}
    assert {row["model"]: row["wins"] for row in board["rows"] if row["wins"]} == won
