"""Many requests in the same instant, from real threads against real servers, on both databases."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.tables import Battle, Vote
from tests.system import voting
from tests.system.voting import Place, Request, send_at_once

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

VOTE = {"verdicts": {"overall": "a", "accuracy": "tie"}}
OTHER = {"verdicts": {"overall": "b", "accuracy": "b"}}
VOTES = (
    "SELECT d.slug, v.verdict, v.state FROM votes v JOIN battles b ON b.id = v.battle_id"
    " JOIN dimensions d ON d.id = v.dimension_id WHERE b.public_id = :battle ORDER BY d.slug, v.id"
)
BALLOTS = (
    "SELECT count(DISTINCT v.ballot_id) FROM votes v JOIN battles b ON b.id = v.battle_id"
    " WHERE b.public_id = :battle"
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server for every test of this file, on one database and then on the other."""
    folder = tmp_path_factory.mktemp(request.param)
    with voting.running(request, folder, ARENA_ROLL_UP_SECONDS="0.05") as started:
        yield started


@pytest.mark.parametrize("hands", [2, 20])
def test_votes_on_one_battle_leave_one_vote(place: Place, hands: int) -> None:
    arena = voting.make_arena(place, f"votes-{hands}")
    voter = voting.new_voter(place.url)
    battle = voting.deal(arena, voter)
    answers = send_at_once(place.url, voter, [("POST", f"/battles/{battle}/votes", {"json": VOTE})] * hands)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: hands - 1}
    refused = {answer.json()["type"] for answer in answers if answer.status_code == 409}
    assert refused == {"/problems/already-voted"}
    assert place.rows(VOTES, battle=battle) == [("accuracy", "tie", "counted"), ("overall", "a", "counted")]
    assert place.number(BALLOTS, battle=battle) == 1


@pytest.mark.parametrize("hands", [2, 20])
def test_votes_with_one_idempotency_key_get_one_answer(place: Place, hands: int) -> None:
    arena = voting.make_arena(place, f"key-{hands}")
    voter = voting.new_voter(place.url)
    battle = voting.deal(arena, voter)
    sent = {"json": VOTE, "headers": {"Idempotency-Key": f"click-{hands}"}}
    answers = send_at_once(place.url, voter, [("POST", f"/battles/{battle}/votes", sent)] * hands)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert place.rows(VOTES, battle=battle) == [("accuracy", "tie", "counted"), ("overall", "a", "counted")]
    assert place.number(BALLOTS, battle=battle) == 1


def test_one_idempotency_key_for_two_votes_stores_one(place: Place) -> None:
    arena = voting.make_arena(place, "key-twice")
    voter = voting.new_voter(place.url)
    battle = voting.deal(arena, voter)
    headers = {"Idempotency-Key": "two-bodies"}
    answers = send_at_once(
        place.url,
        voter,
        [
            ("POST", f"/battles/{battle}/votes", {"json": body, "headers": headers})
            for body in (VOTE, OTHER) * 3
        ],
    )
    kinds = Counter(answer.json().get("type", "stored") for answer in answers)
    assert kinds == {"stored": 3, "/problems/idempotency-conflict": 3}
    assert len(place.rows(VOTES, battle=battle)) == 2


def test_deals_to_one_voter_give_one_battle(place: Place) -> None:
    arena = voting.make_arena(place, "deals")
    voter = voting.new_voter(place.url)
    _vote(arena, voter)  # a newcomer's deals would queue at the making of the rater
    answers = send_at_once(place.url, voter, [("POST", f"/arenas/{arena.arena}/battles", {})] * 12)
    assert {answer.status_code for answer in answers} == {201}
    (battle,) = {answer.json()["id"] for answer in answers}
    of_voter = "dealt_to = (SELECT dealt_to FROM battles WHERE public_id = :battle)"
    dealt = f"SELECT count(*) FROM battles WHERE state = 'open' AND {of_voter}"
    assert place.number(dealt, battle=battle) == 1


def test_a_copy_that_many_could_get_is_dealt_once(place: Place) -> None:
    """Each deal is a copy with probability 2/3; that none of 12 is happens twice in a million times."""
    arena = voting.make_arena(place, "copies", target_overlap=2)
    _vote(arena, voting.new_voter(place.url))
    answers = send_at_once(place.url, None, [("POST", f"/arenas/{arena.arena}/battles", {})] * 12)
    assert {answer.status_code for answer in answers} == {201}
    of_arena = "FROM battles b JOIN arenas a ON a.id = b.arena_id WHERE a.slug = 'copies'"
    assert place.number(f"SELECT count(*) {of_arena}") == 13
    assert place.number(f"SELECT count(*) {of_arena} AND b.copy_of IS NOT NULL") == 1


