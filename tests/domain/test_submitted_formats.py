"""Prompts and answers from files: what each field becomes; what is wrong is refused by its line, and nothing stored."""

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

from app.db.session import Database
from app.db.tables import Answer, Attachment, Model, Prompt
from app.domain import arenas, submissions
from app.domain.errors import InvalidLines
from app.domain.formats import FORMATS, submitted
from app.domain.formats.rows import Bad
from app.domain.imports import ImportReport
from app.domain.prompts import NewPrompt
from tests.arenas import NOW, SLUG, make_arena, rows_of

QUESTION = {"question_id": 81, "category": "writing", "turns": ["Compose.", "Rewrite."]}
CHOICE = {
    "id": "m1",
    "question": "2 + 2?",
    "choices": ["3", "4"],
    "answer": 1,
    "subject": "math/sums",
    "language": "en",
}
ANSWER = {
    "question_id": 81,
    "answer_id": "x",
    "model_id": "aya",
    "choices": [{"index": 0, "turns": ["One.", "Two."]}],
}
OUTPUT = {"instruction": "Why?", "output": "So.", "generator": "bloom", "dataset": "helpful_base"}
SUBMITTED = ("prompts", "model_answers", "alpaca_outputs", "profiles")


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def put(database: Database, name: str, content: bytes, slug: str = SLUG, **options: Any) -> ImportReport:
    columns = options.pop("columns", {})
    with database.writing() as session:
        files = [("file", submitted(name, io.BytesIO(content), columns))]
        return submissions.import_files(session, arenas.find(session, slug), files, NOW, **options)


def prompt(row: dict[str, Any], **columns: str) -> NewPrompt:
    (found,) = submitted("prompts", io.BytesIO(lines(row)), columns)
    assert isinstance(found, NewPrompt), found
    return found


def problem(name: str, row: Any, **columns: str) -> str:
    (found,) = submitted(name, io.BytesIO(lines(row)), columns)
    assert isinstance(found, Bad), found
    return found.problem


def test_every_format_that_is_submitted_is_tested_here() -> None:
    assert {name for name, each in FORMATS.items() if each.submits} == set(SUBMITTED)


def test_a_question_of_mt_bench_keeps_its_turns() -> None:
    found = prompt(QUESTION | {"reference": ["A", "B"]})
    assert (found.id, found.category) == ("81", "writing")
    assert [message["content"] for message in found.messages] == ["Compose.", "Rewrite."]
    assert [each["text"] for each in found.references] == ["A", "B"]


@pytest.mark.parametrize(
    ("options", "answer", "right"),
    [
        (["3", "4"], 1, "B. 4"),
        (["3", "4"], "B", "B. 4"),
        (["3", "4"], "4", "B. 4"),
        ({"label": ["1", "2"], "text": ["red", "blue"]}, "2", "2. blue"),
        ({"X": "red", "Y": "blue"}, "Y", "Y. blue"),
        ('["3", "4"]', "A", "A. 3"),
    ],
)
def test_options_stand_below_the_question_and_the_right_one_is_a_reference(
    options: Any, answer: Any, right: str
) -> None:
    found = prompt(CHOICE | {"choices": options, "answer": answer})
    asked = found.messages[0]["content"]
    assert asked.startswith("2 + 2?\n\n")
    assert right in asked.splitlines()
    assert found.references == ({"text": right, "author_kind": "answer key", "language": ""},)
    assert len(found.details["options"]) == 2


def test_columns_rename_and_constants_hold_for_every_row() -> None:
    found = prompt({"frage": "Warum?", "level": 3}, text="frage", language="=de")
    assert (found.messages[0]["content"], found.language, found.details) == ("Warum?", "de", {"level": 3})
    assert len(found.id) == 16
    assert "no field 'frage'" in problem("prompts", {"text": "Why?"}, text="frage")
    assert "no column is called 'colour'" in problem("prompts", {"text": "Why?"}, colour="x")


def test_an_image_stands_beside_the_text_and_an_arena_of_texts_refuses_it(sqlite_url: str) -> None:
    png = base64.b64encode(picture()).decode()
    row = {"id": "i", "text": "What is it?", "image": f"data:image/png;base64,{png}"}
    content: Any = prompt(row).messages[0]["content"]
    assert [part["type"] for part in content] == ["text", "image_url"]
    for hostile in ("/etc/passwd", "https://example.org/cat.png"):
        assert "nothing is fetched" in problem("prompts", row | {"image": hostile})
    database = Database(sqlite_url)
    make_arena(database)
    for bad in (row, row | {"image": "data:image/png;base64,AAAA"}):
        with pytest.raises(InvalidLines) as refused:
            put(database, "prompts", lines(CHOICE, bad))
        assert refused.value.problems[0].at == "file:2"
    assert rows_of(database, Prompt.id) == []
    make_arena(database, "pictures", modality="image")
    first, again = (put(database, "prompts", lines(row), "pictures") for _ in range(2))
    assert ((first.imported, first.known), (again.imported, again.known)) == ((1, 0), (0, 1))
    ((messages,),) = rows_of(database, Prompt.messages)
    assert (messages[0]["content"], len(messages[0]["images"])) == ("What is it?", 1)
    assert len(rows_of(database, Attachment.id)) == 1
    database.close()


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(file, "PNG")
    return file.getvalue()


