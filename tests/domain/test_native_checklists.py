"""Checklists in native files: those of files from before they had versions, and runs that write them."""

import json
from dataclasses import replace
from pathlib import Path

from app.db.session import Database
from app.domain.selections import Selection
from tests.dealing import arena_of
from tests.domain.test_native import COPY, read, records, written
from tests.judging import JUDGE, judged_arena, script, start, work


def test_a_run_that_only_writes_checklists_goes_along(database: Database, tmp_path: Path) -> None:
    judged_arena(database)
    script(tmp_path, {"text": '{"winner": "A"}'})
    work(database, tmp_path, start(database))
    writer = replace(JUDGE, name="writer", protocol="checklist")
    work(database, tmp_path, start(database, writer, Selection("all", only="checklists")))
    content = written(database)
    read(database, content.splitlines(keepends=True))
    assert written(database, COPY) == content
    assert [each["selection"].get("only") for each in records(content) if each["record"] == "run"] == [
        None,
        "checklists",
    ]


def test_a_checklist_in_the_record_of_its_prompt_is_its_first_version(database: Database) -> None:
    """As files had it before there were versions."""
    arena_of(database, prompts=5)
    lines = [each for each in records(written(database)) if each["record"] != "checklist"]
    for line in lines:
        if line["record"] == "prompt":
            line["checklist"] = {0: ["Is it so?", " "], 1: []}.get(line["n"], ["Why?"])
    lines[-1]["records"] = len(lines) - 1
    read(database, [json.dumps(line).encode() + b"\n" for line in lines])
    again = [each for each in records(written(database, COPY)) if each["record"] == "checklist"]
    assert [(each["prompt"], each["version"], each["questions"]) for each in again] == [
        (0, 1, ["Is it so?"]),
        *((at, 1, ["Why?"]) for at in (2, 3, 4)),
    ]
    born = {each["n"]: each["created_at"] for each in lines if each["record"] == "prompt"}
    assert all(each["created_at"] == each["approved_at"] == born[each["prompt"]] for each in again)
    assert {each["author"] for each in again} == {"submitted"}
