"""The command line: exit 0 done, 1 the work failed and one line says why, 2 wrong use; never a traceback."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.db.session import Database
from app.db.tables import ApiKey, Arena, Model, Rater, Vote
from app.domain import accounts, arenas
from app.domain.errors import KeyRefused
from tests.arenas import NOW, import_rows, make_arena, rows_of, votes
from tests.cli.conftest import Arena as Command
from tests.cli.conftest import Ran

ROOT = Path(__file__).resolve().parents[2]
HEADER = "model_a,model_b,winner,rater"
NOWHERE = "postgresql+psycopg://arena:hunter2@127.0.0.1:1/arena"


@pytest.fixture
def quiz(tmp_path: Path) -> Path:
    file = tmp_path / "quiz.csv"
    file.write_text(f"{HEADER}\nx,y,a,ana\nx,y,tie,ben\ny,x,both_bad,judge:gpt-4\n")
    return file


def failed(printed: Ran, *said: str) -> None:
    """Exit 1, nothing on stdout, one line on stderr that says all of this."""
    assert (printed.code, printed.out) == (1, "")
    assert printed.err.count("\n") == 1, printed.err
    for each in ("arena: ", *said):
        assert each in printed.err


def misused(printed: Ran, *said: str) -> None:
    """Exit 2; typer frames the message and breaks its lines."""
    assert (printed.code, printed.out) == (2, "")
    assert "Traceback" not in printed.err
    plain = " ".join(re.sub("[│╭╮╰╯─]", " ", printed.err).split())
    for each in said:
        assert each in plain


def test_import_counts_what_it_did_and_shows_a_board(arena: Command, quiz: Path) -> None:
    into = ("import", quiz, "--format", "csv", "--arena", "quiz")
    assert arena(*into) == Ran(0, "3 votes imported into quiz, 0 were there already, 0 rows rejected.\n", "")
    assert arena(*into).out == "0 votes imported into quiz, 3 were there already, 0 rows rejected.\n"
    assert arena(*into, "--batch", "again").out.startswith("3 votes imported")
    quiz.write_text(quiz.read_text() + "x,z,b,cem\n")
    assert arena(*into).out.startswith("1 votes imported into quiz, 3 were there already")
    table = arena("leaderboard", "--arena", "quiz").out
    assert "quiz · overall · human · 5 votes by 3 raters" in table
    assert "bradley_terry 1: scale 400" in table
    assert "ties half, both_bad tie" in " ".join(table.split())
    assert re.search(r"snapshot [0-9a-f]{16}, ", table)


def test_the_json_is_the_bytes_that_the_api_serves(
    arena: Command, quiz: Path, client: TestClient, database: Database
) -> None:
    make_arena(database)
    import_rows(database, votes("модель", "模型 🦙", "a b", category="medicine/eye", language="zh-Hant"))
    make_arena(database, "empty")
    for slug in ("quiz", "empty"):
        for options in (
            {},
            {"category": "medicine", "language": "zh", "voters": "combined"},
            {"method": "live_elo", "ties": "drop", "both_bad": "drop", "dimension": "overall"},
            {"category": "", "language": ""},
        ):
            words = [
                word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)
            ]
            printed = arena("leaderboard", "--arena", slug, "--json", *words)
            served = client.get(f"/api/v1/arenas/{slug}/leaderboard", params=options)
            assert (served.status_code, printed.code) == (200, 0)
            assert printed.out.encode() == served.content + b"\n"
            old = json.loads(printed.out)["snapshot_id"]
            assert arena("leaderboard", "--arena", slug, "--json", "--snapshot", old).out == printed.out


def test_bad_rows_are_named_by_file_and_line_and_nothing_is_stored(
    arena: Command, quiz: Path, database: Database
) -> None:
    bad = quiz.with_name("bad.csv")
    bad.write_text(f"{HEADER}\nx,y,a,ana\nx,y,draw,ana\nx,x,a,ana\n")
    printed = arena("import", quiz, bad, "--format", "csv", "--arena", "quiz")
    assert (printed.code, printed.out) == (1, "")
    first, *rows = printed.err.splitlines()
    assert first == "arena: nothing was stored: 2 rows cannot be read"
    assert rows[0].startswith(f"  {bad}:3: winner 'draw'; expected one of a, b, ")
    assert rows[1:] == [f"  {bad}:4: model_a and model_b are both 'x': a model does not meet itself"]
    for table in (Arena, Vote, Model, Rater):
        assert rows_of(database, table.id) == []

    printed = arena("import", quiz, bad, "--format", "csv", "--arena", "quiz", "--partial")
    # Its second line is alike to the first vote of the other file: the same vote.
    assert printed.out == "3 votes imported into quiz, 1 were there already, 2 rows rejected.\n"
    assert printed.err.splitlines() == rows
    assert len(rows_of(database, Vote.id)) == 3


def test_of_very_many_bad_rows_the_first_are_shown(arena: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(f"{HEADER}\n" + "x,y,draw,ana\n" * 1_500)
    lines = arena("import", "bad.csv", "--format", "csv", "--arena", "quiz").err.splitlines()
    assert lines[0] == "arena: nothing was stored: 1,500 rows cannot be read"
    assert lines[1].startswith("  bad.csv:2: ")
    assert lines[20].startswith("  bad.csv:21: ")
    assert lines[21:] == ["… and more"]


def test_columns_are_renamed(arena: Command, tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text("left,right,who,winner\nx,y,ana,left\n")
    into = ("import", "votes.csv", "--format", "csv", "--arena", "quiz", "--columns")
    assert arena(*into, "model_a=left, model_b=right,rater=who").out.startswith("1 votes imported")
    failed_lines = arena(*into, "model_a=links,model_b=right").err.splitlines()
    assert failed_lines[1].startswith(
        "  votes.csv:1: no column 'links' in the header; it has left, right, who, winner"
    )
    misused(arena(*into, "model_a"), "--columns", "expected name=column")


def test_wrong_use_is_exit_2(arena: Command, quiz: Path) -> None:
    misused(
        arena("import", "nowhere.csv", "--format", "csv", "--arena", "quiz"), "nowhere.csv", "does not exist"
    )
    misused(
        arena("import", quiz, "--format", "xlsx", "--arena", "quiz"), "'xlsx'", "mt_bench, comparia", "native"
    )
    misused(arena("import", quiz, "--format", "csv"), "--arena")
    misused(
        arena("import", quiz, "--format", "csv", "--arena", "My Quiz"),
        "arena: arena 'My Quiz'",
        "a-z 0-9 . _ -",
    )
    misused(arena("keys", "create", "--scope", "root"), "'root'", "owner, read or admin")
    misused(arena("keys", "create", "--scope", "owner"), "needs a name")
    misused(arena("keys", "create", "--scope", "owner", "--owner", "x" * 81), "longer than 80")
    arena("import", quiz, "--format", "csv", "--arena", "quiz")
    misused(
        arena("leaderboard", "--arena", "quiz", "--method", "trueskill"),
        "arena: method 'trueskill'",
        "live_elo",
    )
    misused(arena("leaderboard", "--arena", "quiz", "--voters", "all"), "arena: voters 'all'", "judge:<name>")
    misused(arena("leaderboard", "--arena", "quiz", "--ties", "third"), "ties is 'third'")
    misused(arena("leaderboard", "--arena", "quiz", "--set", "lvl=1"), "setting 'lvl'", "level")
    misused(arena("leaderboard", "--arena", "quiz", "--set", "level=high"), "level is 'high'", "a number")
    misused(arena("leaderboard", "--arena", "quiz", "--method", "elo", "--style-control"), "method 'elo'")
    misused(arena("leaderboard", "--arena", "quiz", "--since", "yesterday"), "--since")


def test_what_is_not_there_is_exit_1_and_one_line(arena: Command, quiz: Path) -> None:
    failed(arena("leaderboard", "--arena", "quiz"), "there is no arena 'quiz'")
    failed(arena("keys", "revoke", "pa_0000000000"), "there is no key", "arena keys list")
    failed(arena("keys", "create", "--scope", "read", "--arena", "quiz"), "there is no arena 'quiz'")
    arena("import", quiz, "--format", "csv", "--arena", "quiz")
    failed(
        arena("leaderboard", "--arena", "quiz", "--dimension", "charm"),
        "no dimension 'charm'; it has overall",
    )
    failed(arena("leaderboard", "--arena", "quiz", "--snapshot", "0" * 16), "no snapshot")


@pytest.mark.parametrize("url", ["nonsense", "mysql://h/d", "sqlite://", "sqlite:///no/such/folder/a.db"])
def test_an_address_that_is_none_is_exit_2(run: Command, url: str) -> None:
    misused(run("leaderboard", "--arena", "quiz", "--database-url", url), "--database-url")


def test_a_database_that_is_away_is_exit_1_and_one_line(run: Command, tmp_path: Path) -> None:
    printed = run("leaderboard", "--arena", "quiz", "--database-url", NOWHERE)
    failed(printed, "the database cannot be used", "127.0.0.1", "refused")
    assert "hunter2" not in printed.err
    (tmp_path / "notes.txt").write_text("These are notes, no database. " * 100)
    failed(run("keys", "list", "--database-url", "sqlite:///notes.txt"), "not a database")


def test_a_database_of_a_newer_program_is_exit_1_and_one_line(run: Command, sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'fffffffffff'")
    connection.close()
    failed(run("migrate", "--database-url", sqlite_url), "fffffffffff")


def test_keys_are_shown_once_listed_without_the_secret_and_revoked(
    arena: Command, database: Database
) -> None:
    make_arena(database)
    made = arena("keys", "create", "--scope", "owner", "--owner", "ana", "--arena", "quiz")
    assert (made.code, made.err) == (0, "Keep it: it is not shown again.\n")
    key = made.out.strip()
    shown, secret = key[: len("pa_0123456789")], key[len("pa_0123456789_") :]
    assert len(secret) >= 43
    listed = arena("keys", "list").out
    assert secret not in listed
    assert all(word in listed for word in (shown, "owner", "ana", "quiz"))
    assert secret not in repr(rows_of(database, *ApiKey.__table__.c))
    with database.reading() as session:
        assert accounts.caller_of(session, key, NOW).owner == "ana"
        assert accounts.caller_of(session, key, NOW).arena_id == arenas.find(session, "quiz").id
    assert arena("keys", "revoke", shown) == Ran(0, "The key is revoked.\n", "")
    with database.reading() as session, pytest.raises(KeyRefused):
        accounts.caller_of(session, key, NOW)
    assert arena("keys", "list").out.count(shown) == 1


def test_settings_lists_every_variable_and_hides_secrets(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARENA_SECRET_KEY", "swordfish")
    monkeypatch.setenv("ARENA_DATABASE_URL", "postgresql+psycopg://ana:hunter2@db/arena?sslpassword=hunter3")
    monkeypatch.setenv("ARENA_PORT", "8123")
    printed = run("settings")
    assert printed.code == 0
    for each in (
        "ARENA_DATABASE_URL",
        "postgresql+psycopg://ana:***@db/arena",
        "ARENA_PORT",
        "8123",
        "ARENA_HOST",
    ):
        assert each in printed.out
    for secret in ("swordfish", "hunter2", "hunter3"):
        assert secret not in printed.out
    monkeypatch.setenv("ARENA_PORT", "many")
    misused(run("settings"), "ARENA_PORT", "valid integer")


def test_openapi_is_the_apis_own_and_needs_no_database(
    run: Command, client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARENA_DATABASE_URL", NOWHERE)
    before = set(tmp_path.iterdir())
    printed = run("openapi")
    assert json.loads(printed.out) == client.get("/openapi.json").json()
    assert set(tmp_path.iterdir()) == before


def test_the_program_itself_ends_with_the_codes_it_promises(sqlite_url: str, tmp_path: Path) -> None:
    """In a process of its own, whose terminal cannot even write UTF-8."""
    database = Database(sqlite_url)
    make_arena(database)
    import_rows(database, votes("模型", "модель", "a a b"))
    database.close()

    def ran(*words: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [sys.executable, "-m", "app", *words, "--database-url", sqlite_url],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
            timeout=60,
        )

    printed = ran("leaderboard", "--arena", "quiz", "--json")
    assert (printed.returncode, printed.stderr) == (0, b"")
    assert [row["model"] for row in json.loads(printed.stdout.decode())["rows"]] == ["模型", "модель"]
    unknown = ran("leaderboard", "--arena", "none")
    assert (unknown.returncode, unknown.stdout) == (1, b"")
    assert unknown.stderr.splitlines() == [b"arena: there is no arena 'none'"]
