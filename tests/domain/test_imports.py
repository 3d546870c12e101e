"""Imports: all of a file or nothing, nothing twice, and texts that can be dealt."""

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event, select

from app.db.session import Database
from app.db.tables import Answer, Arena, Ballot, Battle, Dimension, Model, Prompt, Rater, Vote, VoteEvent
from app.domain import accounts, arenas, imports, prompts
from app.domain.accounts import RaterName
from app.domain.battles import DealtBattle
from app.domain.errors import InvalidLines, NoBattleLeft
from app.domain.formats import read_file
from app.domain.formats.rows import Bad, VoteRow
from tests.arenas import NOW, SLUG, import_files, import_rows, make_arena, next_battle, rows_of, vote, votes

QUESTION = "Why is the sky blue?"


@pytest.fixture(autouse=True)
def arena(database: Database) -> str:
    return make_arena(database)


def lmarena(*rows: dict[str, Any]) -> list[VoteRow | Bad]:
    lines = [
        json.dumps({"model_a": "x", "model_b": "y", "winner": "model_a", **row}).encode() for row in rows
    ]
    return list(read_file("lmarena", io.BytesIO(b"\n".join(lines)), {}))


def talk(*turns: str) -> list[dict[str, str]]:
    """A conversation: the user speaks first, then in turn."""
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(turns)]


def deal(database: Database) -> DealtBattle:
    with database.writing() as session:
        voter = accounts.rater_id(session, RaterName("human", "voter"), NOW)
        generator = np.random.default_rng(1)
        return next_battle(session, arenas.find(session, SLUG), voter, generator, NOW)


def said(messages: Any) -> list[str]:
    return [message["content"] for message in messages]


def test_one_bad_row_stores_nothing_and_every_bad_row_is_named(database: Database) -> None:
    files: dict[str, list[VoteRow | Bad]] = {
        "one.csv": [vote("x", "y"), Bad(3, "no winner")],
        "two.csv": [vote("x", "z", rater="human:ben"), Bad(7, "no model"), Bad(9, "no model")],
    }
    with pytest.raises(InvalidLines, match="nothing was stored: 3 rows cannot be read") as refused:
        import_files(database, files)
    assert [each.at for each in refused.value.problems] == ["one.csv:3", "two.csv:7", "two.csv:9"]
    for table in (Vote, Battle, Model, Rater, Prompt):
        assert rows_of(database, table.id) == []


def test_partial_stores_the_good_rows_and_names_the_bad(database: Database) -> None:
    report = import_rows(database, [Bad(1, "no winner"), vote("x", "y"), Bad(3, "no model")], partial=True)
    assert (report.imported, report.known, report.rejected) == (1, 0, 2)
    assert [each.at for each in report.problems] == ["votes:1", "votes:3"]
    assert len(rows_of(database, Vote.id)) == 1


def test_of_very_many_bad_rows_all_are_counted_and_the_first_are_named(database: Database) -> None:
    report = import_rows(database, [Bad(line, "no winner") for line in range(1, 1502)], partial=True)
    assert report.rejected == 1501
    assert [report.problems[at].at for at in (0, -1)] == ["votes:1", "votes:1000"]


def test_rows_alike_in_two_files_are_the_same_votes_unless_the_batch_differs(database: Database) -> None:
    row = vote("x", "y")
    assert import_files(database, {"one": [row, row], "two": [row]}).imported == 2
    assert import_rows(database, [row], batch="spring").imported == 1
    assert import_rows(database, [row], batch="spring").known == 1
    assert len(rows_of(database, Vote.id)) == 3


def test_a_rater_may_judge_one_item_twice_in_a_file(database: Database) -> None:
    rows = [vote("x", "y", verdict, prompt_id="81", turn=1) for verdict in ("a", "b")]
    assert import_rows(database, rows).imported == 2
    assert rows_of(database, Vote.verdict, Vote.state) == [("a", "counted"), ("b", "counted")]


def test_the_same_votes_in_another_arena_are_other_votes(database: Database) -> None:
    row = vote("x", "y")
    make_arena(database, "other")
    assert import_rows(database, [row]).imported == 1
    assert import_rows(database, [row], "other").imported == 1
    assert rows_of(database, Rater.name, Rater.arena_id) == [("ana", 1), ("ana", 2)]


