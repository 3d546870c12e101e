"""Which two models meet next: each rule by hand or by another implementation, the uniform share, the draw."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from scipy.special import expit

from app.stats.pairing import draw, needs, pair_probabilities
from app.stats.pairing.information import posterior
from app.stats.pairs import Pairs
from app.stats.settings import Setting
from app.stats.strengths import strengths
from app.stats.tally import Floats, Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import named, random_votes, simulated

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
COLUMNS = ("first", "second", "verdict", "count")
ALL_THREE = np.array([[0, 1], [0, 2], [1, 2]])


def eq9(tally: Tally, explore: float = 0.1) -> Floats:
    return pair_probabilities(needs("variance_reduction", tally, {}), ALL_THREE, explore)


def saved(variance: float, n: int) -> float:
    return math.sqrt(variance / n) - math.sqrt(variance / (n + 1))


def test_variance_reduction_by_hand() -> None:
    cells = [("x", "y", A, 4), ("y", "x", A, 1), ("x", "y", TIE, 2), ("z", "x", A, 3)]
    # With one imagined win for each side: x–y 5 wins, 2 losses, 2 ties; x–z 1 win, 4 losses; y–z 1 and 1.
    xy_mean = 6 / 9
    wanted = [
        saved((5 + 2 / 4) / 9 - xy_mean**2, 9),
        saved(1 / 5 - (1 / 5) ** 2, 5),
        saved(1 / 2 - (1 / 2) ** 2, 2),
    ]
    expected = [0.8 * need / sum(wanted) + 0.2 / 3 for need in wanted]
    assert eq9(Tally.of(cells), explore=0.2).tolist() == pytest.approx(expected)


def test_variance_reduction_prefers_a_contested_pair_to_a_settled_one() -> None:
    cells = [("x", "y", A, 10), ("x", "y", B, 10), ("x", "z", A, 20), ("y", "z", TIE, 20)]
    contested, one_sided, tied = eq9(Tally.of(cells))
    assert contested > one_sided > 0.1 / 3
    assert contested > tied > 0.1 / 3


def test_the_share_of_exploring_is_all_that_a_known_pair_keeps() -> None:
    cells = [("x", "y", A, 10**6), ("x", "y", B, 10**6), ("x", "z", A, 10**4)]
    assert eq9(Tally.of(cells))[0] == pytest.approx(0.1 / 3, rel=1e-3)


def test_exploring_alone_is_uniform() -> None:
    tally = Tally.of([("x", "y", A, 50)], models=["x", "y", "z"])
    assert eq9(tally, explore=1).tolist() == pytest.approx([1 / 3] * 3)


def test_pairs_without_any_need_are_alike() -> None:
    assert pair_probabilities(np.zeros((3, 3)), ALL_THREE, 0.1).tolist() == pytest.approx([1 / 3] * 3)


def test_the_posterior_is_the_maximum_with_virtual_ties() -> None:
    """All pairs met here, so that the ties can be added to the pairs of the Bradley–Terry fit."""
    tally = random_votes(models=5, votes=400, seed=3).tally()
    pairs = Pairs.of(tally, "half", "tie").with_ties(2 / 4)
    assert len(pairs.first) == 10
    theta, covariance = posterior(tally.win_matrix(), prior_votes=2)
    assert theta == pytest.approx(strengths(pairs), abs=1e-8)
    p = expit(theta[pairs.first] - theta[pairs.second])
    inverse = np.linalg.pinv(pairs.laplacian(pairs.games * p * (1 - p)), rcond=1e-12)
    assert covariance == pytest.approx(inverse, abs=1e-10)


@pytest.mark.parametrize("wins", [0, 1, 10**9])
def test_the_posterior_exists_for_any_votes(wins: int) -> None:
    table = np.array([[0.0, wins, 0], [0, 0, 0], [0, 0, 0]])
    theta, covariance = posterior(table, prior_votes=1)
    assert np.isfinite(theta).all()
    assert np.isfinite(covariance).all()
    assert theta.sum() == pytest.approx(0, abs=1e-9)
    assert (np.diag(covariance) > 0).all()


def test_information_is_what_one_more_vote_takes_off_the_variances() -> None:
    """The gain in closed form against adding the vote and inverting anew."""
    tally = random_votes(models=5, votes=400, seed=3).tally()
    theta, covariance = posterior(tally.win_matrix(), prior_votes=1)
    information = np.linalg.pinv(covariance, rcond=1e-12)
    fall = np.zeros((5, 5))
    for one, other in zip(*np.triu_indices(5, 1), strict=True):
        x = np.eye(5)[one] - np.eye(5)[other]
        p = expit(theta[one] - theta[other])
        after = np.linalg.pinv(information + p * (1 - p) * np.outer(x, x), rcond=1e-12)
        fall[one, other] = fall[other, one] = np.trace(covariance) - np.trace(after)
    found = needs("information", tally, {"sharpness": 1, "close_share": 0})
    assert found == pytest.approx(fall / fall.sum(), rel=1e-6)


def test_a_sharpness_of_0_is_uniform_and_a_larger_one_is_greedier() -> None:
    tally = random_votes(models=5, votes=400, seed=3).tally()
    flat, soft, sharp = (
        needs("information", tally, {"sharpness": sharpness, "close_share": 0}) for sharpness in (0, 2, 20)
    )
    assert flat[np.triu_indices(5, 1)] == pytest.approx(1 / 20)
    assert flat.max() < soft.max() < sharp.max()
    assert soft.argmax() == sharp.argmax()


def test_close_pairs_get_their_share_and_a_pair_told_apart_none_of_it() -> None:
    # x and y are level; z is far below both, and far more than 1.96 standard errors.
    cells = [
        *[("x", "y", verdict, 100) for verdict in (A, B)],
        *[(model, "z", verdict, count) for model in "xy" for verdict, count in ((A, 190), (B, 10))],
    ]
    found = needs("information", Tally.of(cells), {"close_share": 1})
    assert found.round(12).tolist() == [[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]]


def test_when_all_are_told_apart_the_share_of_close_pairs_goes_to_the_others() -> None:
    pairs = [("x", "y"), ("y", "z"), ("x", "z")]
    tally = Tally.of((*pair, verdict, count) for pair in pairs for verdict, count in ((A, 900), (B, 100)))
    close = needs("information", tally, {"close_share": 1})
    assert close.sum() == pytest.approx(1)
    assert close == pytest.approx(needs("information", tally, {"close_share": 0}))


def test_greedy_on_information_beats_uniform_for_all_models_and_for_the_worst_known() -> None:
    """20 models, 20,000 votes in batches of 500: 3 % off the mean standard error and 8 % off the largest."""
    uniform, greedy = _errors("uniform", {}), _errors("information", {"close_share": 0})
    assert greedy.mean() < 0.99 * uniform.mean()
    assert greedy.max() < 0.96 * uniform.max()


def _errors(name: str, settings: Mapping[str, Setting]) -> Floats:
    """Standard errors of 20 strengths, sorted by strength: a mean over 4 boards."""
    found = []
    first, second = np.triu_indices(20, 1)
    pairs = np.stack([first, second], axis=1)
    for seed in range(4):
        generator = np.random.default_rng(seed)
        theta = np.sort(generator.normal(0, 0.7, 20))
        tally = Tally.of([], models=named(20))
        for _ in range(40):
            chance = pair_probabilities(needs(name, tally, settings), pairs, 0.1)
            more = simulated(theta, generator.multinomial(500, chance), 0, generator)
            columns = [(getattr(tally, each), getattr(more, each)) for each in COLUMNS]
            tally = Tally(tally.models, *(np.concatenate(each) for each in columns))
        _, covariance = posterior(tally.win_matrix(), prior_votes=0.01)
        found.append(np.sqrt(np.diag(covariance)))
    return np.asarray(np.mean(found, axis=0))


def test_sides_do_not_matter() -> None:
    need = needs("variance_reduction", Tally.of([("x", "y", A, 7), ("z", "y", A, 2)], models="xyz"), {})
    there, back = (pair_probabilities(need, pairs, 0.1) for pairs in (ALL_THREE, ALL_THREE[:, ::-1]))
    assert there.tolist() == back.tolist()


def test_no_pairs_and_one_pair() -> None:
    need = needs("uniform", Tally.of([], models=["x", "y"]), {})
    assert pair_probabilities(need, np.zeros((0, 2), dtype=np.int64), 0.1).shape == (0,)
    assert pair_probabilities(need, np.array([[1, 0]]), 0.1).tolist() == [1]


@pytest.mark.parametrize("explore", [-0.1, 1.1, math.nan])
def test_a_share_outside_its_range_is_refused(explore: float) -> None:
    with pytest.raises(ValueError, match="explore"):
        pair_probabilities(np.ones((2, 2)), np.array([[0, 1]]), explore)


@pytest.mark.parametrize(("pair", "problem"), [([0, 2], "not in the tally"), ([1, 1], "with itself")])
def test_a_pair_that_is_none_is_refused(pair: list[int], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        pair_probabilities(np.ones((2, 2)), np.array([pair]), 0.1)


def test_drawing_follows_the_probabilities_and_the_seed() -> None:
    probabilities = np.array([0.5, 0.2, 0.3, 0.0])
    drawn = [draw(probabilities, generator) for generator in [np.random.default_rng(5)] for _ in range(4000)]
    shares = np.bincount(drawn, minlength=4) / 4000
    assert shares.tolist() == pytest.approx(probabilities.tolist(), abs=0.03)
    assert shares[3] == 0
    assert draw(probabilities, np.random.default_rng(5)) == drawn[0]


def test_nothing_to_draw_from_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        draw(np.zeros(0), np.random.default_rng(0))
