"""The live board follows the exact fit as closely as RANKING.md measured: hundredths of a point after 1,000 votes."""

import numpy as np
import pytest

from app.stats.live import Start
from app.stats.pairs import Pairs
from app.stats.strengths import strengths
from app.stats.tally import COUNTED, Comparisons, Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import named

POINTS = 400 / np.log(10)
MODELS = 100


def stream(votes: int, seed: int) -> Comparisons:
    """Votes of a hundred models whose strengths have a standard deviation of 170 points, one in four a tie."""
    generator = np.random.default_rng(seed)
    theta = np.random.default_rng(1).normal(0, 1, MODELS)
    first = generator.integers(0, MODELS, votes)
    second = (first + generator.integers(1, MODELS, votes)) % MODELS
    p = 1 / (1 + np.exp(theta[second] - theta[first]))
    decisive = np.where(generator.random(votes) < p, COUNTED.index(Verdict.A), COUNTED.index(Verdict.B))
    tied = generator.random(votes) < 0.25
    return Comparisons(named(MODELS), first, second, np.where(tied, COUNTED.index(Verdict.TIE), decisive))


def first_votes(votes: Comparisons, count: int) -> Tally:
    return Comparisons(votes.models, votes.first[:count], votes.second[:count], votes.verdict[:count]).tally()


def exact(tally: Tally) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(strengths(Pairs.of(tally, "half", "tie")))


@pytest.mark.parametrize(("new", "points"), [(1, 0.001), (1_000, 0.02), (5_000, 0.09)])
def test_new_votes_move_the_board_to_where_an_exact_fit_puts_it(new: int, points: float) -> None:
    votes = stream(200_000 + new, seed=3)
    start = Start.of(first_votes(votes, 200_000))
    assert start is not None
    now = votes.tally()
    error = np.abs(start.strengths(now) - exact(now)).max() * POINTS
    moved = np.abs(exact(now) - start.theta).max() * POINTS
    assert error < points
    assert error < moved / 10


def test_votes_taken_back_move_it_back() -> None:
    votes = stream(201_000, seed=4)
    start, fewer = Start.of(votes.tally()), first_votes(votes, 200_000)
    assert start is not None
    assert start.strengths(votes.tally()) == pytest.approx(start.theta, abs=1e-12)
    assert np.abs(start.strengths(fewer) - exact(fewer)).max() * POINTS < 0.02


def test_ties_and_both_bad_count_as_they_did() -> None:
    cells = [("x", "y", Verdict.A, 500), ("x", "y", Verdict.B, 300)]
    start = Start.of(Tally.of(cells), ties="drop")
    assert start is not None
    with_ties = Tally.of([*cells, ("x", "y", Verdict.TIE, 5), ("x", "y", Verdict.BOTH_BAD, 5)])
    assert start.strengths(with_ties) == pytest.approx(start.theta, abs=1e-12)


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [("x", "y", Verdict.A, 9)],
        [("x", "y", Verdict.TIE, 9), ("p", "q", Verdict.TIE, 9)],
    ],
    ids=["no votes", "never lost", "islands"],
)
def test_a_board_without_one_scale_has_nothing_to_go_on_from(
    cells: list[tuple[str, str, Verdict, int]],
) -> None:
    assert Start.of(Tally.of(cells)) is None


def test_another_set_of_models_is_refused() -> None:
    start = Start.of(Tally.of([("x", "y", Verdict.TIE, 9)]))
    assert start is not None
    with pytest.raises(ValueError, match="other models"):
        start.strengths(Tally.of([("x", "y", Verdict.TIE, 9)], models=["new"]))
