"""Weights fitted on overall votes, and the ballots they are fitted on."""

import numpy as np
import pytest

from app.stats.dimension_weights import fitted
from app.stats.dimensions import Bools, Dimensions
from tests.stats.ballots import taught
from tests.stats.boards import Floats


def columns_of(ballots: Dimensions, kept: Bools) -> tuple[Floats, Floats, Floats]:
    score, _ = ballots.scores("half", "tie")
    rows = np.flatnonzero(kept)
    return 2 * score[rows, :3] - 1, score[rows, 3], ballots.count[rows].astype(float)


def test_weights_for_all_categories_predict_worse_than_those_of_each() -> None:
    """METHODS 2.21: log loss of overall votes that were held out."""
    ballots, fresh = taught(4000, seed=2), taught(4000, seed=3)
    everywhere = fitted(*columns_of(ballots, np.ones(4000, dtype=bool)))
    lost = {"global": 0.0, "by_category": 0.0}
    for category in (0, 1):
        own = fitted(*columns_of(ballots, ballots.category == category), around=everywhere.gain)
        held_out = columns_of(fresh, fresh.category == category)
        lost["by_category"] += own.log_loss(*held_out)
        lost["global"] += everywhere.log_loss(*held_out)
    assert lost["by_category"] < lost["global"] - 0.05
    assert (everywhere.shares >= 0).all()
    assert everywhere.shares.sum() == pytest.approx(1)


def test_one_dimension_that_always_decides_has_finite_weights() -> None:
    """A hundred ballots whose overall vote is their accuracy, whatever the style: the loss alone has no minimum."""
    margin = np.array([[1.0, 1.0], [1.0, -1.0]])
    weights = fitted(margin, np.array([1.0, 1.0]), np.array([50, 50]))
    assert np.isfinite(weights.gain).all()
    assert weights.shares == pytest.approx([1, 0], abs=1e-6)


def test_a_category_with_few_ballots_stays_near_the_whole() -> None:
    margin, overall = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 1.0])
    everywhere = np.array([3.0, 1.0])
    assert fitted(margin, overall, np.array([0, 0]), around=everywhere).shares == pytest.approx([0.75, 0.25])
    one = fitted(margin, overall, np.array([0, 1]), around=everywhere)
    assert 0.25 < one.shares[1] < 0.35
    many = fitted(margin, overall, np.array([0, 1000]), around=everywhere)
    assert many.shares[1] > 0.6


def test_without_ballots_all_weigh_alike() -> None:
    assert fitted(np.zeros((0, 4)), np.zeros(0), np.zeros(0)).shares.tolist() == [0.25] * 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": ("x", "x")}, "a name is given twice"),
        ({"verdict": [[5]]}, "verdict is outside its range"),
        ({"verdict": [0]}, r"verdict has the shape \(1,\), not \(1, 1\)"),
        ({"first": [2]}, "first is outside its range"),
        ({"count": [-1]}, "count is outside its range"),
        ({"count": [1.5]}, "count must hold whole numbers"),
        ({"category": [1]}, "category is outside its range"),
        ({"second": [0]}, "a model is compared with itself"),
    ],
)
def test_ballots_that_do_not_fit_together_are_refused(change: dict[str, object], message: str) -> None:
    columns = {"first": [0], "second": [1], "verdict": [[0]], "count": [1], "category": [0]}
    fields = {"models": ("x", "y"), "dimensions": ("accuracy",), **columns, **change}
    with pytest.raises(ValueError, match=message):
        Dimensions(**fields)  # type: ignore[arg-type]  # of mixed fields
