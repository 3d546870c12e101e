"""Answers that betray their model: found once when they come, marked or not dealt, and boards with and without them."""

import json
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Answer, AnswerLeak, Battle, Model, Vote
from app.db.upgrade import downgrade, upgrade
from app.domain import answers, arenas, battles, leaderboards, models, review, rollup, verification, votes
from app.domain.answers import NewAnswer
from app.domain.errors import NoBattleLeft
from app.domain.fits import Spec
from app.domain.votes import NewBallot
from tests.arenas import NOW, SLUG, import_rows, make_arena, vote
from tests.dealing import MODELS, arena_of, change, deal, rater

BEFORE = "5d0f7a91c3e8"
PROMPTS = 6
LEAKING = "I am ChatGPT, made by OpenAI. The sky is blue."


@pytest.fixture
def arena(database: Database) -> Database:
    """m1 says who it is on half of the prompts."""
    arena_of(database, prompts=PROMPTS, goal=1_000)
    submit(database, "m1", dict.fromkeys(range(0, PROMPTS, 2), LEAKING))
    return database


def submit(database: Database, model: str, texts: dict[int, str]) -> None:
    with database.writing() as session:
        row = arenas.find(session, SLUG)
        new = [
            NewAnswer(line, f"p{at}", ({"role": "assistant", "content": text},))
            for line, (at, text) in enumerate(texts.items(), start=1)
        ]
        known = session.scalars(select(Model).where(Model.slug == model)).one()
        answers.submit(session, row, known, new, (), NOW)


def play(database: Database, count: int, verdict: str = "a") -> list[bool]:
    """Whether each battle dealt to a new voter had an answer that betrays its model; each is voted on."""
    found = []
    with database.writing() as session:
        for at in range(count):
            dealt = deal(session, f"voter {at}", np.random.default_rng(at))
            shown = [message["content"] for side in (dealt.a, dealt.b) for message in side]
            found.append(LEAKING in shown)
            votes.cast(session, dealt.id, rater(session, f"voter {at}"), NewBallot({"overall": verdict}), NOW)
    return found


def board(database: Database, **asked: Any) -> dict[str, Any]:
    with database.reading() as session:
        made = leaderboards.board(session, arenas.find(session, SLUG), Spec(**asked), NOW)
    found: dict[str, Any] = json.loads(made.body)
    return found


