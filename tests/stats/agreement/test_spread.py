"""Minorities, scores and lengths: judges that copy the majority, flatter, or love length."""

import numpy as np
import pytest

from app.stats.agreement.bias import WinShares, factor_share, high_score_bias, length_counts, win_rate_biases
from app.stats.agreement.labels import agreement, crossed
from app.stats.agreement.measure import Interval
from app.stats.agreement.raters import plurality
from app.stats.agreement.spread import entropy_gap, minority_erasure
from app.stats.tally import Ints, Tally
from app.stats.verdicts import Verdict

RANDOM = np.random.default_rng(12)
PEOPLE = RANDOM.multinomial(10, (0.5, 0.3, 0.2), 200)


def sides(judge: Ints) -> Ints:
    return np.stack([PEOPLE, judge], axis=1)


def test_a_judge_that_copies_the_majority_matches_it_and_erases_every_minority() -> None:
    leads = plurality(PEOPLE, otherwise=2)
    copied = np.eye(3, dtype=int)[leads] * 5
    assert agreement(crossed(leads, copied.argmax(axis=1), 3)).value == 1
    found = minority_erasure(sides(copied), Interval(draws=50))
    assert found.value is not None
    assert found.value > 0.95  # an option tied for the lead is no minority
    gap = entropy_gap(sides(copied))
    assert gap.value == pytest.approx(np.mean([_bits(row) for row in PEOPLE]))


def test_a_judge_that_spreads_as_people_do_erases_less() -> None:
    found = minority_erasure(sides(RANDOM.multinomial(10, (0.5, 0.3, 0.2), 200)))
    assert found.value is not None
    assert found.value < 0.25
    assert entropy_gap(sides(PEOPLE)).value == 0


def test_who_is_a_minority() -> None:
    rows = [[8, 2, 0], [9, 1, 0], [5, 5, 0], [0, 0, 0], [6, 2, 2], [8, 2, 0]]
    judged = [[1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0]]
    found = minority_erasure(np.stack([rows, judged], axis=1))
    assert (found.value, found.n) == (1.0, 2)  # the fifth keeps one of its two minorities only
    assert minority_erasure(np.stack([rows, rows], axis=1)).value == 0
    assert minority_erasure(np.stack([rows[1:3], judged[1:3]], axis=1)).undefined is not None


def test_a_judge_that_always_gives_the_highest_score() -> None:
    people = RANDOM.integers(0, 3, 300)
    table = crossed(people, np.full(300, 2), 3)
    assert high_score_bias(table).value == pytest.approx(1 - (people == 2).mean())
    assert high_score_bias(crossed(people, people, 3)).value == 0
    assert (high_score_bias(crossed(people, np.zeros(300, dtype=int), 3)).value or 0) < 0


def test_length_beyond_a_threshold() -> None:
    first, second = RANDOM.integers(0, 500, (2, 3000))
    longer = np.sign(first - second)
    assert factor_share(length_counts(first, second, longer)).value == 1
    assert factor_share(length_counts(first, second, -longer)).value == 0
    coin = factor_share(length_counts(first, second, RANDOM.choice([-1, 1], 3000)), Interval())
    assert coin.value == pytest.approx(0.5, abs=0.05)
    assert coin.n == (np.abs(first - second) > 30).sum()
    assert (
        factor_share(length_counts(first, second, longer, beyond=1000)).undefined == "no verdict is decided"
    )


def test_own_family_is_a_model_of_two_whose_win_rate_a_judge_raises() -> None:
    """Self-preference: the models of one family taken as one, on items of two families, against people's win rate."""
    people = Tally.of([("own", "other", Verdict.A, 50), ("other", "own", Verdict.A, 50)])
    judge = Tally.of([("own", "other", Verdict.A, 70), ("other", "own", Verdict.A, 30)])
    found = win_rate_biases(WinShares.of(people, judge))
    assert found["own"].value == pytest.approx(0.2)
    assert found["other"].value == pytest.approx(-0.2)


def test_what_are_no_sides_is_refused() -> None:
    for wrong in (np.zeros((3, 3)), np.zeros((3, 1, 3)), np.full((1, 2, 2), -1)):
        with pytest.raises(ValueError, match=r"sides|count"):
            minority_erasure(wrong)


def _bits(row: Ints) -> float:
    shares = row[row > 0] / row.sum()
    return float(-(shares * np.log2(shares)).sum())
