"""Calibration: ten stated probabilities worked by hand, scikit-learn's scores, and what is not defined."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from app.stats.agreement.calibration import (
    Forecasts,
    accuracy_coverage,
    auc,
    brier,
    ece,
    multiclass_brier,
    reliability,
)
from app.stats.agreement.measure import Interval, Measure

TEN = Forecasts(
    np.array([0.95, 0.90, 0.85, 0.80, 0.75, 0.70, 0.65, 0.60, 0.55, 0.50]),
    np.array([1, 1, 1, 0, 1, 1, 0, 1, 0, 1]),
)
some_forecasts = st.lists(
    st.tuples(st.integers(0, 20).map(lambda k: k / 20), st.integers(0, 1)), min_size=1, max_size=12
)


def rounded(measure: Measure, digits: int) -> float:
    assert measure.value is not None, measure.undefined
    return round(measure.value, digits)


def test_the_ten_forecasts() -> None:
    assert rounded(brier(TEN), 5) == 0.19625
    assert rounded(ece(TEN), 5) == 0.165
    assert rounded(ece(TEN, bins=5), 5) == 0.085
    assert rounded(auc(TEN), 4) == 0.6667


@given(some_forecasts)
def test_scores_equal_those_of_scikit_learn(rows: list[tuple[float, int]]) -> None:
    probability, happened = (np.array(column) for column in zip(*rows, strict=True))
    forecasts = Forecasts(probability, happened)
    assert brier(forecasts).value == pytest.approx(brier_score_loss(happened, probability, pos_label=1))
    if 0 < happened.sum() < len(happened):
        assert auc(forecasts).value == pytest.approx(roc_auc_score(happened, probability))
    else:
        assert auc(forecasts).undefined == "every outcome is the same, so none can be told from the other"


@given(some_forecasts)
def test_the_error_is_the_sum_over_the_bins_that_are_shown(rows: list[tuple[float, int]]) -> None:
    probability, happened = (np.array(column) for column in zip(*rows, strict=True))
    forecasts = Forecasts(probability, happened)
    bins = reliability(forecasts)
    assert sum(part.n for part in bins) == len(rows)
    gaps = [part.n * abs((part.confidence or 0) - (part.accuracy or 0)) for part in bins]
    assert ece(forecasts).value == pytest.approx(sum(gaps) / len(rows))


def test_bins_are_closed_below_whatever_the_rounding() -> None:
    edges = np.arange(11) / 10
    bins = reliability(Forecasts(edges, np.zeros(11, dtype=int)))
    assert [part.n for part in bins] == [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]
    assert [part.upper for part in bins] == edges[1:].tolist()
    assert (bins[4].lower, bins[4].confidence, bins[4].accuracy) == (0.4, 0.4, 0.0)
    empty = reliability(Forecasts(np.array([0.05]), np.array([1])), bins=2)[1]
    assert (empty.n, empty.confidence, empty.accuracy) == (0, None, None)


def test_a_calibrated_judge_and_an_overconfident_one() -> None:
    generator = np.random.default_rng(3)
    stated = generator.uniform(0.5, 1, 20_000)
    honest = Forecasts(stated, (generator.random(20_000) < stated).astype(int))
    boastful = Forecasts(stated, (generator.random(20_000) < 0.5).astype(int))
    assert rounded(ece(honest), 1) == 0.0
    assert rounded(ece(boastful), 2) == 0.25
    assert rounded(auc(boastful), 1) == 0.5
    assert rounded(brier(boastful), 2) == round(0.25 + 1 / 12, 2)  # ∫(p − ½)² over 0.5..1 is 1/12


def test_the_order_of_forecasts_and_names_of_outcomes_change_nothing() -> None:
    turned = Forecasts(TEN.probability[::-1], TEN.happened[::-1])
    for measure in (brier, ece, auc):
        assert measure(turned).value == pytest.approx(measure(TEN).value)
    opposite = Forecasts(1 - TEN.probability, 1 - TEN.happened)
    for measure in (brier, auc):
        assert measure(opposite).value == pytest.approx(measure(TEN).value)


def test_accuracy_never_comes_without_coverage() -> None:
    all_, sure, surer, nobody = accuracy_coverage(TEN, (0.0, 0.8, 0.85, 0.99), Interval())
    assert (all_.n, all_.coverage, all_.accuracy.value) == (10, 1.0, 0.7)
    assert (sure.n, sure.coverage, sure.accuracy.value) == (4, 0.4, 0.75)
    assert (surer.n, surer.accuracy.value, surer.accuracy.upper) == (3, 1.0, 1.0)
    assert 0 < (surer.accuracy.lower or 0) < 0.5
    assert (nobody.n, nobody.coverage, nobody.accuracy.undefined) == (0, 0.0, "no forecast is that sure")


def test_forecasts_that_share_a_prompt_are_resampled_together() -> None:
    generator = np.random.default_rng(4)
    probability = np.repeat(generator.uniform(0.3, 0.9, 40), 10)
    happened = np.repeat((generator.random(40) < 0.6).astype(int), 10)
    alone = Forecasts(probability, happened)
    together = Forecasts(probability, happened, np.repeat(np.arange(40), 10))
    for measure in (brier, ece, auc):
        narrow, wide = measure(alone, Interval(draws=300)), measure(together, Interval(draws=300))
        assert narrow.value == wide.value
        assert width(wide) > 2 * width(narrow)
    rows = [accuracy_coverage(forecasts, (0.5,), Interval())[0].accuracy for forecasts in (alone, together)]
    assert rows[0].value == rows[1].value
    assert width(rows[1]) > 2 * width(rows[0])


def test_no_forecasts_no_score() -> None:
    nothing = Forecasts(np.zeros(0), np.zeros(0, dtype=int))
    for measure in (brier, ece, auc):
        assert measure(nothing, Interval()) == Measure.missing("no forecasts", 0)
    assert accuracy_coverage(nothing, (0.5,))[0].coverage == 0
    assert multiclass_brier(np.zeros((0, 3)), np.zeros(0, dtype=int)).undefined == "no forecasts"
    one = Forecasts(np.array([0.7]), np.array([1]))
    assert brier(one, Interval()).lower is None


def test_three_ways_at_once() -> None:
    rows = np.array([[0.7, 0.2, 0.1], [0, 0, 1]])
    assert multiclass_brier(rows, np.array([0, 2])).value == pytest.approx(0.07)
    assert multiclass_brier(rows, np.array([0, 0])).value == pytest.approx((0.14 + 2) / 2)
    two = np.stack([TEN.probability, 1 - TEN.probability], axis=1)
    assert multiclass_brier(two, 1 - TEN.happened).value == pytest.approx(2 * 0.19625)


def test_what_is_no_forecast_is_refused() -> None:
    for probability in ([1.2], [-0.1], [math.nan]):
        with pytest.raises(ValueError, match=r"outside 0\.\.1"):
            Forecasts(np.array(probability), np.array([1]))
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        Forecasts(np.array([0.5]), np.array([2]))
    with pytest.raises(ValueError, match="one length"):
        Forecasts(np.array([0.5]), np.array([1, 0]))
    with pytest.raises(ValueError, match="one length"):
        Forecasts(np.array([0.5]), np.array([1]), np.array([1, 2]))
    with pytest.raises(ValueError, match="bins"):
        ece(TEN, bins=0)
    for rows, labels, problem in (
        ([[0.5, 0.4]], [0], "add up"),
        ([[0.5, 0.5]], [2], "outside"),
        ([[0.5, 0.5]], [0, 1], "one label"),
    ):
        with pytest.raises(ValueError, match=problem):
            multiclass_brier(np.array(rows), np.array(labels))


def width(measure: Measure) -> float:
    assert measure.lower is not None
    assert measure.upper is not None
    return measure.upper - measure.lower
