"""`arena judge checklists`: written out, edited, read again; what is wrong is named by file and line."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Answer, Battle, ChecklistVersion
from app.domain import arenas, checklists, prompts
from tests.arenas import NOW, SLUG, import_rows, rows_of, vote
from tests.cli.conftest import Arena as Command
from tests.judging import judged_arena, script

LIST = ("judge", "checklists", "--arena", SLUG)
MADE = ["Is it short?", "Is it true?"]


@pytest.fixture
def listing(arena: Command, database: Database) -> Command:
    """Three prompts, two with checklists that a judge wrote."""
    judged_arena(database)
    with database.writing() as session:
        row = arenas.find(session, SLUG)
        made = {each.id: MADE for each in prompts.by_id(session, row, ["p1", "p2"]).values()}
        checklists.make(session, made, "judge:ref@1", NOW)
    return arena


def test_written_out_edited_and_read_again(listing: Command, database: Database, tmp_path: Path) -> None:
    told = listing(*LIST)
    assert (told.code, told.err) == (0, "")
    first, second = (json.loads(line) for line in told.out.splitlines())
    assert first == {
        "prompt": "p1",
        "version": 1,
        "questions": MADE,
        "author": "judge:ref@1",
        "created_at": "2026-01-31T12:00:00Z",
        "approved_at": None,
    }
    first["questions"] = ["Is it kind?", *MADE]
    third = {"prompt": "p3", "questions": ["Is it new?"]}
    file = tmp_path / "edited.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in (first, second, third)))
    saved = "2 checklists have a new version, 0 of judges are approved, 1 stay as they were.\n"
    assert listing(*LIST, "--from", "edited.jsonl").out == saved
    again = "0 checklists have a new version, 1 of judges are approved, 2 stay as they were.\n"
    assert listing(*LIST, "--from", "edited.jsonl", "--approve").out == again
    versions = [json.loads(line) for line in listing(*LIST, "--prompt", "p1").out.splitlines()]
    assert [(each["version"], each["author"]) for each in versions] == [
        (2, "admin:command line"),
        (1, "judge:ref@1"),
    ]
    file.write_text(listing(*LIST).out)
    assert listing(*LIST, "--from", "edited.jsonl").out.startswith("0 checklists have a new version, 0 of")
    assert len(rows_of(database, ChecklistVersion.version)) == 4


def test_a_judge_writes_them_and_judges_nothing(listing: Command, database: Database, tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    script(tmp_path / "scripts", {"text": "Answer:\n- Is it kind?\n- Is it new?"})
    judge = ("--arena", SLUG, "--name", "ref", "--model", "m", "--provider", "scripted")
    of = ("--protocol", "checklist", "--endpoint", "file=replies.jsonl")
    assert listing("judge", "add", *judge, *of).code == 0
    import_rows(database, [vote("ada", "bob", "a", prompt_id=f"p{at}") for at in (1, 3)])
    with database.writing() as session:
        for battle in session.scalars(select(Battle)):
            said = select(Answer.id).where(Answer.prompt_id == battle.prompt_id).order_by(Answer.model_id)
            battle.answer_a_id, battle.answer_b_id = session.scalars(said)
    only = ("judge", "run", "--arena", SLUG, "--judge", "ref", "--battles", "all", "--only", "checklists")
    assert listing(*only, "--dry-run").out.startswith("ref@1\n1 judgments: 1 calls, 0 questions are answered")
    done = listing(*only, "--most-calls", "5")
    assert done.code == 0
    assert "judged 1 of 1 · failed 0 · votes 0 · calls 1" in done.out
    assert [json.loads(line)["prompt"] for line in listing(*LIST).out.splitlines()] == ["p1", "p2", "p3"]
    again = listing(*only)
    assert (again.code, again.err.startswith("arena: there is nothing to write")) == (2, True)


def test_what_is_wrong_is_named_by_file_and_line_and_nothing_is_stored(
    listing: Command, database: Database, tmp_path: Path
) -> None:
    lines = (
        '{"prompt": "p1", "version": 1, "questions": ["Is it good?"]}',
        "{",
        '{"prompt": "p1", "questions": ["Is it?"]}',
        '{"prompt": "p9", "questions": ["Is it?"]}',
        '{"prompt": "p2", "questions": []}',
        '{"prompt": "p3", "questions": "Is it?"}',
        '{"prompt": 3, "questions": ["Is it?"]}',
        '{"prompt": "p3", "question": ["Is it?"]}',
        '{"prompt": "p3", "questions": ["\\ud800"]}',
        '{"prompt": "p3", "questions": ["Is it?"], "version": "1"}',
    )
    (tmp_path / "wrong.jsonl").write_text("\n".join(lines))
    told = listing(*LIST, "--from", "wrong.jsonl")
    assert told.code == 1
    assert told.err.splitlines()[0] == "arena: nothing was stored: some checklists cannot be used"
    places = [line.split(": ")[0].strip() for line in told.err.splitlines()[1:]]
    assert places == [f"wrong.jsonl:{line}" for line in range(2, 11)]
    for part in (
        "not JSON",
        "stands at wrong.jsonl:1 already",
        "no prompt 'p9'",
        "1 to 100 questions, not 0",
    ):
        assert part in told.err
    assert rows_of(database, ChecklistVersion.questions) == [(MADE,), (MADE,)]
    (tmp_path / "stale.jsonl").write_text('{"prompt": "p1", "version": 7, "questions": ["Is it?"]}')
    assert "version 7 was edited" in listing(*LIST, "--from", "stale.jsonl").err
    assert listing(*LIST, "--from", "none.jsonl").code == 2
    assert listing(*LIST, "--approve").code == 2
    assert listing(*LIST, "--prompt", "p9").err == "arena: arena 'quiz' has no prompt 'p9'\n"
