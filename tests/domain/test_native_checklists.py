"""Checklists in native files: those of files from before they had versions."""

import json

from app.db.session import Database
from tests.dealing import arena_of
from tests.domain.test_native import COPY, read, records, written


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
