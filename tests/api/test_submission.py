"""Arenas, dimensions, prompts, models and answers over HTTP: dry run, problems by line, coverage, owners apart."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Answer, ApiKey, DimensionVersion
from tests.api.conftest import API, Keys, Maker

NDJSON = {"content-type": "application/x-ndjson"}


def test_an_arena_is_made_with_its_overall_dimension(make: Maker, client: TestClient) -> None:
    make.arena("quiz", description="For all")
    shown = client.get(f"{API}/arenas/quiz").json()
    assert (shown["title"], shown["description"], shown["reveal"]) == ("Quiz", "For all", "after_vote")
    assert shown["verdicts"] == ["a", "b", "tie", "both_bad", "abstain"]
    assert [(each["slug"], each["required"]) for each in shown["dimensions"]] == [("overall", True)]
    assert [each["slug"] for each in client.get(f"{API}/arenas").json()["items"]] == ["quiz"]


def test_an_arena_is_changed_field_by_field(make: Maker, client: TestClient, keys: Keys) -> None:
    make.arena("quiz", description="For all")
    told = client.patch(f"{API}/arenas/quiz", json={"goal": 5}, headers=keys.admin)
    assert (told.json()["goal"], told.json()["description"]) == (5, "For all")
    wrong = client.patch(f"{API}/arenas/quiz", json={"explore": 0.01}, headers=keys.admin)
    assert wrong.status_code == 422
    taken = client.post(f"{API}/arenas", json={"slug": "quiz", "title": "x"}, headers=keys.admin)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/already-exists")


def test_lists_page_by_cursor(make: Maker, client: TestClient) -> None:
    for n in range(5):
        make.arena(f"quiz-{n}")
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"{API}/arenas", params=params).json()
        seen += [each["slug"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"quiz-{n}" for n in range(5)]
    assert client.get(f"{API}/arenas", params={"cursor": "x"}).status_code == 422


def test_a_changed_question_is_a_new_version_and_the_old_one_is_kept(
    make: Maker, client: TestClient, keys: Keys, database: Database
) -> None:
    make.arena("quiz")
    path = f"{API}/arenas/quiz/dimensions/accuracy"
    for question in ("Which is right?", "Which is right?", "Which has fewer errors?"):
        told = client.put(path, json={"title": "Accuracy", "question": question}, headers=keys.admin)
    assert told.json()["version"] == 2
    with database.reading() as session:
        asked = session.scalars(
            select(DimensionVersion.question).where(DimensionVersion.title == "Accuracy")
        ).all()
    assert asked == ["Which is right?", "Which has fewer errors?"]
    overall, archived = f"{API}/arenas/quiz/dimensions/overall", {"title": "x", "archived": True}
    gone = client.put(overall, json=archived, headers=keys.admin)
    assert gone.status_code == 422


def test_prompts_come_as_one_an_array_or_lines(make: Maker, client: TestClient, keys: Keys) -> None:
    make.arena("quiz")
    path = f"{API}/arenas/quiz/prompts"
    several_turns = {
        "id": "talk",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "مرحبا"}, {"role": "user", "content": "然后呢"}],
        "language": "ar",
        "category": "small/talk",
    }
    lines = "\n".join(json.dumps({"id": f"n{n}", "text": "?"}) for n in range(3))
    sent: list[dict[str, Any]] = [
        {"json": {"id": "one", "text": "Why?"}},
        {"json": [several_turns]},
        {"content": lines, "headers": {**keys.admin, **NDJSON}},
    ]
    accepted = [client.post(path, **{"headers": keys.admin, **each}).json()["accepted"] for each in sent]
    assert accepted == [1, 1, 3]
    items = {each["id"]: each for each in client.get(path, headers=keys.owner).json()["items"]}
    assert [each["role"] for each in items["talk"]["messages"]] == ["system", "user", "user"]
    assert items["talk"]["messages"][1]["content"] == "مرحبا"
    assert len(items) == 5


def test_a_prompt_sent_again_is_unchanged_and_another_text_under_its_id_is_refused(
    make: Maker, client: TestClient, keys: Keys
) -> None:
    make.arena("quiz")
    make.prompts("quiz")
    path = f"{API}/arenas/quiz/prompts"
    again = client.post(path, json={"id": "p0", "text": "Question 0?"}, headers=keys.admin)
    assert (again.json()["accepted"], again.json()["unchanged"]) == (0, 1)
    other = client.post(
        path, json=[{"id": "new", "text": "?"}, {"id": "p0", "text": "Other?"}], headers=keys.admin
    )
    assert other.status_code == 422
    assert other.json()["errors"] == [
        {"at": "line 2", "problem": "prompt 'p0' exists with another content; give the new text a new id"}
    ]
    assert len(client.get(path, headers=keys.admin).json()["items"]) == 1


def test_answers_report_coverage_and_replace(
    make: Maker, client: TestClient, keys: Keys, database: Database
) -> None:
    make.quiz(models=1, prompts=2)
    path = f"{API}/arenas/quiz/models/secret-m/answers"
    body = [{"prompt_id": "p0", "text": "Better."}, {"prompt_id": "p1", "text": "Answer to 1 in 8 letters."}]
    told = client.post(path, json=body, headers=keys.owner).json()
    assert (told["accepted"], told["replaced"]) == (2, 1)
    assert told["coverage"] == {"answered": 2, "prompts": 2, "missing": []}
    with database.reading() as session:
        current = session.scalars(select(Answer).where(Answer.replaced_at.is_(None))).all()
        kept = session.scalars(select(Answer)).all()
    assert sorted(row.messages[0]["content"] for row in current) == ["Answer to 1 in 8 letters.", "Better."]
    assert len(kept) == 3


def test_a_dry_run_stores_nothing_and_shows_what_would_be(
    make: Maker, client: TestClient, keys: Keys
) -> None:
    make.quiz(models=1, prompts=3)
    make.post("/arenas/quiz/models", {"slug": "newcomer"}, keys.owner)
    path = f"{API}/arenas/quiz/models/newcomer/answers"
    body = [{"prompt_id": "p0", "text": "x"}, {"prompt_id": "nope", "text": "x"}]
    told = client.post(path, params={"dry_run": True}, json=body, headers=keys.owner).json()
    assert (told["accepted"], told["coverage"]["answered"], told["coverage"]["missing"]) == (
        1,
        1,
        ["p1", "p2"],
    )
    assert [(each["line"], each["prompt_id"]) for each in told["rejected"]] == [(2, "nope")]
    shown = client.get(f"{API}/arenas/quiz/models/newcomer", headers=keys.owner).json()
    assert shown["coverage"]["answered"] == 0


def test_one_bad_line_stores_nothing_unless_partial(make: Maker, client: TestClient, keys: Keys) -> None:
    make.quiz(models=1, prompts=3)
    make.post("/arenas/quiz/models", {"slug": "newcomer"}, keys.owner)
    path = f"{API}/arenas/quiz/models/newcomer/answers"
    lines = [
        '{"prompt_id": "p0", "text": "fine"}',
        "not json",
        '{"prompt_id": "p0", "text": "again"}',
        '{"prompt_id": "p9", "text": "unknown"}',
        '{"prompt_id": "p1"}',
        '{"prompt_id": "p1", "messages": [{"role": "user", "content": "?"}]}',
        json.dumps(
            {"prompt_id": "p2", "messages": [{"role": "assistant", "content": word} for word in "12"]}
        ),
        "",
        '{"prompt_id": "p1", "text": "fine too"}',
    ]
    headers = {**keys.owner, **NDJSON}
    refused = client.post(path, content="\n".join(lines), headers=headers)
    assert refused.status_code == 422
    assert [each["at"] for each in refused.json()["errors"]] == [f"line {n}" for n in (2, 3, 4, 5, 6, 7)]
    problems = " ".join(each["problem"] for each in refused.json()["errors"])
    for told in (
        "not JSON",
        "line 1 already",
        "no prompt 'p9'",
        "either messages or text",
        "role 'user'",
        "2 assistant",
    ):
        assert told in problems
    assert client.get(path.removesuffix("/answers"), headers=keys.owner).json()["coverage"]["answered"] == 0
    partly = client.post(path, params={"partial": True}, content="\n".join(lines), headers=headers)
    assert partly.status_code == 201
    report = partly.json()
    assert report["accepted"] == 2  # a line is a repetition only of a good one, so line 9 is fine
    assert [each["line"] for each in report["rejected"]] == [2, 3, 4, 5, 6, 7]


def test_a_prompt_of_two_turns_needs_two_answers(make: Maker, client: TestClient, keys: Keys) -> None:
    make.arena("quiz")
    turns = [{"role": "user", "content": "One?"}, {"role": "user", "content": "Two?"}]
    make.post("/arenas/quiz/prompts", {"id": "p0", "messages": turns})
    for slug in ("secret-m", "secret-mm"):
        make.post("/arenas/quiz/models", {"slug": slug}, keys.owner)
        said = [{"role": "assistant", "content": f"{word} by {len(slug)}"} for word in ("One", "Two")]
        answer = {"prompt_id": "p0", "messages": said}
        make.post(f"/arenas/quiz/models/{slug}/answers", answer, keys.owner)
    battle = make.deal()
    assert [each["content"] for each in battle["prompt"]["messages"]] == ["One?", "Two?"]
    assert [len(battle[side]["messages"]) for side in "ab"] == [2, 2]


def test_another_owners_model_is_not_found(make: Maker, client: TestClient, keys: Keys) -> None:
    make.quiz(models=1)
    path = f"{API}/arenas/quiz/models/secret-m"
    assert client.get(path, headers=keys.owner).status_code == 200
    assert client.get(path, headers=keys.admin).status_code == 200
    calls = [
        client.get(path, headers=keys.other_owner),
        client.patch(path, json={"name": "mine"}, headers=keys.other_owner),
        client.post(f"{path}/answers", json={"prompt_id": "p0", "text": "x"}, headers=keys.other_owner),
    ]
    assert [told.status_code for told in calls] == [404, 404, 404]
    assert client.get(f"{API}/arenas/quiz/models", headers=keys.other_owner).json()["items"] == []
    taken = client.post(f"{API}/arenas/quiz/models", json={"slug": "secret-m"}, headers=keys.other_owner)
    assert taken.status_code == 409


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/arenas", {"slug": "x", "title": "x"}),
        ("PATCH", "/arenas/quiz", {"goal": 5}),
        ("PUT", "/arenas/quiz/dimensions/style", {"title": "Style"}),
        ("POST", "/arenas/quiz/prompts", {"id": "x", "text": "x"}),
        ("GET", "/arenas/quiz/prompts", None),
        ("POST", "/arenas/quiz/models", {"slug": "x"}),
        ("GET", "/arenas/quiz/models", None),
        ("GET", "/arenas/quiz/models/secret-m", None),
        ("PATCH", "/arenas/quiz/models/secret-m", {"name": "x"}),
        ("POST", "/arenas/quiz/models/secret-m/answers", {"prompt_id": "p0", "text": "x"}),
    ],
)
def test_what_needs_a_key_says_so(
    make: Maker, client: TestClient, keys: Keys, method: str, path: str, body: object
) -> None:
    make.quiz(models=1)
    nobody = client.request(method, API + path, json=body)
    assert (nobody.status_code, nobody.json()["type"]) == (401, "/problems/key-needed")
    assert nobody.headers["www-authenticate"] == "Bearer"
    reader = client.request(method, API + path, json=body, headers=keys.reader)
    assert reader.status_code == 403
    wrong = client.request(
        method, API + path, json=body, headers={"Authorization": "Bearer pa_0000000000_guess"}
    )
    assert (wrong.status_code, wrong.json()["type"]) == (401, "/problems/key-refused")


def test_a_key_of_one_arena_opens_no_other(make: Maker, client: TestClient, key_for: Any) -> None:
    make.arena("quiz")
    make.arena("other")
    key = key_for("admin", "local", arena_id=1)
    assert client.patch(f"{API}/arenas/quiz", json={"goal": 5}, headers=key).status_code == 200
    assert client.patch(f"{API}/arenas/other", json={"goal": 5}, headers=key).status_code == 403
    assert client.post(f"{API}/arenas", json={"slug": "third", "title": "x"}, headers=key).status_code == 403


def test_a_private_arena_is_not_there_for_strangers(make: Maker, client: TestClient, keys: Keys) -> None:
    make.quiz(public=False)
    for path in ("", "/leaderboard", "/leaderboards", "/dimensions", "/methods", "/leaderboard.csv"):
        assert client.get(f"{API}/arenas/quiz{path}").status_code == 404, path
        assert client.get(f"{API}/arenas/quiz{path}", headers=keys.reader).status_code == 200, path
    assert client.post(f"{API}/arenas/quiz/battles").status_code == 404
    assert client.get(f"{API}/arenas").json()["items"] == []
    assert len(client.get(f"{API}/arenas", headers=keys.admin).json()["items"]) == 1


def test_a_key_is_stored_as_a_hash_and_its_use_is_noted(
    make: Maker, client: TestClient, keys: Keys, database: Database
) -> None:
    make.arena("quiz")
    with database.reading() as session:
        rows = {row.scope: row for row in session.scalars(select(ApiKey)) if row.owner in ("root", "press")}
    secret = keys.admin["Authorization"].split("_", 2)[2]
    assert secret not in str(vars(rows["admin"]))
    assert rows["admin"].last_used_at is not None
    assert rows["read"].last_used_at is None


def test_a_write_sent_twice_with_one_key_acts_once(make: Maker, client: TestClient, keys: Keys) -> None:
    body, headers = {"slug": "quiz", "title": "Quiz"}, {**keys.admin, "Idempotency-Key": "make-quiz"}
    first, second = (client.post(f"{API}/arenas", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


def test_an_archived_prompt_is_dealt_to_nobody_until_it_is_brought_back(
    client: TestClient, make: Maker
) -> None:
    arena = make.quiz(models=3, prompts=2, target_overlap=3)
    path = f"{API}/arenas/{arena}/prompts/p0"

    def archive(archived: bool) -> Any:
        told = client.patch(path, json={"archived": archived}, headers=make.keys.admin)
        assert told.status_code == 200, told.text
        return told.json()["archived"]

    dealt = next(
        battle for battle in iter(make.deal, None) if _asks(battle, "Question 0?") or _skip(make, battle)
    )
    make.vote(dealt["id"], {"overall": "a"})
    assert archive(True)
    model = client.get(f"{API}/arenas/{arena}/models/secret-m", headers=make.keys.admin).json()
    assert (model["coverage"]["answered"], model["coverage"]["prompts"]) == (1, 1)
    assert client.get(f"{API}/arenas/{arena}").json()["counts"]["prompts"] == 1
    assert make.board()["votes"] == 1, "its votes stay"
    for _ in range(4):
        make.newcomer()
        for _ in range(3):
            battle = make.deal()
            assert _asks(battle, "Question 1?")
            make.vote(battle["id"], {"overall": "tie"})
    assert not archive(False)
    make.newcomer()
    met = []
    for _ in range(6):
        battle = make.deal()
        met.append(battle["prompt"]["messages"][0]["content"])
        make.vote(battle["id"], {"overall": "tie"})
    assert set(met) == {"Question 0?", "Question 1?"}
    missing = client.patch(
        f"{API}/arenas/{arena}/prompts/p9", json={"archived": True}, headers=make.keys.admin
    )
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/prompt-not-found")


def _asks(battle: Any, question: str) -> bool:
    return bool(battle["prompt"]["messages"][0]["content"] == question)


def _skip(make: Maker, battle: Any) -> bool:
    make.post(f"/battles/{battle['id']}/skip", {"reason": "topic"}, {"x": "y"})
    return False
