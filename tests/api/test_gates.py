"""Gates, gold battles and answers that betray their model, over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import API, Keys, Maker

QUIZ = f"{API}/arenas/quiz"


def patch(client: TestClient, keys: Keys, **rules: Any) -> Any:
    return client.patch(QUIZ, json=rules, headers=keys.admin)


def test_an_arena_tells_and_takes_how_it_gates_votes(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz()
    told = client.get(QUIZ).json()
    assert {name: told[name] for name in ("leaks", "gates", "gold_share", "repeat_share")} == {
        "leaks": "flag",
        "gates": {},
        "gold_share": 0,
        "repeat_share": 0,
    }
    wanted = {"leaks": "redeal", "gates": {"cap": {"votes": 5}, "echo": {"on": False}}, "gold_share": 0.1}
    changed = patch(client, keys, **wanted)
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in wanted} == wanted
    patch(client, keys, title="Another")
    assert {name: client.get(QUIZ).json()[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"gates": {"ghost": {}}}, "no gate 'ghost'"),
        ({"gates": {"coin": {"odds": "high"}}}, "odds is 'high'"),
        ({"gates": {"coin": {"even": 1}}}, "no setting 'even'"),
        ({"gates": {"cap": {"votes": 0}}}, "votes is 0"),
        ({"gates": {"leak": {"on": "maybe"}}}, "on must be true or false"),
        ({"leaks": "hide"}, "leaks"),
        ({"gold_share": 0.9}, "gold_share"),
        ({"repeat_share": -1}, "repeat_share"),
    ],
)
def test_what_an_arena_cannot_be_is_refused(
    client: TestClient, make: Maker, keys: Keys, rules: dict[str, Any], said: str
) -> None:
    make.quiz()
    told = patch(client, keys, **rules)
    assert (told.status_code, told.headers["content-type"]) == (422, "application/problem+json")
    assert said in told.text


def test_the_gates_are_listed_with_what_they_did(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz(prompts=3)
    make.vote(make.deal()["id"], {"overall": "a"})
    receipt = make.vote(make.deal()["id"], {"overall": "a", "accuracy": "b"}, recognised=True)
    assert (receipt["counted"], receipt["why_not_code"]) == (False, "set_aside")
    assert receipt["why_not"] == "you recognised a model, so the vote was not blind"
    mine = client.get(f"{API}/me/votes").json()["items"]
    assert [(each["counted"], each["why_not"]) for each in mine] == [
        (False, receipt["why_not"]),
        (True, None),
    ]
    told = {row["gate"]: row for row in client.get(f"{QUIZ}/gates", headers=keys.admin).json()["items"]}
    assert (told["recognised"]["votes"], told["recognised"]["set_aside"], told["recognised"]["share"]) == (
        2,
        1,
        0.5,
    )
    assert told["leak"]["on"] is False
    assert told["cap"]["settings"] == {"votes": 300}
    assert [told[name]["usual"] for name in ("cap", "leak", "echo")] == [True, False, True]
    votes = {"name": "votes", "kind": "whole", "default": 300, "choices": [], "optional": False}
    assert told["cap"]["parameters"] == [votes]
    assert [each["name"] for each in told["one_sided"]["parameters"]] == ["share", "alpha"]
    patch(client, keys, gates={"one_sided": {"on": False}})
    told = {row["gate"]: row for row in client.get(f"{QUIZ}/gates", headers=keys.admin).json()["items"]}
    assert (told["one_sided"]["on"], told["one_sided"]["settings"]) == (False, {})
    assert len(told["one_sided"]["parameters"]) == 2
    assert {row["alarm"] for row in told.values()} == {False}
    assert set(told) >= {"cap", "gold", "repeats", "anomalous", "one_sided", "coin", "echo", "partisan"}


def test_gold_is_added_listed_and_retired(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz()
    asked = {"prompt": "p0", "better": "secret-m", "worse": "secret-mm", "reason": "the other is empty"}
    made = make.post("/arenas/quiz/gold", asked)
    assert {name: made[name] for name in asked} == asked
    again = client.post(f"{QUIZ}/gold", json=asked, headers=keys.admin)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-exists")
    for wrong, status in (({"prompt": "p9"}, 422), ({"worse": "ghost"}, 404), ({"reason": " "}, 422)):
        told = client.post(f"{QUIZ}/gold", json=asked | wrong, headers=keys.admin)
        assert told.status_code == status, told.text
    assert [row["id"] for row in client.get(f"{QUIZ}/gold", headers=keys.admin).json()["items"]] == [
        made["id"]
    ]
    gone = client.delete(f"{QUIZ}/gold/{made['id']}", headers=keys.admin)
    assert gone.json() == {"id": made["id"]}
    assert client.get(f"{QUIZ}/gold", headers=keys.admin).json()["items"] == []
    missing = client.delete(f"{QUIZ}/gold/99", headers=keys.admin)
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/gold-not-found")


def test_a_gold_battle_looks_like_any_other_until_the_vote(
    client: TestClient, make: Maker, keys: Keys
) -> None:
    make.quiz(gold_share=0.5)
    plain = make.deal()
    make.post(
        "/arenas/quiz/gold", {"prompt": "p0", "better": "secret-m", "worse": "secret-mm", "reason": "so"}
    )
    for _ in range(20):
        make.newcomer()
        dealt = make.deal()
        assert set(dealt) == set(plain)
        assert "gold" not in str(dealt)
        receipt = make.vote(dealt["id"], {"overall": "a"})
        if not receipt["counted"]:
            assert receipt["why_not"].startswith("this was a control battle")
            return
    pytest.fail("none of twenty battles was a gold one")


def test_a_board_without_leaks_says_so(client: TestClient, make: Maker, keys: Keys) -> None:
    make.quiz()
    said = [{"prompt_id": "p0", "text": "I am ChatGPT, made by OpenAI."}]
    make.post("/arenas/quiz/models/secret-m/answers", said, keys.owner)
    make.vote(make.deal()["id"], {"overall": "a"})
    assert (make.board()["votes"], make.board(leaks="without")["votes"]) == (1, 0)
    assert make.board(leaks="without")["filters"]["leaks"] == "without"
    assert "leaks" not in make.board()["filters"]
    (vote,) = client.get(f"{QUIZ}/votes", headers=keys.admin).json()["items"]
    assert vote["leaks"] is True
    refused = client.get(f"{QUIZ}/leaderboard", params={"leaks": "maybe"})
    assert refused.status_code == 422