def test_what_was_shown_as_a_and_the_word_of_the_file_are_kept(database: Database) -> None:
    import_rows(database, [*votes("x", "y", "a"), *votes("y", "x", "b")])
    names = dict(rows_of(database, Model.id, Model.slug))
    with database.reading() as session:
        seen = session.execute(
            select(Battle.model_a_id, Battle.model_b_id, Vote.verdict, Vote.raw_verdict, Vote.shown_as_a)
            .join(Vote, Vote.battle_id == Battle.id)
            .order_by(Vote.id)
        ).all()
    assert [(names[a], names[b], *rest) for a, b, *rest in seen] == [
        ("x", "y", "a", "a", "a"),
        ("y", "x", "b", "b", "a"),
    ]


def test_what_a_rater_said_beside_a_vote_is_kept(database: Database) -> None:
    lines = [
        b"model_a,model_b,winner,rater,confidence,comment\n",
        b'x,y,a,judge:gpt-4,0.75,"<b>Because</b> ""A"" is right,\n', b'and B is not."\n', b"y,x,b,ana,,\n",
    ]  # fmt: skip
    import_rows(database, read_file("csv", io.BytesIO(b"".join(lines)), {}))
    assert rows_of(database, Vote.confidence) == [(0.75,), (None,)]
    assert rows_of(database, Ballot.comment) == [("",), ('<b>Because</b> "A" is right,\nand B is not.',)]
    scale = [b"model_a,model_b,winner,confidence\n", b"x,y,a,5\n"]
    import_rows(database, read_file("csv", io.BytesIO(b"".join(scale)), {"confidence": "="}))
    assert rows_of(database, Vote.confidence) == [(0.75,), (None,), (None,)]


def test_people_judges_and_simulated_raters_of_one_name_are_different(database: Database) -> None:
    names = ["human:gpt-4", "judge:gpt-4", "judge:gpt-4@2", "simulated:gpt-4"]
    import_rows(database, [vote("x", "y", rater=name) for name in names * 2])
    found = rows_of(database, Rater.kind, Rater.name, Rater.version)
    assert sorted(str(RaterName(*each)) for each in found) == names
    assert len({rater for (rater,) in rows_of(database, Vote.rater_id)}) == 4


def test_a_new_dimension_is_made_and_judged_on_its_own(database: Database) -> None:
    import_rows(database, [vote("x", "y", verdicts={"overall": "a", "accuracy": "b"})])
    dimensions = dict(rows_of(database, Dimension.id, Dimension.slug))
    stored = rows_of(database, Vote.dimension_id, Vote.verdict, Vote.battle_id)
    assert sorted((dimensions[key], verdict) for key, verdict, _ in stored) == [
        ("accuracy", "b"),
        ("overall", "a"),
    ]
    assert len({battle for *_, battle in stored}) == 1


def test_language_and_category_come_from_the_row_and_else_from_the_prompt(database: Database) -> None:
    with database.writing() as session:
        new = prompts.NewPrompt(1, "p1", tuple(talk(QUESTION)), "zh-Hant", "physics/optics")
        prompts.submit(session, arenas.find(session, SLUG), [new], NOW)
    rows = [
        vote("x", "y", prompt_id="p1"),
        vote("x", "y", prompt_id="p1", language="fr", category="art"),
        vote("x", "y", language="de"),
        vote("x", "y"),
    ]
    import_rows(database, rows)
    places = rows_of(database, Battle.id, Battle.language, Battle.category)
    assert [place[1:] for place in places] == [
        ("zh-Hant", "physics/optics"),
        ("fr", "art"),
        ("de", ""),
        ("", ""),
    ]


