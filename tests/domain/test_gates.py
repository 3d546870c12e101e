"""Gates: votes that do not count, why, for whom, and what an admin can do about it."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from app.db.session import Database
from app.db.tables import Battle, ControlBattle, Vote, VoteEvent
from app.domain import arenas, battles, controls, gates, leaderboards, review, rollup, tallies, votes
from app.domain.errors import AlreadyExists, AlreadyVoted, GoldNotFound, Invalid, ModelNotFound, NoBattleLeft
from app.domain.fits import Spec
from app.domain.gates import Rate
from app.domain.votes import NewBallot, Receipt
from app.worker import check_voters
from tests.arenas import NOW, SLUG
from tests.dealing import arena_of, cast, change, deal, rater

MODELS = ("m1", "m2", "m3", "m4")


def vote(
    database: Database, name: str, count: int, verdicts: Iterable[str], seed: int = 0, begin: datetime = NOW
) -> list[Receipt]:
    """So many battles dealt to a voter and voted on, a second apart."""
    chance = np.random.default_rng(seed)
    words = iter(verdicts)
    found = []
    with database.writing() as session:
        for at in range(count):
            now = begin + timedelta(seconds=at)
            ballot = NewBallot({"overall": next(words)})
            dealt = deal(session, name, chance, now)
            found.append(votes.cast(session, dealt.id, rater(session, name), ballot, now))
    return found


def states(database: Database, name: str) -> list[tuple[str, str | None]]:
    with database.reading() as session:
        query = select(Vote.state, Vote.state_reason).where(Vote.rater_id == rater_of(database, name))
        return [(state, why) for state, why in session.execute(query.order_by(Vote.id))]


def rater_of(database: Database, name: str) -> int:
    with database.writing() as session:
        return rater(session, name)


def rate(database: Database, gate: str) -> Rate:
    with database.reading() as session:
        return {each.gate: each for each in gates.rates(session, arenas.find(session, SLUG))}[gate]


@pytest.fixture
def crowd(database: Database) -> Database:
    """Eight voters who judge, of forty prompts and four models, and `always`, who clicks A each time."""
    arena_of(database, prompts=40, models=MODELS, goal=1_000)
    chance = np.random.default_rng(7)
    for at in range(8):
        vote(database, f"voter {at}", 12, chance.choice(["a", "b"], 12), seed=at)
    vote(database, "always", 40, ["a"] * 40, seed=99)
    return database


def test_who_clicks_one_side_is_set_aside_with_a_reason_and_nobody_else(crowd: Database) -> None:
    assert check_voters(crowd, NOW) == 40
    assert {(state, why) for state, why in states(crowd, "always")} == {
        ("set_aside", "40 of 40 verdicts for a side are for A, whoever stood there")
    }
    with crowd.reading() as session:
        assert set(session.scalars(select(VoteEvent.actor))) == {"gate:one_sided"}
        board = leaderboards.board(session, arenas.find(session, SLUG), Spec(), NOW)
        mine = votes.list_own(session, rater_of(crowd, "always"), 50, None).items
    assert '"set_aside":40' in board.body
    assert {(each.receipt.counted, each.receipt.why_not_code) for each in mine} == {(False, "set_aside")}
    assert all("40 of 40" in (each.receipt.why_not or "") for each in mine)


def test_nothing_is_looked_at_twice_without_new_votes(crowd: Database) -> None:
    check_voters(crowd, NOW)
    with crowd.reading() as session:
        assert gates.waiting(session) == []
    vote(crowd, "late", 1, ["a"], seed=5)
    with crowd.writing() as session:
        session.execute(
            update(Vote)
            .where(Vote.rater_id == rater(session, "late"))
            .values(created_at=NOW + timedelta(hours=1))
        )
    with crowd.reading() as session:
        assert len(gates.waiting(session)) == 1


def test_the_votes_to_come_of_a_stopped_voter_are_set_aside_too(crowd: Database) -> None:
    check_voters(crowd, NOW)
    later = NOW + timedelta(hours=1)
    with crowd.writing() as session:
        chance = np.random.default_rng(3)
        dealt = deal(session, "always", chance, later)
        votes.cast(session, dealt.id, rater(session, "always"), NewBallot({"overall": "a"}), later)
    assert states(crowd, "always")[-1][0] == "counted"
    assert check_voters(crowd, later) == 1
    assert states(crowd, "always")[-1][0] == "set_aside"


def test_a_vote_that_an_admin_restored_is_not_set_aside_again_by_the_same_gate(crowd: Database) -> None:
    check_voters(crowd, NOW)
    with crowd.writing() as session:
        arena = arenas.find(session, SLUG)
        chosen = review.chosen_ids(session, arena, review.Chosen(rater=rater(session, "always")))
        assert votes.restore(session, chosen, "read and found honest", "admin:eve", NOW) == 40
    later = NOW + timedelta(hours=1)
    with crowd.writing() as session:
        dealt = deal(session, "always", np.random.default_rng(3), later)
        votes.cast(session, dealt.id, rater(session, "always"), NewBallot({"overall": "a"}), later)
    assert check_voters(crowd, later) == 0
    assert {state for state, _ in states(crowd, "always")} == {"counted"}
    assert rate(crowd, "one_sided").restored == 40


def test_restored_votes_stay_when_the_same_gate_stops_their_voter_again(crowd: Database) -> None:
    check_voters(crowd, NOW)
    with crowd.writing() as session:
        votes.restore(session, select(Vote.id), "read and found honest", "admin:eve", NOW)
    vote(crowd, "always", 40, ["a"] * 40, seed=98, begin=NOW + timedelta(hours=1))
    assert check_voters(crowd, NOW) == 40
    assert [state for state, _ in states(crowd, "always")] == ["counted"] * 40 + ["set_aside"] * 40


def test_imported_votes_and_simulated_ones_are_left_as_they_are(crowd: Database) -> None:
    with crowd.writing() as session:
        session.execute(update(Battle).values(dealt_to=None))
    assert check_voters(crowd, NOW) == 0


def test_a_gate_that_is_off_stops_nobody(crowd: Database) -> None:
    change(
        crowd, gates={name: {"on": False} for name in ("one_sided", "partisan", "coin", "echo", "anomalous")}
    )
    assert check_voters(crowd, NOW) == 0


def test_tallies_are_exact_after_the_gates(crowd: Database) -> None:
    from app.domain import verification

    with crowd.writing() as session:
        while rollup.roll_up(session):
            pass
    check_voters(crowd, NOW)
    with crowd.writing() as session:
        while rollup.roll_up(session):
            pass
    with crowd.reading() as session:
        assert verification.verify(session, [arenas.find(session, SLUG).id]).differences == ()


def test_the_rates_say_what_each_gate_does_and_raise_an_alarm(
    crowd: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assert rate(crowd, "one_sided").set_aside == 0
    with caplog.at_level(logging.WARNING):
        check_voters(crowd, NOW)
    found = rate(crowd, "one_sided")
    assert (found.votes, found.set_aside, found.share, found.alarm) == (136, 40, 40 / 136, True)
    assert not any(rate(crowd, name).alarm for name in ("coin", "cap", "recognised"))
    assert [each.getMessage() for each in caplog.records] == [
        f"gate one_sided set aside 29 % of the newest 136 votes of arena {SLUG}: look at the gate itself"
    ]


def test_a_recognised_model_keeps_the_vote_from_counting_unless_the_arena_counts_it(
    database: Database,
) -> None:
    arena_of(database, prompts=4)
    with database.writing() as session:
        dealt = deal(session, "ana", np.random.default_rng(1))
        said = NewBallot({"overall": "a"}, recognised=True)
        receipt = votes.cast(session, dealt.id, rater(session, "ana"), said, NOW)
    assert (receipt.counted, receipt.why_not_code) == (False, "set_aside")
    assert receipt.why_not == "you recognised a model, so the vote was not blind"
    assert receipt.reveal is not None
    change(database, gates={"recognised": {"on": False}})
    with database.writing() as session:
        dealt = deal(session, "ana", np.random.default_rng(1))
        assert votes.cast(session, dealt.id, rater(session, "ana"), said, NOW).counted


def test_no_more_votes_count_in_a_day_than_the_cap(database: Database) -> None:
    arena_of(database, prompts=10, gates={"cap": {"votes": 3}})
    found = vote(database, "ana", 5, ["a"] * 5)
    assert [each.counted for each in found] == [True] * 3 + [False] * 2
    assert found[-1].why_not == "only so many votes of a day count"
    with database.writing() as session:
        later = NOW + timedelta(hours=25)
        dealt = deal(session, "ana", np.random.default_rng(1), later)
        assert votes.cast(
            session, dealt.id, rater(session, "ana"), NewBallot({"overall": "a"}), later
        ).counted
    assert rate(database, "cap").set_aside == 2


def test_a_vote_set_aside_at_once_can_be_changed_and_one_set_aside_by_an_admin_cannot(
    database: Database,
) -> None:
    arena_of(database, prompts=4, reveal="never")
    with database.writing() as session:
        dealt = deal(session, "ana", np.random.default_rng(1))
        ana = rater(session, "ana")
        votes.cast(session, dealt.id, ana, NewBallot({"overall": "a"}, recognised=True), NOW)
        assert votes.change(session, dealt.id, ana, NewBallot({"overall": "b"}), NOW).counted
        votes.set_aside(session, select(Vote.id), "a test", "admin:eve", NOW)
        with pytest.raises(AlreadyVoted):
            votes.change(session, dealt.id, ana, NewBallot({"overall": "a"}), NOW)


@pytest.fixture
def golden(database: Database) -> Database:
    """One of two battles is a gold one: m1 is better than m3 on every prompt."""
    arena_of(database, prompts=12, gold_share=0.5, goal=1_000)
    with database.writing() as session:
        arena = arenas.find(session, SLUG)
        for at in range(12):
            controls.add(session, arena, f"p{at}", "m1", "m3", "m3 answered another question", NOW)
    return database


def test_gold_battles_are_dealt_and_their_votes_count_nowhere(golden: Database) -> None:
    found = vote(golden, "ana", 20, ["a"] * 20)
    with golden.reading() as session:
        rows = session.scalars(select(ControlBattle)).all()
        arena = arenas.find(session, SLUG)
        board = leaderboards.board(session, arena, Spec(), NOW)
        expected = {row.expected for row in rows}
        told = controls.list_gold(session, arena)
        for row in rows:
            battle = session.get_one(Battle, row.battle_id)
            models = {"a": battle.model_a_id, "b": battle.model_b_id}
            assert models[row.expected] == min(models.values())
            assert battle.overlap == 0
    gone = [each for each in found if not each.counted]
    assert 4 <= len(rows) == len(gone) <= 16
    assert f'"votes":{20 - len(rows)},' in board.body
    assert expected == {"a", "b"}
    assert {each.why_not for each in gone} == {
        "this was a control battle: it checks that battles are read, and counts on no board"
    }
    assert sum(each.judged for each in told) == len(rows)
    assert sum(each.failed for each in told) == sum(row.expected == "b" for row in rows)


def test_who_fails_gold_battles_is_stopped(golden: Database) -> None:
    chance = np.random.default_rng(0)
    for at in range(18):
        with golden.writing() as session:
            now = NOW + timedelta(seconds=at)
            dealt = deal(session, "ana", chance, now)
            battle = battles.find(session, dealt.id, rater(session, "ana"))
            control = controls.find(session, battle.id)
            wrong = {"a": "b", "b": "a"}[control.expected] if control else "tie"
            votes.cast(session, dealt.id, rater(session, "ana"), NewBallot({"overall": wrong}), now)
    assert check_voters(golden, NOW) > 0
    assert {why for state, why in states(golden, "ana") if "known verdict" in (why or "")}
    assert rate(golden, "gold").set_aside > 0
    assert "counted" not in {state for state, _ in states(golden, "ana")}


def test_gold_needs_answers_of_both_and_is_retired(golden: Database) -> None:
    with golden.writing() as session:
        arena = arenas.find(session, SLUG)
        first = controls.list_gold(session, arena)[0]
        with pytest.raises(AlreadyExists):
            controls.add(session, arena, "p0", "m3", "m1", "why", NOW)
        with pytest.raises(ModelNotFound):
            controls.add(session, arena, "p0", "m1", "ghost", "why", NOW)
        with pytest.raises(Invalid, match="no prompt"):
            controls.add(session, arena, "ghost", "m1", "m2", "why", NOW)
        with pytest.raises(Invalid, match="two models"):
            controls.add(session, arena, "p0", "m1", "m1", "why", NOW)
        controls.retire(session, arena, first.id, NOW)
        controls.retire(session, arena, first.id, NOW)
        with pytest.raises(GoldNotFound):
            controls.retire(session, arena, 10_000, NOW)
        assert len(controls.list_gold(session, arena)) == 11


def test_a_battle_comes_again_with_its_sides_exchanged(database: Database) -> None:
    arena_of(database, prompts=12, repeat_share=0.5, goal=1_000)
    vote(database, "ana", 20, ["a"] * 20)
    with database.reading() as session:
        rows = session.scalars(select(ControlBattle)).all()
        assert rows
        for row in rows:
            again, before = (session.get_one(Battle, key) for key in (row.battle_id, row.repeats))
            assert (again.prompt_id, again.model_a_id, again.model_b_id) == (
                before.prompt_id,
                before.model_b_id,
                before.model_a_id,
            )
            assert (again.answer_a_id, row.expected) == (before.answer_b_id, "b")
            assert again.id - before.id > controls.FEWEST_BETWEEN
        assert len({row.repeats for row in rows}) == len(rows)
        arena = arenas.find(session, SLUG)
        assert tallies.for_dealing(session, arena).votes == 20 - len(rows)


def test_no_control_battle_is_dealt_to_who_asks_for_another_language(golden: Database) -> None:
    with golden.writing() as session, pytest.raises(NoBattleLeft):
        deal(session, "ana", np.random.default_rng(1), language="fr")


def test_gates_that_cannot_be_are_refused(database: Database) -> None:
    arena_of(database)
    refused: tuple[dict[str, dict[str, object]], ...] = (
        {"ghost": {}},
        {"coin": {"odds": 0}},
        {"cap": {"votes": 0}},
        {"coin": {"on": "no"}},
    )
    for wrong in refused:
        with pytest.raises(Invalid, match="gates"):
            change(database, gates=wrong)
    with pytest.raises(Invalid, match="leaks"):
        change(database, leaks="maybe")
    with pytest.raises(Invalid, match="gold_share"):
        change(database, gold_share=0.6)


def test_the_casts_of_others_are_untouched(crowd: Database) -> None:
    with crowd.writing() as session:
        cast(session, "new", deal(session, "new", np.random.default_rng(1)).id)
    check_voters(crowd, NOW)
    assert states(crowd, "new") == [("counted", None)]
