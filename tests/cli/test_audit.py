"""What is done at the command line is in the audit log too."""

from datetime import timedelta
from pathlib import Path

from app.db.session import Database
from app.db.tables import ApiKey, AuditEntry
from tests.arenas import make_arena, rows_of
from tests.cli.conftest import Arena as Command

COLUMNS = (AuditEntry.owner, AuditEntry.key, AuditEntry.action, AuditEntry.target, AuditEntry.outcome)


def test_keys_and_imports_are_written_down(arena: Command, database: Database, tmp_path: Path) -> None:
    make_arena(database)
    key = arena(
        "keys", "create", "--scope", "owner", "--owner", "ana", "--arena", "quiz", "--days", "30"
    ).out[:13]
    arena("keys", "revoke", key)
    file = tmp_path / "votes.csv"
    file.write_text("model_a,model_b,winner\nx,y,model_a\nx,y,tie\n")
    assert arena("import", str(file), "--format", "csv", "--arena", "quiz").code == 0
    who = ("command line", None)
    assert rows_of(database, *COLUMNS) == [
        (*who, "import", "/arenas/quiz/votes", "2 accepted"),
        (*who, "keys create", "/keys", key),
        (*who, "keys revoke", f"/keys/{key[3:]}", ""),
    ]
    assert ({"format": "csv", "files": ["votes.csv"]},) in rows_of(database, AuditEntry.details)
    ((made, expires),) = rows_of(database, ApiKey.created_at, ApiKey.expires_at)
    assert abs(expires - made - timedelta(days=30)) < timedelta(minutes=1)


def test_an_import_that_fails_is_not(arena: Command, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "votes.csv"
    file.write_text("model_a,model_b,winner\nx,y,perhaps\n")
    assert arena("import", str(file), "--format", "csv", "--arena", "quiz").code == 1
    assert rows_of(database, *COLUMNS) == []
