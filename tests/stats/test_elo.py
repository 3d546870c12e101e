"""Elo averaged over orders, against the same average made one order at a time."""

import random
import statistics

import pytest

from app.stats.rankings import elo, live_elo
from app.stats.tally import Comparisons
from app.stats.verdicts import Verdict
from tests.stats.boards import by_model, random_votes, ratings

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
THIRTY = (
    [("A", "B", A)] * 6
    + [("A", "B", B)] * 4
    + [("A", "C", A)] * 7
    + [("A", "C", B)] * 3
    + [("B", "C", A)] * 5
    + [("B", "C", TIE)] * 5
)


def one_order_at_a_time(shuffles: int) -> dict[str, list[float]]:
    passes: dict[str, list[float]] = {model: [] for model in "ABC"}
    for seed in range(shuffles):
        games = list(THIRTY)
        random.Random(seed).shuffle(games)
        for model, rating in ratings(live_elo.fit(Comparisons.of(games), live_elo.Settings(k=32))).items():
            passes[model].append(rating)
    return passes


def test_the_mean_and_the_spread_over_orders() -> None:
    """METHODS 4.10: means 1055.005 / 1026.603 / 918.392 and SD 15.5 / 12.9 / 12.2 over 1,000 shuffles."""
    passes = one_order_at_a_time(1000)
    known = {"A": (1055.005, 15.5), "B": (1026.603, 12.9), "C": (918.392, 12.2)}
    rows = by_model(elo.fit(Comparisons.of(THIRTY).tally(), elo.Settings(shuffles=10_000)))
    for model, (mean, spread) in known.items():
        assert statistics.mean(passes[model]) == pytest.approx(mean, abs=0.0006)
        assert statistics.stdev(passes[model]) == pytest.approx(spread, abs=0.051)
        # Monte Carlo error of the difference of the two means: about .52, of the two deviations: about .37.
        assert rows[model].rating == pytest.approx(mean, abs=1.6)
        assert rows[model].order_sd == pytest.approx(spread, abs=1.1)


def test_one_shuffle_of_one_kind_of_game_is_a_single_pass() -> None:
    """When all games are alike their order is the same in every shuffle, so nothing is random."""
    games = Comparisons.of([("x", "y", A)] * 40)
    averaged = elo.fit(games.tally(), elo.Settings(shuffles=3))
    assert ratings(averaged) == pytest.approx(ratings(live_elo.fit(games, live_elo.Settings(k=32))), abs=1e-9)
    assert [row.order_sd for row in averaged.rows] == pytest.approx([0, 0], abs=1e-9)
    assert [row.order_sd for row in elo.fit(games.tally(), elo.Settings(shuffles=1)).rows] == [None, None]


def test_every_pass_is_zero_sum() -> None:
    ranking = elo.fit(random_votes(models=9, votes=3000, seed=1).tally(), elo.Settings(shuffles=7))
    assert sum(ratings(ranking).values()) == pytest.approx(9000, abs=1e-9)


def test_shuffles_that_do_not_fit_in_memory_are_played_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = random_votes(models=5, votes=200, seed=2).tally()
    together = elo.fit(tally)
    monkeypatch.setattr(elo, "_BYTES_AT_ONCE", 2000)
    monkeypatch.setattr(elo, "_STEPS_AT_ONCE", 7)
    assert elo.fit(tally) == together


def test_it_claims_no_limits() -> None:
    for row in elo.fit(Comparisons.of(THIRTY).tally()).rows:
        assert (row.lower, row.upper, row.rank_best, row.rank_worst) == (None,) * 4
