"""Dealing over HTTP: blind, fair, never twice, clear when there is nothing to deal."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.db.session import Database
from app.db.tables import Battle
from tests.api.conftest import API, Keys, Maker


def test_the_smallest_arena_deals_one_battle(make: Maker) -> None:
    make.quiz()
    battle = make.deal()
    assert battle["prompt"]["messages"] == [{"role": "user", "content": "Question 0?", "media": []}]
    said = {battle[side]["messages"][0]["content"] for side in "ab"}
    assert said == {"Answer to 0 in 8 letters.", "Answer to 0 in 9 letters."}
    assert [each["slug"] for each in battle["dimensions"]] == ["overall", "accuracy"]
    assert battle["progress"] == {"voted": 0, "goal": 30}


def test_nothing_sent_before_the_vote_names_a_model(client: TestClient, make: Maker) -> None:
    """Invariant 1, for bodies and headers; timing and order are the same code for every model."""
    make.quiz(models=3, prompts=3, description="Guess who")
    told = client.post(f"{API}/arenas/quiz/battles")
    me, shown = client.get(f"{API}/me"), client.get(f"{API}/arenas/quiz")
    sent = " ".join(f"{each.text} {each.headers}" for each in (told, me, shown)).lower()
    assert "secret-" not in sent
    assert "acme" not in sent
    receipt = make.vote(told.json()["id"], {"overall": "a"})
    assert {receipt["reveal"][side]["model"][:7] for side in "ab"} == {"secret-"}


def test_a_battle_holds_only_the_keys_on_the_list(make: Maker) -> None:
    make.quiz()
    battle = make.deal()
    keys = "a arena b dimensions expires_at guidelines id progress prompt verdicts"
    assert sorted(battle) == keys.split()
    assert sorted(battle["prompt"]) == ["category", "checklist", "checklist_version", "language", "messages"]
    assert sorted(battle["a"]) == sorted(battle["b"]) == ["messages"]


def test_the_checklist_of_a_prompt_is_dealt_with_it(make: Maker) -> None:
    make.arena()
    make.prompts("quiz", checklist=["Does it name the year?", "Does it cite a source?"])
    for model in ("one", "two"):
        make.model("quiz", model)
    prompt = make.deal()["prompt"]
    assert prompt["checklist"] == ["Does it name the year?", "Does it cite a source?"]
    assert prompt["checklist_version"] == 1


def test_asking_again_gives_the_open_battle_again(make: Maker) -> None:
    make.quiz(models=3, prompts=3)
    first = make.deal()
    assert make.deal() == first
    make.newcomer()
    assert make.deal()["id"] != first["id"]


def test_a_voter_meets_no_pair_twice_on_a_prompt_and_then_there_is_none_left(
    client: TestClient, make: Maker
) -> None:
    make.quiz(models=3, prompts=2)
    met = []
    for _ in range(3 * 2):
        battle = make.deal()
        answers = frozenset(battle[side]["messages"][0]["content"] for side in "ab")
        met.append((battle["prompt"]["messages"][0]["content"], answers))
        make.vote(battle["id"], {"overall": "tie"})
    assert len(set(met)) == 6
    told = client.post(f"{API}/arenas/quiz/battles")
    assert (told.status_code, told.json()["type"]) == (409, "/problems/no-battle-left")
    assert "thank you" in told.json()["detail"]


def test_skipped_battles_count_as_met(client: TestClient, make: Maker) -> None:
    make.quiz(models=2, prompts=2)
    first = make.deal()
    skipped = make.post(f"/battles/{first['id']}/skip", {"reason": "topic"}, {"x": "y"})
    assert skipped == {"battle": first["id"], "reason": "topic"}
    second = make.deal()
    assert second["prompt"] != first["prompt"]
    again = client.post(f"{API}/battles/{first['id']}/skip", json={"reason": "topic"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-skipped")
    vote = client.post(f"{API}/battles/{first['id']}/votes", json={"verdicts": {"overall": "a"}})
    assert vote.status_code == 409
    assert make.board()["votes"] == 0


def test_an_expired_battle_is_closed_and_dealt_again(
    client: TestClient, make: Maker, database: Database
) -> None:
    make.quiz()
    first = make.deal()
    with database.writing() as session:
        session.execute(update(Battle).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    told = client.post(f"{API}/battles/{first['id']}/votes", json={"verdicts": {"overall": "a"}})
    assert (told.status_code, told.json()["type"]) == (410, "/problems/battle-expired")
    again = make.deal()
    assert again["id"] != first["id"]
    assert again["prompt"] == first["prompt"]


@pytest.mark.parametrize(
    ("models", "prompts", "why"),
    [(0, 1, "0 active models"), (1, 1, "1 active models"), (2, 0, "no prompt")],
)
def test_an_arena_without_enough_says_what_is_missing(
    client: TestClient, make: Maker, models: int, prompts: int, why: str
) -> None:
    make.quiz(models=models, prompts=prompts) if prompts else _without_prompts(make, models)
    told = client.post(f"{API}/arenas/quiz/battles")
    assert (told.status_code, told.json()["type"]) == (409, "/problems/no-battle-left")
    assert why in told.json()["detail"]


def test_only_models_that_answered_the_prompt_are_dealt(make: Maker) -> None:
    make.arena("quiz")
    make.prompts("quiz", 2)
    make.model("quiz", "secret-m", prompts=2)
    make.model("quiz", "secret-mm", prompts=1)
    assert make.deal()["prompt"]["messages"][0]["content"] == "Question 0?"


def test_a_hidden_model_is_not_dealt(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz(models=3)
    client.patch(f"{API}/arenas/quiz/models/secret-mmm", json={"state": "hidden"}, headers=keys.owner)
    battle = make.deal()
    said = {battle[side]["messages"][0]["content"] for side in "ab"}
    assert "Answer to 0 in 10 letters." not in said


def test_a_voter_may_ask_for_a_language_and_a_category_path(client: TestClient, make: Maker) -> None:
    make.arena("quiz")
    for n, (language, category) in enumerate([("en", "medicine/cardiology"), ("zh-Hant", "history")]):
        prompt = {"id": f"p{n}", "text": f"Question {n}?", "language": language, "category": category}
        make.post("/arenas/quiz/prompts", prompt)
    for slug in ("secret-m", "secret-mm"):
        make.model("quiz", slug, prompts=2)
    assert make.deal(category="medicine")["prompt"]["category"] == "medicine/cardiology"
    assert make.deal(language="zh")["prompt"]["language"] == "zh-Hant"
    told = client.post(f"{API}/arenas/quiz/battles", json={"category": "med"})
    assert told.status_code == 409


def test_sides_are_fair_and_the_probability_is_kept(make: Maker, database: Database) -> None:
    make.quiz(models=2, prompts=40)
    for _ in range(40):
        make.vote(make.deal()["id"], {"overall": "tie"})
    with database.reading() as session:
        rows = session.execute(select(Battle.model_a_id, Battle.probability)).all()
    left = Counter(row.model_a_id for row in rows)
    # 40 fair coins fall outside 6…34 once in a hundred thousand times.
    assert all(6 <= count <= 34 for count in left.values())
    assert len(left) == 2
    assert [row.probability for row in rows] == pytest.approx([1.0] * 40)


def test_little_known_pairs_come_first(make: Maker, database: Database) -> None:
    make.quiz(models=3, prompts=40, explore=0.1)
    for _ in range(40):
        make.vote(make.deal()["id"], {"overall": "a"})
    with database.reading() as session:
        rows = session.execute(select(Battle.model_a_id, Battle.model_b_id, Battle.probability)).all()
    met = Counter(frozenset((row.model_a_id, row.model_b_id)) for row in rows)
    # Uniform dealing would leave some pair with fewer than 8 of 40 in about one run of thirty.
    assert min(met.values()) >= 8
    assert min(row.probability for row in rows) >= 0.1 / 3 - 1e-12
    assert max(row.probability for row in rows) < 1


def test_another_voters_battle_is_not_found(client: TestClient, make: Maker) -> None:
    make.quiz()
    battle = make.deal()
    make.newcomer()
    told = client.post(f"{API}/battles/{battle['id']}/votes", json={"verdicts": {"overall": "a"}})
    assert (told.status_code, told.json()["type"]) == (404, "/problems/battle-not-found")


def test_a_forged_cookie_is_another_voter(client: TestClient, make: Maker) -> None:
    make.quiz()
    battle = make.deal()
    signed = client.cookies["arena_voter"]
    client.cookies.clear()
    forged = signed[:-2] + ("AA" if signed[-2:] != "AA" else "BB")
    told = client.post(
        f"{API}/battles/{battle['id']}/votes",
        json={"verdicts": {"overall": "a"}},
        headers={"cookie": f"arena_voter={forged}"},
    )
    assert told.status_code == 404


def test_the_voters_cookie_is_signed_and_out_of_reach_of_scripts(client: TestClient, make: Maker) -> None:
    make.quiz()
    told = client.post(f"{API}/arenas/quiz/battles")
    assert "HttpOnly" in told.headers["set-cookie"]
    assert "SameSite=lax" in told.headers["set-cookie"]
    assert "set-cookie" not in client.post(f"{API}/arenas/quiz/battles").headers


def test_ids_are_random(make: Maker) -> None:
    make.quiz(models=3, prompts=3)
    seen = set()
    for _ in range(5):
        battle = make.deal()
        seen.add(battle["id"])
        make.vote(battle["id"], {"overall": "a"})
    assert len(seen) == 5
    assert all(len(each) >= 21 for each in seen)


def _without_prompts(make: Maker, models: int) -> None:
    make.arena("quiz")
    for n in range(models):
        make.post("/arenas/quiz/models", {"slug": f"m{n}"}, make.keys.owner)
