"""Votes with styles: differences, moments, and which texts are known."""

import numpy as np
import pytest

from app.stats.styles import PRODUCTS, WIDTH, StyledVotes, differences
from app.stats.tally import Comparisons, Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import random_votes

VOTES = random_votes(models=5, votes=400, seed=3)
GENERATOR = np.random.default_rng(4)
DIFFERENCES = GENERATOR.uniform(-1, 1, (400, WIDTH))
DIFFERENCES[GENERATOR.random(400) < 0.1, 0] = np.nan
CELLS = Tally.of([("x", "y", Verdict.A, 2)])


def test_a_difference_is_between_minus_one_and_one_turns_with_the_sides_and_is_0_where_both_are_0() -> None:
    first, second = GENERATOR.poisson(2, (2, 500, WIDTH))
    there = differences(first, second)
    assert np.abs(there).max() == 1
    assert (differences(second, first) == -there).all()
    assert (there[(first == 0) & (second == 0)] == 0).all()
    assert (there[(first > 0) & (second == 0)] == 1).all()


def test_moments_are_the_sums_over_the_votes_of_each_cell() -> None:
    styled = StyledVotes.of_votes(VOTES, DIFFERENCES)
    moments = styled.moments()
    known = ~np.isnan(DIFFERENCES).any(axis=1)
    assert styled.unknown == moments.unknown == (~known).sum() > 0
    assert moments.tally().win_matrix().tolist() == styled.tally().win_matrix().tolist()
    assert moments.covariance is not None
    for group in np.flatnonzero(moments.known):
        rows = (VOTES.first == moments.first[group]) & (VOTES.second == moments.second[group])
        theirs = DIFFERENCES[rows & (VOTES.verdict == moments.verdict[group]) & known]
        assert len(theirs) == moments.count[group]
        assert moments.mean[:, group] == pytest.approx(theirs.mean(axis=0))
        spread = np.cov(theirs, rowvar=False, bias=True)
        assert moments.covariance[:, :, group] == pytest.approx(spread, abs=1e-12)


def test_moments_of_moments_are_the_same() -> None:
    once = StyledVotes.of_votes(VOTES, DIFFERENCES).moments()
    twice = once.moments()
    assert twice.count.sum() == once.count.sum()
    assert twice.unknown == once.unknown
    known = [each.only(each.known) for each in (once, twice)]
    assert known[1].mean == pytest.approx(known[0].mean)
    assert known[1].covariance == pytest.approx(known[0].covariance, abs=1e-12)


@pytest.mark.parametrize(
    ("styles", "problem"),
    [
        ([[0, 0, 0, 0]] * 3, "one length"),
        ([[0, 0, 0, 1.1]] * 2, "outside"),
        ([[0, 0, 0, -np.inf]] * 2, "outside"),
    ],
)
def test_differences_that_cannot_be_are_refused(styles: list[list[float]], problem: str) -> None:
    votes = Comparisons.of([("x", "y", Verdict.A)] * 2)
    with pytest.raises(ValueError, match=problem):
        StyledVotes.of_votes(votes, styles)


@pytest.mark.parametrize(
    ("known", "total", "square"), [(3, 0, 0), (-1, 0, 0), (1, 1.5, 0), (1, 0, 1.5), (0, 0.5, 0)]
)
def test_moments_that_cannot_be_are_refused(known: int, total: float, square: float) -> None:
    sums, products = np.zeros((1, WIDTH)), np.zeros((1, len(PRODUCTS)))
    sums[0, 0], products[0, 0] = total, square
    with pytest.raises(ValueError, match=r"known texts|moments"):
        StyledVotes.of_cells(CELLS, [known], sums, products)


def test_no_votes_have_no_groups() -> None:
    nothing = StyledVotes.of_votes(Comparisons.of([], ["x"]), [])
    assert (nothing.unknown, nothing.moments().tally().votes) == (0, 0)
