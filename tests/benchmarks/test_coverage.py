"""The benchmark of the intervals knows the truth that it holds them against."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit, logit
from scipy.stats import norm

from benchmarks import coverage
from benchmarks.truths import POINTS, equal_models, projected, refitted, small_board, styled_votes

CHANCE = np.random.default_rng(1)


def test_without_tastes_the_truth_is_the_strengths() -> None:
    strength = np.array([1.0, 0.2, -0.3])
    assert projected(strength, 0) == pytest.approx(POINTS * (strength - strength.mean()))


def test_with_tastes_the_truth_of_two_models_is_the_mean_chance() -> None:
    gap, taste = 1.2, 0.6
    chance, _ = quad(lambda x: expit(gap + np.sqrt(2) * taste * x) * norm.pdf(x), -12, 12)
    truth = projected(np.array([gap, 0.0]), taste)
    assert truth[0] - truth[1] == pytest.approx(POINTS * logit(chance))


def test_many_votes_of_a_small_board_lead_to_its_truth() -> None:
    cells, truth = small_board(5, 4_000_000, CHANCE)
    half = cells.tied / 2
    found = refitted(5, cells.first, cells.second, (cells.won + half)[None], (cells.lost + half)[None])
    assert found[0] == pytest.approx(truth, abs=2)


def test_equal_models_win_lose_tie_and_fail_as_often_as_one_another() -> None:
    for record in equal_models(5, 200_000, CHANCE).records().values():
        shares = np.array([record.wins, record.losses, record.ties, record.both_bad]) / record.votes
        assert shares == pytest.approx([1 / 3, 1 / 3, 1 / 6, 1 / 6], abs=0.01)


def test_styled_votes_have_one_standard_deviation_of_each_feature() -> None:
    styled = styled_votes(4, 1000, coverage.PLANTED, CHANCE)
    assert styled.mean.shape == (4, 1000)
    assert np.abs(styled.mean).max() <= 1


@pytest.mark.parametrize(("share", "met"), [(0.92, "no"), (0.93, "yes"), (0.97, "yes"), (0.98, "no")])
def test_a_share_meets_its_goal_within_its_limits(share: float, met: str) -> None:
    held = np.concatenate([np.ones(round(share * 100)), np.zeros(100 - round(share * 100))])
    (row,) = coverage._rows({"sandwich": coverage.COVERED}, held[:, None].tolist())
    assert row[1] == f"{share:.3f}"
    assert row[-1] == met


def test_the_benchmark_prints_its_three_tables(capsys: pytest.CaptureFixture[str]) -> None:
    coverage.main(["--boards", "2", "--markdown"])
    printed = capsys.readouterr().out
    for title in (
        "### Share of 95 % intervals",
        "### Share of boards of equal models",
        "### Planted effects",
    ):
        assert title in printed
