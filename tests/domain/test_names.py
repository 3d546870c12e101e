"""A model that comes or is renamed is looked for in the answers that are there, and boards and battles follow."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import AnswerLeak, Arena, LeakMark, Model
from app.domain import arenas, models, names, verification, votes
from app.domain.models import NewModel
from app.domain.votes import NewBallot
from app.worker import look_for_names
from tests.arenas import NOW, SLUG, roll_up, rows_of
from tests.dealing import arena_of, change, deal, rater
from tests.domain.test_leaks import board, found_in, submit

PROMPTS = 6
TOLD = "Weaver 12k would say that the sky is blue."


@pytest.fixture
def arena(database: Database) -> Database:
    """m1 names on half of the prompts a model that nobody knows yet; what there is was looked through."""
    arena_of(database, prompts=PROMPTS, goal=1_000)
    submit(database, "m1", dict.fromkeys(range(0, PROMPTS, 2), TOLD))
    search(database)
    assert found_in(database) == []
    return database


def search(database: Database) -> int:
    """In how many transactions everything was looked through."""
    steps = 0
    while look_for_names(database):
        steps += 1
    return steps


def register(database: Database, slug: str, **given: Any) -> None:
    with database.writing() as session:
        models.register(session, arenas.find(session, SLUG), NewModel(slug, **given), None, NOW)


def play(database: Database, count: int, first: int = 0) -> list[bool]:
    """Whether each battle dealt to a new voter names the model; each is voted on."""
    found = []
    with database.writing() as session:
        for at in range(first, first + count):
            dealt = deal(session, f"voter {at}", np.random.default_rng(at))
            found.append(TOLD in [message["content"] for side in (dealt.a, dealt.b) for message in side])
            votes.cast(session, dealt.id, rater(session, f"voter {at}"), NewBallot({"overall": "a"}), NOW)
    return found


def differences(database: Database) -> Any:
    with database.reading() as session:
        return verification.verify(session, session.scalars(select(Arena.id)).all()).differences


def test_a_model_that_is_registered_is_found_in_answers_of_before(arena: Database) -> None:
    register(arena, "weaver-12k")
    assert found_in(arena) == [], "not in the request"
    search(arena)
    assert found_in(arena) == [("name", "Weaver 12k")] * (PROMPTS // 2)
    assert search(arena) == 0


@pytest.mark.parametrize("field", ["name", "organization"])
def test_a_model_or_maker_that_is_renamed_is_found(arena: Database, field: str) -> None:
    with arena.writing() as session:
        setattr(session.scalars(select(Model).where(Model.slug == "m2")).one(), field, "weaver-12k")
    search(arena)
    assert found_in(arena) == [("name", "Weaver 12k")] * (PROMPTS // 2)


@pytest.mark.parametrize("rolled_up", [False, True])
def test_boards_with_and_without_are_right_for_votes_of_before_and_after(
    arena: Database, rolled_up: bool
) -> None:
    dealt = play(arena, 40)
    assert 0 < sum(dealt) < 40
    if rolled_up:
        roll_up(arena)
    assert board(arena, leaks="without")["votes"] == 40
    register(arena, "weaver-12k")
    search(arena)
    assert (board(arena)["votes"], board(arena, leaks="without")["votes"]) == (40, 40 - sum(dealt))
    assert differences(arena) == ()
    more = play(arena, 40, first=40)
    assert any(more)
    if rolled_up:
        roll_up(arena)
    assert board(arena, leaks="without")["votes"] == 80 - sum(dealt) - sum(more)
    assert differences(arena) == ()


def test_a_battle_that_leaked_already_is_taken_away_once(arena: Database) -> None:
    submit(arena, "m2", dict.fromkeys(range(0, PROMPTS, 2), "I am ChatGPT, made by OpenAI."))
    play(arena, 60)
    roll_up(arena)
    before = board(arena, leaks="without")["votes"]
    register(arena, "weaver-12k")
    search(arena)
    assert board(arena, leaks="without")["votes"] < before
    assert differences(arena) == ()


def test_battles_dealt_after_that_obey_the_arena(arena: Database) -> None:
    change(arena, leaks="redeal")
    assert any(play(arena, 20))
    register(arena, "weaver-12k")
    search(arena)
    assert play(arena, 30, first=20) == [False] * 30


def test_a_search_goes_on_where_it_was_and_begins_anew_with_other_names(
    arena: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "BATCH", 5)
    register(arena, "weaver-12k")
    assert look_for_names(arena)
    ((first,),) = rows_of(arena, LeakMark.position)
    assert first > 0
    assert look_for_names(arena)
    assert rows_of(arena, LeakMark.position) > [(first,)]
    register(arena, "loom-7b")
    assert look_for_names(arena)
    assert rows_of(arena, LeakMark.position) == [(first,)]
    steps = search(arena)
    assert steps >= 3
    assert len(rows_of(arena, AnswerLeak.answer_id)) == PROMPTS // 2
    assert search(arena) == 0


def test_while_others_store_answers_the_search_waits(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    arena_of(database, prompts=1)
    with database.writing() as session:
        session.scalars(select(Arena.id).with_for_update(key_share=True)).all()
        assert not look_for_names(database)
    assert look_for_names(database)
    database.close()
