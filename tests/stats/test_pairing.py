"""Which two models meet next: the rule by hand, its floor, and its preference for what is least known."""

import math

import numpy as np
import pytest

from app.stats.pairing import draw, pair_probabilities
from app.stats.tally import Tally
from app.stats.verdicts import Verdict

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
ALL_THREE = np.array([[0, 1], [0, 2], [1, 2]])


def saved(variance: float, n: int) -> float:
    return math.sqrt(variance / n) - math.sqrt(variance / (n + 1))


def test_the_rule_by_hand() -> None:
    cells = [("x", "y", A, 4), ("y", "x", A, 1), ("x", "y", TIE, 2), ("z", "x", A, 3)]
    # With one imagined win for each side: x–y 5 wins, 2 losses, 2 ties; x–z 1 win, 4 losses; y–z 1 and 1.
    xy_mean = 6 / 9
    needs = [
        saved((5 + 2 / 4) / 9 - xy_mean**2, 9),
        saved(1 / 5 - (1 / 5) ** 2, 5),
        saved(1 / 2 - (1 / 2) ** 2, 2),
    ]
    expected = [0.8 * need / sum(needs) + 0.2 / 3 for need in needs]
    assert pair_probabilities(Tally.of(cells), ALL_THREE, explore=0.2).tolist() == pytest.approx(expected)


def test_they_add_up_and_keep_their_floor() -> None:
    cells = [("x", "y", A, 10**6), ("x", "y", B, 10**6), ("x", "z", A, 10**4)]
    probabilities = pair_probabilities(Tally.of(cells), ALL_THREE, explore=0.1)
    assert probabilities.sum() == pytest.approx(1)
    assert (probabilities >= 0.1 / 3).all()
    assert probabilities[0] == pytest.approx(0.1 / 3, rel=1e-3)


def test_exploring_alone_is_uniform() -> None:
    tally = Tally.of([("x", "y", A, 50)], models=["x", "y", "z"])
    assert pair_probabilities(tally, ALL_THREE, explore=1).tolist() == pytest.approx([1 / 3] * 3)


def test_without_votes_all_pairs_are_alike() -> None:
    tally = Tally.of([], models=["x", "y", "z"])
    assert pair_probabilities(tally, ALL_THREE).tolist() == pytest.approx([1 / 3] * 3)


def test_the_less_known_pair_is_likelier() -> None:
    cells = [("x", "y", A, 20), ("x", "y", B, 20), ("x", "z", A, 5), ("x", "z", B, 5)]
    many, few, none = pair_probabilities(Tally.of(cells), ALL_THREE)
    assert many < few < none


def test_a_contested_pair_is_likelier_than_a_settled_one() -> None:
    cells = [("x", "y", A, 10), ("x", "y", B, 10), ("x", "z", A, 20), ("y", "z", TIE, 20)]
    contested, one_sided, tied = pair_probabilities(Tally.of(cells), ALL_THREE)
    assert contested > one_sided > 0.1 / 3
    assert contested > tied > 0.1 / 3


def test_sides_do_not_matter() -> None:
    tally = Tally.of([("x", "y", A, 7), ("z", "y", A, 2)], models=["x", "y", "z"])
    there, back = (pair_probabilities(tally, pairs) for pairs in (ALL_THREE, ALL_THREE[:, ::-1]))
    assert there.tolist() == pytest.approx(back.tolist())


def test_no_pairs_and_one_pair() -> None:
    tally = Tally.of([], models=["x", "y"])
    assert pair_probabilities(tally, np.zeros((0, 2), dtype=np.int64)).shape == (0,)
    assert pair_probabilities(tally, np.array([[1, 0]])).tolist() == [1]


@pytest.mark.parametrize("explore", [-0.1, 1.1, math.nan])
def test_a_share_outside_its_range_is_refused(explore: float) -> None:
    with pytest.raises(ValueError, match="explore"):
        pair_probabilities(Tally.of([], models=["x", "y"]), np.array([[0, 1]]), explore)


@pytest.mark.parametrize(("pair", "problem"), [([0, 2], "not in the tally"), ([1, 1], "with itself")])
def test_a_pair_that_is_none_is_refused(pair: list[int], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        pair_probabilities(Tally.of([], models=["x", "y"]), np.array([pair]))


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
