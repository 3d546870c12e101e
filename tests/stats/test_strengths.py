"""The likelihood and its sandwich, against other ways of computing them and against truth that was planted."""

import choix
import numpy as np
import pytest

from app.stats.pairs import Pairs
from app.stats.strengths import error_root, strengths
from app.stats.tally import COUNTED, Comparisons, Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import Floats, matrix_tally, random_votes, simulated


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_choix(seed: int) -> None:
    tally = random_votes(models=5 + 5 * seed, votes=2000, seed=seed).tally()
    theta = strengths(Pairs.of(tally, "half", "tie"))
    expected = choix.ilsr_pairwise_dense(tally.win_matrix(), alpha=0, tol=1e-12)
    np.testing.assert_allclose(theta, expected - expected.mean(), rtol=0, atol=1e-6)


def test_agrees_with_choix_when_ties_are_dropped() -> None:
    tally = random_votes(models=8, votes=1000, seed=9).tally()
    theta = strengths(Pairs.of(tally, "drop", "tie"))
    expected = choix.ilsr_pairwise_dense(tally.win_matrix(ties="drop"), alpha=0, tol=1e-12)
    np.testing.assert_allclose(theta, expected - expected.mean(), rtol=0, atol=1e-6)


def test_the_slope_vanishes_on_very_uneven_boards() -> None:
    tally = matrix_tally("abcd", [[0, 10**7, 0, 3], [1, 0, 10**6, 0], [0, 1, 0, 2], [0, 0, 1, 0]])
    pairs = Pairs.of(tally, "half", "tie")
    theta = strengths(pairs)
    wins = tally.win_matrix()
    expected = (wins + wins.T) / (1 + np.exp(theta[None, :] - theta[:, None]))
    np.testing.assert_allclose(expected.sum(axis=1), wins.sum(axis=1), rtol=1e-10)


def test_without_a_maximum_it_says_so() -> None:
    with pytest.raises(ArithmeticError, match="no maximum"):
        strengths(Pairs.of(matrix_tally("ab", [[0, 5], [0, 0]]), "half", "tie"))


def sandwich_on_rows(votes: Comparisons, theta: Floats) -> Floats:
    """H⁺BH⁺ from a design matrix with a row a vote, its scores row by row and H by differences of the gradient."""
    design = np.zeros((votes.votes, len(votes.models)))
    rows = np.arange(votes.votes)
    design[rows, votes.first], design[rows, votes.second] = 1, -1
    scores = {Verdict.A: 1.0, Verdict.B: 0.0}
    y = np.array([scores.get(COUNTED[code], 0.5) for code in votes.verdict])

    def gradients(at: Floats) -> Floats:
        return np.asarray(design * (y - 1 / (1 + np.exp(-design @ at)))[:, None])

    step = 1e-5
    hessian = np.stack(
        [
            (gradients(theta - step * unit) - gradients(theta + step * unit)).sum(axis=0) / (2 * step)
            for unit in np.eye(len(theta))
        ]
    )
    inverse = np.linalg.pinv(hessian, rcond=1e-8)
    by_vote = gradients(theta)
    return np.asarray(inverse @ (by_vote.T @ by_vote) @ inverse)


def test_the_sandwich_is_a_sum_over_single_votes() -> None:
    votes = random_votes(models=6, votes=700, seed=4)
    pairs = Pairs.of(votes.tally(), "half", "tie")
    theta = strengths(pairs)
    root = error_root(pairs, theta)
    np.testing.assert_allclose(root @ root.T, sandwich_on_rows(votes, theta), rtol=1e-5, atol=1e-9)


def intervals_that_cover(theta: Floats, votes: list[int], boards: int, seed: int) -> Floats:
    """For each model the share of simulated boards whose 95 % interval holds the planted strength."""
    generator = np.random.default_rng(seed)
    covered = np.zeros(len(theta))
    for _ in range(boards):
        tally = simulated(theta, np.array(votes), tie_share=1.6, generator=generator)
        pairs = Pairs.of(tally, "half", "tie")
        fitted = strengths(pairs)
        error = np.sqrt((error_root(pairs, fitted) ** 2).sum(axis=1))
        covered += np.abs(fitted - theta) <= 1.959964 * error
    return covered / boards


def test_intervals_cover_as_often_as_they_say() -> None:
    # Four in ten votes are ties. The inverse information would cover .985 and pair totals in place of single
    # votes far less than .9; the standard error of the mean below is at most .006.
    theta = np.array([0.6, 0.3, 0.0, -0.3, -0.6])
    covered = intervals_that_cover(theta, votes=[60] * 10, boards=400, seed=1)
    assert 0.93 <= covered.mean() <= 0.97


def test_a_newcomer_on_a_board_of_millions_is_covered() -> None:
    # A ridge that grows with the votes leaves a newcomer with a third of them uncovered.
    theta = np.array([0.5, 0.2, 0.0, -0.3, -0.4])
    votes = [25 if newcomer == 4 else 500_000 for newcomer in np.triu_indices(5, 1)[1]]
    covered = intervals_that_cover(theta, votes, boards=500, seed=2)
    assert 0.93 <= covered[4] <= 0.97


def test_a_million_times_the_votes_gives_the_same_strengths_and_a_thousandth_of_the_error() -> None:
    few = random_votes(models=5, votes=300, seed=6).tally()
    many = Tally(few.models, few.first, few.second, few.verdict, few.count * 10**6)
    a, b = (Pairs.of(tally, "half", "tie") for tally in (few, many))
    np.testing.assert_allclose(strengths(b), strengths(a), atol=1e-10)
    root_a, root_b = error_root(a, strengths(a)), error_root(b, strengths(b))
    np.testing.assert_allclose(root_b @ root_b.T * 10**6, root_a @ root_a.T, rtol=1e-8, atol=1e-14)
