"""Limits cover what they say, from clusters as from items, and the same seed gives the same limits."""

import numpy as np
import pytest
from scipy.stats import binomtest

from app.stats.agreement.bootstrap import (
    from_counts,
    multiplicities,
    percentile_limits,
    ratio,
    resampled_items,
    resampled_sums,
    share,
    wilson_limits,
)
from app.stats.agreement.measure import Interval, Measure
from app.stats.tally import Floats

FIRST_SEED = 100


def first_cell(counts: Floats) -> Floats:
    return ratio(counts[..., 0], counts.sum(axis=-1))


def total(counts: Floats) -> Floats:
    return np.asarray(counts.sum(axis=-1))


def measured(counts: Floats, interval: Interval | None = None) -> Measure:
    return from_counts(first_cell, counts, 1, interval, total, "undefined")


def test_resampled_sums_are_the_multiplicities_times_the_counts() -> None:
    counts = np.random.default_rng(3).integers(0, 9, (7, 2, 3)).astype(float)
    interval = Interval(draws=50, seed=5)
    expected = np.einsum("dc,cij->dij", multiplicities(7, interval), counts)
    assert resampled_sums(counts, interval).tolist() == expected.tolist()


def test_clusters_in_several_blocks_are_all_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, interval = np.arange(21.0)[:, None], Interval(draws=31)
    at_once = resampled_sums(counts, interval)
    monkeypatch.setattr("app.stats.agreement.bootstrap._BLOCK", 64)
    assert resampled_sums(counts, interval).tolist() == at_once.tolist()


def test_each_cluster_is_drawn_once_on_average() -> None:
    drawn = multiplicities(40, Interval(draws=4000, seed=2))
    assert drawn.mean(axis=0) == pytest.approx(np.ones(40), abs=0.08)
    assert drawn.var() == pytest.approx(1 - 1 / 40, abs=0.03)


def test_resampled_items_keep_their_number_and_shares() -> None:
    counts = np.array([[30.0, 10.0], [0.0, 60.0]])
    drawn = resampled_items(counts, Interval(draws=4000, seed=2))
    assert set(drawn.sum(axis=(1, 2))) == {100.0}
    assert drawn.mean(axis=0) == pytest.approx(counts, abs=0.5)
    assert drawn[:, 0, 0].std() == pytest.approx(np.sqrt(100 * 0.3 * 0.7), rel=0.05)


@pytest.mark.parametrize("by_cluster", [True, False])
def test_the_same_seed_gives_the_same_limits_and_another_others(by_cluster: bool) -> None:
    counts = np.random.default_rng(0).integers(0, 5, (30, 2)).astype(float)
    counts = counts if by_cluster else counts.sum(axis=0)
    usual = measured(counts, Interval(seed=1))
    assert measured(counts, Interval(seed=1)) == usual
    assert measured(counts, Interval(seed=3)) != usual


def test_items_in_clusters_widen_the_limits_as_theory_says() -> None:
    """Twenty equal items to a cluster are worth one, so the interval is √20 times as wide."""
    generator = np.random.default_rng(4)
    hit = generator.random(200) < 0.4
    clusters = np.stack([hit, ~hit], axis=1).astype(np.float64) * 20
    interval = Interval(draws=4000)
    clustered, items = measured(clusters, interval), measured(clusters.sum(axis=0), interval)
    assert clustered.n == items.n == 4000
    assert width(clustered) / width(items) == pytest.approx(np.sqrt(20), rel=0.06)


def test_limits_cover_the_truth_about_as_often_as_they_say() -> None:
    """Clusters of 5 votes with a share of their own: 90 % limits over clusters, and too narrow ones over votes."""
    generator = np.random.default_rng(8)
    covered = naive = 0
    studies = 300
    for study in range(studies):
        chance = generator.beta(2, 3, 60)
        hits = generator.binomial(5, chance).astype(float)
        counts = np.stack([hits, 5 - hits], axis=1)
        interval = Interval(level=0.9, draws=400, seed=FIRST_SEED + study)
        covered += holds(measured(counts, interval), 0.4)
        naive += holds(measured(counts.sum(axis=0), interval), 0.4)
    assert covered / studies == pytest.approx(0.9, abs=0.05)
    assert naive / studies < 0.82


@pytest.mark.parametrize(("hits", "n"), [(0, 12), (12, 12), (7, 19), (886, 1343)])
def test_wilson_equals_scipy(hits: int, n: int) -> None:
    expected = binomtest(hits, n).proportion_ci(0.9, method="wilson")
    assert wilson_limits(hits, n, 0.9) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_share_of_items_has_wilsons_limits_and_of_clusters_resampled_ones() -> None:
    counts = np.array([[8.0, 0.0], [4.0, 0.0]])
    alone = share(lambda c: c[..., 0], total, counts.sum(axis=0), 1, Interval(), "no items")
    assert alone.lower == pytest.approx(wilson_limits(12, 12, 0.95)[0])
    clustered = share(lambda c: c[..., 0], total, counts, 1, Interval(), "no items")
    assert (clustered.lower, clustered.upper) == (1.0, 1.0)


def test_no_items_and_an_undefined_value_each_give_their_reason() -> None:
    nothing = from_counts(first_cell, np.zeros(2), 1, Interval(), total, "undefined", "nobody voted")
    assert nothing == Measure.missing("nobody voted", 0)
    never = from_counts(lambda c: c[..., 0] * np.nan, np.ones(2), 1, Interval(), total, "undefined")
    assert never == Measure.missing("undefined", 2)


def test_one_cluster_gives_no_limits() -> None:
    measure = measured(np.array([[3.0, 1.0]]), Interval())
    assert (measure.value, measure.lower, measure.level) == (0.75, None, 0.95)


def test_a_few_undefined_draws_are_left_out_and_many_forbid_limits() -> None:
    values = np.linspace(0, 1, 100)
    values[:2] = np.nan
    assert percentile_limits(values, 0.95) is not None
    values[:3] = np.nan
    assert percentile_limits(values, 0.95) is None


def width(measure: Measure) -> float:
    assert measure.lower is not None
    assert measure.upper is not None
    return measure.upper - measure.lower


def holds(measure: Measure, truth: float) -> bool:
    return measure.lower is not None and measure.upper is not None and measure.lower <= truth <= measure.upper
