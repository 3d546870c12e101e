"""The benchmark of imports measures imports, and loads the same rows in bulk."""

import importlib
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Vote
from tests.databases import POSTGRES_URL

benchmark = importlib.import_module("benchmarks.import")


def test_what_was_imported_is_what_is_loaded_in_bulk(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "votes.csv"
    benchmark.write_votes(file, 300, seed=1)
    benchmark.import_file(database, file)
    with database.reading() as session:
        assert len(session.scalars(select(Vote.id)).all()) == 300
    assert [table for table, _, rows in benchmark.rows_of(database) if rows] == [
        table.__tablename__ for table in benchmark.TABLES
    ]


def test_the_benchmark_prints_a_row_for_each_way_and_the_share(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    is_file = database_url.startswith("sqlite")
    benchmark.main(["--votes", "200", *([] if is_file else ["--server", POSTGRES_URL])])
    printed = capsys.readouterr().out
    for way in ("import of csv", "bulk load", "export of csv", "export of native", "import of native"):
        assert printed.count(f"\n{way}") or way in printed
    assert "the goal is 20%" in printed
    marks = printed.partition("On the way")[2].splitlines()[2:]
    assert marks[0].split()[0] == "200"  # one chunk
    assert float(marks[0].split()[2].replace(",", "")) > 10  # MB of this process
