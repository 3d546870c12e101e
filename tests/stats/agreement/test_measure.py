"""A measure is a number or a reason, and says so itself."""

import math

import pytest

from app.stats.agreement.measure import Interval, Measure


def test_a_value_needs_no_interval() -> None:
    assert Measure.of(0.5, 3) == Measure(0.5, 3, None, None, None, None)


def test_a_level_without_limits_says_that_they_were_asked_for() -> None:
    measure = Measure.of(0.5, 3, None, Interval(level=0.9))
    assert (measure.lower, measure.upper, measure.level) == (None, None, 0.9)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_number_that_json_cannot_say(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Measure(number, 3)
    with pytest.raises(ValueError, match="finite"):
        Measure(0.5, 3, number, 0.7, 0.95)
    with pytest.raises(ValueError, match="finite"):
        Measure(0.5, 3, 0.3, number, 0.95)


def test_neither_value_nor_reason_and_both_are_refused() -> None:
    for value, why in ((None, None), (None, ""), (0.5, "no items")):
        with pytest.raises(ValueError, match="either a value or the reason"):
            Measure(value, 3, undefined=why)


def test_limits_come_in_order_with_their_level_and_a_value() -> None:
    with pytest.raises(ValueError, match="wrong way round"):
        Measure(0.5, 3, 0.7, 0.3, 0.95)
    with pytest.raises(ValueError, match="both limits"):
        Measure(0.5, 3, 0.3, None, 0.95)
    with pytest.raises(ValueError, match="both limits"):
        Measure(0.5, 3, 0.3, 0.7)
    with pytest.raises(ValueError, match="no limits"):
        Measure(None, 3, 0.3, 0.7, 0.95, "no items")


@pytest.mark.parametrize("level", [0, 1, -0.5, math.nan])
def test_a_level_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        Interval(level=level)


def test_an_interval_needs_draws() -> None:
    with pytest.raises(ValueError, match="draws"):
        Interval(draws=0)