def found_in(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.scalars(select(AnswerLeak).order_by(AnswerLeak.answer_id))
        return [(row.kind, row.words) for row in rows]


def test_an_answer_is_looked_at_when_it_is_submitted(arena: Database) -> None:
    assert found_in(arena) == [("introduction", "I am ChatGPT")] * 3


def test_the_names_of_the_arena_and_what_the_prompt_asks_are_known(database: Database) -> None:
    arena_of(database, prompts=2, models=("weaver-12k", "m2"))
    submit(database, "m2", {0: "Weaver 12k would say so.", 1: "m2 would not."})
    assert found_in(database) == [("name", "Weaver 12k")]


def test_a_replaced_answer_leaks_no_more(arena: Database) -> None:
    submit(arena, "m1", dict.fromkeys(range(PROMPTS), "The sky is blue."))
    change(arena, leaks="redeal")
    assert play(arena, 12) == [False] * 12
    with arena.reading() as session:
        current = select(AnswerLeak).join(Answer).where(Answer.replaced_at.is_(None))
        assert session.scalars(current).all() == []


def test_an_import_is_looked_at_too(database: Database) -> None:
    make_arena(database)
    said = ({"role": "assistant", "content": LEAKING},)
    plain = ({"role": "assistant", "content": "The sky is blue."},)
    asked = ({"role": "user", "content": "Why is the sky blue?"},)
    import_rows(database, [vote("x", "y", "a", prompt_id="p", prompt=asked, answer_a=said, answer_b=plain)])
    assert found_in(database) == [("introduction", "I am ChatGPT")]


def test_a_flagged_arena_deals_it_and_marks_the_vote(arena: Database) -> None:
    dealt = play(arena, 30)
    assert 0 < sum(dealt) < 30
    with arena.reading() as session:
        page = review.list_votes(session, arenas.find(session, SLUG), review.Chosen(), 100, None)
    assert [each.leaks for each in page.items] == dealt[::-1]
    assert {each.vote.state for each in page.items} == {"counted"}


def test_an_arena_that_redeals_shows_no_answer_that_says_who_gave_it(arena: Database) -> None:
    assert any(play(arena, 12))
    change(arena, leaks="redeal")
    assert play(arena, 40) == [False] * 40


def test_copies_of_a_draw_that_leaks_are_not_dealt_either(database: Database) -> None:
    arena_of(database, prompts=1, models=("m1", "m2"), goal=1_000, target_overlap=20)
    submit(database, "m1", {0: LEAKING})
    assert play(database, 3) == [True] * 3
    change(database, leaks="redeal")
    with database.writing() as session, pytest.raises(NoBattleLeft):
        deal(session, "new", np.random.default_rng(1))


def test_the_gate_keeps_such_votes_from_counting_where_it_is_on(arena: Database) -> None:
    change(arena, gates={"leak": {"on": True}})
    dealt = play(arena, 30)
    with arena.reading() as session:
        rows = session.execute(select(Vote.state, Vote.state_reason).order_by(Vote.id)).all()
    assert [state == "set_aside" for state, _ in rows] == dealt
    assert {why for state, why in rows if state == "set_aside"} == {
        "an answer said which model gave it, so the vote was not blind"
    }


@pytest.mark.parametrize("rolled_up", [False, True])
def test_boards_with_and_without(arena: Database, rolled_up: bool) -> None:
    dealt = play(arena, 60)
    if rolled_up:
        roll_up(arena)
    clean = len(dealt) - sum(dealt)
    everything, without = board(arena), board(arena, leaks="without")
    assert (everything["votes"], without["votes"]) == (60, clean)
    assert (everything["raters"], without["raters"]) == (60, clean)
    assert "leaks" not in everything["filters"]
    assert without["filters"]["leaks"] == "without"
    games = {row["model"]: row["votes"] for row in without["rows"]}
    for method in ("elo", "style_controlled", "win_rate"):
        other = board(arena, leaks="without", method=method)
        assert {row["model"]: row["votes"] for row in other["rows"]} == games
    clustered = board(arena, leaks="without", settings={"cluster": "voter"})
    assert clustered["votes_fitted"] == clean
    with arena.reading() as session:
        row = arenas.find(session, SLUG)
        assert verification.verify(session, [row.id]).differences == ()


def test_a_vote_taken_back_leaves_both_boards(arena: Database) -> None:
    play(arena, 60)
    roll_up(arena)
    with arena.writing() as session:
        assert votes.set_aside(session, select(Vote.id), "all of them", "admin:eve", NOW) == 60
    assert board(arena)["votes"] == board(arena, leaks="without")["votes"] == 0
    roll_up(arena)
    assert board(arena, leaks="without")["votes"] == 0
    with arena.reading() as session:
        assert verification.verify(session, [arenas.find(session, SLUG).id]).differences == ()


def test_older_answers_are_looked_at_by_the_upgrade(arena: Database, database_url: str) -> None:
    play(arena, 20)
    before = board(arena, leaks="without")["votes"]
    arena.close()
    downgrade(database_url, BEFORE)
    upgrade(database_url)
    database = Database(database_url)
    assert found_in(database) == [("introduction", "I am ChatGPT")] * 3
    assert board(database, leaks="without")["votes"] == before
    with database.reading() as session:
        rules = arenas.rules_of(arenas.find(session, SLUG))
        assert (rules.leaks, rules.gates, rules.gold_share) == ("flag", {}, 0)
        assert len(models.by_id(session, arenas.find(session, SLUG))) == len(MODELS)
        assert session.scalars(select(Battle.id)).all()
    database.close()


def test_nothing_of_it_reaches_the_voter_before_the_vote(arena: Database) -> None:
    with arena.writing() as session:
        dealt = deal(session, "ana", np.random.default_rng(1))
        assert not {"leaks", "control"} & set(battles.DealtBattle.__slots__)
        assert dealt.id


def roll_up(database: Database) -> None:
    left = True
    while left:
        with database.writing() as session:
            left = rollup.roll_up(session)
