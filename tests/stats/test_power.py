"""Votes needed: the known answer, exact binomial power, and boards to which those votes were added."""

import numpy as np
import pytest
from scipy.stats import binom

from app.stats.pairs import Pairs
from app.stats.power import Neighbours, head_to_head, neighbours, votes_needed
from app.stats.rank_bounds import critical_value, max_t
from app.stats.strengths import error_root, strengths
from tests.stats.boards import simulated


def test_the_known_answer() -> None:
    """METHODS 2.16: at true 55/45 without ties 783 votes, to be reported as 780 ± 15."""
    assert head_to_head(0.55) == head_to_head(0.45) == 783
    log_odds = np.log(np.array([0.55 / 0.45]))
    assert votes_needed(log_odds, np.array([np.inf]))[0] == pytest.approx(780, abs=15)


@pytest.mark.parametrize(("share", "power"), [(0.55, 0.8), (0.6, 0.9), (0.65, 0.8)])
def test_the_power_is_that_of_the_binomial_test(share: float, power: float) -> None:
    votes = head_to_head(share, power)
    won = np.arange(votes + 1)
    beyond = np.abs(won - votes / 2) > 1.959964 * np.sqrt(votes) / 2
    assert binom.pmf(won[beyond], votes, share).sum() == pytest.approx(power, abs=0.02)


@pytest.mark.parametrize("tie_share", [0.0, 1.6])
def test_boards_with_the_votes_needed_tell_the_two_apart_as_often_as_promised(tie_share: float) -> None:
    theta = np.array([0.5, 0.1, -0.2, -0.4])
    design = np.array([40, 60, 80, 90, 50, 70])  # the fourth is the pair of the second and the third
    generator = np.random.default_rng(2)
    p = 1 / (1 + np.exp(-0.3))
    share = tie_share * p * (1 - p)
    expected = simulated(theta, design * 10_000, tie_share, generator)
    pairs = Pairs.of(expected, "half", "tie")
    root = error_root(pairs, strengths(pairs)) * 100  # the error that the design leaves on the average
    error = np.sqrt(((root[1] - root[2]) ** 2).sum(keepdims=True))
    more = votes_needed(np.array([0.3]), error, tie_share=share)[0]
    assert 50 < more < 1000
    told_apart = 0
    for _ in range(800):
        board = Pairs.of(
            simulated(theta, design + np.array([0, 0, 0, more, 0, 0], int), tie_share, generator),
            "half",
            "tie",
        )
        fitted = strengths(board)
        root = error_root(board, fitted)
        told_apart += int((fitted[1] - fitted[2]) / np.sqrt(((root[1] - root[2]) ** 2).sum()) > 1.959964)
    assert told_apart / 800 == pytest.approx(0.8, abs=0.045)  # three standard errors


def test_more_is_needed_for_ranks_that_hold_at_once() -> None:
    theta, root = np.linspace(1, -1, 8), np.eye(8) * 0.05
    critical = critical_value(root, 0.95)
    assert 2.9 < critical < 3.2  # Tukey's studentised range of 8 over √2: 3.03
    assert max_t(theta, root, 0.95)[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    once, at_once = (neighbours(theta, root * 3, critical=each) for each in (1.959964, critical))
    assert all((a.votes or 0) < (b.votes or 0) for a, b in zip(once, at_once, strict=True))


def test_neighbours_stand_by_strength_and_equals_are_never_told_apart() -> None:
    found = neighbours(np.array([0.0, 2.0, 0.0]), np.eye(3) / 10)
    assert found == (Neighbours(1, 0, 0), Neighbours(0, 2, None))
    assert neighbours(np.zeros(1), np.zeros((1, 0))) == ()


def test_what_shared_votes_cancel_counts() -> None:
    """An error common to both, as in an anchor's gauge, does not matter to their difference."""
    theta, root = np.array([0.3, 0.0]), np.eye(2) * 0.2
    shifted = np.hstack([root, np.full((2, 1), 5.0)])
    assert neighbours(theta, root) == neighbours(theta, shifted)


def test_values_without_a_meaning_are_refused() -> None:
    for share in (0.0, 0.5, 1.0, float("nan")):
        with pytest.raises(ValueError, match="share"):
            head_to_head(share)
    for power in (0.3, 1.0, float("nan")):
        with pytest.raises(ValueError, match="power"):
            head_to_head(0.6, power)
    for ties in (-0.1, 0.9, float("nan")):
        with pytest.raises(ValueError, match="ties"):
            votes_needed(np.array([0.5]), np.array([0.1]), tie_share=ties)


def test_two_that_are_told_apart_need_no_more() -> None:
    """However lucky the votes were: a repeat with as many might miss what these show."""
    theta, error = np.array([0.0, -1.0]), np.array([1.0])
    for gap_in_errors, told in ((2.1, True), (1.9, False)):
        root = np.diag([1.0, 1.0]) / np.sqrt(2) / gap_in_errors
        needed = neighbours(theta, root)[0].votes
        assert (needed == 0) == told
    assert votes_needed(theta[:1] - theta[1:], error / 2.1)[0] > 0
