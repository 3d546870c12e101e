"""The study of power knows what its pools do, and its predictions are those of the formulas."""

import numpy as np
import pytest
from scipy.special import expit, ndtri
from scipy.stats import norm

from app.stats.pools import Manner, Persona, Pool
from app.stats.power import head_to_head
from benchmarks import power
from benchmarks.power import Study
from benchmarks.truths import POINTS

NOISY = Pool.of(13, [Persona("all", 1, Manner(flip=0.25, position=0.3, band=0.2))])


def test_endless_votes_are_what_many_simulated_votes_come_to() -> None:
    study = Study(NOISY, np.array([0.8, 0.1, -0.9]))
    counted = study.simulated(4, 200_000, np.random.default_rng(3)).sum(axis=0)
    assert counted.sum() == 800_000
    assert counted / counted.sum(axis=0) == pytest.approx(study.endless(), abs=0.005)


def test_half_of_the_labels_by_a_coin_halves_what_is_seen() -> None:
    """AlpacaFarm at p = .25: a share of wins s becomes .25 + s/2."""
    study = Study(Pool.of(13, [Persona("all", 1, Manner(flip=0.25))]), np.array([1.0, 0.0]))
    assert study.endless()[0, 0] == pytest.approx(0.25 + expit(1.0) / 2)


def test_two_models_need_as_many_votes_as_the_normal_approximation_says() -> None:
    """For sign and power .95 the gap is ndtri(.95) errors, and the error of n votes between equals nearly 2/√n."""
    study = Study(Pool.of(1, [Persona("all", 1)]), np.array([20 / POINTS, 0.0]))
    assert power.predicted(study, 1) == pytest.approx((2 * ndtri(0.95) / (20 / POINTS)) ** 2, rel=0.01)


def test_the_predicted_votes_tell_two_models_apart_as_often_as_was_asked() -> None:
    study = Study(Pool.of(13, [Persona("all", 1, Manner(flip=0.1))]), np.array([100 / POINTS, 0.0]))
    votes = head_to_head(float(study.endless()[0, 0]))
    apart = power._told_apart(study.simulated(4_000, votes, np.random.default_rng(1)))
    assert apart.mean() == pytest.approx(0.8, abs=0.03)


def test_the_crossing_of_a_known_curve_is_found() -> None:
    votes = np.array([500, 800, 1_000, 1_250, 1_600])
    assert power._crossing(votes, norm.cdf(0.05 * np.sqrt(votes)), 10_000) == pytest.approx(
        (ndtri(0.95) / 0.05) ** 2, rel=1e-6
    )


def test_the_benchmark_prints_its_two_tables(capsys: pytest.CaptureFixture[str]) -> None:
    power.main(["--boards", "3", "--markdown"])
    printed = capsys.readouterr().out
    assert "### Two models, votes until the better one is told" in printed
    assert "### 8 models, 44 to 90 points from one to the next" in printed
