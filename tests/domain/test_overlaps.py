"""The same draw before several voters: who gets a copy, how many, and what it carries."""

from collections import Counter
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from app.db.session import Database
from app.db.tables import Answer, Battle, Model
from app.domain import battles, overlaps, votes
from app.domain.errors import NoBattleLeft
from tests.arenas import NOW
from tests.dealing import arena_of, cast, change, deal, dealt, rater


def voters_of_draws(database: Database) -> dict[int, set[int | None]]:
    """Who voted on each draw, by the id of its first battle."""
    found: dict[int, set[int | None]] = {}
    for battle in dealt(database):
        if battle.state == "voted":
            found.setdefault(battle.copy_of or battle.id, set()).add(battle.dealt_to)
    return found


@pytest.mark.parametrize("target", [2, 3])
def test_voters_who_come_and_go_reach_the_overlap(database: Database, target: int) -> None:
    arena_of(database, target_overlap=target)
    chance = np.random.default_rng(target)
    for visit in range(3):
        for name in ("ana", "bo", "cy", "di"):
            with database.writing() as session:
                for _ in range(2):
                    try:
                        cast(session, name, deal(session, name, chance, NOW + timedelta(hours=visit)).id)
                    except NoBattleLeft:
                        break
    draws = voters_of_draws(database)
    assert sum(len(voters) for voters in draws.values()) == 4 * 6
    assert Counter(len(voters) for voters in draws.values()).most_common(1)[0][0] == target
    assert max(len(voters) for voters in draws.values()) == target


def test_a_copy_is_the_same_draw_with_its_probability_and_sides_drawn_anew(database: Database) -> None:
    arena_of(database, prompts=40, target_overlap=2)
    chance = np.random.default_rng(7)
    with database.writing() as session:
        for name in ("ana", "bo"):
            for _ in range(30):
                cast(session, name, deal(session, name, chance).id)
    firsts = {battle.id: battle for battle in dealt(database)}
    copies = [battle for battle in firsts.values() if battle.copy_of is not None]
    assert 12 <= len(copies) <= 28  # two thirds of 30
    turned = 0
    for copy in copies:
        first = firsts[copy.copy_of]
        assert (copy.prompt_id, copy.probability) == (first.prompt_id, first.probability)
        assert copy.dealt_to != first.dealt_to
        assert {copy.answer_a_id, copy.answer_b_id} == {first.answer_a_id, first.answer_b_id}
        turned += copy.model_a_id != first.model_a_id
    assert 1 <= turned < len(copies)
    assert len({battle.public_id for battle in firsts.values()}) == len(firsts)


@pytest.fixture
def due_to_bo(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Every deal that can be a copy is one, and ana has voted on a draw."""
    monkeypatch.setattr(overlaps, "share", lambda target: 1.0)
    arena_of(database, target_overlap=2)
    with database.writing() as session:
        cast(session, "ana", deal(session, "ana", np.random.default_rng(1)).id)
    return database


def copy_for(database: Database, name: str, now: datetime = NOW, **wanted: str) -> int | None:
    """What the next battle of this voter is a copy of."""
    with database.writing() as session:
        told = deal(session, name, np.random.default_rng(2), now, **wanted)
        return session.scalars(select(Battle.copy_of).where(Battle.public_id == told.id)).one()


def test_a_copy_that_is_held_is_not_dealt_to_a_third_voter_until_it_expires(due_to_bo: Database) -> None:
    first = copy_for(due_to_bo, "bo")
    assert first is not None
    assert copy_for(due_to_bo, "cy") is None
    assert copy_for(due_to_bo, "di", NOW + timedelta(days=2)) == first


def test_a_skipped_copy_goes_to_somebody_else(due_to_bo: Database) -> None:
    first = copy_for(due_to_bo, "bo")
    with due_to_bo.writing() as session:
        told = deal(session, "bo", np.random.default_rng(2))
        battles.skip(session, told.id, rater(session, "bo"), "topic", "", NOW)
    assert copy_for(due_to_bo, "bo") is None
    assert copy_for(due_to_bo, "cy") == first


def test_a_withdrawn_vote_makes_a_copy_due_again(due_to_bo: Database) -> None:
    first = copy_for(due_to_bo, "bo")
    with due_to_bo.writing() as session:
        told = deal(session, "bo", np.random.default_rng(2))
        cast(session, "bo", told.id)
    assert copy_for(due_to_bo, "cy") is None
    with due_to_bo.writing() as session:
        votes.withdraw(session, told.id, rater(session, "bo"), NOW)
    assert copy_for(due_to_bo, "di") == first


def test_a_draw_on_which_no_vote_stands_is_not_copied(due_to_bo: Database) -> None:
    (first,) = dealt(due_to_bo)
    with due_to_bo.writing() as session:
        votes.withdraw(session, first.public_id, rater(session, "ana"), NOW)
    assert copy_for(due_to_bo, "bo") is None


def test_nobody_is_dealt_what_they_have_seen(due_to_bo: Database) -> None:
    assert copy_for(due_to_bo, "ana") is None


def test_a_copy_fits_what_the_voter_asks_for(due_to_bo: Database) -> None:
    (first,) = dealt(due_to_bo)
    with due_to_bo.writing() as session:
        session.execute(update(Battle).values(language="zh-Hant"))
    assert copy_for(due_to_bo, "bo", language="en") is None
    with due_to_bo.writing() as session:
        session.execute(update(Battle).where(Battle.id == first.id).values(language="en-GB"))
    assert copy_for(due_to_bo, "cy", language="en") == first.id


@pytest.mark.parametrize("gone", ["hidden model", "replaced answer"])
def test_what_is_no_longer_shown_is_not_copied(due_to_bo: Database, gone: str) -> None:
    (first,) = dealt(due_to_bo)
    change(due_to_bo, target_overlap=3)
    with due_to_bo.writing() as session:
        if gone == "hidden model":
            session.execute(update(Model).where(Model.id == first.model_b_id).values(state="hidden"))
        else:
            old = session.get_one(Answer, first.answer_a_id)
            old.replaced_at = NOW
            session.flush()
            kept = {
                c.key: getattr(old, c.key) for c in Answer.__table__.c if c.key not in ("id", "replaced_at")
            }
            session.add(Answer(**kept))  # the same words again are still another answer
    assert copy_for(due_to_bo, "bo") is None


def test_a_target_raised_later_makes_old_draws_due(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlaps, "share", lambda target: 1.0)
    arena_of(database)
    with database.writing() as session:
        cast(session, "ana", deal(session, "ana", np.random.default_rng(1)).id)
    change(database, target_overlap=2)
    (first,) = dealt(database)
    assert copy_for(database, "bo") == first.id


def test_one_voter_alone_is_dealt_new_pairs_only(database: Database) -> None:
    arena_of(database, target_overlap=3)
    chance = np.random.default_rng(1)
    with database.writing() as session:
        for _ in range(6):
            cast(session, "ana", deal(session, "ana", chance).id)
    assert [battle.copy_of for battle in dealt(database)] == [None] * 6
