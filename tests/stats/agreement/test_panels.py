"""Panels of judges: their rules, what independent errors are worth, and what shared ones are not."""

from pathlib import Path

import numpy as np
import pytest

from app.stats.agreement.labels import agreement, crossed
from app.stats.agreement.panels import (
    agreement_weights,
    error_correlation,
    error_correlations,
    majority,
    mean_label,
    peer_weights,
)
from app.stats.agreement.raters import plurality, rated
from app.stats.tally import Ints
from tests.stats.agreement.votes import TIE, A, B, genai_bench, pandalm


def judges(seed: int, skills: list[float], items: int = 2000) -> tuple[Ints, Ints]:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, items)
    right = generator.random((items, len(skills))) < skills
    return truth, np.where(right, truth[:, None], 1 - truth[:, None])


def share_right(labels: Ints, truth: Ints) -> float:
    return float((labels == truth).mean())


@pytest.mark.parametrize(
    ("labels", "by_majority", "by_mean"),
    [
        ([A, A, B], A, A), ([A, B, TIE], TIE, TIE), ([A, TIE, TIE], TIE, A), ([B, B, -1], B, B),
        ([A, B, -1], TIE, TIE), ([-1, -1, -1], -1, -1), ([TIE, 3, 3], 3, TIE),
    ],
)  # fmt: skip
def test_rules_of_a_panel(labels: list[int], by_majority: int, by_mean: int) -> None:
    assert majority(np.array([labels]), 4, otherwise=TIE).tolist() == [by_majority]
    assert mean_label(np.array([labels])).tolist() == [by_mean]


def test_weights_decide_and_a_margin_makes_ties() -> None:
    labels = np.array([[A, B, B]])
    assert majority(labels, 3, TIE, np.array([0.5, 0.25, 0.25])).tolist() == [TIE]
    assert majority(labels, 3, TIE, np.array([0.6, 0.2, 0.2])).tolist() == [A]
    assert mean_label(labels, np.array([0.6, 0.2, 0.2])).tolist() == [A]
    assert mean_label(labels, np.array([0.6, 0.2, 0.2]), margin=0.3).tolist() == [TIE]


def test_three_independent_judges_are_better_than_each_as_condorcet_says() -> None:
    truth, labels = judges(seed=1, skills=[0.7, 0.7, 0.7])
    assert share_right(majority(labels, 3, TIE), truth) == pytest.approx(0.7**3 + 3 * 0.7**2 * 0.3, abs=0.03)
    for pair in error_correlations(labels, truth):
        assert pair.correlation.value == pytest.approx(0, abs=0.06)


def test_judges_that_err_alike_count_as_one() -> None:
    truth, labels = judges(seed=2, skills=[0.7])
    thrice = np.repeat(labels, 3, axis=1)
    assert share_right(majority(thrice, 3, TIE), truth) == share_right(labels[:, 0], truth)
    assert [pair.correlation.value for pair in error_correlations(thrice, truth)] == [pytest.approx(1)] * 3


def test_agreement_weighs_a_good_judge_above_two_that_guess() -> None:
    truth, labels = judges(seed=3, skills=[0.9, 0.5, 0.5])
    worth = agreement_weights(labels[:1000], truth[:1000], 3)
    assert worth.sum() == pytest.approx(1)
    assert worth[0] > 0.85
    later, people = labels[1000:], truth[1000:]
    assert (
        share_right(majority(later, 3, TIE, worth), people)
        > share_right(majority(later, 3, TIE), people) + 0.1
    )
    assert agreement_weights(1 - labels, truth, 3)[0] == 0
    assert agreement_weights(labels[:, 1:] * 0, truth, 3).tolist() == [0.5, 0.5]


def test_peers_are_weighed_by_the_first_eigenvector() -> None:
    rates = np.random.default_rng(4).random((5, 5))
    values, vectors = np.linalg.eig(rates.T)
    first = np.abs(np.real(vectors[:, np.argmax(np.real(values))]))
    assert peer_weights(rates) == pytest.approx(first / first.sum(), abs=1e-6)
    assert peer_weights(np.full((3, 3), 0.5)) == pytest.approx(1 / 3)
    with pytest.raises(ArithmeticError, match="settle"):
        peer_weights(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]))


def test_the_majority_of_raters_is_the_plurality_of_their_counts(shared_data: Path) -> None:
    people, _ = pandalm(shared_data)
    ratings = rated(np.tile(np.arange(999), 3), people.ravel(), (999, 3))
    assert majority(people.T, 3, otherwise=TIE).tolist() == plurality(ratings, otherwise=TIE).tolist()


def test_two_judges_of_genai_bench_err_on_the_same_pairs(shared_data: Path) -> None:
    sides = [genai_bench(shared_data, judge) for judge in ("gpt4o", "gemini-1.5-pro", "llava")]
    labels, people = np.array([judge for _, judge in sides]).T, sides[0][0]
    both = agreement(crossed(labels[:, 0], labels[:, 1], 4))
    assert (both.n, round(both.value or 0, 4)) == (919, 0.5865)  # expected_dev.json
    strong, weak, _ = error_correlations(labels, people)
    assert np.corrcoef(labels[:, 0] != people, labels[:, 1] != people)[0, 1] == pytest.approx(
        strong.correlation.value
    )
    assert (strong.correlation.value or 0) > 0.2 > (weak.correlation.value or 0)


def test_an_item_that_one_of_them_did_not_label_is_no_error() -> None:
    labels = np.array([[0, 1], [1, 0], [-1, 0], [0, -1], [1, 1]])
    (pair,) = error_correlations(labels, np.array([0, 0, 0, 0, -1]))
    assert (pair.correlation.n, pair.correlation.value) == (2, -1)


def test_no_errors_have_no_correlation_and_no_labels_are_refused() -> None:
    assert (
        error_correlation(np.array([[9, 0], [0, 0]])).undefined
        == "one of the judges is right on every item, or on none"
    )
    with pytest.raises(ValueError, match="outside"):
        majority(np.array([[3]]), 3, TIE)
    with pytest.raises(ValueError, match="weights"):
        majority(np.array([[0, 1]]), 3, TIE, np.array([1.0]))
    with pytest.raises(ValueError, match="by item and judge"):
        mean_label(np.array([0, 1]))
    with pytest.raises(ValueError, match="win rates"):
        peer_weights(np.ones((2, 3)))
