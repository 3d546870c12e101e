"""The benchmark of served boards fills an arena with real votes and asks for real boards."""

import pytest
from sqlalchemy import select

from app.db.session import Database
from app.db.tables import Arena, Dimension
from app.domain import tallies
from app.domain.tallies import Slice
from benchmarks import boards
from benchmarks.databases import Crowd, add_vote, fill

CROWD = Crowd(models=5, votes=300, people=10, categories=2, languages=3, days=3)


def _counted(database: Database) -> tallies.Counted:
    with database.reading() as session:
        arena, dimension = session.execute(
            select(Arena.id, Dimension.id).join(Dimension, Dimension.arena_id == Arena.id)
        ).one()
        return tallies.count(session, Slice(arena, dimension))


def test_an_arena_is_filled_with_the_votes_of_a_crowd_and_then_one_more(database: Database) -> None:
    fill(database, "one", CROWD, seed=1)
    counted = _counted(database)
    assert (counted.votes, counted.raters) == (300, 10)
    with database.writing() as session:
        add_vote(session, "one")
    assert _counted(database).votes == 301


def test_the_benchmark_prints_a_row_for_each_way_to_ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boards, "COLD", 1)
    monkeypatch.setattr(boards, "WARM", 1)
    boards.main(["--models", "5", "--votes", "300", "--databases", "sqlite", "--markdown"])
    printed = capsys.readouterr().out
    assert printed.count("cold, clustered by voter") == 2
    assert printed.count("| 304 |") == 2
    assert "SQLite: 5 models, 300 votes in 48 slices" in printed
