"""Win rates: known answers, limits against another implementation, and where they mislead."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from app.stats.rankings import rank
from app.stats.tally import Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import by_model, evalica, golden, matrix_tally, mt_bench, ratings, simulated

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE


@pytest.mark.parametrize("board", ["llmfao", "food", "simple"])
def test_over_opponents_meets_evalica(shared_data: Path, board: str) -> None:
    ours = ratings(rank("win_rate", evalica(shared_data, board).tally(), {"over": "opponents"}))
    expected = golden(shared_data, board, "average_win_rate")
    assert ours == pytest.approx({model: 100 * share for model, share in expected.items()}, abs=1e-9)


def test_over_votes_is_not_bradley_terry(shared_data: Path) -> None:
    """METHODS 4.1: of all human votes gpt-3.5-turbo won .6519 and claude-v1 .6501; Bradley–Terry reverses them."""
    shares = ratings(rank("win_rate", mt_bench(shared_data, "human"), {}))
    assert shares["gpt-3.5-turbo"] == pytest.approx(65.19, abs=0.005)
    assert shares["claude-v1"] == pytest.approx(65.01, abs=0.005)
    fitted = ratings(rank("bradley_terry", mt_bench(shared_data, "human"), {}))
    assert fitted["claude-v1"] > fitted["gpt-3.5-turbo"]


def test_rankings_that_became_votes() -> None:
    """METHODS 2.25: three rankings ABC, ACB, BAC give A .833, B .5, C .167, whichever the mean is over."""
    votes = matrix_tally("ABC", [[0, 2, 3], [1, 0, 2], [0, 1, 0]])
    for over in ("votes", "opponents"):
        found = ratings(rank("win_rate", votes, {"over": over}))
        assert found == pytest.approx({"A": 83.3333, "B": 50, "C": 16.6667}, abs=1e-3)


@pytest.mark.parametrize("over", ["votes", "opponents"])
@pytest.mark.parametrize(("won", "votes"), [(0, 7), (8, 10), (10, 10), (123, 1000)])
def test_limits_against_one_opponent_are_wilsons(over: str, won: int, votes: int) -> None:
    tally = matrix_tally("xy", [[0, won], [votes - won, 0]])
    row = by_model(rank("win_rate", tally, {"over": over, "level": 0.9}))["x"]
    expected = binomtest(won, votes).proportion_ci(0.9, method="wilson")
    assert (row.lower, row.upper) == pytest.approx((100 * expected.low, 100 * expected.high))


def test_the_mean_over_opponents_weighs_each_alike() -> None:
    tally = Tally.of([("x", "y", A, 90), ("x", "y", B, 10), ("x", "z", B, 3), ("x", "z", TIE, 2)])
    rows = {over: by_model(rank("win_rate", tally, {"over": over}))["x"] for over in ("votes", "opponents")}
    assert rows["votes"].rating == pytest.approx(100 * 91 / 105)
    assert rows["opponents"].rating == pytest.approx((90 + 20) / 2)
    # The five votes against z leave it open far more than the hundred against y.
    assert (rows["opponents"].upper or 0) - 55 > (rows["votes"].upper or 0) - 100 * 91 / 105


@pytest.mark.parametrize("over", ["votes", "opponents"])
@pytest.mark.parametrize("tie_share", [0.0, 1.5])
def test_limits_cover_at_least_as_often_as_they_say(over: str, tie_share: float) -> None:
    theta, votes = np.array([1.2, 0.3, -0.5, -1.0]), np.array([15, 30, 60, 20, 10, 40])
    first, second = np.triu_indices(4, 1)
    p = 1 / (1 + np.exp(theta[second] - theta[first]))
    scored, met = np.zeros(4), np.zeros(4)
    weights = votes if over == "votes" else np.ones(6)
    for side, share in ((first, p), (second, 1 - p)):
        np.add.at(scored, side, weights * share)
        np.add.at(met, side, weights)
    truth, covered = 100 * scored / met, np.zeros(4)
    generator = np.random.default_rng(8)
    for _ in range(1000):
        tally = simulated(theta, votes, tie_share, generator)
        rows = by_model(rank("win_rate", tally, {"over": over}))
        limits = [(rows[model].lower or 0, rows[model].upper or 0) for model in sorted(rows)]
        covered += [low <= true <= high for true, (low, high) in zip(truth, limits, strict=True)]
    assert (covered / 1000 >= 0.93).all()
    assert tie_share or (covered / 1000 <= 0.98).all()


def test_what_it_does_not_know_it_leaves_out() -> None:
    for row in rank("win_rate", matrix_tally("xy", [[0, 3], [0, 0]]), {}).rows:
        assert (row.rank_best, row.rank_worst, row.mean_win_probability, row.prior) == (
            None,
            None,
            None,
            False,
        )
