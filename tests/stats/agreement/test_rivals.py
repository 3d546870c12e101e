"""Judge against judge: exact tests, equal judges, and a better one."""

import numpy as np
import pytest
from scipy.stats import binomtest, kstest, permutation_test

from app.stats.agreement.measure import Interval
from app.stats.agreement.rivals import compare
from app.stats.tally import Floats


def test_right_and_wrong_is_the_sign_test_of_mcnemar() -> None:
    first, second = np.repeat([1, 0, 1, 0], [8, 3, 20, 9]), np.repeat([0, 1, 1, 0], [8, 3, 20, 9])
    exact = binomtest(8, 11, alternative="greater").pvalue
    found = compare(first, second)
    assert found.difference.value == pytest.approx(5 / 40)
    assert found.p_permutation == pytest.approx(exact, abs=0.01)
    back = compare(second, first)
    assert back.p_permutation == pytest.approx(binomtest(3, 11, alternative="greater").pvalue, abs=0.01)
    assert found.p_bootstrap == pytest.approx(1 - (back.p_bootstrap or 0), abs=0.01)


def test_scores_are_scipys_paired_permutation_test() -> None:
    generator = np.random.default_rng(3)
    first, second = generator.normal(0.3, 1, 10), generator.normal(0, 1, 10)

    def difference(x: Floats, y: Floats) -> float:
        return float((x - y).mean())

    exact = permutation_test(
        [first, second], difference, permutation_type="samples", alternative="greater", n_resamples=10_000
    )
    assert compare(first, second).p_permutation == pytest.approx(exact.pvalue, abs=0.015)


def test_equal_judges_have_a_uniform_p() -> None:
    """RoSE's acceptance: 500 studies of two judges of one quality."""
    generator = np.random.default_rng(11)
    scores = generator.normal(0, 1, (500, 2, 60))
    found = [compare(first, second, interval=Interval(draws=200)) for first, second in scores]
    assert kstest([each.p_permutation or 0 for each in found], "uniform").pvalue > 0.05
    assert kstest([each.p_bootstrap or 0 for each in found], "uniform").pvalue > 0.05


def test_a_better_judge_is_found_and_limits_hold_the_difference() -> None:
    generator = np.random.default_rng(5)
    first, second = generator.random(400) < 0.8, generator.random(400) < 0.6
    found = compare(first, second)
    assert found.p_permutation is not None
    assert found.p_bootstrap is not None
    assert max(found.p_permutation, found.p_bootstrap) < 0.001
    measure = found.difference
    assert measure.value == pytest.approx(first.mean() - second.mean())
    assert measure.lower is not None
    assert measure.upper is not None
    width = 2 * 1.96 * np.sqrt((0.8 * 0.2 + 0.6 * 0.4) / 400)
    assert measure.upper - measure.lower == pytest.approx(width, rel=0.1)


def test_the_votes_at_hand_are_one_of_the_swaps_so_p_is_never_0() -> None:
    assert compare(np.ones(80), np.zeros(80), interval=Interval(draws=9)).p_permutation == 0.1


def test_items_of_one_prompt_count_once() -> None:
    first, second = np.tile([1, 1, 0, 1], 25), np.tile([0, 1, 1, 0], 25)
    alone = compare(first, second)
    together = compare(first, second, cluster=np.tile(np.arange(4), 25))
    assert (alone.clusters, together.clusters) == (100, 4)
    assert alone.difference.value == together.difference.value == 0.25
    assert (alone.p_permutation or 1) < 0.01
    assert (together.p_permutation or 0) > 0.1


def test_items_without_both_scores_say_nothing() -> None:
    missing = np.array([np.nan, 1.0, 0.0])
    assert compare(missing, np.array([1.0, 0.0, 0.0])).difference.n == 2
    nothing = compare(missing[:1], np.ones(1))
    assert (nothing.difference.undefined, nothing.p_permutation) == (
        "no item has a score of both judges",
        None,
    )
    assert compare(np.ones(1), np.zeros(1)).difference.lower is None
    with pytest.raises(ValueError, match="one length"):
        compare(np.ones(3), np.ones(2))