def test_conversations_become_prompts_and_answers_that_can_be_dealt(database: Database) -> None:
    row = {
        "question_id": "q1",
        "conversation_a": [
            {"role": "system", "content": "Be brief."},
            *talk(QUESTION, "Rayleigh.", "Why?", "λ⁻⁴."),
        ],
        "conversation_b": [
            {"role": "system", "content": "Be brief."},
            *talk(QUESTION, "The sea.", "Why?", "Mirror."),
        ],
        "language": "English",
    }
    assert import_rows(database, lmarena(row)).imported == 1
    dealt = deal(database)
    assert said(dealt.prompt) == ["Be brief.", QUESTION, "Why?"]
    assert sorted([said(dealt.a), said(dealt.b)]) == [["Rayleigh.", "λ⁻⁴."], ["The sea.", "Mirror."]]
    assert dealt.language == "English"
    ((answer_a, answer_b),) = [
        each[1:] for each in rows_of(database, Battle.id, Battle.answer_a_id, Battle.answer_b_id)
    ][:1]
    texts = dict(rows_of(database, Answer.id, Answer.messages))
    assert (said(texts[answer_a]), said(texts[answer_b])) == (["Rayleigh.", "λ⁻⁴."], ["The sea.", "Mirror."])


def test_text_parts_are_joined(database: Database) -> None:
    parts = [{"type": "text", "text": "Look."}, {"type": "text", "text": "Closer.", "image": None}]
    row = {
        "id": "q1",
        "conversation_a": [{"role": "user", "content": parts}, *talk("", "yes")[1:]],
        "conversation_b": [{"role": "user", "content": parts}, *talk("", "no")[1:]],
    }
    import_rows(database, lmarena(row))
    assert said(deal(database).prompt) == ["Look.\n\nCloser."]


IMAGE = {"role": "user", "content": [{"type": "image", "image": "data:"}]}
UNSHOWABLE = {
    "two questions": (talk(QUESTION, "Rayleigh."), talk("And the sea?", "Salt.")),
    "no last answer": (talk(QUESTION, "Rayleigh.", "Why?"), talk(QUESTION, "Sea.", "Why?")),
    "one conversation": (talk(QUESTION, "Rayleigh."), None),
    "an empty question": (talk(" ", "Rayleigh."), talk(" ", "Sea.")),
    "no messages": ([], []),
    "an image": ([IMAGE, *talk("", "A cat.")[1:]], [IMAGE, *talk("", "A dog.")[1:]]),
}


def test_votes_on_texts_that_cannot_be_shown_count_and_are_not_dealt(database: Database) -> None:
    rows = [
        {"question_id": why, "conversation_a": one, "conversation_b": other}
        for why, (one, other) in UNSHOWABLE.items()
    ]
    assert import_rows(database, lmarena(*rows)).imported == len(UNSHOWABLE)
    assert rows_of(database, Answer.id) == []
    with pytest.raises(NoBattleLeft):
        deal(database)


def test_an_answer_to_another_question_than_the_stored_one_is_not_dealt(database: Database) -> None:
    first = {
        "question_id": "q1",
        "conversation_a": talk(QUESTION, "A"),
        "conversation_b": talk(QUESTION, "B"),
    }
    other = {
        "question_id": "q1",
        "conversation_a": talk("Why not?", "C"),
        "conversation_b": talk("Why not?", "D"),
    }
    import_rows(database, lmarena(first, other | {"model_b": "z"}))
    assert sorted(said(messages)[0] for _, messages in rows_of(database, Answer.id, Answer.messages)) == [
        "A",
        "B",
    ]
    assert len(rows_of(database, Vote.id)) == 2


def test_a_second_answer_of_a_model_is_kept_beside_the_one_that_is_dealt(database: Database) -> None:
    texts = [("first", "B"), ("second", "B"), ("first", "B")]
    rows = [
        {"question_id": "q1", "conversation_a": talk(QUESTION, a), "conversation_b": talk(QUESTION, b)}
        for a, b in texts
    ]
    import_rows(database, lmarena(*rows[:1]))
    import_rows(database, lmarena(*rows))
    stored = rows_of(database, Answer.id, Answer.messages, Answer.replaced_at)
    by_text = {said(messages)[0]: (key, replaced) for key, messages, replaced in stored}
    assert {text: replaced is None for text, (_, replaced) in by_text.items()} == {
        "first": True,
        "second": False,
        "B": True,
    }
    shown = [answer for _, answer in rows_of(database, Battle.id, Battle.answer_a_id)]
    assert shown == [by_text["first"][0], by_text["second"][0], by_text["first"][0]]


