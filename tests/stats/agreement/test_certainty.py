"""What two boards are sure of: the known answers, and what must not change them."""

import math

import numpy as np
import pytest
from scipy.stats import permutation_test

from app.stats.agreement.certainty import (
    Bounds,
    Preferences,
    agreement_with_confidence,
    pair_rank_brier,
    separability,
    sign_flip_p,
    soft_pairwise_accuracy,
)
from app.stats.agreement.measure import Interval, Measure
from app.stats.agreement.ranks import Boards
from app.stats.tally import Floats

LOWER, UPPER = np.array([1100.0, 1090, 1095, 1000]), np.array([1120.0, 1105, 1101, 1010])
WIDE = np.full(4, -math.inf), np.full(4, math.inf)
PEOPLE = np.array([[0.8, 0.9, 0.7, 1, 0.6], [0.2, 0.3, 0.1, 0.4, 0], [0.7, 0.95, 0.6, 0.9, 0.65]])
METRIC = np.array([[3.0, 3, 2, 4, 3], [1, 2, 1, 2, 1], [4, 3, 3, 3, 3]])


def within(ratings: list[float], margin: float) -> tuple[Floats, Floats]:
    return np.array(ratings) - margin, np.array(ratings) + margin


def test_three_of_six_pairs_separate() -> None:
    assert separability(Bounds(*WIDE, LOWER, UPPER)) == Measure(0.5, 6)
    assert separability(Bounds(LOWER, UPPER, *WIDE)) == Measure(0.0, 6)


def test_limits_that_touch_do_not_separate() -> None:
    touching = np.array([1.0, 0]), np.array([2.0, 1])
    assert separability(Bounds(*touching, *touching)).value == 0


def test_confidence_counts_only_what_the_reference_tells_apart() -> None:
    human = within([4, 3, 2, 1], 0.1)
    judges = {
        (4, 3, 2, 1): 1.0,
        (1, 2, 3, 4): -1.0,
        (4, 3, 1, 2): (5 - 1) / 6,
        (0, 0, 0, 0): 0.0,
    }
    for ratings, expected in judges.items():
        bounds = Bounds(*human, *within([float(rating) for rating in ratings], 0.1))
        measure = agreement_with_confidence(bounds)
        assert measure.value == pytest.approx(expected)
        assert measure.n == 6
    partly = Bounds(LOWER, UPPER, *within([1, 2, 3, 0], 0.1))
    assert agreement_with_confidence(partly) == Measure(1.0, 3)
    assert agreement_with_confidence(Bounds(*WIDE, LOWER, UPPER)).undefined == (
        "the reference board tells no two models apart"
    )


def test_bounds_of_one_model_and_bounds_that_are_none() -> None:
    one = Bounds(*within([1], 0.1), *within([1], 0.1))
    for measure in (separability(one), agreement_with_confidence(one)):
        assert measure.undefined == "fewer than two models have a rating on both boards"
    with pytest.raises(ValueError, match="same models"):
        Bounds(LOWER, UPPER, LOWER[:2], UPPER[:2])
    with pytest.raises(ValueError, match="NaN"):
        Bounds(UPPER, LOWER, LOWER, UPPER)
    with pytest.raises(ValueError, match="NaN"):
        Bounds(LOWER * math.nan, UPPER, LOWER, UPPER)


def test_soft_pairwise_accuracy_of_the_worked_example() -> None:
    """METHODS gives each p, from all 32 flips, as (.03125, .03125), (.21875, .875) and (1, 1)."""
    preferences = Preferences.of_scores(PEOPLE, METRIC)
    assert sign_flip_p(preferences.reference).tolist() == [0.03125, 0.21875, 1.0]
    assert sign_flip_p(preferences.judge).tolist() == [0.03125, 0.875, 1.0]
    assert soft_pairwise_accuracy(preferences) == Measure(0.78125, 3)


@pytest.mark.parametrize("items", [9, 40])
def test_sign_flips_equal_scipys_permutation_test(items: int) -> None:
    differences = np.random.default_rng(items).normal(0.2, 1, (3, items))
    for row, p in zip(differences, sign_flip_p(differences), strict=True):
        theirs = permutation_test(
            (row,), np.sum, permutation_type="samples", alternative="greater", n_resamples=20_000, rng=1
        )
        assert p == pytest.approx(theirs.pvalue, abs=1e-9 if items < 12 else 0.045)


def test_items_that_were_not_compared_say_nothing() -> None:
    missing = np.full((3, 4), math.nan)
    padded = [np.concatenate([scores, missing], axis=1) for scores in (PEOPLE, METRIC)]
    assert soft_pairwise_accuracy(Preferences.of_scores(*padded)) == Measure(0.78125, 3)
    unmet = METRIC.copy()
    unmet[2] = math.nan
    assert soft_pairwise_accuracy(Preferences.of_scores(PEOPLE, unmet)) == Measure(1.0, 1)
    nothing = Preferences(np.zeros((3, 2)), np.full((3, 2), math.nan))
    assert soft_pairwise_accuracy(nothing).undefined == "no pair of models was compared on both sides"


def test_the_same_side_twice_agrees_and_a_reversed_one_does_not() -> None:
    votes = np.where(np.random.default_rng(2).random((10, 60)) < 0.75, 1.0, -1.0)
    assert soft_pairwise_accuracy(Preferences(votes, votes)).value == 1.0
    opposed = soft_pairwise_accuracy(Preferences(votes, -votes))
    assert (opposed.value or 0) < 0.1
    assert soft_pairwise_accuracy(Preferences(votes, -votes)) == opposed


def test_preferences_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="same pairs"):
        Preferences(np.zeros((2, 3)), np.zeros((3, 3)))
    with pytest.raises(ValueError, match="infinite"):
        Preferences(np.zeros((1, 1)), np.full((1, 1), math.inf))


def test_the_brier_score_of_pairs() -> None:
    reference = np.array([3.0, 2, 2])
    draws = np.array([[3.0, 2, 1], [3, 2, 1], [3, 2, 1], [2, 3, 2]])
    measure = pair_rank_brier(Boards(reference, reference, None, draws))
    # First above second in 3 of 4, above third in 3 and tied in 1; second and third are tied for people.
    assert measure == Measure(((1 - 0.75) ** 2 + (1 - 0.875) ** 2) / 2, 2)
    turned = pair_rank_brier(Boards(reference[::-1], reference[::-1], None, draws[:, ::-1]))
    assert turned == measure


def test_the_brier_score_of_pairs_says_what_it_needs() -> None:
    two = np.array([2.0, 1])
    assert pair_rank_brier(Boards(two, two)).undefined == "needs the judge's board fitted on resampled votes"
    tied = Boards(np.zeros(2), two, None, two[None])
    assert pair_rank_brier(tied).undefined == "the reference board tells no two models apart"
    one = Boards(two[:1], two[:1])
    assert pair_rank_brier(one).undefined == "fewer than two models have a rating on both boards"


def test_no_limits_but_their_level_says_that_they_were_asked_for() -> None:
    measure = separability(Bounds(*WIDE, LOWER, UPPER), Interval(level=0.9))
    assert (measure.lower, measure.level) == (None, 0.9)
