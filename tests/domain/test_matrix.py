"""Every pair of a board: counted votes and predicted wins."""

import pytest

from app.db.session import Database
from app.domain import arenas, matrix
from app.domain.fits import Spec
from app.domain.matrix import Matrix
from tests.arenas import NOW, SLUG, import_rows, make_arena, votes


def seen(database: Database, **spec: str) -> Matrix:
    with database.reading() as session:
        return matrix.matrix(session, arenas.find(session, SLUG), Spec(**spec), NOW)  # type: ignore[arg-type]  # words only


def test_pairs_are_counted_whatever_side_they_were_shown_on(database: Database) -> None:
    make_arena(database)
    import_rows(database, [*votes("x", "y", "a a tie both_good both_bad"), *votes("y", "x", "b a")])
    import_rows(database, [*votes("p", "q", "a b b"), *votes("r", "q", "a")])
    found = seen(database)
    at = {name: index for index, name in enumerate(found.models)}
    x, y, p, q = (at[name] for name in "xypq")
    assert (found.wins[x][y], found.wins[y][x]) == (3, 1)
    assert (found.ties[x][y], found.ties[y][x], found.both_bad[x][y]) == (2, 2, 1)
    assert (found.wins[p][q], found.wins[q][p], found.wins[x][q]) == (1, 2, 0)
    assert all(row[index] == 0 for index, row in enumerate(found.wins))


def test_predictions_are_those_of_the_ratings_and_only_where_two_models_compare(database: Database) -> None:
    make_arena(database)
    import_rows(database, [*votes("x", "y", "a a a b"), *votes("p", "q", "a b")])
    found = seen(database)
    at = {name: index for index, name in enumerate(found.models)}
    assert found.predicted[at["x"]][at["y"]] == pytest.approx(
        0.75, abs=1e-6
    )  # the share of wins, for one pair
    assert found.predicted[at["y"]][at["x"]] == pytest.approx(0.25, abs=1e-6)
    assert found.predicted[at["x"]][at["p"]] is None
    assert found.predicted[at["x"]][at["x"]] is None
    # (1.96·.5 + .8416·√(.75·.25))²/.25² = 28.9, whichever of the two is the row.
    assert found.votes_needed[at["x"]][at["y"]] == found.votes_needed[at["y"]][at["x"]] == 29
    assert found.votes_needed[at["x"]][at["p"]] is None
    assert all(p is None for row in seen(database, method="win_rate").predicted for p in row)


def test_an_empty_arena_has_an_empty_matrix(database: Database) -> None:
    make_arena(database)
    assert (seen(database).models, seen(database).wins, seen(database).predicted) == ([], [], [])
