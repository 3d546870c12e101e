"""Checklists over HTTP: read in all versions, edited, approved, refused; what voters see of them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.domain import arenas, checklists, prompts
from tests.api.conftest import API, Maker, database_of
from tests.arenas import NOW

PATH = f"{API}/arenas/quiz/checklists"
MADE = ["Is it short?", "Is it true?"]


def put(make: Maker, *questions: str, prompt: str = "p0", **given: Any) -> Any:
    body = {"questions": list(questions), **given}
    return make.client.put(f"{PATH}/{prompt}", json=body, headers=make.keys.admin)


def listed(make: Maker, path: str = PATH) -> list[dict[str, Any]]:
    told = make.client.get(path, headers=make.keys.admin)
    assert told.status_code == 200, told.text
    items: list[dict[str, Any]] = told.json()["items"]
    return items


def judge_writes(make: Maker) -> None:
    with database_of(make.client).writing() as session:
        key = prompts.by_id(session, arenas.find(session, "quiz"), ["p0"])["p0"].id
        checklists.make(session, {key: MADE}, "judge:ref@1", NOW)


def test_every_version_is_there_and_the_newest_is_the_prompts(make: Maker) -> None:
    make.arena()
    make.prompts("quiz", 2, checklist=["Is it so?"])
    saved = put(make, *MADE, version=1)
    assert (saved.status_code, saved.json()["version"], saved.json()["author"]) == (200, 2, "admin:root")
    assert put(make, *MADE, version=1).json() == saved.json()
    assert [(each["prompt"], each["version"]) for each in listed(make)] == [("p0", 2), ("p1", 1)]
    assert [(each["version"], each["questions"], each["author"]) for each in listed(make, f"{PATH}/p0")] == [
        (2, MADE, "admin:root"),
        (1, ["Is it so?"], "submitted"),
    ]
    assert [each["checklist"] for each in listed(make, f"{API}/arenas/quiz/prompts")] == [MADE, ["Is it so?"]]
    make.client.post(f"{API}/arenas/quiz/prompts", json={"id": "a/b", "text": "?"}, headers=make.keys.admin)
    assert put(make, "Is it?", prompt="a/b").json()["prompt"] == "a/b"
    assert listed(make, f"{PATH}/a/b")[0]["questions"] == ["Is it?"]


def test_voters_see_what_a_judge_wrote_once_an_admin_approves_it(client: TestClient, make: Maker) -> None:
    make.quiz()
    judge_writes(make)
    prompt = make.deal()["prompt"]
    assert (prompt["checklist"], prompt["checklist_version"]) == ([], None)
    assert listed(make)[0]["approved_at"] is None
    assert put(make, *MADE, approved=False).json()["approved_at"] is None
    approved = put(make, *MADE).json()
    assert approved["approved_at"] is not None
    assert (approved["version"], approved["author"]) == (1, "judge:ref@1")
    prompt = make.deal()["prompt"]
    assert (prompt["checklist"], prompt["checklist_version"]) == (MADE, 1)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"questions": []}, "questions"),
        ({"questions": ["Is it?", ""]}, "questions"),
        ({"questions": ["Is it?", " "]}, "question 2 is empty"),
        ({"questions": ["Is it?", "Is it?"]}, "question 2 stands there already"),
        ({"questions": ["x" * 2_001]}, "questions"),
        ({"questions": ["Is it?"] * 101}, "questions"),
        ({"questions": ["Is it\0?"]}, "NUL"),
        ({"questions": "Is it?"}, "questions"),
        ({"questions": ["Is it?"], "author": "me"}, "author"),
    ],
)
def test_what_cannot_be_asked_is_refused(make: Maker, body: dict[str, Any], told: str) -> None:
    make.arena()
    make.prompts("quiz")
    refused = make.client.put(f"{PATH}/p0", json=body, headers=make.keys.admin)
    assert refused.status_code == 422
    assert told in refused.text
    assert listed(make) == []


def test_an_edit_of_what_is_not_there_any_more_is_a_conflict(make: Maker) -> None:
    make.arena()
    make.prompts("quiz", checklist=["Is it so?"])
    put(make, "Is it?")
    conflict = put(make, "Is it not?", version=1)
    assert (conflict.status_code, conflict.json()["type"]) == (409, "/problems/checklist-changed")
    unknown = put(make, "Is it?", prompt="p9")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/prompt-not-found")
    assert make.client.get(f"{PATH}/p9", headers=make.keys.admin).status_code == 404
