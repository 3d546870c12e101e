"""Checks against people's good and bad: EvalGen's example, and label files that cannot be scored."""

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

from app.stats.agreement.checks import (
    check_alignment,
    clean_share,
    failure_coverage,
    false_failure_rate,
    mcc,
)
from app.stats.agreement.labels import crossed
from app.stats.agreement.measure import Interval
from app.stats.tally import Ints

HUMAN = np.array([int(mark) for mark in "1111000001"])
FIRST = np.array([int(mark) for mark in "1101001111"])
SECOND = np.array([int(mark) for mark in "1111100111"])


def table(passes: Ints, good: Ints = HUMAN) -> Ints:
    return np.asarray(crossed(1 - good, 1 - passes, 2))


@pytest.mark.parametrize(
    ("passes", "figures"),
    [
        (FIRST, (0.4, 0.2, 0.5333, 0.2182)),
        (SECOND, (0.4, 0.0, 0.5714, 0.5)),
        (FIRST & SECOND, (0.6, 0.2, 0.6857, 0.4082)),  # the set: any failure fails
    ],
)
def test_evalgens_two_assertions_and_their_set(passes: Ints, figures: tuple[float, ...]) -> None:
    measures = (failure_coverage, false_failure_rate, check_alignment, mcc)
    found = [each(table(passes)) for each in measures]
    assert [round(each.value or 0, 4) for each in found] == list(figures)
    assert {each.n for each in found} == {10}


def test_matthews_is_scikit_learns() -> None:
    generator = np.random.default_rng(1)
    for good, passes in generator.integers(0, 2, (20, 2, 60)):
        assert mcc(table(passes, good)).value == pytest.approx(matthews_corrcoef(good, passes))


def test_without_a_bad_grade_there_is_no_evidence() -> None:
    everything_good = table(FIRST, np.ones(10, dtype=int))
    for each in (failure_coverage, check_alignment):
        assert "no evidence" in (each(everything_good).undefined or "")
    assert false_failure_rate(everything_good).value == 0.3
    assert "no evidence" in (false_failure_rate(table(FIRST, np.zeros(10, dtype=int))).undefined or "")
    nothing_right = np.array([[0, 5], [5, 0]])
    assert (check_alignment(nothing_right).value, mcc(nothing_right).value) == (0, -1)


def test_documents_count_alike_however_long() -> None:
    documents = np.array([[0, 100], [5, 10], [1, 4]])
    found = clean_share(documents, Interval(draws=50))
    assert found.value == pytest.approx((1 + 0.5 + 0.75) / 3)  # pooled sentences would say .947
    assert (found.n, found.level) == (3, 0.95)


def test_labels_without_clean_sentences_are_refused() -> None:
    found = clean_share(np.array([[3, 3], [7, 7]]))
    assert (found.value, found.n) == (None, 2)
    assert "flagged sentences only" in (found.undefined or "")
    assert clean_share(np.array([[3, 3], [6, 7]])).value == pytest.approx(1 / 14)
    with pytest.raises(ValueError, match="two counts"):
        clean_share(np.array([[4, 3]]))
    with pytest.raises(ValueError, match="pass and fail"):
        mcc(np.zeros((3, 3)))
