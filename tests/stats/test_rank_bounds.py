"""Ranks that hold at once: rarely a false claim, and still claims where there is a difference."""

import numpy as np
import pytest

from app.stats import rank_bounds
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


def uneven(models: int, kind: str) -> Pairs:
    """Votes between all pairs alike, very unevenly, along a chain, or in two groups that hardly met."""
    generator = np.random.default_rng(models)
    first, second = np.triu_indices(models, 1)
    votes = {
        "even": np.full(len(first), 20),
        "uneven": (generator.pareto(1, len(first)) * 3).astype(np.int64) + 1,
        "chain": np.where(second - first == 1, 1000, 0),
        "groups": np.where((first < models // 2) == (second < models // 2), 200, 1),
    }[kind]
    return Pairs.of(simulated(generator.normal(0, 0.3, models), votes, 1.0, generator), "half", "tie")


@pytest.mark.parametrize("kind", ["even", "uneven", "chain", "groups"])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_pairs_left_out_never_decide_the_critical_value(kind: str, level: float) -> None:
    pairs = uneven(40, kind)
    root = error_root(pairs, strengths(pairs))
    z = root @ rank_bounds._normal(root.shape[1])
    covariance = root @ root.T
    largest = np.zeros(z.shape[1])
    for i in range(40):
        for j in range(i):
            error = np.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
            largest = np.maximum(largest, np.abs(z[i] - z[j]) / error)
    assert rank_bounds.critical_value(root, level) == pytest.approx(np.quantile(largest, level), rel=1e-5)


def test_few_degrees_of_freedom_claim_less_and_none_nothing() -> None:
    theta, root = np.array([2.0, 1.0, 0.0, -1.0]), np.eye(4) * 0.15
    for freedom, told_apart in ((np.full(4, np.inf), 4), (np.array([30.0, 30, 2, 2]), 2), (np.zeros(4), 1)):
        best, worst, _ = rank_bounds.simultaneous(theta, root, 0.95, freedom)
        assert len(set(best.tolist())) == told_apart
        assert told_apart > 1 or (best.tolist(), worst.tolist()) == ([1] * 4, [4] * 4)