def test_more_voters_than_threads_are_all_served(place: Place) -> None:
    """A transaction needs a thread to end, so waiting requests must never hold all of them."""
    arena = voting.make_arena(place, "crowd")
    answers = send_at_once(place.url, None, [("POST", f"/arenas/{arena.arena}/battles", {})] * 100)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 100


def test_submissions_of_one_model_keep_one_answer_for_each_prompt(place: Place) -> None:
    arena = voting.make_arena(place, "answers", models=("m1",))
    sent = [
        (
            "POST",
            f"/arenas/{arena.arena}/models/m1/answers",
            {"json": _answers(f"version {at}"), **_admin(place)},
        )
        for at in range(8)
    ]
    answers = send_at_once(place.url, None, sent)
    assert {answer.status_code for answer in answers} == {201}
    assert sum(answer.json()["replaced"] for answer in answers) == 6 * 8
    of_arena = "FROM answers a JOIN arenas r ON r.id = a.arena_id WHERE r.slug = 'answers'"
    assert place.number(f"SELECT count(*) {of_arena}") == 6 * 9
    current = place.rows(f"SELECT a.prompt_id, count(*) {of_arena} AND a.replaced_at IS NULL GROUP BY 1")
    assert [count for _, count in current] == [1] * 6


@pytest.mark.parametrize(
    ("method", "path", "body", "stored", "table"),
    [
        ("POST", "/arenas", {"slug": "born", "title": "Born"}, 201, "arenas WHERE slug = 'born'"),
        ("PUT", "/arenas/{}/dimensions/wit", {"title": "Wit"}, 200, "dimensions WHERE slug = 'wit'"),
        ("POST", "/arenas/{}/models", {"slug": "m9"}, 201, "models WHERE slug = 'm9'"),
        ("POST", "/arenas/{}/prompts", {"id": "p9", "text": "?"}, 201, "prompts WHERE external_id = 'p9'"),
    ],
    ids=["arena", "dimension", "model", "prompt"],
)
def test_the_same_thing_made_at_once_is_there_once(
    place: Place, method: str, path: str, body: dict[str, object], stored: int, table: str
) -> None:
    arena = voting.make_arena(place, f"same-{method.lower()}-{len(table)}", models=("m1",))
    sent = {"json": body, **_admin(place)}
    answers = send_at_once(place.url, None, [(method, path.format(arena.arena), sent)] * 8)
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {stored, 409}
    assert statuses[stored] >= 1
    assert place.number(f"SELECT count(*) FROM {table}") == 1


def test_rewordings_of_one_dimension_are_versions_in_a_row(place: Place) -> None:
    arena = voting.make_arena(place, "rewordings", dimensions=("clarity",))
    path = f"/arenas/{arena.arena}/dimensions/clarity"
    sent = [("PUT", path, {"json": {"title": f"Clarity {at}"}, **_admin(place)}) for at in range(8)]
    answers = send_at_once(place.url, None, sent)
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 10))
    versions = place.number(
        "SELECT count(*) FROM dimension_versions v JOIN dimensions d ON d.id = v.dimension_id WHERE d.slug = 'clarity'"
    )
    assert versions == 9


@pytest.mark.parametrize(
    ("hands", "left"),
    [
        (("PATCH", "DELETE"), ["withdrawn"]),
        (("PATCH",) * 6, ["counted"]),
        (("DELETE",) * 6, ["withdrawn"]),
        (("PATCH", "DELETE") * 3, ["withdrawn"]),
    ],
    ids=["change-withdraw", "changes", "withdrawals", "all"],
)
def test_changes_of_one_vote_follow_each_other(place: Place, hands: tuple[str, ...], left: list[str]) -> None:
    arena = voting.make_arena(
        place, f"changes-{len(hands)}-{len(set(hands))}-{hands[-1]}".lower(), reveal="never"
    )
    voter = voting.new_voter(place.url)
    battle = voting.deal(arena, voter)
    path = f"/battles/{battle}/votes"
    with voting.client(place.url, voter) as browser:
        browser.post(path, json=VOTE).raise_for_status()
    answers = send_at_once(
        place.url, voter, [(method, path, {"json": OTHER} if method == "PATCH" else {}) for method in hands]
    )
    done = [method for method, answer in zip(hands, answers, strict=True) if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 404}
    assert done.count("DELETE") == min(1, hands.count("DELETE"))
    changes = done.count("PATCH")
    for dimension in ("accuracy", "overall"):
        states = [state for slug, _, state in place.rows(VOTES, battle=battle) if slug == dimension]
        assert states == ["superseded"] * changes + left
    events = (
        "SELECT count(*) FROM vote_events e JOIN votes v ON v.id = e.vote_id"
        " JOIN battles b ON b.id = v.battle_id WHERE b.public_id = :battle"
    )
    assert place.number(events, battle=battle) == 2 * len(done)


