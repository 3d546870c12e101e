"""What every registered measure must do. A new measure is tested here by being in METRICS."""

import json
import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass
from typing import Any, get_args

import numpy as np
import pytest

from app.stats.agreement import METRICS, Interval, Measure, Takes, UnknownMetric, measure
from app.stats.agreement.bias import WinShares
from app.stats.agreement.calibration import Forecasts
from app.stats.agreement.certainty import Bounds, Preferences
from app.stats.agreement.labels import crossed
from app.stats.agreement.ranks import Boards
from app.stats.agreement.raters import rated

ITEMS, MODELS, CLUSTERS = 4000, 40, 25
RANDOM = np.random.default_rng(17)
QUICK = Interval(draws=60, seed=3)

every_metric = pytest.mark.parametrize("name", METRICS)


@dataclass(frozen=True)
class Case:
    """Data of one kind. `same` turns data into data that must give the same; `missing` adds what says nothing."""

    perfect: Any
    chance: Any
    one_label: Any
    empty: Any
    same: Callable[[Any], Any]
    clustered: Any
    missing: Callable[[Any], Any] | None = None


def tables(labels: int) -> Any:
    """A table of each of many clusters, and no more than chance in any."""
    drawn = RANDOM.integers(0, labels, (CLUSTERS, 2, ITEMS // CLUSTERS))
    return np.array([crossed(people, judge, labels) for people, judge in drawn])


def relabelled(*order: int) -> Callable[[Any], Any]:
    return lambda counts: counts[..., order, :][..., order]


def boards(first: Any, second: Any, noise: float) -> Boards:
    draws = RANDOM.normal(0, noise, (2, 60, len(first)))
    return Boards(first, second, first + draws[0], second + draws[1])


def backwards(rated_models: Boards) -> Boards:
    draws = (rated_models.reference_draws, rated_models.judge_draws)
    turned = [None if column is None else column[:, ::-1] for column in draws]
    return Boards(rated_models.reference[::-1], rated_models.judge[::-1], *turned)


def bounds(first: Any, second: Any) -> Bounds:
    return Bounds(first - 0.1, first + 0.1, second - 0.1, second + 0.1)


def unrated_items(ratings: Any) -> Any:
    return np.concatenate([ratings, np.zeros((5, ratings.shape[1]), dtype=int)])


def unmet_items(preferences: Preferences) -> Preferences:
    sides = (preferences.reference, preferences.judge)
    return Preferences(*(np.pad(side, ((0, 0), (0, 3)), constant_values=math.nan) for side in sides))


LABELS, GRADES, CLASSES = tables(3), tables(5), tables(2)
TRUTH, OTHER = np.arange(MODELS) * 1.0, RANDOM.permutation(MODELS) * 1.0
RATERS = rated(np.repeat(np.arange(ITEMS // 4), 4), RANDOM.integers(0, 3, ITEMS), (ITEMS // 4, 3))
SIDES = RANDOM.multinomial(6, (0.4, 0.4, 0.2), (ITEMS // 4, 2))
VOTES = RANDOM.choice([-1.0, 1.0], (2, 6, 10))
SURE, COIN = RANDOM.random(ITEMS), RANDOM.integers(0, 2, ITEMS)
WINS = np.full((CLUSTERS, 4, 3), 8.0)
WINS[:, (0, 2)] = RANDOM.binomial(8, 0.5, (CLUSTERS, 2, 3))

CASES: dict[str, Case] = {
    "labels": Case(
        perfect=np.diag([30, 20, 10]),
        chance=LABELS.sum(axis=0),
        one_label=np.diag([9, 0, 0]),
        empty=np.zeros((3, 3)),
        same=relabelled(1, 0, 2),
        clustered=LABELS,
    ),
    "grades": Case(
        perfect=np.diag([5, 4, 0, 3, 2]),
        chance=GRADES.sum(axis=0),
        one_label=np.diag([0, 0, 9, 0, 0]),
        empty=np.zeros((5, 5)),
        same=relabelled(4, 3, 2, 1, 0),
        clustered=GRADES,
    ),
    "scores": Case(
        perfect=np.diag([5, 4, 0, 3, 2]),
        chance=GRADES.sum(axis=0),
        one_label=np.diag([0, 0, 9, 0, 0]),
        empty=np.zeros((5, 5)),
        same=relabelled(3, 1, 0, 2, 4),
        clustered=GRADES,
    ),
    "sides": Case(
        perfect=np.array([[[3, 2, 0], [3, 2, 0]], [[0, 4, 3], [0, 4, 3]]]),
        chance=SIDES,
        one_label=np.array([[[9, 0, 0], [9, 0, 0]]] * 4),
        empty=np.zeros((0, 2, 3)),
        same=lambda sides: sides[::-1, :, ::-1],
        clustered=SIDES[:200],
        missing=lambda sides: np.concatenate([sides, np.zeros((5, 2, 3), dtype=int)]),
    ),
    "ratings": Case(
        perfect=np.diag([3, 3, 3]),
        chance=RATERS,
        one_label=np.array([[3, 0, 0]] * 4),
        empty=np.zeros((0, 3)),
        same=lambda ratings: ratings[::-1],
        clustered=RATERS[:200],
        missing=unrated_items,
    ),
    "boards": Case(
        perfect=boards(TRUTH, TRUTH, 1e-6),
        chance=boards(TRUTH, OTHER, 1.0),
        one_label=Boards(np.zeros(4), np.zeros(4), np.zeros((9, 4)), np.zeros((9, 4))),
        empty=Boards(np.zeros(0), np.zeros(0)),
        same=backwards,
        clustered=boards(TRUTH, OTHER, 1.0),
    ),
    "bounds": Case(
        perfect=bounds(TRUTH, TRUTH),
        chance=bounds(TRUTH, OTHER),
        one_label=bounds(np.zeros(4), np.zeros(4)),
        empty=bounds(np.zeros(0), np.zeros(0)),
        same=lambda known: bounds(known.reference_lower[::-1] + 0.1, known.judge_lower[::-1] + 0.1),
        clustered=bounds(TRUTH, OTHER),
    ),
    "preferences": Case(
        perfect=Preferences(VOTES[0], VOTES[0]),
        chance=Preferences(VOTES[0], VOTES[1]),
        one_label=Preferences(np.zeros((3, 4)), np.zeros((3, 4))),
        empty=Preferences(np.zeros((0, 4)), np.zeros((0, 4))),
        same=lambda known: Preferences(known.reference[::-1, ::-1], known.judge[::-1, ::-1]),
        clustered=Preferences(VOTES[0], VOTES[1]),
        missing=unmet_items,
    ),
    "verdicts": Case(
        perfect=np.array([50, 50, 20]),
        chance=LABELS.sum(axis=(0, 1)),
        one_label=np.array([9, 0, 0]),
        empty=np.zeros(3),
        same=lambda counts: counts,
        clustered=LABELS.sum(axis=1),
    ),
    "swaps": Case(
        perfect=np.array([[0, 30, 0], [20, 0, 0], [0, 0, 10]]),
        chance=LABELS.sum(axis=0),
        one_label=np.diag([9, 0, 0]),
        empty=np.zeros((3, 3)),
        same=lambda counts: counts.swapaxes(-1, -2),
        clustered=LABELS,
    ),
    "classes": Case(
        perfect=np.diag([30, 20]),
        chance=CLASSES.sum(axis=0),
        one_label=np.diag([9, 0]),
        empty=np.zeros((2, 2)),
        same=lambda counts: counts[::-1] if counts.ndim == 3 else counts,
        clustered=CLASSES,
    ),
    "documents": Case(
        perfect=np.array([[0, 9], [0, 3]]),
        chance=np.column_stack([RANDOM.binomial(20, 0.5, 300), np.full(300, 20)]),
        one_label=np.array([[4, 4], [2, 2]]),
        empty=np.zeros((0, 2)),
        same=lambda counts: counts[::-1],
        clustered=np.column_stack([RANDOM.binomial(20, 0.5, 300), np.full(300, 20)]),
        missing=lambda counts: np.concatenate([counts, np.zeros((5, 2), dtype=int)]),
    ),
    "win_shares": Case(
        perfect=WinShares(("x", "y", "z"), WINS[:, (0, 1, 0, 1)]),
        chance=WinShares(("x", "y", "z"), WINS),
        one_label=WinShares(("x", "y"), np.array([[4, 0], [4, 4], [4, 0], [4, 4]])),
        empty=WinShares(("x", "y"), np.zeros((4, 2))),
        same=lambda known: WinShares(known.models[::-1], known.counts[..., ::-1]),
        clustered=WinShares(("x", "y", "z"), WINS),
    ),
    "factor": Case(
        perfect=np.array([50, 0, 0]),
        chance=np.array([500, 500, 20]),
        one_label=np.array([0, 0, 9]),
        empty=np.zeros(3),
        same=lambda counts: counts,
        clustered=LABELS.sum(axis=1),
    ),
    "forecasts": Case(
        perfect=Forecasts(np.array([1.0, 0, 1, 0]), np.array([1, 0, 1, 0])),
        chance=Forecasts(SURE, COIN),
        one_label=Forecasts(np.array([0.5, 0.5]), np.array([1, 1])),
        empty=Forecasts(np.zeros(0), np.zeros(0, dtype=int)),
        same=lambda known: Forecasts(known.probability[::-1], known.happened[::-1]),
        clustered=Forecasts(SURE, COIN, np.arange(ITEMS) % CLUSTERS),
    ),
}


def case(name: str) -> Case:
    return CASES[METRICS[name].takes]


def test_every_kind_of_data_has_its_case() -> None:
    assert list(CASES) == list(get_args(Takes))


@every_metric
def test_a_perfect_judge_has_the_best_value(name: str) -> None:
    found = measure(name, case(name).perfect)
    if METRICS[name].best is not None:
        assert found.value == pytest.approx(METRICS[name].best, abs=1e-9)
    assert found.n > 0


@every_metric
def test_chance_has_the_value_of_chance(name: str) -> None:
    found = measure(name, case(name).chance)
    assert found.value is not None
    if METRICS[name].chance is not None:
        rough = 0.25 if METRICS[name].takes in ("boards", "bounds") else 0.06
        assert found.value == pytest.approx(METRICS[name].chance, abs=rough)
    if METRICS[name].best is not None and METRICS[name].best != METRICS[name].chance:
        assert abs(found.value - (METRICS[name].best or 0)) > 0.01


@every_metric
def test_one_label_gives_a_number_or_a_reason(name: str) -> None:
    found = measure(name, case(name).one_label, QUICK)
    assert (found.value is None) == (found.undefined is not None)
    assert found.value is None or math.isfinite(found.value)


@every_metric
def test_nothing_gives_a_reason_in_words(name: str) -> None:
    found = measure(name, case(name).empty, QUICK)
    assert (found.value, found.n, found.lower, found.upper) == (None, 0, None, None)
    assert " " in (found.undefined or "")


@every_metric
def test_what_says_nothing_changes_nothing(name: str) -> None:
    known = case(name)
    if known.missing is not None:
        assert measure(name, known.missing(known.chance)) == measure(name, known.chance)


@every_metric
def test_other_names_and_another_order_change_nothing(name: str) -> None:
    known = case(name)
    for data in (known.chance, known.perfect):
        there, back = measure(name, data), measure(name, known.same(data))
        assert (back.n, back.undefined) == (there.n, there.undefined)
        assert back.value == (None if there.value is None else pytest.approx(there.value, abs=1e-9))


@every_metric
def test_limits_are_seeded_and_hold_the_value_or_are_not_there(name: str) -> None:
    found = measure(name, case(name).clustered, QUICK)
    assert measure(name, case(name).clustered, QUICK) == found
    assert found.level == 0.95
    assert found.value is not None
    if found.lower is not None and found.upper is not None:
        assert found.lower < found.upper
        assert "It has no limits." not in (METRICS[name].function.__doc__ or "")
    else:
        assert "It has no limits." in (METRICS[name].function.__doc__ or "")


@every_metric
def test_without_an_interval_there_is_none(name: str) -> None:
    found = measure(name, case(name).clustered)
    assert (found.lower, found.upper, found.level) == (None, None, None)


@every_metric
def test_what_comes_back_is_frozen_and_json_can_say_it(name: str) -> None:
    for data in (case(name).perfect, case(name).empty, case(name).one_label):
        found = measure(name, data, QUICK)
        assert Measure(**json.loads(json.dumps(asdict(found), allow_nan=False))) == found
        with pytest.raises(FrozenInstanceError):
            found.value = 0.0  # type: ignore[misc]  # frozen


@every_metric
def test_it_says_in_one_line_what_it_is(name: str) -> None:
    metric = METRICS[name]
    assert metric.name == name == metric.function.__name__
    assert 10 < len(metric.summary) < 60
    assert "\n" not in metric.summary
    assert "n counts" in (metric.function.__doc__ or "")


def test_a_measure_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownMetric, match=r"cohen_kappa, .*brier"):
        measure("kappa", np.zeros((2, 2)))