def test_twice_doubles_nothing_and_another_text_under_a_name_is_refused(database: Database) -> None:
    make_arena(database)
    given = [QUESTION, CHOICE]
    first, again = (put(database, "prompts", lines(*given)) for _ in range(2))
    assert (first.imported, first.known) == (2, 0)
    assert (again.imported, again.known) == (0, 2)
    with pytest.raises(InvalidLines) as refused:
        put(database, "prompts", lines(CHOICE, QUESTION | {"turns": ["Else."]}))
    assert (refused.value.problems[0].at, "another content" in refused.value.problems[0].problem) == (
        "file:2",
        True,
    )
    with pytest.raises(InvalidLines, match="1 row cannot"):
        put(database, "prompts", lines(CHOICE, CHOICE))
    assert len(rows_of(database, Prompt.id)) == 2


def test_answers_come_with_their_models(database: Database) -> None:
    make_arena(database)
    put(database, "prompts", lines(QUESTION))
    other = ANSWER | {"model_id": "bloom", "choices": [{"turns": ["1.", {"content": "2."}]}]}
    first, again = (put(database, "model_answers", lines(ANSWER, other)) for _ in range(2))
    assert ((first.imported, first.known), (again.imported, again.known)) == ((2, 0), (0, 2))
    assert rows_of(database, Model.slug) == [("aya",), ("bloom",)]
    texts = [[message["content"] for message in said] for (said,) in rows_of(database, Answer.messages)]
    assert sorted(texts) == [["1.", "2."], ["One.", "Two."]]


def test_an_answer_of_arena_hard_is_what_its_assistant_says(database: Database) -> None:
    make_arena(database)
    put(database, "prompts", lines({"uid": "h1", "prompt": "Prove it."}))
    said = [
        {"role": "user", "content": "Prove it."},
        {"role": "assistant", "content": {"answer": "By hand."}},
    ]
    assert (
        put(database, "model_answers", lines({"uid": "h1", "model": "aya", "messages": said})).imported == 1
    )
    assert rows_of(database, Answer.messages) == [([{"role": "assistant", "content": "By hand."}],)]


def test_outputs_bring_their_prompts(database: Database) -> None:
    make_arena(database)
    both = [OUTPUT, OUTPUT | {"generator": "aya", "output": ""}]
    # An array on one line, whose rows all stand on line 1.
    first, again = (put(database, "alpaca_outputs", json.dumps(both).encode()) for _ in range(2))
    assert ((first.imported, first.known), (again.imported, again.known)) == ((2, 0), (0, 2))
    assert len(rows_of(database, Prompt.id)) == 1
    assert len(rows_of(database, Answer.id)) == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (ANSWER | {"question_id": 99}, "has no prompt '99'"),
        (ANSWER | {"choices": [{"turns": ["One."]}]}, "1 assistant message for a prompt of 2 turns"),
        (ANSWER | {"choices": []}, "choices: expected one"),
        (ANSWER | {"choices": [{"turns": "x"}]}, "turns: expected a list"),
        (ANSWER | {"model_id": ""}, "model_id"),
    ],
)
def test_a_bad_answer_is_named_and_the_good_ones_stay_out(row: Any, told: str, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    make_arena(database)
    put(database, "prompts", lines(QUESTION))
    with pytest.raises(InvalidLines) as refused:
        put(database, "model_answers", lines(ANSWER | {"model_id": "good"}, row))
    (found,) = refused.value.problems
    assert (found.at, told in found.problem) == ("file:2", True), found
    assert rows_of(database, Model.slug) == []
    report = put(database, "model_answers", lines(ANSWER | {"model_id": "good"}, row), partial=True)
    assert (report.imported, report.rejected) == (1, 1)
    database.close()


HOSTILE = {
    "nothing": b"",
    "no JSON": b"{\n",
    "a number": b"7\n",
    "a list of lists": b"[[1]]",
    "half an array": b'[{"id": "1", "text": "x"}, ',
    "nested": b'{"turns":' + b"[" * 100_000,
    "NUL": b'{"id": "1", "text": "\\u0000", "instruction": "\\u0000", "question_id": "\\u0000"}\n',
    "not UTF-8": b'{"id": "1", "text": "\xff"}\n',
    "infinite": b'{"id": "1", "text": 1e999}\n',
    "a long name": lines(
        {"id": "x" * 201, "question_id": "x" * 201, "text": "y", "generator": "x" * 201, **ANSWER}
    ),
    "many options": lines({"id": "1", "text": "x", "options": list("abcdefghijklmnopqrstuvwxyzä")}),
    "a role of its own": lines({"id": "1", "messages": [{"role": "assistant", "content": "x"}]}),
    "an answer that is no option": lines(CHOICE | {"answer": "E"}),
    "an empty step": lines(CHOICE | {"category": "a//b"}),
    "parquet": b"PAR1" + b"\0" * 100 + b"PAR1",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", SUBMITTED)
def test_a_hostile_file_gets_a_clear_error_and_nothing_is_stored(
    name: str, content: bytes, sqlite_url: str
) -> None:
    database = Database(sqlite_url)
    make_arena(database)
    is_header_alone = name in ("prompts", "profiles") and content == b"7\n"
    if content and not is_header_alone:
        with pytest.raises(InvalidLines) as refused:
            put(database, name, content)
        assert all(0 < len(each.problem) < 400 for each in refused.value.problems)
    else:
        assert put(database, name, content).imported == 0
    assert rows_of(database, Prompt.id) + rows_of(database, Answer.id) + rows_of(database, Model.id) == []
    database.close()