def test_a_battle_is_voted_on_or_skipped(place: Place) -> None:
    arena = voting.make_arena(place, "skips")
    voter = voting.new_voter(place.url)
    battle = voting.deal(arena, voter)
    sent: list[Request] = [
        ("POST", f"/battles/{battle}/votes", {"json": VOTE}),
        ("POST", f"/battles/{battle}/skip", {"json": {"reason": "topic"}}),
    ]
    answers = send_at_once(place.url, voter, sent * 3)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 5}
    ((state,),) = place.rows("SELECT state FROM battles WHERE public_id = :battle", battle=battle)
    assert len(place.rows(VOTES, battle=battle)) == (2 if state == "voted" else 0)


def test_the_last_votes_of_a_goal_reveal_every_battle(place: Place) -> None:
    """Several tabs: each vote alone is short of the goal, so the last one must see the others."""
    languages = ("en", "de", "fr", "it", "es")
    arena = voting.make_arena(place, "goal", languages=languages, reveal="end", goal=len(languages))
    voter = voting.new_voter(place.url)
    dealt = [voting.deal(arena, voter, language) for language in languages]
    sent: list[Request] = [("POST", f"/battles/{battle}/votes", {"json": VOTE}) for battle in dealt]
    assert {answer.status_code for answer in send_at_once(place.url, voter, sent)} == {201}
    with voting.client(place.url, voter) as browser:
        seen = browser.get("/me/votes").raise_for_status().json()["items"]
    assert [each["models"] is not None for each in seen] == [True] * len(languages)


def test_the_database_refuses_a_second_vote_by_itself(place: Place) -> None:
    """Invariant 4, with every lock and check of the program bypassed."""
    arena = voting.make_arena(place, "bypassed")
    voter = voting.new_voter(place.url)
    battle = voting.deal(arena, voter)
    with voting.client(place.url, voter) as browser:
        browser.post(f"/battles/{battle}/votes", json=VOTE).raise_for_status()
    for state in ("counted", "withdrawn", "set_aside"):
        with pytest.raises(IntegrityError), place.database.writing() as session:
            session.add(_copy(session, battle, state))
    with place.database.writing() as session:
        session.add(_copy(session, battle, "superseded"))
        session.flush()
        session.rollback()


def test_a_leaderboard_fitted_by_many_at_once_is_one_snapshot(place: Place) -> None:
    arena = voting.make_arena(place, "boards")
    _vote(arena, voting.new_voter(place.url))
    for method in ("bradley_terry", "elo", "live_elo"):
        path = f"/arenas/{arena.arena}/leaderboard?method={method}"
        answers = send_at_once(place.url, None, [("GET", path, {})] * 10)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        assert len({answer.headers["ETag"] for answer in answers}) == 1
    kept = "SELECT count(*) FROM rankings r JOIN arenas a ON a.id = r.arena_id WHERE a.slug = 'boards'"
    assert place.number(kept) == 3


def _vote(arena: Place, voter: str) -> None:
    battle = voting.deal(arena, voter)
    with voting.client(arena.url, voter) as browser:
        browser.post(f"/battles/{battle}/votes", json=VOTE).raise_for_status()


def _copy(session: Session, battle: str, state: str) -> Vote:
    found = session.scalars(
        select(Vote).join(Battle, Vote.battle_id == Battle.id).where(Battle.public_id == battle)
    )
    vote = found.first()
    assert vote is not None
    kept = {c.key: getattr(vote, c.key) for c in Vote.__table__.c if c.key not in ("id", "txid", "state")}
    return Vote(**kept, state=state)


def _answers(text: str) -> list[dict[str, str]]:
    return [{"prompt_id": f"p{at}", "text": text} for at in range(6)]


def _admin(place: Place) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {place.key}"}}
