"""Votes as arrays: merging, reading with each convention, and what is refused."""

import numpy as np
import pytest

from app.stats.tally import COUNTED, BothBad, Comparisons, Record, Tally, Ties
from app.stats.verdicts import Verdict
from tests.stats.boards import random_votes

CELLS = [
    ("x", "y", Verdict.A, 5),
    ("y", "x", Verdict.A, 2),
    ("x", "y", Verdict.TIE, 4),
    ("y", "x", Verdict.BOTH_GOOD, 1),
    ("x", "y", Verdict.BOTH_BAD, 3),
    ("x", "z", Verdict.B, 6),
]


def test_cells_merge_and_keep_the_side_they_were_shown_on() -> None:
    tally = Tally.of([*CELLS, ("x", "y", Verdict.A, 10)])
    cells = {
        (tally.models[a], tally.models[b], COUNTED[v]): count
        for a, b, v, count in zip(tally.first, tally.second, tally.verdict, tally.count, strict=True)
    }
    assert cells["x", "y", Verdict.A] == 15
    assert cells["y", "x", Verdict.A] == 2
    assert len(cells) == len(CELLS)
    assert tally.votes == 31


def test_named_models_come_first_and_the_rest_by_name() -> None:
    assert Tally.of(CELLS, models=["y", "new"]).models == ("y", "new", "x", "z")


def test_records_count_each_side() -> None:
    records = Tally.of(CELLS, models=["new"]).records()
    assert records["x"] == Record(votes=21, wins=5, losses=8, ties=5, both_bad=3)
    assert records["y"] == Record(votes=15, wins=2, losses=5, ties=5, both_bad=3)
    assert records["z"] == Record(votes=6, wins=6, losses=0, ties=0, both_bad=0)
    assert records["new"] == Record(0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("ties", "both_bad", "x_over_y", "y_over_x"),
    [("half", "tie", 9, 6), ("half", "drop", 7.5, 4.5), ("drop", "tie", 5, 2), ("drop", "drop", 5, 2)],
)
def test_ties_and_both_bad_are_chosen_when_reading(
    ties: Ties, both_bad: BothBad, x_over_y: float, y_over_x: float
) -> None:
    wins = Tally.of(CELLS).win_matrix(ties, both_bad)
    assert wins.tolist() == [[0, x_over_y, 0], [y_over_x, 0, 0], [6, 0, 0]]


def test_an_entry_may_repeat_a_cell() -> None:
    tally = Tally(("x", "y"), *np.array([[0, 0], [1, 1], [0, 0], [2, 3]]))
    assert tally.win_matrix()[0, 1] == 5
    assert tally.records()["x"].wins == 5


def test_comparisons_count_to_the_same_cells_however_many_are_possible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    votes = random_votes(6, 500, seed=3)
    counted = votes.tally()
    monkeypatch.setattr("app.stats.tally._LARGEST_TABLE", 0)
    sorted_instead = votes.tally()
    by_row = Tally.of(
        (votes.models[a], votes.models[b], COUNTED[v], 1)
        for a, b, v in zip(votes.first, votes.second, votes.verdict, strict=True)
    )
    assert counted.votes == votes.votes == 500
    for other in (sorted_instead, by_row):
        assert other.records() == counted.records()
        assert (other.win_matrix() == counted.win_matrix()).all()


def test_an_abstention_is_refused() -> None:
    with pytest.raises(ValueError, match="'abstain' is never counted"):
        Tally.of([("x", "y", Verdict.ABSTAIN, 1)])
    with pytest.raises(ValueError, match="'abstain' is never counted"):
        Comparisons.of([("x", "y", Verdict.ABSTAIN)])


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ([[0], [0], [0], [1]], "with itself"),
        ([[0], [2], [0], [1]], "outside 0..1"),
        ([[-1], [1], [0], [1]], "outside 0..1"),
        ([[0], [1], [5], [1]], "outside 0..4"),
        ([[0], [1], [0], [-1]], "negative"),
        ([[0], [1], [0], [0.5]], "whole numbers"),
        ([[0, 1], [1], [0], [1]], "one length"),
        ([[0], [1], [0], [1, 1]], "one length"),
    ],
)
def test_a_malformed_tally_is_refused(columns: list[list[float]], problem: str) -> None:
    first, second, verdict, count = (np.array(column) for column in columns)
    with pytest.raises(ValueError, match=problem):
        Tally(("x", "y"), first, second, verdict, count)


def test_a_model_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="named twice"):
        Tally.of([], models=["x", "x"])


def test_a_tally_cannot_be_changed() -> None:
    column = np.array([0])
    tally = Tally(("x", "y"), column, np.array([1]), np.array([0]), np.array([3]))
    column[0] = 1
    assert tally.first.tolist() == [0]
    with pytest.raises(ValueError, match="read-only"):
        tally.count[0] = 9
