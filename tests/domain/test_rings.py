"""Rings: of several voters who stand by one model, only the votes on it are set aside."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Battle, GateMark, Model, Vote, VoteEvent
from app.domain import gates, votes
from app.domain.votes import NewBallot
from app.stats.gates import Others, Ring, Voter
from app.worker import check_voters
from tests.arenas import NOW
from tests.dealing import arena_of, deal, rater
from tests.domain.test_gates import MODELS, rate, vote


def vote_for(
    database: Database, name: str, model: str, count: int, seed: int, begin: datetime = NOW
) -> list[int]:
    """A voter who stands by a model whenever it comes, and judges the others; gives the ids of the votes on it."""
    chance = np.random.default_rng(seed)
    own: list[int] = []
    with database.writing() as session:
        who, key = rater(session, name), session.scalars(select(Model.id).where(Model.slug == model)).one()
        for at in range(count):
            now = begin + timedelta(seconds=at)
            dealt = deal(session, name, chance, now)
            battle = session.scalars(select(Battle).where(Battle.public_id == dealt.id)).one()
            shown = [battle.model_a_id, battle.model_b_id]
            said = "ab"[shown.index(key)] if key in shown else str(chance.choice(["a", "b"]))
            votes.cast(session, dealt.id, who, NewBallot({"overall": said}), now)
            if key in shown:
                own += session.scalars(select(Vote.id).where(Vote.battle_id == battle.id))
    return own


def who_stands_by_m2(voters: Sequence[Voter], others: Others, settings: object) -> list[Ring]:
    """In place of the statistics, which need more voters: tests/stats/test_rings.py."""
    members = []
    for at, voter in enumerate(voters):
        wins = np.where(voter.first == 1, voter.verdict == 0, voter.verdict == 1)
        met = (voter.first == 1) | (voter.second == 1)
        if met.sum() >= 3 and wins[met].all():
            members.append(at)
    return [Ring(np.array(members), 1, True, 0.3)] if len(members) > 1 else []


@pytest.fixture
def pact(database: Database, monkeypatch: pytest.MonkeyPatch) -> tuple[Database, set[int]]:
    """Three voters who judge and two who stand by one model; with the votes of the two on it."""
    monkeypatch.setattr(gates, "rings", who_stands_by_m2)
    arena_of(database, prompts=40, models=MODELS, goal=1_000)
    for at in range(3):
        vote(database, f"voter {at}", 12, "ab" * 6, seed=at)
    return database, {
        each for at in range(2) for each in vote_for(database, f"member {at}", "m2", 12, seed=500 + at)
    }


def test_of_a_ring_the_votes_on_its_model_are_set_aside_and_no_others(
    pact: tuple[Database, set[int]],
) -> None:
    database, own = pact
    left = check_voters(database, NOW)
    with database.reading() as session:
        rows = session.execute(select(Vote.id, Vote.state_reason).where(Vote.state == "set_aside"))
        gone = {key: str(why) for key, why in rows}
        assert set(session.scalars(select(VoteEvent.actor))) == {"gate:ring"}
    assert left == len(gone) > 5
    assert gone.keys() == own
    assert all(why.startswith("one of 2 voters") for why in gone.values())
    assert rate(database, "ring").set_aside == left


def test_rings_are_looked_for_again_once_the_votes_have_grown(pact: tuple[Database, set[int]]) -> None:
    database, _ = pact
    check_voters(database, NOW)
    with database.reading() as session:
        assert session.scalars(select(GateMark.ring_votes)).one() == 5 * 12
    more = vote_for(database, "member 0", "m2", 8, seed=900, begin=NOW + timedelta(hours=1))
    assert check_voters(database, NOW + timedelta(hours=1)) == 0, (
        "fewer count than when rings were looked for"
    )
    for at in range(2):
        vote(database, f"later {at}", 6, "ab" * 3, seed=at, begin=NOW + timedelta(hours=2))
    assert check_voters(database, NOW + timedelta(hours=2)) >= len(more)


def test_a_ring_that_an_admin_let_go_is_left_alone(pact: tuple[Database, set[int]]) -> None:
    database, _ = pact
    left = check_voters(database, NOW)
    with database.writing() as session:
        chosen = select(Vote.id).where(Vote.state == "set_aside")
        assert votes.restore(session, chosen, "they know the model well", "admin:eve", NOW) == left
    for at in range(2):
        vote(database, f"later {at}", 6, "ab" * 3, seed=at, begin=NOW + timedelta(hours=1))
    assert check_voters(database, NOW + timedelta(hours=1)) == 0
    assert rate(database, "ring").restored == left