def test_a_prompt_that_was_only_named_takes_its_text_from_a_later_row(database: Database) -> None:
    bare = {"question_id": "q1"}
    full = bare | {"conversation_a": talk(QUESTION, "A"), "conversation_b": talk(QUESTION, "B")}
    import_rows(database, lmarena(bare))
    import_rows(database, lmarena(bare | {"winner": "tie"}, full))
    assert said(deal(database).prompt) == [QUESTION]


def test_a_prompt_that_was_only_named_can_be_submitted_with_its_text(database: Database) -> None:
    import_rows(database, [vote("x", "y", prompt_id="q1")])
    with database.writing() as session:
        new = prompts.NewPrompt(1, "q1", tuple(talk(QUESTION)), "en", "physics")
        report = prompts.submit(session, arenas.find(session, SLUG), [new], NOW)
    assert (report.accepted, report.rejected) == (1, ())
    ((_, messages, category),) = rows_of(database, Prompt.id, Prompt.messages, Prompt.category)
    assert (said(messages), category) == ([QUESTION], "physics")
    assert len(rows_of(database, Vote.id)) == 1


def test_a_vote_with_the_names_in_view_is_kept_and_set_aside(database: Database) -> None:
    import_rows(
        database, lmarena({"question_id": "q1", "anony": False}, {"question_id": "q2", "anony": True})
    )
    states = rows_of(database, Vote.id, Vote.state, Vote.state_reason)
    assert [state for _, state, _ in states] == ["set_aside", "counted"]
    assert "not blind" in states[0][2]
    assert rows_of(database, VoteEvent.vote_id, VoteEvent.from_state, VoteEvent.to_state) == [
        (states[0][0], "counted", "set_aside")
    ]


@pytest.fixture
def statements(database: Database) -> Iterator[Callable[[], int]]:
    """How many statements the database has been sent since the fixture was asked for."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield lambda: len(sent)
    event.remove(database.engine, "before_cursor_execute", note)


def test_a_row_costs_no_statement_of_its_own(database: Database, statements: Callable[[], int]) -> None:
    rows = [
        {
            "question_id": f"q{at}",
            "judge": f"arena_user_{at}",
            "conversation_a": talk(f"{QUESTION} {at}", "A"),
            "conversation_b": talk(f"{QUESTION} {at}", "B"),
        }
        for at in range(1_500)
    ]
    assert import_rows(database, lmarena(*rows)).imported == 1_500
    assert statements() < 100
    assert len(rows_of(database, Answer.id)) == 3_000


@contextmanager
def at_once(workers: int) -> Iterator[tuple[ThreadPoolExecutor, Barrier]]:
    with ThreadPoolExecutor(workers) as pool:
        yield pool, Barrier(workers)


def test_two_imports_of_one_file_at_once_store_it_once(database: Database) -> None:
    rows = [vote("x", f"y{at}", rater=f"human:r{at}", prompt_id=f"p{at}") for at in range(50)]

    def run(barrier: Barrier) -> int:
        barrier.wait()
        return import_rows(database, rows).imported

    with at_once(4) as (pool, barrier):
        imported = [each.result() for each in [pool.submit(run, barrier) for _ in range(4)]]
    assert sorted(imported) == [0, 0, 0, 50]
    assert len(rows_of(database, Vote.id)) == 50
    assert rows_of(database, Arena.slug) == [(SLUG,)]


def test_what_an_import_forgets_on_the_way_is_found_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "KEPT", 2)
    monkeypatch.setattr(imports, "CHUNK", 3)
    given = [vote("x", "y", rater=f"human:r{at % 7}", prompt_id=f"p{at % 7}") for at in range(21)]
    given += [given[0]] * 2  # stands in the file three times
    assert import_rows(database, given).imported == 23
    assert (len(rows_of(database, Rater.id)), len(rows_of(database, Prompt.id))) == (7, 7)
    again = import_rows(database, given)
    assert (again.imported, again.known) == (0, 23)
