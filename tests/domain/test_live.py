"""The live board: every vote at once, the exact one behind it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.db.session import Database
from app.domain import arenas, leaderboards, live
from app.domain.fits import Spec
from app.domain.live import EXACT_AFTER, LiveBoard
from tests.arenas import NOW, SLUG, board, import_rows, make_arena, set_state, votes

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    live._fits.clear()
    yield
    live._fits.clear()


@pytest.fixture
def database(database: Database) -> Database:
    make_arena(database)
    import_rows(database, [*votes("x", "y", "a a a b " * 50), *votes("y", "z", "a b " * 50)])
    return database


def seen(database: Database, after: timedelta = timedelta(0)) -> LiveBoard:
    with database.reading() as session:
        found = live.live(session, arenas.find(session, SLUG), Spec(), NOW + after)
    with database.writing() as session:
        leaderboards.keep(session, found.exact)
    return found


def ratings(rows: tuple[dict[str, object], ...] | list[dict[str, object]]) -> dict[object, object]:
    return {row["model"]: row["rating"] for row in rows}


def test_a_vote_shows_at_once_and_the_exact_board_follows(database: Database) -> None:
    first = seen(database)
    assert ratings(first.rows) == pytest.approx(ratings(first.exact.rows()))
    import_rows(database, votes("x", "y", "b"))
    moved = seen(database, SECOND)
    assert (moved.votes, moved.votes_since, moved.exact.snapshot_id) == (301, 1, first.exact.snapshot_id)
    exact = ratings(board(database, now=NOW + SECOND).rows())
    assert ratings(moved.rows) == pytest.approx(exact, abs=0.02)
    assert abs(float(str(exact["x"])) - float(str(ratings(first.rows)["x"]))) > 1
    refitted = seen(database, EXACT_AFTER)
    assert (refitted.votes, refitted.votes_since) == (301, 0)
    assert refitted.exact.snapshot_id != first.exact.snapshot_id


def test_many_votes_do_not_wait_for_the_clock(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(database)
    monkeypatch.setattr(live, "EXACT_AFTER_VOTES", 3)
    import_rows(database, votes("x", "y", "b b b"))
    assert seen(database, SECOND).votes_since == 0


def test_a_newcomer_is_fitted_exactly_as_soon_as_it_has_a_vote(database: Database) -> None:
    seen(database)
    import_rows(database, votes("new", "y", "a b"))
    found = seen(database, SECOND)
    assert "new" in ratings(found.rows)
    assert found.votes_since == 0


def test_islands_have_no_single_scale_to_move_on(database: Database) -> None:
    import_rows(database, votes("p", "q", "a b"))
    first = seen(database)
    assert {row["component"] for row in first.rows} == {0, 1}
    import_rows(database, votes("p", "q", "a"))
    assert ratings(seen(database, SECOND).rows)["p"] != ratings(first.rows)["p"]


def test_a_hidden_model_is_not_there(database: Database) -> None:
    seen(database)
    set_state(database, "z", "hidden")
    assert ratings(seen(database, SECOND).rows).keys() == {"x", "y"}
