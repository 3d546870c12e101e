"""Ranks that hold at once: rarely a false claim, and still claims where there is a difference."""

import numpy as np
import pytest

from app.stats.pairs import Pairs
from app.stats.rank_bounds import max_t, overlap
from app.stats.strengths import error_root, strengths
from tests.stats.boards import simulated


def test_overlap_gives_the_known_ranks() -> None:
    # METHODS 4.7: A 1100–1120, B 1090–1105, C 1095–1101, D 1000–1010.
    best, worst = overlap(np.array([1100.0, 1090, 1095, 1000]), np.array([1120.0, 1105, 1101, 1010]))
    assert best.tolist() == [1, 1, 1, 4]
    assert worst.tolist() == [3, 3, 3, 4]


def test_touching_intervals_overlap() -> None:
    best, worst = overlap(np.array([1100.0, 1000]), np.array([1200.0, 1100]))
    assert (best.tolist(), worst.tolist()) == ([1, 1], [2, 2])


def test_equal_models_are_rarely_told_apart() -> None:
    """At level .95 a false claim on 5 % of the boards; overlap of intervals makes one on about 20 %."""
    generator = np.random.default_rng(3)
    boards, models = 1000, 10
    simultaneous = overlapping = 0
    for _ in range(boards):
        votes = np.full(models * (models - 1) // 2, 20)
        pairs = Pairs.of(
            simulated(np.zeros(models), votes, tie_share=1.0, generator=generator), "half", "tie"
        )
        theta = strengths(pairs)
        root = error_root(pairs, theta)
        simultaneous += int(max_t(theta, root, level=0.95)[0].max() > 1)
        margin = 1.959964 * np.sqrt((root**2).sum(axis=1))
        overlapping += int(overlap(theta - margin, theta + margin)[0].max() > 1)
    assert 0.03 <= simultaneous / boards <= 0.07
    assert overlapping / boards > 0.15


def test_clear_differences_are_claimed() -> None:
    theta = np.array([2.0, 1.0, 0.0, -1.0])
    best, worst = max_t(theta, np.eye(4) * 0.1, level=0.95)
    assert best.tolist() == worst.tolist() == [1, 2, 3, 4]


def test_two_models_need_the_usual_z() -> None:
    root = np.eye(2) / np.sqrt(2)  # the difference has variance 1
    for gap, told_apart in ((1.80, False), (2.12, True)):
        best, _ = max_t(np.array([gap, 0.0]), root, level=0.95)
        assert best.tolist() == [1, 2 if told_apart else 1]


@pytest.mark.parametrize("level", [0.5, 0.8, 0.99])
def test_a_higher_level_claims_less(level: float) -> None:
    theta, root = np.linspace(1, -1, 12), np.eye(12) * 0.3
    width = max_t(theta, root, level)[1] - max_t(theta, root, level)[0]
    narrower = max_t(theta, root, 0.5)[1] - max_t(theta, root, 0.5)[0]
    assert (width >= narrower).all()
    assert level == 0.5 or (width > narrower).any()


def test_a_shift_of_all_models_changes_nothing() -> None:
    theta, root = np.linspace(1, -1, 6), np.tril(np.full((6, 6), 0.2))
    shifted = root + np.ones((6, 1)) * np.arange(6)
    for ours, theirs in zip(max_t(theta, root, 0.95), max_t(theta + 7, shifted, 0.95), strict=True):
        assert ours.tolist() == theirs.tolist()
