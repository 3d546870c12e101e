"""What fitted boards do alike: an anchor, differences to a reference, and how many votes are still needed."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from app.stats.rankings import METHODS, rank
from app.stats.rankings.fitted import FittedSettings
from app.stats.rankings.ranking import Ranking, Setting, UnusableValue
from app.stats.tally import Tally
from app.stats.verdicts import Verdict
from tests.stats.boards import by_model, matrix_tally, named, random_votes, rating, ratings, simulated

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
FITTED = ["bradley_terry", "davidson", "rao_kupper", "both_bad_aware", "rank_centrality"]
every_fitted = pytest.mark.parametrize("name", FITTED)
SOME = random_votes(models=6, votes=600, seed=7).tally()
TWO_GROUPS = Tally.of(
    [
        ("a", "b", A, 8),
        ("a", "b", B, 4),
        ("b", "c", A, 8),
        ("b", "c", B, 4),
        ("p", "q", A, 5),
        ("p", "q", B, 3),
    ]
)


def test_these_methods_share_their_settings() -> None:
    for name in FITTED:
        assert isinstance(METHODS[name].settings(), FittedSettings)


@every_fitted
def test_the_anchor_has_its_rating_and_takes_limits_and_nothing_else_along(name: str) -> None:
    usual = by_model(rank(name, SOME, {}))
    moved = by_model(rank(name, SOME, {"anchor": "m003", "anchor_rating": 1114}))
    assert moved["m003"].rating == pytest.approx(1114)
    shift = 1114 - (usual["m003"].rating or 0)
    for model, row in moved.items():
        for limit in ("rating", "lower", "upper"):
            assert getattr(row, limit) == pytest.approx(getattr(usual[model], limit) + shift)
        for same in ("rank_best", "rank_worst", "mean_win_probability", "votes_needed"):
            assert getattr(row, same) == getattr(usual[model], same)
    assert rating(rank(name, SOME, {"anchor": "m003", "center": 1500}), "m003") == pytest.approx(1500)


@every_fitted
def test_only_the_group_of_the_anchor_moves(name: str) -> None:
    usual, ranking = rank(name, TWO_GROUPS, {}), rank(name, TWO_GROUPS, {"anchor": "q", "anchor_rating": 0})
    assert rating(ranking, "q") == pytest.approx(0)
    assert rating(ranking, "a") == rating(usual, "a")
    assert "never met" in (ranking.problem or "")
    assert "the anchor q moves only the ratings of its own group" in (ranking.problem or "")
    assert "anchor" not in (rank(name, SOME, {"anchor": "m001"}).problem or "")


@pytest.mark.parametrize("setting", ["anchor", "reference"])
def test_a_model_without_a_rating_can_be_neither_anchor_nor_reference(setting: str) -> None:
    beside = Tally(("new", *SOME.models), SOME.first + 1, SOME.second + 1, SOME.verdict, SOME.count)
    for model in ("new", "gpt-7"):
        with pytest.raises(
            UnusableValue, match=f"{setting} is '{model}'.*m000, m001, m002, m003, m004, m005"
        ):
            rank("bradley_terry", beside, {setting: model})
    with pytest.raises(UnusableValue, match="those that have: none"):
        rank("bradley_terry", Tally.of([], ["x"]), {setting: "x"})


def test_an_anchor_rating_needs_an_anchor() -> None:
    with pytest.raises(UnusableValue, match="anchor_rating is 1114, but no anchor is named"):
        rank("davidson", SOME, {"anchor_rating": 1114})


@every_fitted
def test_differences_are_to_the_reference_and_do_not_depend_on_the_gauge(name: str) -> None:
    plain, ranking = rank(name, SOME, {}), rank(name, SOME, {"reference": "m002"})
    anchored = by_model(rank(name, SOME, {"reference": "m002", "anchor": "m005", "anchor_rating": 0}))
    assert ratings(plain) == ratings(ranking)
    assert {row.difference for row in plain.rows} == {None}
    for row in ranking.rows:
        assert row.rating is not None
        assert row.difference == pytest.approx(row.rating - rating(ranking, "m002"))
        other = anchored[row.model]
        assert (row.difference_lower, row.difference_upper) == (
            other.difference_lower,
            other.difference_upper,
        )
    own = by_model(ranking)["m002"]
    assert (own.difference, own.difference_lower, own.difference_upper) == (0, 0, 0)


def test_the_limits_of_a_difference_are_those_of_the_log_odds() -> None:
    """Two models: the difference has the variance 1/won + 1/lost of the log odds (Woolf 1955)."""
    votes = Tally.of([("x", "y", A, 30), ("x", "y", B, 10), ("p", "q", A, 5), ("p", "q", B, 3)])
    rows = by_model(rank("bradley_terry", votes, {"reference": "y", "scale": math.log(10)}))
    margin = 1.959964 * math.sqrt(1 / 30 + 1 / 10)
    assert rows["x"].difference == pytest.approx(math.log(3))
    assert rows["x"].difference_upper == pytest.approx(math.log(3) + margin)
    assert rows["x"].difference_lower == pytest.approx(math.log(3) - margin)
    assert [rows[model].difference for model in "pq"] == [None, None]


def test_a_difference_is_open_where_no_chain_of_wins_closes_it() -> None:
    """a beat b; b and c beat each other; c beat d."""
    votes = Tally.of([("a", "b", A, 4), ("b", "c", A, 3), ("b", "c", B, 2), ("c", "d", A, 4)])
    limits = {
        reference: {
            row.model: (row.difference_lower is None, row.difference_upper is None)
            for row in rank("bradley_terry", votes, {"reference": reference}).rows
        }
        for reference in "ab"
    }
    assert limits["b"] == {"a": (False, True), "b": (False, False), "c": (False, False), "d": (True, False)}
    assert limits["a"] == {"a": (False, False), "b": (True, False), "c": (True, False), "d": (True, False)}


def test_differences_are_covered_as_often_as_they_say() -> None:
    theta = np.array([0.8, 0.3, 0.0, -0.3, -0.8])
    votes = np.array([40, 80, 120, 160, 40, 80, 120, 160, 40, 80])
    generator = np.random.default_rng(4)
    settings: dict[str, Setting] = {"scale": math.log(10), "reference": "m001", "rank_bounds": "overlap"}
    covered = np.zeros(5)
    for _ in range(300):
        rows = by_model(rank("bradley_terry", simulated(theta, votes, 1.0, generator), settings))
        limits = [
            (rows[model].difference_lower or 0, rows[model].difference_upper or 0) for model in named(5)
        ]
        gaps = theta - theta[1]
        covered += [low <= gap <= high for gap, (low, high) in zip(gaps, limits, strict=True)]
    assert 0.93 <= np.delete(covered, 1).mean() / 300 <= 0.97


def neighbours(ranking: Ranking) -> Iterator[tuple[str, int | None]]:
    return ((row.model, row.votes_needed) for row in ranking.rows)


def test_one_pair_needs_what_the_known_answer_says() -> None:
    """METHODS 2.16: 783 votes tell a true 55/45 from a half, in all; here 100 are in."""
    found = dict(neighbours(rank("bradley_terry", Tally.of([("x", "y", A, 55), ("x", "y", B, 45)]), {})))
    assert found["x"] == pytest.approx(783 - 100, abs=45)  # the critical value is drawn: 1.96 ± .05
    assert found["y"] is None


@every_fitted
def test_no_more_votes_are_needed_where_the_board_tells_two_apart_surely(name: str) -> None:
    wins = [[0, 900, 950], [100, 0, 900], [50, 100, 0]]
    ties = [[0, 100, 100], [0, 0, 100], [0, 0, 0]]
    board = rank(name, matrix_tally("abc", wins, ties), {})
    assert [(row.model, row.votes_needed) for row in board.rows] == [("a", 0), ("b", 0), ("c", None)]
    assert [row.rank_best for row in board.rows] == [1, 2, 3]


@every_fitted
def test_votes_needed_are_more_for_ranks_that_hold_at_once(name: str) -> None:
    at_once, single = (
        dict(neighbours(rank(name, SOME, {"rank_bounds": each}))) for each in ("max_t", "overlap")
    )
    counts = [(at_once[model], single[model]) for model in at_once]
    assert sum(a is None for a, _ in counts) == 1
    assert all(a is None or (a == b == 0) or a > (b or 0) for a, b in counts)


@pytest.mark.parametrize("name", ["bradley_terry", "davidson"])
def test_so_many_votes_more_put_one_above_the_other_as_often_as_promised(name: str) -> None:
    """Four models in a row; the second and the third are the close pair. Power is 80 % at the critical value."""
    theta = np.array([1.6, 0.08, -0.08, -1.6])
    generator = np.random.default_rng(2)
    design = np.full(6, 240)
    expected = simulated(theta, design * 10_000, 1.0, generator)
    count = np.rint(expected.count / 10_000).astype(np.int64)
    likeliest = Tally(expected.models, expected.first, expected.second, expected.verdict, count)
    more = dict(neighbours(rank(name, likeliest, {})))["m001"]
    assert more is not None
    assert 1000 < more < 3000
    told = []
    for _ in range(150):
        grown = simulated(theta, design + np.array([0, 0, 0, more, 0, 0]), 1.0, generator)
        rows = by_model(rank(name, grown, {}))
        told.append((rows["m002"].rank_best or 0) > (rows["m001"].rank_best or 0))
    assert np.mean(told) == pytest.approx(0.8, abs=0.1)  # three standard errors


@every_fitted
def test_equal_models_and_undefeated_ones_need_a_number_or_none(name: str) -> None:
    even = rank(name, matrix_tally("xy", [[0, 5], [5, 0]]), {})
    assert [row.votes_needed for row in even.rows] == [None, None]
    undefeated = by_model(rank(name, matrix_tally("xy", [[0, 4], [0, 0]]), {}))
    assert 0 < (undefeated["x"].votes_needed or 0) < 200
