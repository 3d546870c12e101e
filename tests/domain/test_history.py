"""The past of a board: found again by moment, without holes where nobody looked, thinned and not lost."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app import worker
from app.db.session import Database
from app.db.tables import Ranking
from app.domain import arenas, history
from app.domain.errors import SnapshotNotFound
from app.domain.fits import Spec
from app.domain.history import Moment
from tests.arenas import NOW, SLUG, board, import_rows, make_arena, rows_of, votes

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def database(database: Database) -> Database:
    make_arena(database)
    return database


def fitted(database: Database, *moments: datetime, spec: Spec | None = None) -> list[str]:
    """A new vote and a fit at each moment; the snapshots."""
    snapshots = []
    for moment in moments:
        import_rows(database, votes("x", "y", "a b"))
        snapshots.append(board(database, spec or Spec(), now=moment).snapshot_id)
    return snapshots


def past(
    database: Database, spec: Spec, limit: int = 100, cursor: str | None = None
) -> tuple[list[Moment], str | None]:
    with database.reading() as session:
        page = history.moments(session, arenas.find(session, SLUG), spec, limit, cursor)
    return list(page.items), page.next


def test_every_fit_is_there_newest_first_and_a_page_at_a_time(database: Database) -> None:
    made = fitted(database, *(NOW + n * HOUR for n in range(5)))
    found, more = past(database, Spec(), limit=2)
    assert [each.snapshot_id for each in found] == made[:2:-1]
    rest, end = past(database, Spec(), limit=10, cursor=more)
    assert ([each.snapshot_id for each in rest], end) == (made[2::-1], None)
    assert [(each.votes, each.generated_at) for each in rest] == [
        (6, NOW + 2 * HOUR),
        (4, NOW + HOUR),
        (2, NOW),
    ]
    assert [(row["model"], row["rating"]) for row in rest[0].rows] == [("x", 1000.0), ("y", 1000.0)]


def test_another_question_has_another_past(database: Database) -> None:
    fitted(database, NOW)
    for other in (Spec(method="elo"), Spec(voters="combined"), Spec(settings={"level": 0.9})):
        assert past(database, other) == ([], None)


def test_a_question_keeps_its_past_when_the_number_of_voters_changes_how_limits_are_made(
    database: Database,
) -> None:
    fitted(database, NOW)
    for n in range(30):
        import_rows(database, votes("x", "y", "a b", rater=f"human:voter-{n}"))
    board(database, now=NOW + HOUR)
    assert [each.votes for each in past(database, Spec())[0]] == [62, 2]


def test_the_board_that_stood_at_a_moment(database: Database) -> None:
    first, second = fitted(database, NOW, NOW + DAY)
    with database.reading() as session:
        arena = arenas.find(session, SLUG)
        at = [history.at(session, arena, Spec(), NOW + n * HOUR).snapshot_id for n in (0, 23, 24, 900)]
        assert at == [first, first, second, second]
        with pytest.raises(SnapshotNotFound, match="had been fitted by"):
            history.at(session, arena, Spec(), NOW - HOUR)


def test_the_boards_that_everybody_asks_for_are_fitted_without_being_asked(database: Database) -> None:
    make_arena(database, "empty")
    import_rows(database, votes("x", "y", "a b"))
    for moment in (NOW, NOW + HOUR):
        worker.refit(database, moment)
    assert [each.generated_at for each in past(database, Spec())[0]] == [NOW]
    assert len(rows_of(database, Ranking.id)) == 1


def test_old_history_is_thinned_to_hours_and_then_to_days(database: Database) -> None:
    now = NOW + 200 * DAY
    old = [NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + DAY]
    later = [now - 8 * DAY + n * HOUR / 4 for n in range(8)]
    recent = [now - n * HOUR / 4 for n in (3, 2, 1)]
    fitted(database, *old, *later, *recent)
    with database.writing() as session:
        history.thin(session, now)
    left = [each.generated_at for each in past(database, Spec())[0]][::-1]
    assert left == [old[2], old[3], later[3], later[7], *recent]


@pytest.mark.parametrize(
    "passing",
    [
        Spec(settings={"level": 0.9}),
        Spec(category="no-such"),
        Spec(language="tlh"),
        Spec(voters="judges"),
    ],
    ids=["a setting", "a path without votes", "a language without votes", "no votes at all"],
)
def test_a_passing_question_leaves_nothing_behind(database: Database, passing: Spec) -> None:
    import_rows(database, votes("x", "y", "a b", category="law", language="en"))
    standing = Spec(category="law", language="en")
    kept = {board(database, each, now=NOW).snapshot_id for each in (Spec(), standing)}
    board(database, passing, now=NOW)
    with database.writing() as session:
        history.thin(session, NOW + timedelta(hours=23))
    assert len(rows_of(database, Ranking.id)) == 3
    with database.writing() as session:
        history.thin(session, NOW + timedelta(hours=25))
    with database.reading() as session:
        assert set(session.scalars(select(Ranking.public_id))) == kept
