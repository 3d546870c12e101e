"""Checklists: versions that stay as they were, saved by people or made by judges, whoever comes first."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from app.db.session import Database
from app.db.tables import Arena, ChecklistVersion
from app.domain import arenas, checklists, prompts
from app.domain.checklists import Edited
from app.domain.errors import ChecklistChanged, Invalid, InvalidLines, PromptNotFound
from app.domain.prompts import NewPrompt
from tests.arenas import NOW, SLUG, make_arena, rows_of
from tests.dealing import arena_of, deal

LATER = NOW + timedelta(hours=1)
ASKED = ("Is it short?", "Is it true?")


@contextmanager
def arena(database: Database) -> Iterator[tuple[Session, Arena]]:
    with database.writing() as session:
        yield session, arenas.find(session, SLUG)


def save(database: Database, prompt: str, *questions: str, **given: Any) -> ChecklistVersion:
    with arena(database) as (session, row):
        found = checklists.save(session, row, Edited(prompt, questions, **given), "admin:ana", LATER)
        session.expunge(found)
    return found


def judge_writes(database: Database, *questions: str, prompt: str = "p0") -> list[str]:
    """What stands then."""
    with arena(database) as (session, row):
        key = prompts.by_id(session, row, [prompt])[prompt].id
        return list(checklists.make(session, {key: questions}, "judge:ref@1", NOW)[key].questions)


def submit(database: Database, *checklist: str, prompt: str = "new") -> prompts.PromptsReport:
    with arena(database) as (session, row):
        asked = NewPrompt(1, prompt, ({"role": "user", "content": "Why?"},), checklist=checklist)
        return prompts.submit(session, row, [asked], NOW)


def versions(database: Database) -> list[tuple[Any, ...]]:
    return rows_of(database, ChecklistVersion.version, ChecklistVersion.questions, ChecklistVersion.author)


def seen_by_voters(database: Database, prompts: int = 1) -> tuple[tuple[str, ...], int | None]:
    with database.writing() as session:
        dealt = deal(session, "ana", np.random.default_rng(1))
        return dealt.checklist, dealt.checklist_version


def test_an_edit_is_a_new_version_and_the_same_again_is_none(database: Database) -> None:
    arena_of(database)
    assert save(database, "p0", *ASKED).version == 1
    assert save(database, "p0", *ASKED).version == 1
    assert save(database, "p0", *reversed(ASKED)).version == 2
    assert save(database, "p1", "Why?").version == 1
    assert versions(database) == [
        (1, list(ASKED), "admin:ana"),
        (1, ["Why?"], "admin:ana"),
        (2, list(reversed(ASKED)), "admin:ana"),
    ]
    with database.reading() as session:
        found = checklists.versions(session, arenas.find(session, SLUG), "p0")
        assert [row.version for row in found] == [2, 1]


@pytest.mark.parametrize(
    ("questions", "told"),
    [
        ((), "1 to 100 questions, not 0"),
        (("Is it?", " \n"), "question 2 is empty"),
        (("Is it?", "Is it not?", "Is it?"), "question 3 stands there already"),
        (("x" * 2_001,), "question 1 has more than 2,000 characters"),
        (tuple(f"Is it {n}?" for n in range(101)), "1 to 100 questions, not 101"),
    ],
)
def test_what_cannot_be_asked_is_refused_wherever_it_comes_from(
    database: Database, questions: tuple[str, ...], told: str
) -> None:
    arena_of(database)
    with pytest.raises(Invalid, match=told):
        save(database, "p0", *questions)
    if questions:
        with pytest.raises(InvalidLines) as refused:
            submit(database, *questions)
        assert told in refused.value.problems[0].problem
    assert versions(database) == []


def test_an_edit_of_an_earlier_version_overwrites_nobody(database: Database) -> None:
    arena_of(database)
    save(database, "p0", "One?")
    save(database, "p0", "Two?", version=1)
    with pytest.raises(
        ChecklistChanged, match="has version 2 of its checklist by now, and version 1 was edited"
    ):
        save(database, "p0", "Three?", version=1)
    assert save(database, "p0", "Two?", version=1).version == 2  # sent twice
    with pytest.raises(PromptNotFound, match="no prompt 'p9'"):
        save(database, "p9", "One?")


def test_voters_see_what_a_person_stands_by_and_nothing_that_only_a_model_wrote(database: Database) -> None:
    arena_of(database, prompts=1)
    judge_writes(database, *ASKED)
    assert seen_by_voters(database) == ((), None)
    assert save(database, "p0", *ASKED, approved=False).approved_at is None
    assert seen_by_voters(database) == ((), None)
    assert save(database, "p0", *ASKED).version == 1
    assert seen_by_voters(database) == (ASKED, 1)
    save(database, "p0", "Is it true?")
    assert seen_by_voters(database) == (("Is it true?",), 2)
    assert [author for *_, author in versions(database)] == ["judge:ref@1", "admin:ana"]


def test_what_a_judge_writes_is_the_first_version_or_none(database: Database) -> None:
    arena_of(database)
    assert judge_writes(database, *ASKED) == list(ASKED)
    assert judge_writes(database, "Is it another?") == list(ASKED)
    save(database, "p1", "Is it a person's?")
    assert judge_writes(database, "Is it another?", prompt="p1") == ["Is it a person's?"]
    assert len(versions(database)) == 2


def test_a_prompt_brings_its_own_and_is_sent_again_unchanged_whatever_was_edited(database: Database) -> None:
    make_arena(database)
    assert submit(database, *ASKED).accepted == 1
    assert submit(database, *ASKED).unchanged == 1
    save(database, "new", "Edited?")
    assert submit(database, *ASKED).unchanged == 1
    with pytest.raises(InvalidLines) as refused:
        submit(database, "Edited?")
    assert "was submitted with another checklist" in refused.value.problems[0].problem
    assert submit(database, prompt="bare").accepted == 1
    judge_writes(database, "Made?", prompt="bare")
    assert submit(database, prompt="bare").unchanged == 1
    assert [author for *_, author in versions(database)] == ["submitted", "judge:ref@1", "admin:ana"]


def test_many_are_saved_together_or_none(database: Database) -> None:
    arena_of(database, prompts=4)
    judge_writes(database, *ASKED)
    judge_writes(database, *ASKED, prompt="p1")
    lines: list[tuple[str, Edited | Invalid]] = [
        ("f:1", Edited("p0", ASKED)),
        ("f:2", Edited("p1", ASKED, approved=False)),
        ("f:3", Edited("p2", ("New?",), version=7)),  # from another arena
    ]
    wrong: list[tuple[str, Edited | Invalid]] = [
        ("f:4", Invalid("not JSON")),
        ("f:5", Edited("p2", ("Twice?",))),
        ("f:6", Edited("p9", ("Where?",))),
        ("f:7", Edited("p3", ("",))),
    ]
    with pytest.raises(InvalidLines) as refused, arena(database) as (session, row):
        checklists.save_all(session, row, [*lines, *wrong], "admin:ana", LATER)
    assert [(each.at, each.problem.partition(":")[0]) for each in refused.value.problems] == [
        ("f:4", "not JSON"),
        ("f:5", "prompt 'p2' stands at f"),
        ("f:6", "arena 'quiz' has no prompt 'p9'"),
        ("f:7", "checklist"),
    ]
    assert len(versions(database)) == 2
    with arena(database) as (session, row):
        assert checklists.save_all(session, row, lines, "admin:ana", LATER) == checklists.Saved(1, 1, 1)
    with database.reading() as session:
        first = checklists.list_newest(session, arenas.find(session, SLUG), 2, None)
        rest = checklists.list_newest(session, arenas.find(session, SLUG), 2, first.next)
    listed = [(each.prompt, each.version.approved_at is not None) for each in (*first.items, *rest.items)]
    assert listed == [("p0", True), ("p1", False), ("p2", True)]
    assert rest.next is None


@pytest.mark.parametrize("who", ["two judges", "a judge and a person", "two people"])
def test_two_at_once_make_one_version_after_the_other(database: Database, who: str) -> None:
    """The second waits for the first, and sees what stands then."""
    arena_of(database)
    first_holds, second_waits = threading.Event(), threading.Event()
    said: list[Any] = []

    def second() -> None:
        first_holds.wait(5)
        second_waits.set()
        if who == "two judges":
            said.append(judge_writes(database, "Second?"))
        else:
            said.append(save(database, "p0", "Second?").version)

    thread = threading.Thread(target=second)
    thread.start()
    with arena(database) as (session, row):
        key = prompts.by_id(session, row, ["p0"])["p0"].id
        if who == "two people":
            checklists.save(session, row, Edited("p0", ("First?",)), "admin:ben", NOW)
        else:
            checklists.make(session, {key: ["First?"]}, "judge:ref@1", NOW)
        first_holds.set()
        second_waits.wait(5)
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(10)
    if who == "two judges":
        assert said == [["First?"]]
        assert versions(database) == [(1, ["First?"], "judge:ref@1")]
    else:
        assert said == [2]
        assert [(version, asked) for version, asked, _ in versions(database)] == [
            (1, ["First?"]),
            (2, ["Second?"]),
        ]
